"""Listing a tree of images in one fixed order, so that millions of files are compared without being held."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cytodrill.core.errors import UsageError

FileKind = Literal["file", "link", "other"]

_UPLOAD = re.compile(r"upload-[0-9a-f-]+")


@dataclass(frozen=True)
class Entry:
    """One file of a tree: *path* relative with "/", *size* in bytes, *mtime* in ns.

    Names below an upload's folder can identify patients and are kept as hashes, in *path* and in *target* (what a
    link points to), so that a listing can be stored. *plain* is the path itself (undecodable bytes escaped), which is
    neither stored nor compared. Directories are not listed.
    """

    path: str
    kind: FileKind
    size: int
    mtime: int
    target: str = ""
    plain: str = field(default="", compare=False, repr=False)

    @property
    def order(self) -> tuple[str, ...]:
        """What listings are sorted by: the path's parts."""
        return tuple(self.path.split("/"))


def listing(root: Path) -> Iterator[Entry]:
    """Every file and link below *root*, sorted by the parts of its hashed path. Links are not followed.

    What vanishes while it is read is left out. Raises `UsageError` for a folder that cannot be read.
    """
    yield from _below(root, "", "")


def _below(folder: Path, prefix: str, plain: str) -> Iterator[Entry]:
    try:
        with os.scandir(folder) as scan:
            named = [(_hashed(entry.name, top=not prefix), entry) for entry in scan]
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(
            f"The folder {folder} cannot be read: {error.strerror}. Run the drill as a user that may read it."
        ) from None
    for name, entry in sorted(named, key=lambda pair: pair[0]):
        if entry.is_dir(follow_symlinks=False):
            yield from _below(folder / entry.name, f"{prefix}{name}/", f"{plain}{entry.name}/")
            continue
        try:
            found = entry.stat(follow_symlinks=False)
            target = _hashed(str(Path(entry.path).readlink()), top=False) if entry.is_symlink() else ""
        except FileNotFoundError:
            continue
        kind: FileKind = "link" if target else "file" if stat.S_ISREG(found.st_mode) else "other"
        plain_path = os.fsencode(plain + entry.name).decode("utf-8", "backslashreplace")
        yield Entry(f"{prefix}{name}", kind, found.st_size, found.st_mtime_ns, target, plain_path)


def _hashed(name: str, *, top: bool) -> str:
    """A hash in place of *name*, but for an upload's folder at the *top*, which is called by a random uuid."""
    if top and _UPLOAD.fullmatch(name):
        return name
    return hashlib.blake2b(os.fsencode(name), digest_size=8).hexdigest()


def upload_folder(path: str) -> str:
    """What may be shown of *path*: the folder of its upload, `upload-<uuid>`, or a hash where it lies in no such.

    Source: PIMS, one folder per upload directly in its root (cytomine monorepo of 2026-08).
    """
    return _hashed(path.split("/", 1)[0], top=True)
