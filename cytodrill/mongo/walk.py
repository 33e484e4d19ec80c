"""Counting BSON documents in a stream by their length prefixes, without decoding any."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

SMALLEST = 5
"""An empty document: its length and the ending NUL (bsonspec.org)."""
LARGEST = 16 * 1024 * 1024 + 16 * 1024
"""MongoDB's limit of a document plus the server's own allowance (`BSONObjMaxInternalSize`)."""

_LENGTH = struct.Struct("<i")


class BsonFault(Exception):  # noqa: N818  # the file's fault, not ours
    """A file that is no sequence of whole documents; the text is an operator's, without contents."""


@dataclass(frozen=True)
class Walked:
    """How many whole *documents* a stream holds, and the *size* in bytes of what they take."""

    documents: int
    size: int


class Walk:
    """The walk through one stream: `feed` it chunk by chunk, then ask for the `result`."""

    def __init__(self) -> None:
        self.documents = 0
        self.size = 0
        """Bytes of whole documents, so the offset of the one that is open."""
        self._carry = b""
        self._open = 0
        """Length of the document that goes on in the next chunk, 0 if none."""
        self._missing = 0
        """Bytes of it still to come."""

    def feed(self, chunk: bytes) -> None:
        """Walk through *chunk*. Raises `BsonFault` at the first length or ending that no document has."""
        at = 0
        if self._missing:
            at = min(self._missing, len(chunk))
            self._missing -= at
            if self._missing:
                return
            self._end(chunk[at - 1], self._open)
        elif self._carry:
            chunk = self._carry + chunk
            self._carry = b""
        self._documents(chunk, at)

    def _documents(self, chunk: bytes, at: int) -> None:
        available = len(chunk)
        last = available - 4
        documents, start = self.documents, at
        self._open = 0
        while at <= last:
            (length,) = _LENGTH.unpack_from(chunk, at)
            if not SMALLEST <= length <= LARGEST:
                self._fault(f"a document with the impossible length {length}", at - start)
            at += length
            if at > available:
                self._open, self._missing = length, at - available
                at -= length
                break
            if chunk[at - 1]:
                self._fault(f"a document of {length} bytes without its end", at - length - start)
            documents += 1
        else:
            self._carry = chunk[at:]
        self.documents, self.size = documents, self.size + at - start

    def _end(self, last: int, length: int) -> None:
        if last:
            self._fault(f"a document of {length} bytes without its end", 0)
        self.documents += 1
        self.size += length

    def _fault(self, what: str, ahead: int) -> None:
        raise BsonFault(f"{what} at byte {self.size + ahead}")

    def result(self) -> Walked:
        """Give what was walked through; raises `BsonFault` if the stream ended inside a document."""
        if self._open:
            had = self._open - self._missing
            raise BsonFault(f"a document of {self._open} bytes at byte {self.size}, of which {had} are there")
        if self._carry:
            raise BsonFault(f"{len(self._carry)} bytes at byte {self.size}, too few for a document")
        return Walked(self.documents, self.size)


def walk(chunks: Iterable[bytes]) -> Walked:
    """Walk through *chunks* of one file. Raises `BsonFault`."""
    walking = Walk()
    for chunk in chunks:
        walking.feed(chunk)
    return walking.result()
