"""The mongo stand-in: a server that clients of MongoDB 4.4 can use, with backup and restore as the vendor's 1.0.0."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import bson
import pymongo
import pytest
from bson import Binary, Code, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from pymongo.errors import BulkWriteError, OperationFailure

from tests.standin_place import Place, docker_mongo, local_mongo

FRIDAY = "2025-03-07T00:00:00Z"
APRIL = "2025-04-01T00:00:00Z"
NOWHERE = "/no/such/file"
ARCHIVE = "cytomine_mongo_backup_{}.tar.gz"

Client = pymongo.MongoClient[dict[str, Any]]

ODD = {
    "_id": Int64(5),
    "location": [[1.5, 2.5], [3.0, float("nan")]],
    "decimal": Decimal128("1.10"),
    "nan": Decimal128("NaN"),
    "a.b": None,
    "keys": [MinKey(), MaxKey(), Code("x"), Regex("a", "i"), Timestamp(1, 2)],
    "id": ObjectId("0123456789abcdef01234567"),
    "bytes": Binary(b"\0\1"),
    "when": dt.datetime(1969, 1, 1),  # noqa: DTZ001  (BSON dates have no zone)
    "empty": {"list": [], "document": {}},
    "name": "é 病理 🔬",
}


@pytest.fixture(scope="module", params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def server(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A running stand-in."""
    with {"local": local_mongo, "docker": docker_mongo}[request.param]() as place:
        yield place


@pytest.fixture
def client(server: Place) -> Iterator[Client]:
    """A client of it."""
    connected: Client = pymongo.MongoClient("127.0.0.1", server.port)
    with connected:
        yield connected


@pytest.fixture
def place(server: Place, client: Client) -> Place:
    """The same server with 300 positions and their indexes, and without backups."""
    client.drop_database("cytomine")
    positions = client.cytomine.lastUserPosition
    positions.insert_many([ODD | {"_id": Int64(n)} for n in range(300)])
    positions.create_index([("created", 1)], expireAfterSeconds=60)
    positions.create_index([("location", "2d"), ("image", 1)], min=-2147483648, max=2147483647)
    server.out(f"rm -rf {server.backups}")
    return server


def indexes(client: Client) -> dict[str, Any]:
    return {index["name"]: dict(index) for index in client.cytomine.lastUserPosition.list_indexes()}


def offer(place: Place, make: str) -> None:
    place.out(f"mkdir -p {place.backups} && cd {place.backups} && {make}")


def test_it_says_that_it_is_no_mongodb(client: Client) -> None:
    info = client.server_info()
    assert info["version"] == "4.4.18"
    assert info["standIn"] == "cytomine-restore-drills stand-in: mongo-java-server 1.47.0"
    assert client.admin.command("hello")["maxWireVersion"] == 9


def test_who_gives_credentials_is_refused(server: Place) -> None:
    stranger: Client = pymongo.MongoClient("127.0.0.1", server.port, username="a", password="b")
    with stranger, pytest.raises(OperationFailure, match="saslStart"):
        stranger.cytomine.command("ping")


def test_documents_come_back_byte_for_byte(client: Client) -> None:
    client.drop_database("cytomine")
    client.cytomine.odd.insert_one(dict(ODD))
    assert bson.encode(client.cytomine.odd.find_one({"_id": 5}) or {}) == bson.encode(ODD)


@pytest.mark.usefixtures("place")
def test_indexes_keep_their_options(client: Client) -> None:
    found = indexes(client)
    assert set(found) == {"_id_", "created_1", "location_2d_image_1"}
    assert found["created_1"]["expireAfterSeconds"] == 60
    assert (found["location_2d_image_1"]["min"], found["location_2d_image_1"]["max"]) == (-2147483648, 2147483647)
    assert found["location_2d_image_1"]["key"] == {"location": "2d", "image": 1}


