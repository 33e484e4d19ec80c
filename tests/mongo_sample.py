"""A small MongoDB with Cytomine's collections and every BSON type, and archives of it as the vendor's script packs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from bson import Binary, Code, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from pymongo import GEO2D, IndexModel, MongoClient

from cytodrill.settings import Local
from cytodrill.throwaway.local_mongo import LocalMongo
from samples.engines import standins

DOCUMENTS = 3_000
WHEN = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
_USER_IMAGE = IndexModel([("user", 1), ("image", 1), ("created", -1)])
_POSITION = (
    IndexModel([("user", 1), ("image", 1), ("slice", 1), ("created", -1)]),
    IndexModel([("location", GEO2D), ("image", 1), ("slice", 1)], min=-2147483648, max=2147483647),
    IndexModel([("image", 1)]),
)
INDEXES: dict[str, tuple[IndexModel, ...]] = {
    "annotationAction": (_USER_IMAGE,),
    "lastConnection": (IndexModel([("date", 1)], name="date_2", expireAfterSeconds=300),),
    "lastUserPosition": (*_POSITION, IndexModel([("created", 1)], expireAfterSeconds=60)),
    "persistentConnection": (IndexModel([("user", 1), ("created", -1)]),),
    "persistentImageConsultation": (_USER_IMAGE, IndexModel([("image", 1)])),
    "persistentProjectConnection": (IndexModel([("project", 1), ("created", -1)]), IndexModel([("project", 1)])),
    "persistentUserPosition": _POSITION,
}
"""The seven collections and their indexes (core's set-up of MongoDB, CE 2025.1)."""

EVERY_TYPE: dict[str, Any] = {
    "_id": "every type",
    "double": 1.5,
    "nan": float("nan"),
    "infinity": float("-inf"),
    "string": 'é 漢字 🙂 " \\ \n\t\0',
    "document": {"a": {"b": 1}, "": 0},
    "array": [1, [2.0, [Int64(3)]], {}],
    "binary": Binary(b"\0\xff", 0x80),
    "uuid": Binary.from_uuid(UUID(int=5)),
    "id": ObjectId(b"cytomine-doc"),
    "true": True,
    "date": datetime(1969, 12, 31, 23, 59, 59, 1000, tzinfo=UTC),
    "null": None,
    "regex": Regex("^a.*b$", "i"),
    "code": Code("return 1"),
    "int": 7,
    "timestamp": Timestamp(4, 5),
    "long": Int64(-(2**63)),
    "decimal": Decimal128("1E-6176"),
    "min": MinKey(),
    "max": MaxKey(),
    "dotted.key": 1,
}


def settings() -> Local:
    """Settings of a local throwaway on the stand-in."""
    here = standins.local()
    server = (str(here.java), "-Xmx512m", "-jar", str(here.jar))
    return Local(mongo_server=server, mongorestore=str(here.mongorestore))


def open_server() -> LocalMongo:
    """Start an empty server; the caller stops it."""
    return LocalMongo(settings(), "mongo-tests", "")


def document(number: int) -> dict[str, Any]:
    """Give the document of that *number*, with nested coordinates as positions have them."""
    square = [[number, 0.5], [number, 9.5], [number + 9, 9.5], [number + 9, 0.5]]
    created = WHEN + timedelta(seconds=number)
    known = {"_id": Int64(number), "created": created, "date": created, "user": Int64(number % 7)}
    return {**known, "image": Int64(number % 11), "slice": Int64(1), "project": Int64(2), "location": square[0],
            "corners": square, "imageName": "é" * (number % 90)}  # fmt: skip


def fill(uri: str) -> None:
    """Fill the server at *uri*: seven collections, an empty one, one of every BSON type, one of large documents."""
    with MongoClient[dict[str, Any]](uri) as client:
        for at, (name, models) in enumerate(INDEXES.items()):
            collection = client.cytomine[name]
            collection.create_indexes(list(models))
            collection.insert_many([document(at * DOCUMENTS + number) for number in range(1, DOCUMENTS + 1)])
        client.cytomine.create_collection("empty")
        client.cytomine["every.type"].insert_one(dict(EVERY_TYPE))
        client.other.large.insert_many([{"_id": key, "data": bytes(5 << 20)} for key in (1, 2.5, "three")])


def dump(server: LocalMongo, folder: Path) -> Path:
    """Dump *server* into *folder* with the real mongodump, all databases as the vendor's script does."""
    address = server.uri().removeprefix("mongodb://").partition("/")[0]
    subprocess.run(
        [str(standins.local().mongodump), "--host", address, "--out", str(folder)],
        check=True,
        capture_output=True,
    )
    return folder


def pack(folder: Path, target: Path, change: Callable[[Path], None] | None = None) -> Path:
    """Pack a dump in *folder* as the vendor's script does, after *change* of it."""
    if change is not None:
        change(folder)
    names = sorted(f"./{entry.name}" for entry in folder.iterdir())
    subprocess.run(["tar", "-czf", target, *names], cwd=folder, check=True)
    return target
