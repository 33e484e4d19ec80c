"""What an instance holds and what of it the backup set covers: nothing is left out in silence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cytodrill.core.claims import Finding, Judgement
from cytodrill.core.errors import UsageError
from cytodrill.cytomine.instance import Instance

SERVERS = {"data/postgis": "postgres", "data/mongo": "mongo"}
"""Folders of the servers' own files: covered by the dumps (cytomine CE compose file)."""

CONFIGURATION = ("configs", ".env")
"""Written by the installer beside cytomine.yml and not part of what the documentation backs up."""


@dataclass(frozen=True)
class Coverage:
    """One thing of the instance: *covered_by* says what of the backup set holds it, *missing* why nothing is known to.

    *lost* says that it should be in an archive that was read, and is not.
    """

    name: str
    covered_by: str = ""
    missing: str = ""
    lost: bool = False


def entries(instance: Instance) -> tuple[str, ...]:
    """Entries of `data/` and configuration beside cytomine.yml, by name; none of a folder that is absent.

    Raises `UsageError` where `data/` cannot be read.
    """
    try:
        data = sorted(path.name for path in instance.data.iterdir())
    except FileNotFoundError:
        data = []
    except OSError as error:
        raise UsageError(
            f"The folder {instance.data} cannot be read: {error.strerror}. Run the drill as a user that may read it."
        ) from None
    beside = [name for name in CONFIGURATION if (instance.root / name).exists()]
    return (*(f"data/{name}" for name in data), *beside)


def entry(name: str, images_copy: Path | None) -> Coverage:
    """Whether the entry *name* of `entries` is in the backup set."""
    if name in SERVERS:
        return Coverage(name, covered_by=f"the {SERVERS[name]} archive")
    if name == "data/images":
        if images_copy is None:
            return Coverage(name, missing="no copy of it was given: say where it is with --images-copy")
        return Coverage(name, covered_by="the copy of the images")
    return Coverage(name, missing="nothing backs it up: back it up, or name it in left_out of drill.toml")


def database(name: str, archived: set[str] | None, blocked: str, *, existed: bool) -> Coverage:
    """Whether production's database *name* ("database docker") is among those *archived*.

    *archived* is None when the archive could not be read, for the reason *blocked*; *existed* says whether it was
    there before the backup.
    """
    if archived is None:
        return Coverage(name, missing=blocked)
    if name.removeprefix("database ") in archived:
        return Coverage(name, covered_by="the archive")
    if existed:
        return Coverage(name, lost=True)
    return Coverage(name, missing="it is not in the archive, and was perhaps made after the backup")


def covered(coverage: Coverage) -> Judgement:
    """Judge one thing: in the backup set, or not proven by name. A database absent from its dump is a loss."""
    if coverage.covered_by:
        return Judgement(compared=coverage.covered_by)
    if coverage.lost:
        return Judgement(
            (
                Finding(
                    what="the archive does not hold it",
                    where=coverage.name,
                    expected="every database of production in the dump",
                    found="none of that name",
                    remedy="Check what the backup dumps, and back up again.",
                ),
            )
        )
    return Judgement(not_proven=coverage.missing)
