"""Listing a tree of images in one fixed order, so that millions of files are compared without being held."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cytodrill.core.errors import UsageError

FileKind = Literal["file", "link", "other"]


@dataclass(frozen=True)
class Entry:
    """One file of a tree: *path* relative with "/" (undecodable bytes escaped), *size* in bytes, *mtime* in ns.

    Of a link, *target* is what it points to; directories are not listed, except empty ones do not exist for a drill.
    """

    path: str
    kind: FileKind
    size: int
    mtime: int
    target: str = ""

    @property
    def order(self) -> tuple[str, ...]:
        """What listings are sorted by: the path's parts."""
        return tuple(self.path.split("/"))


def listing(root: Path) -> Iterator[Entry]:
    """Every file and link below *root*, sorted by its path's parts. Links are not followed.

    What vanishes while it is read is left out. Raises `UsageError` for a folder that cannot be read.
    """
    yield from _below(root, "")


def _below(folder: Path, prefix: str) -> Iterator[Entry]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: _printable(entry.name))
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(
            f"The folder {folder} cannot be read: {error.strerror}. Run the drill as a user that may read it."
        ) from None
    for entry in entries:
        path = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _below(folder / entry.name, f"{path}/")
            continue
        try:
            found = entry.stat(follow_symlinks=False)
            target = str(Path(entry.path).readlink()) if entry.is_symlink() else ""
        except FileNotFoundError:
            continue
        kind: FileKind = "link" if target else "file" if stat.S_ISREG(found.st_mode) else "other"
        yield Entry(_printable(path), kind, found.st_size, found.st_mtime_ns, _printable(target))


def _printable(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def upload_folder(path: str) -> str:
    """The folder of an upload, `upload-<uuid>`: file names below it can identify patients and are not shown.

    Source: PIMS, one folder per upload directly in its root (cytomine monorepo of 2026-08).
    """
    return path.split("/", 1)[0]
