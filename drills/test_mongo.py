"""MongoDB: the mongo archive restores with no document failed, and every document and index comes back."""

from __future__ import annotations

from cytodrill.core.claims import Prove
from cytodrill.core.inventory import Counted, Indexes
from cytodrill.core.judge import everything_comes_back, indexes_come_back, nothing_unknown
from cytodrill.run_mongo import MongoFacts, restores


def test_restores(mongo: MongoFacts, prove: Prove) -> None:
    """The mongo archive restores into an empty MongoDB with no document failed."""
    assert prove(restores(mongo))


def test_collection(collection_counted: Counted, prove: Prove) -> None:
    """Collection {collection} comes back with every document that production had before the backup."""
    assert prove(everything_comes_back(collection_counted))


def test_indexes(collection_indexes: Indexes, prove: Prove) -> None:
    """Collection {collection} comes back with all its indexes and their options."""
    assert prove(indexes_come_back(collection_indexes))


def test_no_unknown_collection(unlisted_collections: tuple[Counted, ...], prove: Prove) -> None:
    """Collections that no earlier run knew come back too."""
    assert prove(nothing_unknown(unlisted_collections))