@pytest.mark.usefixtures("place")
def test_an_index_is_dropped_from_its_own_collection_only(client: Client) -> None:
    client.cytomine.other.create_index([("created", 1)])
    client.cytomine.other.drop_index("created_1")
    assert "created_1" in indexes(client)
    client.cytomine.other.drop_indexes()
    assert "created_1" in indexes(client)
    with pytest.raises(OperationFailure, match="index not found"):
        client.cytomine.other.drop_index("created_1")


@pytest.mark.usefixtures("place")
def test_databases_and_collections_are_listed_as_mongodb_does(client: Client) -> None:
    client.nothing.there.find_one()
    assert client.list_database_names() == ["admin", "cytomine"]
    assert client.cytomine.list_collection_names(filter={"name": "absent"}) == []
    assert client.admin.list_collection_names() == ["system.version"]


def test_a_big_answer_comes_in_batches(client: Client) -> None:
    client.drop_database("cytomine")
    big = client.cytomine.big
    for first in range(0, 60, 20):
        big.insert_many([{"_id": n, "pad": "x" * 1_000_000} for n in range(first, first + 20)])
    assert [one["_id"] for one in big.find({}).sort("_id", 1)] == list(range(60))
    assert sum(1 for _ in big.aggregate([{"$match": {}}])) == 60
    assert list(big.find({}, {"_id": 1}).sort("_id", -1).limit(2)) == [{"_id": 59}, {"_id": 58}]
    assert big.count_documents({"_id": {"$gt": 9}}) == 50


def test_an_insert_counts_what_it_inserted(client: Client) -> None:
    client.drop_database("cytomine")
    some = client.cytomine.some
    some.insert_one({"_id": 2})
    with pytest.raises(BulkWriteError) as stopped:
        some.insert_many([{"_id": n} for n in range(5)])
    assert stopped.value.details["nInserted"] == 2
    with pytest.raises(BulkWriteError) as went_on:
        some.insert_many([{"_id": n} for n in range(5)], ordered=False)
    assert went_on.value.details["nInserted"] == 2


def test_nobody_sees_a_document_half_updated(server: Place, client: Client) -> None:
    client.drop_database("cytomine")
    pairs = client.cytomine.pairs
    pairs.insert_many([{"_id": n, "a": 0, "b": 0} for n in range(200)])
    stop = threading.Event()

    def update() -> None:
        with pymongo.MongoClient[dict[str, Any]]("127.0.0.1", server.port) as other:
            n = 0
            while not stop.is_set():
                n += 1
                other.cytomine.pairs.update_one({"_id": n % 200}, {"$set": {"a": n, "b": n, f"field{n % 7}": n}})

    writer = threading.Thread(target=update)
    writer.start()
    try:
        for _ in range(60):
            assert all(pair["a"] == pair["b"] for pair in pairs.find().batch_size(50))
    finally:
        stop.set()
        writer.join()


def test_a_backup_is_a_dump_named_after_the_night(place: Place) -> None:
    assert place.sh("backup", BACKUP_NOW=FRIDAY).status == 0
    archive = f"{place.backups}/{ARCHIVE.format('Fri')}"
    assert place.out(f"tar -tzf {archive} | LC_ALL=C sort").splitlines() == [
        "./admin/",
        "./admin/system.version.bson",
        "./admin/system.version.metadata.json",
        "./cytomine/",
        "./cytomine/lastUserPosition.bson",
        "./cytomine/lastUserPosition.metadata.json",
    ]
    times = {" ".join(line.split()[3:5]) for line in place.out(f"tar --full-time --utc -tvzf {archive}").splitlines()}
    assert times == {"2025-03-07 00:00:00"}
    assert place.out(f"stat -c %Y {archive}") == "1741305600"


