"""The backup set: the newest archive of each store is there, whole, complete, fresh, and of the same night."""

from __future__ import annotations

from datetime import datetime, timedelta

from cytodrill.core.claims import Judgement, Prove
from cytodrill.cytomine.archives import Found
from cytodrill.cytomine.judge import archive_is_fresh, archive_is_there, archives_are_of_one_night
from cytodrill.mongo.archived import MongoArchive
from cytodrill.postgres.restore import PostgresArchive


def test_there(found: Found, prove: Prove) -> None:
    """There is a {store} archive, written to its end."""
    assert prove(archive_is_there(found))


def test_whole(archive: PostgresArchive | MongoArchive, prove: Prove) -> None:
    """The newest {store} archive is whole to its last byte."""
    assert prove(Judgement(archive.whole, compared="the archive read to its end"))


def test_complete(archive: PostgresArchive | MongoArchive, prove: Prove) -> None:
    """The newest {store} archive holds its dump from beginning to end, with no part missing."""
    assert prove(Judgement(archive.complete, compared="the archive read to its end"))


def test_fresh(found: Found, moment: datetime, max_age: timedelta, prove: Prove) -> None:
    """The newest {store} archive holds a dump of the last night."""
    assert prove(archive_is_fresh(found, moment, max_age))


def test_same_night(
    both_found: tuple[Found, Found], moment: datetime, max_age: timedelta, max_skew: timedelta, prove: Prove
) -> None:
    """The newest archives of both stores are of the same night."""
    assert prove(archives_are_of_one_night(*both_found, moment, max_age, max_skew))
