"""The seven collections of database `cytomine` with their indexes, as Cytomine's core creates them.

Facts: core of 2026-08.
"""

from __future__ import annotations

from typing import Any

from pymongo import ASCENDING, DESCENDING, GEO2D, IndexModel
from pymongo.database import Database

DATABASE = "cytomine"

POSITION_SECONDS = 60
"""Life of a lastUserPosition, by its TTL index."""
CONNECTION_SECONDS = 300
"""Life of a lastConnection, by its TTL index."""

COLLECTIONS: dict[str, float] = {
    "annotationAction": 0.15,
    "lastConnection": 0.0008,
    "lastUserPosition": 0.0012,
    "persistentProjectConnection": 0.04,
    "persistentConnection": 0.07,
    "persistentImageConsultation": 0.058,
    "persistentUserPosition": 0.68,
}
"""Each collection's share of all documents: what a viewer's every move writes dominates; expiring ones stay few.

In order of filling: consultations refer to project connections."""

_PLANE = {"min": -(2**31), "max": 2**31 - 1}
_UP, _DOWN = ASCENDING, DESCENDING

_INDEXES: dict[str, list[IndexModel]] = {
    "annotationAction": [IndexModel([("user", _UP), ("image", _UP), ("created", _DOWN)])],
    "lastConnection": [IndexModel([("date", _UP)], name="date_2", expireAfterSeconds=CONNECTION_SECONDS)],
    "lastUserPosition": [
        IndexModel([("user", _UP), ("image", _UP), ("slice", _UP), ("created", _DOWN)]),
        IndexModel([("location", GEO2D), ("image", _UP), ("slice", _UP)], **_PLANE),
        IndexModel([("created", _UP)], expireAfterSeconds=POSITION_SECONDS),
        IndexModel([("image", _UP)]),
    ],
    "persistentConnection": [IndexModel([("user", _UP), ("created", _DOWN)])],
    "persistentImageConsultation": [
        IndexModel([("user", _UP), ("image", _UP), ("created", _DOWN)]),
        IndexModel([("image", _UP)]),
    ],
    "persistentProjectConnection": [
        IndexModel([("project", _UP), ("created", _DOWN)]),
        IndexModel([("project", _UP)]),
    ],
    "persistentUserPosition": [
        IndexModel([("user", _UP), ("image", _UP), ("slice", _UP), ("created", _DOWN)]),
        IndexModel([("location", GEO2D), ("image", _UP), ("slice", _UP)], **_PLANE),
        IndexModel([("image", _UP)]),
    ],
}


def create(database: Database[Any]) -> None:
    """Create the collections that are missing, each with its indexes."""
    for name in COLLECTIONS:
        database[name].create_indexes(_INDEXES[name])
