"""The folder of a run: written whole or not at all, readable by owner and group only."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

FILE_MODE = 0o640
FOLDER_MODE = 0o750
"""Reports hold table names, counts and paths: nothing for everyone on the host."""

MANIFESTS = "manifests"
"""Where the engine keeps its manifests, beside the runs."""

_DESCRIPTION = {
    "README.md": """\
# Reports of restore drills

Each folder is one run: `report.html` for people, `run.json` for programs, `junit.xml` for CI.
`latest` points to the newest. Everything here is generated; old runs may be deleted at any time. `manifests/`
remembers what production held before each backup: without it the next drill compares less.
""",
    ".gitignore": "# Created by the restore drills.\n*\n",
    "CACHEDIR.TAG": """\
Signature: 8a477f597d28d172789f06886806bc55
# This file is a cache directory tag created by the Cytomine restore drills.
# For information about cache directory tags, see:
#	https://bford.info/cachedir/spec.html
""",
}


def prepare(folder: Path) -> None:
    """Make the *folder* of a run; a reports folder that is new is made to describe itself."""
    reports = folder.parent
    reports.mkdir(parents=True, exist_ok=True)
    # A folder that already holds other things is somebody's own: it gets no .gitignore of ours.
    if {entry.name for entry in reports.iterdir()} <= {folder.name, MANIFESTS}:
        reports.chmod(FOLDER_MODE)
        for name, text in _DESCRIPTION.items():
            write(reports / name, text)
    folder.mkdir(exist_ok=True)
    folder.chmod(FOLDER_MODE)


def write(path: Path, text: str) -> None:
    """Write *text* to *path* as UTF-8 so that a reader sees the old file or the new one, never a part."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(FILE_MODE)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def point_latest(folder: Path) -> None:
    """Let `latest` beside *folder* point to it, in one step."""
    temporary = folder.with_name(f".latest-{folder.name}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(folder.name, target_is_directory=True)
    try:
        temporary.replace(folder.with_name("latest"))
    except OSError:
        temporary.unlink()
        raise
