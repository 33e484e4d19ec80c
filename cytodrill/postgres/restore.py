"""Restoring a postgis archive in one pass: each chunk is scanned without a server and fed to psql."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cytodrill.archive import ArchiveFault, Member, Seal, members
from cytodrill.core.claims import Finding
from cytodrill.core.errors import ThrowawayError
from cytodrill.core.throwaway import SUPERUSER, Pipe, PostgresThrowaway
from cytodrill.postgres.dump import CLUSTER_TRAILER, DATABASE_TRAILER, DumpFacts, DumpScanner
from cytodrill.postgres.messages import PSQL_OPTIONS, Kind, Message, classify

KEPT_MESSAGES = 20
"""How many unexpected messages are kept; a lost dump can give one per row."""

_SCRIPT = re.compile(r"[^/]+\.sql")


@dataclass(frozen=True)
class PostgresArchive:
    """What the archive itself says, counted without a server.

    *taken* is the time of its member, the end of the dump; *size* and *script_size* are bytes; *whole* and *complete*
    hold what is wrong with the file and with the dump in it.
    """

    path: Path
    size: int
    script_size: int
    sha256: str
    taken: datetime | None
    dump: DumpFacts
    whole: tuple[Finding, ...]
    complete: tuple[Finding, ...]


@dataclass(frozen=True)
class PostgresRestore:
    """What psql said while it read the dump. *seconds* is the time from the first byte to psql's end."""

    exit_status: int
    expected: int
    unexpected: int
    messages: tuple[Message, ...]
    seconds: float


@dataclass
class _Heard:
    dump: DumpFacts
    expected: int = 0
    unexpected: int = 0
    messages: list[Message] = field(default_factory=list)
    unfit: Message | None = None

    def __call__(self, line: str) -> None:
        message = classify(line)
        if message is None:
            return
        # Only dropping may fail, and that is done with before any database is connected to: later on a role that
        # does not exist is an owner or a grant that is lost. psql has read no line that was not scanned.
        if message.kind is Kind.EXPECTED and not 0 < self.dump.preamble < message.line:
            self.expected += 1
            return
        self.unexpected += 1
        if message.kind is Kind.UNFIT and self.unfit is None:
            self.unfit = message
        if len(self.messages) < KEPT_MESSAGES:
            self.messages.append(message)


class _Feeder:
    """Feeds psql until it ends by itself; the scan of the archive goes on without it."""

    def __init__(self, pipe: Pipe | None) -> None:
        self.pipe = pipe
        self.alive = pipe is not None

    def write(self, chunk: bytes) -> None:
        if self.pipe is not None and self.alive:
            try:
                self.pipe.write(chunk)
            except BrokenPipeError:
                self.alive = False


def restore(
    path: Path, throwaway: PostgresThrowaway | None, progress: Callable[[int], None] = lambda _: None
) -> tuple[PostgresArchive, PostgresRestore | None]:
    """Stream the archive *path* into *throwaway*, or only read it when that is None.

    *progress* is told the bytes of SQL read so far. The restore is None when there was no throwaway or the archive
    turned out to be cut or damaged: what was restored by then proves nothing.
    Raises `ThrowawayError` when the throwaway lacks what the dump needs.
    """
    scanner = DumpScanner()
    heard = _Heard(scanner.facts)
    started = time.monotonic()
    pipe = throwaway.psql(SUPERUSER, PSQL_OPTIONS, heard) if throwaway else None
    try:
        archive = _stream(path, scanner, _Feeder(pipe), progress)
        if pipe is None or archive.whole:
            return archive, None
        exit_status = pipe.finish()
    finally:
        if pipe is not None:
            pipe.abort()
    if heard.unfit is not None:
        raise ThrowawayError(
            f"The throwaway PostgreSQL lacks {heard.unfit.subject}, which line {heard.unfit.line} of the dump in "
            f"{path.name} needs. Give it that: the image that the instance pins, a package, or room."
        )
    seconds = time.monotonic() - started
    restored = PostgresRestore(exit_status, heard.expected, heard.unexpected, tuple(heard.messages), seconds)
    return archive, restored


