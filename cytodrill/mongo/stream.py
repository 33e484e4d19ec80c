"""Turning a tar of mongodump's files into mongodump's own archive stream, on the way to mongorestore's input.

The format (mongo-tools, common/archive): a magic number; a block of a header and one document of metadata for each
collection; then for each collection a block of a namespace header and its documents, and a block of a namespace
header that says EOF with the CRC-64 of the documents. A block is BSON documents ended by four bytes 0xFF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import bson
from bson.int64 import Int64
from fastcrc import crc64

from cytodrill.archive import ArchiveFault, Member, Seal, members
from cytodrill.mongo.archived import ArchivedCollection, MongoArchive

MAGIC = struct.pack("<I", 0x8199E26D)
TERMINATOR = b"\xff\xff\xff\xff"
LEFT_OUT = frozenset({"admin", "config", "local"})
"""Databases of the server itself: a throwaway has no accounts, and nothing of Cytomine is in them."""


def streamed(archive: MongoArchive) -> tuple[ArchivedCollection, ...]:
    """Give the collections of *archive* that the stream carries; views have nothing to carry."""
    return tuple(
        entry for entry in archive.collections.values() if entry.database not in LEFT_OUT and not entry.is_view
    )


def _prelude(archive: MongoArchive, carried: Sequence[ArchivedCollection]) -> bytes:
    header = {
        "concurrent_collections": 1,
        "version": "0.1",
        "server_version": archive.server_version,
        "tool_version": archive.tool_version,
    }
    metadata = [
        {
            "db": entry.database,
            "collection": entry.collection,
            "metadata": entry.metadata or "",
            "size": Int64(entry.size),
            "type": "collection",
        }
        for entry in carried
    ]
    return MAGIC + b"".join(bson.encode(document) for document in (header, *metadata)) + TERMINATOR


def _namespace(entry: ArchivedCollection, *, ended: bool = False, crc: int = 0) -> bytes:
    signed = crc - (1 << 64) if crc >> 63 else crc
    return bson.encode({"db": entry.database, "collection": entry.collection, "EOF": ended, "CRC": Int64(signed)})


def _documents(entry: ArchivedCollection, member: Member | None) -> Iterator[bytes]:
    crc = 0
    if member is not None and member.size:
        yield _namespace(entry)
        for chunk in member.chunks():
            crc = crc64.xz(chunk, crc)
            yield chunk
        yield TERMINATOR
    yield _namespace(entry, ended=True, crc=crc) + TERMINATOR


def stream(path: Path, archive: MongoArchive) -> Iterator[bytes]:
    """Give the archive stream of the `.tar.gz` at *path*, of which *archive* is the scan, chunk by chunk.

    Without `admin`, `config` and `local`. Raises `ArchiveFault` if the file is no longer what was scanned.
    """
    carried = streamed(archive)
    waiting = {entry.file: entry for entry in carried if entry.file}
    seal = Seal()
    yield _prelude(archive, carried)
    for member in members(path, seal):
        if (entry := waiting.pop(member.name, None)) is not None:
            yield from _documents(entry, member)
    for entry in (*waiting.values(), *(entry for entry in carried if not entry.file)):
        yield from _documents(entry, None)
    if seal.sha256 != archive.sha256:
        raise ArchiveFault("damaged", "It changed while it was read: its SHA-256 is another than a moment before.")
