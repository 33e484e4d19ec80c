"""What a mongo archive holds, counted in one pass without any server.

The archive is a `.tar.gz` of a mongodump folder with `admin/` and `cytomine/` in it, a `.bson` and a `.metadata.json`
for each collection (Cytomine-mongo 1.0.0 `backup`), both `./cytomine/x.bson` and `cytomine/x.bson` as names.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from bson import json_util
from bson.errors import BSONError

from cytodrill.archive import ArchiveFault, Member, Seal, members
from cytodrill.core.claims import Finding
from cytodrill.mongo import indexes
from cytodrill.mongo.archived import ArchivedCollection, MongoArchive
from cytodrill.mongo.completeness import lacking
from cytodrill.mongo.walk import BsonFault, Walk

__all__ = ["ArchivedCollection", "MongoArchive", "scan"]

LONG_NAME = 238
"""Length of a file name that holds only the beginning and a hash of the collection's (mongo-tools, mongodump)."""

METADATA_LIMIT = 16 * 1024 * 1024
"""Archives are untrusted input; the definition of a collection is never this large."""


@dataclass
class _Scan:
    """What was seen so far."""

    path: Path
    collections: dict[tuple[str, str], ArchivedCollection] = field(default_factory=dict)
    databases: set[str] = field(default_factory=set)
    strays: list[str] = field(default_factory=list)
    prelude: dict[str, Any] = field(default_factory=dict)
    faults: list[Finding] = field(default_factory=list)
    taken: datetime | None = None

    def see(self, member: Member) -> None:
        """Take in one *member* of the archive."""
        database, _, file = member.name.partition("/")
        if member.directory:
            self.databases.add(database)
            return
        self.taken = max(self.taken or member.mtime, member.mtime)
        if "/" in file or not (file or database == "prelude.json"):
            self.strays.append(member.name)
        elif database == "prelude.json" or file == "prelude.json":
            self.prelude = self._json(member) or {}
        elif file.endswith(".bson"):
            self._bson(member, database, file.removesuffix(".bson"))
        elif file.endswith(".metadata.json"):
            self._metadata(member, database, file.removesuffix(".metadata.json"))
        else:
            self.strays.append(member.name)

    def _collection(self, member: Member, database: str, stem: str, **known: Any) -> None:
        self.databases.add(database)
        key = (database, stem)
        seen = self.collections.get(key, ArchivedCollection(database, unquote_plus(stem)))
        written = max(seen.written or member.mtime, member.mtime)
        self.collections[key] = replace(seen, written=written, **known)

    def _bson(self, member: Member, database: str, stem: str) -> None:
        walking = Walk()
        try:
            for chunk in member.chunks():
                walking.feed(chunk)
            walking.result()
        except BsonFault as fault:
            self._fault(member, "holds a broken document", f"{member.size} bytes of whole documents", str(fault))
        counted = {"documents": walking.documents, "size": walking.size}
        self._collection(member, database, stem, file=member.name, **counted)

    def _metadata(self, member: Member, database: str, stem: str) -> None:
        known = self._json(member)
        if known is None:
            self._collection(member, database, stem, metadata="")
            return
        try:
            found = {
                "metadata": known["text"],
                "options": dict(known.get("options") or {}),
                "indexes": indexes.by_name(known.get("indexes") or ()),
            }
        except (KeyError, TypeError, ValueError, AttributeError):
            self._fault(member, "cannot be read", "the options and indexes of a collection", "none of these")
            found = {"metadata": ""}
        if len(stem) == LONG_NAME and "%24" in stem:
            found["collection"] = str(known.get("collectionName"))
        self._collection(member, database, stem, **found)

    def _json(self, member: Member) -> dict[str, Any] | None:
        """Read a small JSON file; its text comes along under "text"."""
        if member.size > METADATA_LIMIT:
            self._fault(member, "is too large", f"at most {METADATA_LIMIT} bytes", f"{member.size} bytes")
            return None
        try:
            text = b"".join(member.chunks()).decode()
            known = json_util.loads(text)
        except (ValueError, TypeError, BSONError, RecursionError):
            self._fault(member, "cannot be read", "JSON, as mongodump writes it", f"{member.size} bytes of else")
            return None
        return {**known, "text": text} if isinstance(known, dict) else {"text": text}

    def _fault(self, member: Member, what: str, expected: str, found: str) -> None:
        where = f"{self.path.name}: {member.name}"
        self.faults.append(Finding(what, where, expected, found, "Back up again; mongorestore stops at this file."))

    def version(self, of: str) -> str:
        """Give the version *of* server or tool that `prelude.json` names, however it spells the key."""
        spelled = {key.lower().replace("_", ""): value for key, value in self.prelude.items()}
        return str(spelled.get(f"{of}version", ""))


def scan(path: Path) -> MongoArchive:
    """Read the archive at *path* once, to its last byte, and give what it holds.

    What is wrong with it are findings, not errors. Raises `UsageError` if the file cannot be opened or read.
    """
    seen, seal = _Scan(path), Seal()
    cut: tuple[Finding, ...] = ()
    try:
        for member in members(path, seal):
            seen.see(member)
    except ArchiveFault as fault:
        cut = (fault.finding(path.name),)
    found = MongoArchive(
        path=path,
        size=seal.size,
        sha256=seal.sha256,
        taken=seen.taken,
        collections={entry.name: entry for _, entry in sorted(seen.collections.items())},
        databases=frozenset(seen.databases),
        strays=tuple(seen.strays),
        server_version=seen.version("server"),
        tool_version=seen.version("tool"),
        whole=(*cut, *seen.faults),
    )
    # Of an archive that is cut, nobody can say what else it had.
    return found if cut else replace(found, complete=lacking(found))
