"""What a mongo archive lacks, and what it has too much: pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from cytodrill.core.claims import Finding, Severity
from cytodrill.mongo.archived import ArchivedCollection, MongoArchive

DATABASE = "cytomine"
"""The database of Cytomine; the vendor's restore knows no other name (Cytomine-mongo 1.0.0 `restore`)."""

STALE = timedelta(hours=6)
"""No file of one dump is this much older than its last one."""

AGAIN = "Back up again: mongorestore would bring back less than there was, and report no failure."


def lacking(archive: MongoArchive) -> tuple[Finding, ...]:
    """Name what is missing from a dump that is whole, and as warnings what no dump of one night has."""
    return (*_databases(archive), *_halves(archive), *_strays(archive))


def _databases(archive: MongoArchive) -> Iterator[Finding]:
    where = archive.path.name
    listed = ", ".join(sorted(archive.databases)) or "no database"
    has_data = any(entry.database == DATABASE for entry in archive.collections.values())
    if not has_data:
        yield Finding(
            f'the database "{DATABASE}" is missing',
            where,
            f"a folder {DATABASE}/ with collections",
            listed if DATABASE not in archive.databases else f"an empty folder {DATABASE}/",
            "Check that mongodump reaches the instance's own server, and back up again.",
        )
    if "admin" not in archive.databases:
        yield Finding(
            "the folder admin/ is missing",
            where,
            "admin/ with the users of the server",
            listed,
            "Dump all databases: without admin/ the vendor's restore command refuses the archive (exit 5).",
        )


def _halves(archive: MongoArchive) -> Iterator[Finding]:
    for name, entry in archive.collections.items():
        where = f"{archive.path.name}: {name}"
        if entry.documents is None and not entry.is_view:
            yield Finding("its documents are missing", where, "a .bson file", "only its metadata", AGAIN)
        if entry.metadata is None:
            yield Finding(
                "its metadata are missing",
                where,
                "a .metadata.json file with its options and indexes",
                f"only its {entry.documents or 0:,} documents",
                AGAIN,
            )


def _strays(archive: MongoArchive) -> Iterator[Finding]:
    stale = [entry.name for entry in archive.collections.values() if _is_stale(entry, archive)]
    for name in (*stale, *archive.strays):
        yield Finding(
            "it is left from an earlier dump" if name in stale else "no mongodump wrote it",
            f"{archive.path.name}: {name}",
            "only the files of one dump",
            "a file that is hours older than the rest" if name in stale else "an unknown file",
            "Empty the backup's temporary folder: the vendor's backup command packs what a failed run left there.",
            Severity.WARNING,
        )


def _is_stale(entry: ArchivedCollection, archive: MongoArchive) -> bool:
    return bool(entry.written and archive.taken and archive.taken - entry.written > STALE)
