"""What stands in a document of each collection. Fields and types: core of 2026-08; no `_class` field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bson import Int64

from samples.documents.collections import CONNECTION_SECONDS, POSITION_SECONDS
from samples.documents.references import References, Viewed

Document = dict[str, Any]

_SPAN = timedelta(days=730)
_BROWSERS = (("firefox", "140.0", "Linux"), ("chrome", "141.0.7390", "Windows"), ("safari", "18.6", "macOS"))


@dataclass(frozen=True)
class Source:
    """What documents are made of; *connections* are the (id, project, user) that later ones refer to."""

    known: References
    ids: Iterator[int]
    seed: int
    now: datetime
    connections: list[tuple[int, int, int]] = field(default_factory=list)

    def id(self) -> Int64:
        """The next id of the sequence."""
        return Int64(next(self.ids))


def documents(source: Source, name: str, number: int) -> Iterator[Document]:
    """Yield *number* documents of collection *name*, in order of creation over the two years before *now*.

    Those of the two expiring collections lie within the last seconds their TTL allows.
    """
    random = Random(f"{source.seed}:documents:{name}")
    end = source.now if source.now.tzinfo else source.now.replace(tzinfo=UTC)
    life = {"lastUserPosition": POSITION_SECONDS, "lastConnection": CONNECTION_SECONDS}.get(name)
    span = timedelta(seconds=life - 5) if life else _SPAN
    for i in range(number):
        moment = end - span + span * ((i + random.random()) / number)
        yield document(source, name, random, moment)


def document(source: Source, name: str, random: Random, moment: datetime) -> Document:
    """One document of collection *name*, created at *moment* (kept to the millisecond, as BSON does)."""
    return _MAKERS[name](source, random, moment)


def _position(source: Source, random: Random, moment: datetime) -> Document:
    view = random.choice(source.known.viewed)
    x, y = random.uniform(0, view.width / 2), random.uniform(0, view.height / 2)
    right, top = x + view.width / 2, y + view.height / 2
    return {
        "_id": source.id(),
        "created": moment,
        "user": Int64(random.choice(source.known.users)),
        "image": Int64(view.image),
        "slice": Int64(view.slice),
        "project": Int64(view.project),
        "imageName": view.name,
        "location": [[x, y], [right, y], [right, top], [x, top]],
        "zoom": random.randrange(0, 9),
        "rotation": random.choice((0.0, 0.0, round(random.uniform(-3.15, 3.15), 6))),
        "broadcast": random.random() < 0.02,
    }


def _last_position(source: Source, random: Random, moment: datetime) -> Document:
    return _position(source, random, moment) | {"updated": moment}


def _kept_position(source: Source, random: Random, moment: datetime) -> Document:
    return _position(source, random, moment) | {"session": _session(random)}


def _action(source: Source, random: Random, moment: datetime) -> Document:
    annotation, view, author = random.choice(source.known.annotations)
    return {
        "_id": source.id(),
        "created": moment,
        "user": Int64(random.choice(source.known.users)),
        "image": Int64(view.image),
        "slice": Int64(view.slice),
        "project": Int64(view.project),
        "annotationClassName": "be.cytomine.domain.ontology.UserAnnotation",
        "annotationIdent": Int64(annotation),
        "annotationCreator": Int64(author),
        "action": random.choice(("select", "add", "update", "move")),
    }


def _last_connection(source: Source, random: Random, moment: datetime) -> Document:
    user = Int64(random.choice(source.known.users))
    project = Int64(_view(source, random).project) if random.random() < 0.8 else None
    return {
        "_id": source.id(), "created": moment, "updated": moment, "date": moment, "user": user, "project": project,
        "version": 0,
    }  # fmt: skip


def _connection(source: Source, random: Random, moment: datetime) -> Document:
    return {
        "_id": source.id(),
        "created": moment,
        "updated": moment,
        "user": Int64(random.choice(source.known.users)),
        "project": Int64(_view(source, random).project) if random.random() < 0.8 else None,
        "session": _session(random),
    }


def _project_connection(source: Source, random: Random, moment: datetime) -> Document:
    browser, version, system = random.choice(_BROWSERS)
    user, project = random.choice(source.known.users), _view(source, random).project
    content: Document = {
        "_id": source.id(),
        "created": moment,
        "user": Int64(user),
        "project": Int64(project),
        "time": Int64(random.randrange(1_000, 4_000_000)) if random.random() < 0.9 else None,
        "session": _session(random),
        "os": system,
        "browser": browser,
        "browserVersion": version,
        "countViewedImages": random.randrange(40),
        "countCreatedAnnotations": random.randrange(90),
    }
    source.connections.append((content["_id"], project, user))
    del source.connections[:-1_000]
    return content


def _consultation(source: Source, random: Random, moment: datetime) -> Document:
    view = _view(source, random)
    connection = random.choice(source.connections)[0] if source.connections else None
    return {
        "_id": source.id(),
        "created": moment,
        "user": Int64(random.choice(source.known.users)),
        "image": Int64(view.image),
        "project": Int64(view.project),
        "projectConnection": None if connection is None else Int64(connection),
        "session": _session(random),
        "imageName": view.name,
        "imageThumb": f"http://localhost/api/abstractimage/{view.image}/thumb.png?maxSize=256",
        "mode": random.choice(("view", "review")),
        "time": Int64(random.randrange(500, 900_000)),
        "countCreatedAnnotations": random.randrange(30),
    }


def _view(source: Source, random: Random) -> Viewed:
    return random.choice(source.known.viewed)


def _session(random: Random) -> str:
    return f"{random.getrandbits(128):032X}"


_MAKERS: dict[str, Callable[[Source, Random, datetime], Document]] = {
    "annotationAction": _action,
    "lastConnection": _last_connection,
    "lastUserPosition": _last_position,
    "persistentConnection": _connection,
    "persistentImageConsultation": _consultation,
    "persistentProjectConnection": _project_connection,
    "persistentUserPosition": _kept_position,
}