def test_the_month_is_kept_on_its_first_day_and_the_first_time(place: Place) -> None:
    place.out("backup", BACKUP_NOW=FRIDAY)
    place.out("backup", BACKUP_NOW="2025-03-08T00:00:00Z")
    place.out("backup", BACKUP_NOW=APRIL)
    sums = dict(line.split()[::-1] for line in place.out(f"cd {place.backups} && sha256sum *").splitlines())
    assert set(sums) == {ARCHIVE.format(n) for n in ("Fri", "Sat", "Tue", "current_month", "previous_month")}
    assert sums[ARCHIVE.format("previous_month")] == sums[ARCHIVE.format("Fri")]
    assert sums[ARCHIVE.format("current_month")] == sums[ARCHIVE.format("Tue")]


def test_a_restore_brings_back_what_was_changed_since(place: Place, client: Client) -> None:
    before = indexes(client)
    place.out("backup", BACKUP_NOW=FRIDAY)
    client.cytomine.lastUserPosition.delete_many({"_id": {"$lt": 100}})
    client.cytomine.lastUserPosition.drop_index("created_1")
    offer(place, f"cp {ARCHIVE.format('Fri')} restore.tar.gz")
    restored = place.sh("restore")
    assert restored.status == 0, restored.said
    assert "300 document(s) restored successfully. 0 document(s) failed to restore." in restored.said
    assert client.cytomine.lastUserPosition.count_documents({}) == 300
    assert indexes(client) == before
    assert client.admin["system.version"].count_documents({}) == 2


@pytest.mark.parametrize(
    ("status", "make"),
    [
        pytest.param(2, "true", id="missing"),
        pytest.param(3, "head -c 999 /dev/urandom > restore.tar.gz", id="too small"),
        pytest.param(4, "head -c 5000 /dev/urandom > restore.tar.gz", id="no tar"),
        pytest.param(
            5,
            "mkdir cytomine && head -c 5000 /dev/urandom > cytomine/x && tar -czf restore.tar.gz ./cytomine",
            id="no admin",
        ),
        pytest.param(
            6,
            "mkdir cytomine admin && head -c 5000 /dev/urandom > cytomine/x.bson && tar -czf restore.tar.gz ./*/",
            id="no bson",
        ),
    ],
)
def test_an_archive_that_is_no_backup_is_refused(place: Place, client: Client, status: int, make: str) -> None:
    offer(place, make)
    refused = place.sh("restore")
    place.out("rm -rf ${MONGO_RESTORE_TMP:-/tmp/restore}")
    assert refused.status == status, refused.said
    assert client.cytomine.lastUserPosition.count_documents({}) == 300


def test_other_failures_have_the_vendor_s_status(place: Place) -> None:
    assert place.sh("backup", CYTOMINE_MONGO_ENV=NOWHERE).status == 1
    assert place.sh("restore", CYTOMINE_MONGO_ENV=NOWHERE).status == 1
    assert place.sh("restore").status == 1  # no backup folder
    assert place.sh("backup", STANDIN_ACCOUNTS="yes").status == 2  # credentials, which the stand-in refuses
    place.out(f"mkdir {place.backups}/{ARCHIVE.format('Fri')}")
    assert place.sh("backup", BACKUP_NOW=FRIDAY).status == 4


def test_what_a_failed_backup_left_goes_into_the_next(place: Place) -> None:
    folder = "${MONGO_BACKUP_TMP:-/tmp/backups}"
    place.out(f"rm -rf {folder} && mkdir -p {folder}/cytomine && echo > {folder}/cytomine/left.bson")
    place.out("backup", BACKUP_NOW=FRIDAY)
    assert "./cytomine/left.bson" in place.out(f"tar -tzf {place.backups}/{ARCHIVE.format('Fri')}")
    assert place.sh(f"test -e {folder}").status == 1


def test_sigterm_ends_it_and_frees_its_port() -> None:
    with local_mongo() as place:
        port = place.port
    with pytest.raises(pymongo.errors.ServerSelectionTimeoutError):
        pymongo.MongoClient("127.0.0.1", port, serverSelectionTimeoutMS=500).admin.command("ping")
