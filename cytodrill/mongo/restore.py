"""Restoring a mongo archive by streaming it into mongorestore, nothing unpacked to disk."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cytodrill.archive import ArchiveFault
from cytodrill.core.claims import Finding
from cytodrill.core.errors import ThrowawayError
from cytodrill.core.throwaway import MongoThrowaway, Pipe
from cytodrill.mongo.archived import MongoArchive
from cytodrill.mongo.messages import Heard, Message
from cytodrill.mongo.stream import stream, streamed

OPTIONS = (
    "--archive",
    "--numInsertionWorkersPerCollection=2",
    "--writeConcern={w:1,j:false}",
    "--bypassDocumentValidation",
)
"""A throwaway need not survive a crash; one collection comes at a time, so its workers are what runs side by side."""

KILLED = 128 + signal.SIGKILL
"""Exit status of a program in a container that was killed, as for want of memory."""


@dataclass(frozen=True)
class MongoRestore:
    """What mongorestore said.

    *restored* and *failed* are its totals in documents, None if it never said them; *expected* is what the archive
    holds; *messages* its complaints without any contents; *findings* what disproves the restore; *seconds* is the
    time from the first byte to its end.
    """

    exit_status: int
    expected: int
    restored: int | None
    failed: int | None
    messages: tuple[Message, ...]
    findings: tuple[Finding, ...]
    seconds: float


def restore(
    path: Path,
    archive: MongoArchive,
    throwaway: MongoThrowaway,
    progress: Callable[[int], None] = lambda _: None,
) -> MongoRestore:
    """Stream the archive *path*, of which *archive* is the sound scan, into *throwaway*.

    *progress* is told the bytes fed so far. The databases `admin`, `config` and `local` stay out: a throwaway has no
    accounts, and restoring those of production would lock the drill out of it. That they come back is for a drill of
    the vendor's own procedure. Raises `ThrowawayError` when mongorestore cannot be started, is killed, or loses the
    server: that says nothing about the archive.
    """
    heard = Heard()
    started = time.monotonic()
    pipe = throwaway.mongorestore(OPTIONS, heard)
    try:
        fault = _feed(path, archive, pipe, progress)
        status = pipe.finish() if fault is None else -1
    finally:
        pipe.abort()
    if fault is None:
        _require_throwaway(path.name, heard, status)
    expected = sum(entry.documents or 0 for entry in streamed(archive))
    return MongoRestore(
        exit_status=status,
        expected=expected,
        restored=heard.restored,
        failed=heard.failed,
        messages=heard.messages(),
        findings=_findings(path.name, heard, status, expected) if fault is None else (fault,),
        seconds=time.monotonic() - started,
    )


def _feed(path: Path, archive: MongoArchive, pipe: Pipe, progress: Callable[[int], None]) -> Finding | None:
    fed = 0
    try:
        for chunk in stream(path, archive):
            pipe.write(chunk)
            fed += len(chunk)
            progress(fed)
    except BrokenPipeError:
        return None  # It ended by itself: what it said tells why.
    except ArchiveFault as fault:
        return fault.finding(path.name)
    return None


def _require_throwaway(where: str, heard: Heard, status: int) -> None:
    failed = heard.unfit() if status != 0 else ""
    if heard.restored is None and (status < 0 or status == KILLED):
        failed = "mongorestore was killed"
    if failed:
        raise ThrowawayError(
            f"The throwaway MongoDB failed while {where} was restored: {failed} (exit status {status}). "
            "Give it more memory (docker.memory), or look at what its image or program lacks, and run again."
        )


def _findings(where: str, heard: Heard, status: int, expected: int) -> tuple[Finding, ...]:
    """Judge the totals. The exit status is recorded, and believed only when it says that it failed."""
    said = "; ".join(str(message) for message in heard.messages()[:5]) or "nothing"
    if heard.restored is None or heard.failed is None:
        return (
            Finding(
                "mongorestore did not come to its end",
                where,
                f"its totals for {expected:,} documents",
                f"exit status {status} without totals; it complained of: {said}",
                "Restore by hand into an empty server of the pinned version and read its messages.",
            ),
        )
    if heard.failed or status != 0 or heard.restored != expected:
        return (
            Finding(
                "mongorestore did not restore every document",
                where,
                f"{expected:,} documents restored, 0 failed, exit status 0",
                f"{heard.restored:,} restored, {heard.failed:,} failed, exit status {status}; it complained of: {said}",
                "Restore by hand into an empty server of the pinned version and read its messages.",
            ),
        )
    return ()
