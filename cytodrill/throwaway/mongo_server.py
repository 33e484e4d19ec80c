"""What a throwaway MongoDB is asked and told, whoever started it."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from cytodrill.core.errors import ThrowawayError


def uri(host: str, port: int) -> str:
    """A connection string for one server without accounts."""
    return f"mongodb://{host}:{port}/?directConnection=true"


def _client(address: str, seconds: int) -> MongoClient[dict[str, Any]]:
    limit = seconds * 1000
    return MongoClient(address, serverSelectionTimeoutMS=limit, connectTimeoutMS=limit, socketTimeoutMS=limit)


def answers(address: str) -> bool:
    """Whether a server answers there."""
    try:
        with _client(address, 1) as client:
            client.admin.command("ping")
    except PyMongoError:
        return False
    return True


def settle(address: str) -> tuple[str, str]:
    """Keep the server from deleting what is counted; gives its version, and the name of the stand-in it is, else "".

    Documents of `lastConnection` and `lastUserPosition` have TTL indexes of 300 and 60 s: the monitor that deletes them
    is switched off (parameter `ttlMonitorEnabled`, MongoDB docs). `buildInfo` tells the version; its field `standIn` is
    our stand-in's own, where nothing expires.
    """
    try:
        with _client(address, 30) as client:
            answer = client.admin.command("buildInfo")
            stand_in = str(answer.get("standIn", ""))
            if not stand_in:
                client.admin.command({"setParameter": 1, "ttlMonitorEnabled": False})
    except PyMongoError as error:
        raise ThrowawayError(
            f"The throwaway MongoDB did not take its settings: {error}. Try its program or image by hand."
        ) from None
    return str(answer.get("version", "unknown")), stand_in
