"""Manifests: production at one moment, kept so that a later drill knows what must be in the backup.

One zip file per manifest: `manifest.json`, a compressed bitmap of keys per table and collection, and the listing of
the images. Written beside and renamed, every member with its checksum. Composed by `run.py`, read by it alone.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pyroaring import BitMap64

from cytodrill.images.listing import Entry

SCHEMA = 1
STAMP = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True)
class Contents:
    """What `manifest.json` says.

    *taken* is the moment before the first read; *line* whether it was written in one line with the backup, before
    it. *xmin* per database is the snapshot's oldest running transaction, *tables* and *collections* map names to
    counts, *indexes* collections to name and canonical definition, *images* is files and bytes or None.
    """

    taken: datetime
    line: bool
    instance: str
    system_identifier: str
    xmin: Mapping[str, int] = field(default_factory=dict)
    tables: Mapping[str, int] = field(default_factory=dict)
    collections: Mapping[str, int] = field(default_factory=dict)
    indexes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    images: tuple[int, int] | None = None


@dataclass(frozen=True)
class Manifest:
    """A manifest on disk."""

    path: Path
    contents: Contents

    def keys(self, name: str) -> BitMap64:
        """Keys of the table or collection *name*; empty where the manifest has none."""
        with zipfile.ZipFile(self.path) as file:
            try:
                return BitMap64.deserialize(file.read(f"keys/{name}"))
            except KeyError:
                return BitMap64()

    def listing(self) -> Iterator[Entry]:
        """The files of production's image tree at that moment, in the listing's order."""
        with zipfile.ZipFile(self.path) as file, file.open("images.jsonl") as lines:
            for line in lines:
                yield Entry(*json.loads(line))


def folder(reports: Path, instance: str) -> Path:
    """Where the manifests of *instance* are kept below *reports*."""
    return reports / "manifests" / instance


class Writer:
    """Writes one manifest, part by part; it appears under its name only when `close` was called."""

    def __init__(self, place: Path, taken: datetime, *, line: bool) -> None:
        place.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._path = place / f"{taken.strftime(STAMP)}-{'line' if line else 'run'}.zip"
        self._partial = self._path.with_suffix(f".{os.getpid()}.partial")
        self._file = zipfile.ZipFile(self._partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._partial.chmod(0o640)
        self._members: list[str] = []

    def keys(self, name: str, keys: BitMap64) -> None:
        """Add the *keys* of one table or collection."""
        self._members.append(f"keys/{name}")
        self._file.writestr(self._members[-1], keys.serialize())

    def listing(self, entries: Iterable[Entry]) -> tuple[int, int]:
        """Add the listing of the images, streamed; give files and bytes."""
        files = size = 0
        self._members.append("images.jsonl")
        with self._file.open("images.jsonl", "w") as lines:
            for entry in entries:
                files += 1
                size += entry.size if entry.kind == "file" else 0
                row = [entry.path, entry.kind, entry.size, entry.mtime, entry.target]
                lines.write(json.dumps(row, ensure_ascii=True).encode() + b"\n")
        return files, size

    def close(self, contents: Contents) -> Path:
        """Finish the manifest with its *contents* and give its path."""
        values = {
            "schema": SCHEMA,
            "members": self._members,
            **asdict(contents),
            "taken": contents.taken.isoformat(),
        }
        self._file.writestr("manifest.json", json.dumps(values, indent=1))
        self._file.close()
        self._partial.replace(self._path)
        return self._path

    def discard(self) -> None:
        """Give up; safe after `close`."""
        self._file.close()
        self._partial.unlink(missing_ok=True)


def read(path: Path) -> Manifest | str:
    """The manifest at *path*, or why it cannot be used."""
    try:
        with zipfile.ZipFile(path) as file:
            if damaged := file.testzip():
                return f"the manifest {path.name} is damaged in {damaged}"
            values = json.loads(file.read("manifest.json"))
            members = {name for name in file.namelist() if name != "manifest.json"}
        if values.pop("schema") != SCHEMA:
            return f"the manifest {path.name} is of another schema"
        if set(values.pop("members")) != members:
            return f"the manifest {path.name} is damaged: not all that it lists is in it"
        images = values.pop("images")
        taken = datetime.fromisoformat(values.pop("taken"))
        return Manifest(path, Contents(taken=taken, images=tuple(images) if images else None, **values))
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, TypeError, RuntimeError):
        return f"the manifest {path.name} is damaged"


def before(
    place: Path, backup_end: datetime, max_backup_duration: timedelta, system_identifier: str
) -> tuple[Manifest | None, str]:
    """The newest manifest that surely precedes the backup which ended at *backup_end*, or None and the reason.

    One written in the backup's own line precedes it when it is older than the dump's end; any other must be older by
    *max_backup_duration*. *system_identifier* is production's; a manifest of another cluster is refused by name,
    "" refuses none.
    """
    refused: list[str] = []
    for path in sorted(place.glob("*.zip"), reverse=True):
        manifest = read(path)
        if isinstance(manifest, str):
            refused.append(manifest)
            continue
        contents = manifest.contents
        margin = timedelta(0) if contents.line else max_backup_duration
        if contents.taken + margin > backup_end:
            continue
        if system_identifier and contents.system_identifier and contents.system_identifier != system_identifier:
            refused.append(f"the manifest {path.name} is of another PostgreSQL cluster: production was rebuilt since")
            continue
        return manifest, ""
    reason = f"no manifest of production from before the backup of {backup_end:%Y-%m-%d %H:%M} UTC"
    advice = "write one in the backup's line with `pytest drills/ --write-manifest`; each run leaves one for the next"
    return None, "; ".join([reason, *refused[:2], advice])


def forget(place: Path, keep: int) -> None:
    """Remove all but the newest *keep* manifests of backup lines and as many of runs.

    Of the runs of one quarter of a day the first is enough, and the newest of all: a day of many drills must not push
    out those from before the last backups. Leftovers of a writer that was killed over a day ago go too.
    """
    lines = sorted(place.glob("*-line.zip"))
    runs = sorted(place.glob("*-run.zip"))
    first = {path.name[:8] + str(int(path.name[9:11]) // 6): path for path in reversed(runs)}
    kept = {*lines[-keep:], *sorted(first.values())[-keep:], *runs[-1:]}
    for path in {*lines, *runs} - kept:
        path.unlink(missing_ok=True)
    newest = max((path.stat().st_mtime for path in kept), default=0)
    for path in place.glob("*.partial"):
        if path.stat().st_mtime < newest - 86400:
            path.unlink(missing_ok=True)
