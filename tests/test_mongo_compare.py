"""Pure parts: index definitions in one form, three origins compared, and what mongorestore says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bson import Int64, json_util
from bson.son import SON
from pyroaring import BitMap64

from cytodrill.core.inventory import Counted
from cytodrill.mongo import compare
from cytodrill.mongo.archived import ArchivedCollection, MongoArchive
from cytodrill.mongo.indexes import by_name, canonical, expiring
from cytodrill.mongo.inventory import CollectionState
from cytodrill.mongo.messages import Heard

NAME = "cytomine.annotationAction"
ID = {"_id_": canonical({"key": {"_id": 1}})}
SINCE = datetime(2026, 11, 22, tzinfo=UTC)


def archive(documents: int | None, indexes: dict[str, str] = ID) -> MongoArchive:
    """An archive with one collection."""
    entry = ArchivedCollection("cytomine", "annotationAction", "f", documents, 0, "{}", {}, indexes)
    return MongoArchive(Path("x.tar.gz"), 1, "", SINCE, {NAME: entry}, frozenset({"cytomine"}), (), "", "")


def state(*ids: int, indexes: dict[str, str] = ID) -> dict[str, CollectionState]:
    """One collection with these ids."""
    return {NAME: CollectionState(len(ids), BitMap64(ids), bool(expiring(indexes)), indexes)}


def test_numbers_and_order_of_options_do_not_matter() -> None:
    """1, 1.0 and Int64(1) are one number; the version and the namespace are no part of the definition."""
    here = SON([("v", 2), ("key", SON([("date", 1.0)])), ("name", "date_2"), ("expireAfterSeconds", Int64(300))])
    dumped = (
        '{"v":{"$numberInt":"1"},"key":{"date":{"$numberInt":"1"}},"ns":"cytomine.x","name":"date_2",'
        '"background":true,"expireAfterSeconds":{"$numberDouble":"300.0"}}'
    )
    assert by_name([here]) == by_name([json_util.loads(dumped)])
    assert by_name([here]) == {"date_2": '{"expireAfterSeconds": 300, "key": {"date": 1}}'}


def test_the_order_of_keys_and_every_option_matter() -> None:
    """An index on (a, b) is none on (b, a); a TTL of 60 s is none of 61 s; unique is more than not."""
    base: dict[str, Any] = {"key": {"a": 1, "b": -1}, "sparse": True}
    others: list[dict[str, Any]] = [
        {"key": {"b": -1, "a": 1}, "sparse": True},
        {"key": {"a": 1, "b": 1}, "sparse": True},
        {"key": {"a": 1, "b": -1}},
        {**base, "expireAfterSeconds": 60},
        {**base, "expireAfterSeconds": 61},
        {**base, "bits": 26.5},
    ]
    assert len({canonical(index) for index in (base, *others)}) == len(others) + 1


def test_required_is_what_manifest_and_production_share() -> None:
    """Deleted since and younger ones are no loss; one that both had is, by id; huge and negative ids included."""
    mask = (1 << 64) - 1
    production = state(2, 3, 4, (1 << 63) - 1, -5 & mask)
    counted = compare.counted(
        NAME,
        archive=archive(3),
        restored=state(1, 2, (1 << 63) - 1),
        production=production,
        manifest_ids=BitMap64([1, 2, 3, (1 << 63) - 1, -5 & mask]),
        since=SINCE,
    )
    required = counted.required
    assert required is not None
    assert (counted.archive, counted.restored, counted.production) == (3, 3, 5)
    assert (required.required, required.lost, required.lost_ids) == (4, 2, ("3", "-5"))
    assert (required.deleted_since, required.younger) == (1, 1)
    assert counted.uncompared == ""


def test_what_is_not_known_is_said() -> None:
    """Each missing origin has its reason; a collection that came back not at all lost everything."""
    known = {"archive": archive(2), "restored": state(1, 2), "production": state(1, 2)}
    ids = BitMap64([1, 2])

    def count(**changed: object) -> Counted:
        return compare.counted(NAME, **{**known, "manifest_ids": ids, "since": SINCE, **changed})  # type: ignore[arg-type]

    assert count(production=None, unread="out of reach").uncompared == "out of reach"
    assert count(manifest_ids=None, no_manifest="first run").uncompared == "first run"
    gone = count(production={})
    assert (gone.production, gone.required, gone.uncompared) == (None, None, "")
    lost = count(restored={}).required
    assert lost is not None
    assert lost.lost == 2


def test_expiring_documents_are_left_out_by_rule() -> None:
    """A TTL index at any origin is enough; the reason names it."""
    ttl = {**ID, "created_1": canonical({"key": {"created": 1}, "expireAfterSeconds": 60})}
    for origin in (
        {"archive": archive(1, ttl), "restored": state(1), "production": state(1)},
        {"archive": archive(1), "restored": state(1, indexes=ttl), "production": None},
        {"archive": archive(1), "restored": state(1), "production": state(1, indexes=ttl)},
    ):
        counted = compare.counted(NAME, **origin, manifest_ids=BitMap64([1, 2]), since=SINCE)  # type: ignore[arg-type]
        assert counted.required is None
        assert counted.uncompared == f"{compare.EXPIRES}created_1"


def test_expected_indexes_are_those_production_had_and_has() -> None:
    """One built since the manifest is not expected, nor one dropped or changed since."""
    had = {**ID, "a_1": canonical({"key": {"a": 1}}), "gone_1": canonical({"key": {"gone": 1}})}
    has = {**ID, "a_1": canonical({"key": {"a": 1}, "unique": True}), "new_1": canonical({"key": {"new": 1}})}
    found = compare.indexes(
        NAME, archive=archive(1), restored=state(1), production=state(1, indexes=has), manifest_indexes=had
    )
    assert found.expected == ID
    unknown = compare.indexes(
        NAME, archive=archive(1), restored=state(1), production=None, manifest_indexes=had, unread="out of reach"
    )
    assert (unknown.expected, unknown.uncompared) == (None, "out of reach")


def test_complaints_are_kept_without_what_they_quote() -> None:
    """Counted by kind, with collection and code; no key, value or path of the line survives."""
    heard = Heard()
    duplicate = (
        "2026-11-22T01:02:03.000+0000\tcontinuing through error: E11000 duplicate key error collection: "
        'cytomine.persistentConnection index: _id_ dup key: {{ _id: {}, name: "Anna Secret" }}'
    )
    for number in range(3):
        heard(duplicate.format(number))
    heard("2026-11-22T01:02:03.000+0000\tfinished restoring cytomine.persistentConnection (5 documents, 3 failures)")
    heard("2026-11-22T01:02:03.000+0000\tFailed: cytomine.x: error creating indexes for cytomine.x: createIndex error: "
          "(CannotCreateIndex) Secret")  # fmt: skip
    heard("2026-11-22T01:02:03.000+0000\t5 document(s) restored successfully. 3 document(s) failed to restore.")
    assert (heard.restored, heard.failed) == (5, 3)
    assert heard.collections == {"cytomine.persistentConnection": (5, 3)}
    assert [str(message) for message in heard.messages()] == [
        "duplicate key in cytomine.persistentConnection (E11000) 3 times",
        "index not created in cytomine.x (CannotCreateIndex)",
    ]
    assert "Secret" not in str(heard.messages())


def test_names_are_those_of_every_origin() -> None:
    """What only one origin has is compared too; the server's own collections and views are not."""
    found = archive(1)
    admin = ArchivedCollection("admin", "system.version", "a", 1)
    view = ArchivedCollection("cytomine", "view", "", None, 0, "{}", {"viewOn": "annotationAction"})
    found.collections.update({admin.name: admin, view.name: view})
    state_of = next(iter(state(1).values()))
    assert compare.names(found, {"cytomine.b": state_of}, {"cytomine.c": state_of}) == (
        NAME,
        "cytomine.b",
        "cytomine.c",
    )
    assert compare.names(found, None, None) == (NAME,)
