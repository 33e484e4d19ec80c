"""Where the stand-ins' sources are, and a digest that tells whether what was built from them is still the same."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
IMAGES = CHECKOUT / "samples" / "images"
BUILD = CHECKOUT / ".build"
"""Default for everything built; not under version control, and safe to remove."""

SHORT = 12
"""Characters of a digest in names and tags."""


def digest(*folders: Path) -> str:
    """The first 12 hexadecimal characters of a SHA-256 over every file's path, contents and executable bit."""
    total = hashlib.sha256()
    for folder in folders:
        # a build by hand leaves target/, which is no source
        for file in sorted(p for p in folder.rglob("*") if p.is_file() and "target" not in p.parts):
            total.update(f"{file.relative_to(folder)}\0{os.access(file, os.X_OK)}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:SHORT]


def built(folder: Path, make: Callable[[Path], None]) -> Path:
    """*folder*, filled by *make* unless an earlier call did: it appears whole or not at all.

    Several processes may ask at once: one builds, the others wait for it.
    """
    with locked(folder.parent / f".{folder.name}.lock"):
        if not folder.exists():
            beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            try:
                make(beside)
                beside.chmod(0o755)  # the servers run as another user when we are root
                beside.rename(folder)
            except BaseException:
                shutil.rmtree(beside, ignore_errors=True)
                raise
    return folder


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold *file* as a lock between processes; the system gives it back if we are killed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
