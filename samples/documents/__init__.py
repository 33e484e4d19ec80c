"""Documents of a sample's database `cytomine`: seven collections with their indexes, ids from hibernate_sequence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import psycopg
from pymongo import MongoClient
from pymongo.database import Database

from samples.documents.collections import COLLECTIONS, DATABASE, create
from samples.documents.contents import Document, Source, documents
from samples.documents.references import ids, references
from samples.scale import Scale

__all__ = ["COLLECTIONS", "DATABASE", "create", "fill"]

_BATCH = 2_000


def fill(mongo_uri: str, dsn: str, scale: Scale, seed: int, now: datetime) -> dict[str, int]:
    """Create the seven collections with all indexes and fill them; return how many documents each got.

    *dsn* leads to database `docker` after `samples.rows.fill`: documents name its users, projects, images and slices,
    and their `_id`s are taken from its hibernate_sequence, so that it stays ahead of them (core of 2026-08). The same
    for the same seed, rows and *now*. Streams. Raises pymongo.errors.PyMongoError or psycopg.Error.
    """
    client: MongoClient[Document] = MongoClient(mongo_uri, tz_aware=True)
    with client, psycopg.connect(dsn, autocommit=True) as connection:
        database = client[DATABASE]
        create(database)
        source = Source(references(connection), ids(connection), seed, now)
        return {
            name: _insert(database, name, documents(source, name, round(scale.documents * share)))
            for name, share in COLLECTIONS.items()
        }


def _insert(database: Database[Document], name: str, contents: Iterable[Document]) -> int:
    number, batch = 0, []
    for content in contents:
        batch.append(content)
        if len(batch) == _BATCH:
            number += len(database[name].insert_many(batch, ordered=False).inserted_ids)
            batch = []
    if batch:
        number += len(database[name].insert_many(batch, ordered=False).inserted_ids)
    return number
