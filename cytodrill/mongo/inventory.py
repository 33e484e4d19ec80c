"""What a MongoDB server holds: documents, ids and indexes of each collection; read-only, for production too."""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import bson
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient, ReadPreference
from pymongo.collection import Collection
from pymongo.errors import OperationFailure, PyMongoError
from pyroaring import BitMap64

from cytodrill.core.errors import DrillError
from cytodrill.keys import Keys
from cytodrill.mongo import indexes

INTERNAL = frozenset({"admin", "config", "local"})
BATCH = 50_000
"""Documents of an `_id` only: 18 bytes each, so under a megabyte a batch."""

UNAUTHORIZED = frozenset({13, 18})
"""Error codes `Unauthorized` and `AuthenticationFailed` (MongoDB docs)."""

_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_INT64 = struct.Struct("<iB4sqB")
_INT64_HEAD = (_INT64.size, 0x12, b"_id\0")

Client = MongoClient[dict[str, Any]]


class MongoUnreachable(DrillError):  # noqa: N818  # the caller decides which error it is
    """A server that cannot be reached or read; *refused* if it wants another account."""

    def __init__(self, sentence: str, *, refused: bool) -> None:
        super().__init__(sentence)
        self.refused = refused


@dataclass(frozen=True)
class CollectionState:
    """One collection: its *documents*, their *ids* as 64-bit keys, whether it *expires* (has a TTL index).

    *indexes* maps names to canonical JSON, as the archive's.
    """

    documents: int
    ids: BitMap64
    expires: bool
    indexes: dict[str, str]


def read(
    uri: str,
    *,
    left_out: frozenset[str] = frozenset(),
    connect_timeout: timedelta = timedelta(seconds=10),
    statement_timeout: timedelta = timedelta(minutes=30),
) -> dict[str, CollectionState]:
    """Read every collection of every database at *uri*, by names as `cytomine.annotationAction`.

    Without `admin`, `config`, `local`, without `system.` collections and views, and without *left_out* (databases or
    collections). Sends nothing but reads: a member that is no primary is preferred, each query has the server's time
    limit *statement_timeout*. Raises `MongoUnreachable`; its text holds no secrets.
    """
    limit = round(connect_timeout.total_seconds() * 1000)
    try:
        client: Client = MongoClient(
            uri,
            read_preference=ReadPreference.SECONDARY_PREFERRED,
            serverSelectionTimeoutMS=limit,
            connectTimeoutMS=limit,
            appname="cytomine restore drill",
        )
        with client:
            return {
                name: _state(client[database][collection], round(statement_timeout.total_seconds() * 1000))
                for database, collection in _collections(client)
                for name in [f"{database}.{collection}"]
                if not left_out & {database, name}
            }
    except (PyMongoError, BSONError, ValueError) as error:
        raise _unreachable(uri, error) from None


def _collections(client: Client) -> Iterator[tuple[str, str]]:
    for database in sorted(client.list_database_names()):
        if database not in INTERNAL:
            found = client[database].list_collections()
            names = [entry["name"] for entry in found if entry.get("type", "collection") == "collection"]
            yield from ((database, name) for name in sorted(names) if not name.startswith("system."))


def _state(collection: Collection[dict[str, Any]], limit: int) -> CollectionState:
    found = indexes.by_name(collection.list_indexes())
    documents, keys = 0, Keys()
    cursor = collection.find_raw_batches({}, {"_id": 1}, batch_size=BATCH).hint("_id_").max_time_ms(limit)
    for batch in cursor:
        for key in _ids(cast("bytes", batch)):  # the stubs say dict
            keys.add(key)
            documents += 1
    return CollectionState(documents, keys.bitmap(), bool(indexes.expiring(found)), found)


def _ids(batch: bytes) -> Iterator[int]:
    """Give the keys of a *batch* of documents `{_id: …}`, quickly where all ids are 64-bit integers."""
    if len(batch) % _INT64.size == 0:
        unpacked = list(_INT64.iter_unpack(batch))
        if all((size, kind, name) == _INT64_HEAD for size, kind, name, _, _ in unpacked):
            return iter([key for _, _, _, key, _ in unpacked])
    return map(_key, bson.decode_all(batch, _RAW))


def _key(document: RawBSONDocument) -> int:
    """Give an integer `_id` itself, of any other the first 64 bits of a hash of its type and bytes."""
    identity = document["_id"]
    if isinstance(identity, int) and not isinstance(identity, bool):
        return identity
    return int.from_bytes(hashlib.blake2b(document.raw, digest_size=8).digest(), "little")


def _unreachable(uri: str, error: Exception) -> MongoUnreachable:
    """Word *error*: host and code only, since pymongo's texts can repeat credentials and documents."""
    place = uri.rpartition("@")[2].partition("://")[2] or uri.rpartition("@")[2]
    host = re.split("[/?]", place, maxsplit=1)[0]
    code = error.code if isinstance(error, OperationFailure) else None
    if code in UNAUTHORIZED:
        return MongoUnreachable(
            f"MongoDB at {host} refused the account (error {code}). "
            "Check the credentials of cytomine.yml, or give production.mongo a URI of an account that may read.",
            refused=True,
        )
    what = f"error {code}" if code is not None else type(error).__name__
    return MongoUnreachable(
        f"MongoDB at {host} cannot be read ({what}). Check that it runs and that this host reaches it.",
        refused=False,
    )
