"""One thread of changes to MongoDB: inserts, updates of fields, deletes; never an `_id` a second time."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from pymongo.database import Database

from samples.documents.collections import CONNECTION_SECONDS, POSITION_SECONDS
from samples.documents.contents import Document, Source, document
from samples.workload.pace import Pace

_OLD = 0.08


@dataclass
class Writer:
    """The thread's database, source of documents, clock, and the `_id`s it wrote lately, by collection."""

    database: Database[Document]
    source: Source
    random: Random
    clock: Callable[[], datetime]
    young: dict[str, deque[int]] = field(default_factory=dict)
    latest: int = 0

    def insert(self, name: str) -> None:
        """Insert one new document into collection *name*."""
        content = document(self.source, name, self.random, self.clock())
        self.database[name].insert_one(content)
        self.latest = int(content["_id"])
        self.young.setdefault(name, deque(maxlen=500)).append(content["_id"])

    def some(self, name: str) -> int:
        """`_id` of a document of *name*: mostly a young one, sometimes an old one, -1 for none."""
        young = self.young.get(name)
        if young and self.random.random() > _OLD:
            return self.random.choice(young)
        bound = self.random.randrange(self.latest + 1)
        old = self.database[name].find_one({"_id": {"$gte": bound}}, {"_id": 1})
        return int(old["_id"]) if old else -1


def move(writer: Writer) -> None:
    """A viewer moves: one document that stays, one that expires."""
    writer.insert("persistentUserPosition")
    writer.insert("lastUserPosition")


def select(writer: Writer) -> None:
    """Something is done to an annotation."""
    writer.insert("annotationAction")


def open_image(writer: Writer) -> None:
    """An image is opened; time spent on an earlier one is noted."""
    writer.insert("persistentImageConsultation")
    writer.database["persistentImageConsultation"].update_one(
        {"_id": writer.some("persistentImageConsultation")},
        {"$set": {"time": writer.random.randrange(10**6)}, "$inc": {"countCreatedAnnotations": 1}},
    )


def open_project(writer: Writer) -> None:
    """A project is opened; an earlier visit is summed up."""
    writer.insert("persistentProjectConnection")
    writer.database["persistentProjectConnection"].update_one(
        {"_id": writer.some("persistentProjectConnection")}, {"$set": {"time": writer.random.randrange(10**6)}}
    )


def ping(writer: Writer) -> None:
    """The client says that it is there; an earlier connection is seen again."""
    writer.insert("persistentConnection")
    writer.insert("lastConnection")
    now = writer.clock()
    writer.database["lastConnection"].update_one(
        {"_id": writer.some("lastConnection")}, {"$set": {"updated": now, "date": now}}
    )


def expire(writer: Writer) -> None:
    """What TTL indexes do: old positions and connections go."""
    now = writer.clock()
    writer.database["lastUserPosition"].delete_many({"created": {"$lt": now - timedelta(seconds=POSITION_SECONDS)}})
    writer.database["lastConnection"].delete_many({"date": {"$lt": now - timedelta(seconds=CONNECTION_SECONDS)}})


def forget(writer: Writer) -> None:
    """Documents are deleted for good, as when their image is."""
    for name in ("annotationAction", "persistentUserPosition"):
        writer.database[name].delete_one({"_id": writer.some(name)})


OFTEN: dict[Callable[[Writer], None], int] = {
    move: 50, select: 15, open_image: 10, open_project: 6, ping: 6, expire: 5, forget: 4,
}  # fmt: skip
"""How often each is made, in proportion."""


def act(writer: Writer, pace: Pace) -> Counter[str]:
    """Make changes until *pace* ends; return how many of each kind."""
    counts: Counter[str] = Counter()
    kinds, weights = list(OFTEN), list(OFTEN.values())
    while pace.wait():
        kind = writer.random.choices(kinds, weights)[0]
        kind(writer)
        counts[kind.__name__] += 1
    return counts
