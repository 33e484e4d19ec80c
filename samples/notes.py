"""`sample.json`: what a sample was built from, on which ports its production answers, and which processes are ours."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from samples.errors import SampleError
from samples.layout import Layout


@dataclass(frozen=True)
class Process:
    """A process we started: *pid* and *started* (seconds since the epoch) together name it for good."""

    pid: int
    started: float


@dataclass(frozen=True)
class Notes:
    """*seed*, *scale* and *digest* (of the generator's sources) say what was built; *complete* that it was finished.

    *nights* are the dates of the backups, oldest first; *lived* is the newest time (ISO) that production has seen.
    *socket* is the folder of PostgreSQL's socket while it runs.
    """

    seed: int
    scale: str
    digest: str
    postgres_port: int
    mongo_port: int
    complete: bool = False
    nights: tuple[str, ...] = ()
    postgres: Process | None = None
    mongo: Process | None = None
    socket: str = ""
    lived: str = ""


def read(layout: Layout) -> Notes:
    """Read the notes of a sample; raises SampleError where *layout* is none or its notes are of another form."""
    try:
        values: dict[str, Any] = json.loads(layout.notes.read_text())
        for key in ("postgres", "mongo"):
            values[key] = Process(**values[key]) if values[key] else None
        values["nights"] = tuple(values["nights"])
        return Notes(**values)
    except (FileNotFoundError, NotADirectoryError):
        raise SampleError(
            f"{layout.root} holds no sample: {layout.notes.name} is missing. "
            f"Build one with: python -m samples build {layout.root}"
        ) from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SampleError(
            f"{layout.notes} cannot be read ({error}). Build anew with: python -m samples build {layout.root} --force"
        ) from None


def write(layout: Layout, notes: Notes) -> Notes:
    """Write *notes* in one step, so that a killed command leaves the old or the new ones, and return them."""
    draft = layout.notes.with_suffix(".tmp")
    draft.write_text(json.dumps(asdict(notes), indent=2) + "\n")
    draft.replace(layout.notes)
    return notes


_SOURCES = Path(__file__).resolve().parent
_SKIPPED = {"__pycache__", "out", "target"}


@cache
def sources_digest() -> str:
    """SHA-256 over the generator's own files, as they were when first asked: a sample of others is built anew."""
    digest = hashlib.sha256()
    for place, folders, files in os.walk(_SOURCES):
        folders[:] = sorted(set(folders) - _SKIPPED)
        for name in sorted(files):
            file = Path(place) / name
            digest.update(str(file.relative_to(_SOURCES)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
