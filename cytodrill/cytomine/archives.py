"""Finding the archives of a backup set: the newest of each store, by what it holds, not by its name.

Names carry only a weekday, so an archive of last week looks current when a night failed; file times change when a
set is copied. The time of the archive's first member is the end of the dump and travels with it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cytodrill.archive import ArchiveFault, members
from cytodrill.core.errors import UsageError
from cytodrill.cytomine.instance import Instance

STORES = {"postgres": "postgis", "mongo": "mongo"}
"""Store to the word in its archives' names."""

_NAME = re.compile(r"cytomine_(postgis|mongo)_backup_(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\.tar\.gz")
_QUIET = 3.0
"""Seconds without change after which a file is taken as written."""


@dataclass(frozen=True)
class ArchiveFile:
    """An archive on disk. *taken* is the end of its dump if its first header reads, else the file's own time."""

    store: str
    path: Path
    day: str
    size: int
    taken: datetime
    readable: bool


@dataclass(frozen=True)
class Found:
    """What was found for one store: the *newest* archive or None, all *others*, and the folders looked into.

    *growing* says that the newest was still being written when the wait was over.
    """

    store: str
    newest: ArchiveFile | None
    others: tuple[ArchiveFile, ...]
    looked: tuple[Path, ...]
    growing: bool = False


def _raise(error: OSError) -> None:
    raise error


def _below(folder: Path) -> Iterator[Path]:
    """Every file below *folder*, through links to folders too, each folder once."""
    seen: set[Path] = set()
    for place, folders, files in os.walk(folder, followlinks=True, onerror=_raise):
        yield from (Path(place, name) for name in (*files, *folders))
        new = {Path(place, name).resolve(): name for name in folders}
        folders[:] = [name for real, name in new.items() if real not in seen]
        seen |= set(new)


def _candidates(store: str, folders: Iterable[Path], *, below: bool) -> list[Path]:
    word, found = STORES[store], []
    for folder in folders:
        try:
            names = _below(folder) if below else folder.iterdir()
            found += [path for path in names if (match := _NAME.fullmatch(path.name)) and match[1] == word]
        except (FileNotFoundError, NotADirectoryError):
            continue
        except PermissionError:
            raise UsageError(
                f"The backup folder {folder} cannot be read: it belongs to the database container's user (0700). "
                f"Run the drill as root, or copy the archives elsewhere and give that place with --backups."
            ) from None
    return found


def _examine(store: str, path: Path) -> ArchiveFile:
    match = _NAME.fullmatch(path.name)
    state = _state(path)
    taken, readable = datetime.fromtimestamp(state.st_mtime, UTC), False
    try:
        for member in members(path):
            if not member.directory:
                taken = max(taken, member.mtime) if readable else member.mtime
                readable = True
            if readable and store == "postgres":
                break  # it has one member only; of a mongodump the newest counts
    except (ArchiveFault, UsageError):
        pass  # the drill that reads it to the end says what is wrong
    return ArchiveFile(store, path, match[2] if match else "", state.st_size, taken, readable)


def _state(path: Path) -> os.stat_result:
    """The file's state; of a link to nothing that of the link."""
    try:
        return path.stat()
    except OSError:
        return path.lstat()


def wait_until_written(path: Path, patience: timedelta) -> bool:
    """Wait until *path* no longer changes, for at most *patience*; whether it came to rest."""
    deadline = time.monotonic() + patience.total_seconds()
    while time.time() - _state(path).st_mtime < _QUIET:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def find(store: str, instance: Instance, backups: Path | None, patience: timedelta) -> Found:
    """Find the archives of *store*, below *backups* if given, else where the instance's containers leave them.

    Raises `UsageError` for a folder that is absent or cannot be read.
    """
    if backups is not None and not backups.is_dir():
        raise UsageError(f"There is no folder {backups}: give the place of the backup set with --backups.")
    folders = (backups,) if backups is not None else instance.backup_folders[store]
    paths = _candidates(store, folders, below=backups is not None)
    if not paths:
        return Found(store, None, (), folders)
    latest = max(paths, key=lambda path: _state(path).st_mtime)
    at_rest = wait_until_written(latest, patience)
    archives = sorted((_examine(store, path) for path in paths), key=lambda archive: archive.taken)
    return Found(
        store, archives[-1], tuple(archives[:-1]), folders, growing=not at_rest and archives[-1].path == latest
    )
