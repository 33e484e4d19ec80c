"""Whether a disk has room for a throwaway, asked before anything is started."""

from __future__ import annotations

import shutil
from pathlib import Path

import humanize

from cytodrill.core.errors import ThrowawayError

PER_ARCHIVE_BYTE = 8
"""Bytes of disk that a restored database takes for each byte of its archive: SQL unpacks to three to five times
(performance measurements of `pg_dumpall` in gzip), tables, indexes and WAL take up to twice that again."""

FIXED = 300 * 1024 * 1024
"""Bytes that an empty server takes with its first WAL segments."""


def needed(archive_size: int) -> int:
    """Bytes of disk that restoring an archive of *archive_size* bytes may take."""
    return archive_size * PER_ARCHIVE_BYTE + FIXED


def check(place: Path, wanted: int, remedy: str) -> None:
    """See that the disk of *place* has *wanted* bytes free; raises `ThrowawayError` with the *remedy* if not.

    A place that this host does not see (a remote engine's) is not judged.
    """
    try:
        free = shutil.disk_usage(place).free
    except OSError:
        return
    if free < wanted:
        raise ThrowawayError(
            f"{place} has {humanize.naturalsize(free)} free, and restoring this archive may take "
            f"{humanize.naturalsize(wanted)}. {remedy}"
        )
