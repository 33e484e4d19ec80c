"""Stream one `.tar.gz` without unpacking it, checked to the last byte; may be used by every module.

tar headers are parsed by the standard library one block at a time: `tarfile` itself ends quietly at a damaged
header, and a drill must not.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from cytodrill.inflate import CHUNK, ArchiveFault, Inflated, Seal, unreadable

__all__ = ["ArchiveFault", "Member", "Seal", "members"]

BLOCK = tarfile.BLOCKSIZE
EXTRA_LIMIT = 1 << 20
"""Bound of a pax header or GNU long name; archives are untrusted input."""


@dataclass(frozen=True)
class Member:
    """One regular file, or one *directory*, of an archive.

    *name* is relative without a leading "./"; *size* in bytes; *mtime* in UTC. *chunks(most)* streams its
    contents in pieces of at most *most* bytes (default 1 MiB), once, and before the next member is asked for;
    what is not read is skipped.
    """

    name: str
    size: int
    mtime: datetime
    directory: bool
    chunks: Callable[..., Iterator[bytes]]


def _cut(stream: Inflated, name: str) -> ArchiveFault:
    return ArchiveFault("truncated", f'Its tar stream stops after {stream.offset} uncompressed bytes, inside "{name}".')


def _contents(stream: Inflated, name: str, size: int) -> Callable[..., Iterator[bytes]]:
    """Make the one generator of a member's contents; asked again, it goes on where it was left."""
    left = size

    def chunks(most: int = CHUNK) -> Iterator[bytes]:
        nonlocal left
        while left:
            data = stream.read(min(most, left))
            if not data:
                raise _cut(stream, name)
            left -= len(data)
            yield data
        return

    return chunks


def _header(stream: Inflated) -> tarfile.TarInfo | None:
    """Parse the next header block; None at the end-of-archive mark."""
    at = stream.offset
    block = stream.exactly(BLOCK)
    if not block and at == 0:
        raise ArchiveFault("empty", "The archive holds nothing: its gzip stream has 0 bytes.")
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # not in the stubs
        return None
    except tarfile.HeaderError as error:
        if at == 0:
            raise ArchiveFault("foreign", "The archive holds no tar: its first block is none.") from None
        if len(block) < BLOCK:
            raise ArchiveFault(
                "truncated",
                f"Its tar stream stops after {stream.offset} uncompressed bytes without an end mark.",
            ) from None
        raise ArchiveFault("damaged", f"The tar header at uncompressed byte {at} is wrong: {error}.") from None


def _extra(stream: Inflated, header: tarfile.TarInfo) -> bytes:
    """Read the body of a header that describes the next one."""
    if header.size > EXTRA_LIMIT:
        raise ArchiveFault("damaged", f"A tar header of {header.size} bytes precedes byte {stream.offset}.")
    body = stream.exactly(_padded(header.size))
    if len(body) < _padded(header.size):
        raise _cut(stream, "a tar header")
    return body[: header.size]


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _pax(body: bytes) -> dict[str, str]:
    """Parse pax records: length, key and value each, ended by a newline (POSIX.1-2001)."""
    records: dict[str, str] = {}
    while body:
        length, _, rest = body.partition(b" ")
        end = int(length) - len(length) - 1
        if end <= 0 or end > len(rest):
            raise ValueError(length)
        key, _, value = rest[: end - 1].partition(b"=")
        records[key.decode()] = value.decode("utf-8", "surrogateescape")
        body = rest[end:]
    return records


def _next(stream: Inflated) -> tarfile.TarInfo | None:
    """Give the next member's header with GNU long names and pax records applied; None at the end mark."""
    records: dict[str, str] = {}
    name = ""
    while (header := _header(stream)) is not None:
        try:
            if header.type == tarfile.XHDTYPE:
                records = _pax(_extra(stream, header))
            elif header.type in {tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK}:
                _extra(stream, header)
            elif header.type == tarfile.GNUTYPE_LONGNAME:
                name = _extra(stream, header).rstrip(b"\0").decode("utf-8", "surrogateescape")
            else:
                header.name = records.get("path", name or header.name)
                header.size = int(records.get("size", header.size))
                header.mtime = float(records.get("mtime", header.mtime))
                return header
        except ValueError:
            raise ArchiveFault(
                "damaged", f"The tar header before uncompressed byte {stream.offset} is wrong."
            ) from None
    return None


def _member(stream: Inflated, header: tarfile.TarInfo) -> Member:
    """Check *header* and turn it into a member."""
    parts = [part for part in header.name.split("/") if part not in {"", "."}]
    if header.name.startswith("/") or ".." in parts or not (header.isreg() or header.isdir()):
        raise ArchiveFault(
            "foreign",
            f"It has a member that no backup writes (a link, a device or a path leaving the archive), "
            f"before uncompressed byte {stream.offset}.",
        )
    name = "/".join(parts)
    size = 0 if header.isdir() else header.size
    try:
        mtime = datetime.fromtimestamp(header.mtime, UTC)
    except (OverflowError, ValueError, OSError):
        raise ArchiveFault("damaged", f'The member "{name}" has an impossible time.') from None
    return Member(name, size, mtime, header.isdir(), _contents(stream, name, size))


def _skip(stream: Inflated, member: Member) -> None:
    """Read what is left of *member* and the padding behind it."""
    for _ in member.chunks():
        pass
    padding = _padded(member.size) - member.size
    if len(stream.exactly(padding)) < padding:
        raise _cut(stream, member.name)


def _finish(stream: Inflated) -> None:
    """Check what follows the first zero block: another one, padding, and the end of the file."""
    second = stream.exactly(BLOCK)
    if len(second) < BLOCK:
        raise ArchiveFault("truncated", f"Its tar end mark is cut after {stream.offset} uncompressed bytes.")
    while second:
        if second.count(0) != len(second):
            raise ArchiveFault("damaged", f"Data follows the tar's end mark, before uncompressed byte {stream.offset}.")
        second = stream.read(CHUNK)


def members(path: Path, seal: Seal | None = None) -> Iterator[Member]:
    """Stream the regular files and directories of the `.tar.gz` at *path*, in their order.

    Read to exhaustion, everything is checked: gzip trailers (CRC-32 and length), every tar header, the end mark,
    and that nothing follows; *seal* then holds the file's SHA-256 and size. Raises `ArchiveFault`, and
    `UsageError` where the file cannot be opened or read.
    """
    try:
        raw = FileIO(path)
    except (FileNotFoundError, IsADirectoryError) as error:
        what = "a folder" if isinstance(error, IsADirectoryError) else "gone, or a link to nothing"
        raise ArchiveFault("foreign", f"It is no file but {what}.") from None
    except OSError as error:
        raise unreadable(path, error) from None
    with raw:
        stream = Inflated(raw)
        while (header := _next(stream)) is not None:
            member = _member(stream, header)
            if member.name:
                yield member
            _skip(stream, member)
        _finish(stream)
        if seal is not None:
            stream.seal(seal)
