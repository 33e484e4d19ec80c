"""What a mongo archive holds, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cytodrill.core.claims import Finding


@dataclass(frozen=True)
class ArchivedCollection:
    """One collection of the archive.

    *file* is the member that holds its documents, "" without one; *documents* and *size* (bytes) are what that
    holds, *documents* None without one; *metadata* is the text of its
    `.metadata.json`, None without one; *indexes* maps names to canonical JSON; *written* is the newest of the times
    of the two files.
    """

    database: str
    collection: str
    file: str = ""
    documents: int | None = None
    size: int = 0
    metadata: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)
    written: datetime | None = None

    @property
    def name(self) -> str:
        """The namespace, as `cytomine.annotationAction`."""
        return f"{self.database}.{self.collection}"

    @property
    def is_view(self) -> bool:
        """Whether it is a view, which has no documents of its own."""
        return "viewOn" in self.options


@dataclass(frozen=True)
class MongoArchive:
    """What the archive itself says.

    *size* (bytes of the file) and *sha256* are 0 and "" if it could not be read to its end; *taken* is the newest
    time of its files, the end of the dump, in UTC; *strays* are files that no mongodump writes; *whole* and
    *complete* hold what is wrong with the file and with the dump in it.
    """

    path: Path
    size: int
    sha256: str
    taken: datetime | None
    collections: dict[str, ArchivedCollection]
    databases: frozenset[str]
    strays: tuple[str, ...]
    server_version: str
    tool_version: str
    whole: tuple[Finding, ...] = ()
    complete: tuple[Finding, ...] = ()
