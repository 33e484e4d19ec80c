"""Comparing one collection at its three origins: pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pyroaring import BitMap64

from cytodrill import keys
from cytodrill.core.inventory import Counted, Indexes, Required
from cytodrill.mongo.archived import MongoArchive
from cytodrill.mongo.indexes import expiring
from cytodrill.mongo.inventory import CollectionState
from cytodrill.mongo.stream import streamed

States = Mapping[str, CollectionState]

UNREAD = "production was not read"
EXPIRES = "documents expire by index "
"""How `uncompared` begins where there is no comparison with production by rule, not for want of anything."""
NO_MANIFEST = "there is no manifest from before the backup began"


def names(archive: MongoArchive, restored: States | None, production: States | None) -> tuple[str, ...]:
    """Give every collection of any origin, sorted; without those of the server itself and without views."""
    carried = {entry.name for entry in streamed(archive)}
    return tuple(sorted(carried | set(restored or ()) | set(production or ())))


def counted(
    name: str,
    *,
    archive: MongoArchive | None,
    restored: States | None,
    production: States | None,
    manifest_ids: BitMap64 | None,
    since: datetime | None,
    unread: str = UNREAD,
    no_manifest: str = NO_MANIFEST,
) -> Counted:
    """Count the collection *name* at each origin; an origin that is not known is None.

    *manifest_ids* are its ids in the manifest of *since* (empty where that has no such collection). Required is what
    they and today's *production* share. Where documents expire by a TTL index there is no such comparison, by rule.
    *unread* and *no_manifest* say why production or a manifest is not known.
    """
    entry = archive.collections.get(name) if archive is not None else None
    held, live = (restored or {}).get(name), (production or {}).get(name)
    known = [origin.indexes for origin in (entry, held, live) if origin is not None]
    expires = next(filter(None, map(expiring, known)), "")
    required, uncompared = None, ""
    if expires:
        uncompared = f"{EXPIRES}{expires}"
    elif production is None:
        uncompared = unread
    elif manifest_ids is None or since is None:
        uncompared = no_manifest if live is not None else ""
    elif live is not None and restored is not None:
        ids = held.ids if held is not None else BitMap64()
        required = _required(since, manifest_ids, live.ids, ids)
    return Counted(
        store="mongo",
        name=name,
        unit="documents",
        archive=entry.documents or 0 if entry is not None else None,
        restored=held.documents if held is not None else None,
        production=live.documents if live is not None else None,
        required=required,
        uncompared=uncompared,
    )


def _required(since: datetime, manifest: BitMap64, production: BitMap64, restored: BitMap64) -> Required:
    return keys.compare(
        since=since,
        required=manifest & production,
        manifest=manifest,
        production=production,
        restored=restored,
    ).required


def indexes(
    name: str,
    *,
    archive: MongoArchive | None,
    restored: States | None,
    production: States | None,
    manifest_indexes: Mapping[str, str] | None,
    unread: str = UNREAD,
    no_manifest: str = NO_MANIFEST,
) -> Indexes:
    """Give the indexes of the collection *name* at each origin.

    *manifest_indexes* are those of the manifest, by name; expected is what they and today's *production* both define
    alike. Of a collection that production no longer has, nothing is expected.
    """
    entry = archive.collections.get(name) if archive is not None else None
    held, live = (restored or {}).get(name), (production or {}).get(name)
    expected: dict[str, str] | None = None
    uncompared = ""
    if production is None:
        uncompared = unread
    elif manifest_indexes is None:
        uncompared = no_manifest
    else:
        today = live.indexes if live is not None else {}
        expected = {index: text for index, text in today.items() if manifest_indexes.get(index) == text}
    return Indexes(
        name=name,
        archive=entry.indexes if entry is not None else {},
        restored=held.indexes if held is not None else {},
        expected=expected,
        uncompared=uncompared,
    )
