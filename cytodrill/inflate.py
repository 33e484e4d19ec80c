"""Inflate one gzip file as a stream, checked and hashed in one pass; may be used by every module.

ISA-L's inflater is fed by hand, so that every fault comes with the offset in the compressed file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import FileIO
from typing import Literal

from isal import igzip_lib

from cytodrill.core.claims import Finding
from cytodrill.core.errors import DrillError, UsageError

Kind = Literal["empty", "foreign", "truncated", "damaged"]

CHUNK = 1 << 20
MAGIC = b"\x1f\x8b"
REMEDIES: dict[Kind, str] = {
    "empty": "Look in the backup's log and at the free disk space, and back up again.",
    "foreign": "Check that this is the archive which the backup wrote, and back up again.",
    "truncated": "It was cut while written or copied: check free disk space and the copy, and back up again.",
    "damaged": "Copy it again from where it was written; if it is damaged there too, back up again.",
}


class ArchiveFault(DrillError):  # noqa: N818  # the archive's fault, not ours
    """What is wrong with an archive: its *kind*, and an operator's sentence with offsets and sizes only."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(f"{message} {REMEDIES[kind]}")
        self.kind = kind
        self.message = message

    def finding(self, where: str) -> Finding:
        """Give the fault as a finding about the archive *where*."""
        return Finding(
            what="it is no backup archive" if self.kind == "foreign" else f"the archive is {self.kind}",
            where=where,
            expected="a .tar.gz that is whole to the last byte",
            found=self.message.rstrip("."),
            remedy=REMEDIES[self.kind],
        )


def unreadable(path: object, error: OSError) -> UsageError:
    """Word an *error* of the operating system about the archive at *path*."""
    return UsageError(
        f"The archive {path} cannot be read: {error.strerror}. Check its path, its permissions and the disk."
    )


@dataclass
class Seal:
    """Filled once an archive was streamed to its last byte: *sha256* (hex) and *size* (bytes) of the file."""

    sha256: str = ""
    size: int = 0


class Inflated:
    """The uncompressed stream of a gzip file, hashing the compressed bytes as they are read."""

    def __init__(self, raw: FileIO) -> None:
        self._raw = raw
        self._hash = hashlib.sha256()
        self._inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        self._between = True
        """Whether no gzip member is open: at the start, and after each one's trailer."""
        self._pending = b""
        self.compressed = 0
        self.offset = 0

    def _more(self) -> bytes:
        if self._pending:
            pending, self._pending = self._pending, b""
            return pending
        try:
            data = self._raw.read(CHUNK)
        except OSError as error:
            raise unreadable(self._raw.name, error) from None
        self._hash.update(data)
        self.compressed += len(data)
        return data

    def _begin(self) -> bool:
        """Open the next gzip member; False at the file's end. Members may be concatenated (RFC 1952)."""
        head = self._more()
        if not head and self.compressed == 0:
            raise ArchiveFault("empty", "The archive has 0 bytes.")
        if not head:
            return False
        if len(head) == 1:
            head += self._more()
        if not MAGIC.startswith(head[:2]):
            start = self.compressed - len(head)
            if start == 0:
                raise ArchiveFault("foreign", "The archive is no gzip file: it does not begin as one.")
            raise ArchiveFault("damaged", f"Bytes that are no gzip follow its end, from byte {start}.")
        self._pending = head
        self._inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        self._between = False
        return True

    def read(self, most: int) -> bytes:
        """Give at most *most* (> 0) bytes; b"" only at the end of the file, behind a trailer that is right."""
        while True:
            if self._between and not self._begin():
                return b""
            data = self._inflate(most)
            if self._inflater.eof:
                self._pending = self._inflater.unused_data + self._pending
                self._between = True
            if data:
                self.offset += len(data)
                return data

    def _inflate(self, most: int) -> bytes:
        fed = b""
        if self._inflater.needs_input:
            fed = self._more()
            if not fed:
                raise ArchiveFault(
                    "truncated", f"Its gzip stream has no end: the file stops at byte {self.compressed}."
                )
        try:
            return self._inflater.decompress(fed, most)
        except igzip_lib.error as error:  # type: ignore[misc]  # stubs say instance
            near = f"near byte {self.compressed} of the file"
            raise ArchiveFault("damaged", f"It cannot be inflated {near}: {error}.") from None

    def exactly(self, wanted: int) -> bytes:
        """Give *wanted* bytes, fewer only at the end of the stream."""
        parts = []
        while wanted and (data := self.read(wanted)):
            parts.append(data)
            wanted -= len(data)
        return b"".join(parts)

    def seal(self, seal: Seal) -> None:
        """Fill in *seal*; only true at the end of the file."""
        seal.sha256, seal.size = self._hash.hexdigest(), self.compressed