def _stream(path: Path, scanner: DumpScanner, feeder: _Feeder, progress: Callable[[int], None]) -> PostgresArchive:
    seal, scripts, read = Seal(), list[Member](), 0
    whole: tuple[Finding, ...] = ()
    try:
        for member in members(path, seal):
            if not _SCRIPT.fullmatch(member.name):
                continue
            scripts.append(member)
            if len(scripts) > 1:
                continue
            for chunk in member.chunks():
                scanner.feed(chunk)
                feeder.write(chunk)
                read += len(chunk)
                progress(read)
    except ArchiveFault as fault:
        whole = (fault.finding(path.name),)
    dump = scanner.end()
    return PostgresArchive(
        path=path,
        size=seal.size,
        script_size=read,
        sha256=seal.sha256,
        taken=scripts[0].mtime if scripts else None,
        dump=dump,
        whole=whole,
        complete=() if whole else _incomplete(path, scripts, dump),
    )


def _incomplete(path: Path, scripts: list[Member], dump: DumpFacts) -> tuple[Finding, ...]:
    """What is missing from a dump whose archive is whole."""
    again = "The dump was cut before it was packed: look at the disk and at backup.log, and back up again."
    if len(scripts) != 1:
        return (
            Finding(
                what="the archive does not hold one SQL script",
                where=path.name,
                expected="one .sql at its root, as the postgis container's backup writes it",
                found=f"{len(scripts)} of them",
                remedy="Check that this is a postgis archive: the documented restore refuses it (exit 5).",
            ),
        )
    findings = []
    if dump.open_copy:
        rows = dump.rows[dump.open_copy]
        findings.append(
            Finding(
                what=f"the dump ends inside the rows of {dump.open_copy}",
                where=path.name,
                expected=r"a line \. after its last row",
                found=f"the end of the file after {rows:,} rows",
                remedy=again,
            )
        )
    missing = [name for name in dump.present() if name not in dump.completed]
    if missing:
        findings.append(
            Finding(
                what=f"the dump of {', '.join(missing)} has no end",
                where=path.name,
                expected=f'the line "{DATABASE_TRAILER}" for each of {len(dump.present())} databases',
                found=f"it for {len(dump.completed)}",
                remedy=again,
            )
        )
    if not dump.complete and not findings:
        findings.append(
            Finding(
                what="the dump of the cluster has no end",
                where=path.name,
                expected=f'the line "{CLUSTER_TRAILER}"',
                found=f"none in {dump.lines:,} lines",
                remedy=again,
            )
        )
    return tuple(findings[:1])


def judge(archive: PostgresArchive, restored: PostgresRestore) -> tuple[Finding, ...]:
    """Findings about what psql said: unexpected errors, by SQLSTATE and place, never by their text."""
    findings = [
        Finding(
            what=f"psql reported {message.condition}{f' (SQLSTATE {message.sqlstate})' if message.sqlstate else ''}",
            where=f"{archive.path.name}, line {message.line:,}, {archive.dump.place(message.line)}",
            expected="no error but those of dropping what an empty server does not have",
            found=f"error {number} of {restored.unexpected:,} unexpected ones",
            remedy="Restore this archive by hand in a throwaway and read the message; the backup may be damaged.",
        )
        for number, message in enumerate(restored.messages[:3], 1)
    ]
    if not findings and restored.exit_status != 0:
        findings.append(
            Finding(
                what="psql ended before the dump did",
                where=archive.path.name,
                expected="exit status 0",
                found=f"exit status {restored.exit_status}",
                remedy="Restore this archive by hand in a throwaway and read psql's messages.",
            )
        )
    return tuple(findings)
