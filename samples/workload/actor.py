"""Who acts: one thread's connection, randomness and memory of the rows that are its own.

Old rows are shared out among the threads by `id % threads`, so that only counters are contended for, as in life.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import numpy as np
from psycopg import Connection

from samples.documents.references import References, Viewed, references
from samples.rows.world import local

_REMEMBERED = 300
_OLD = 0.08
"""Share of the changes that touch an old row; all others touch what the thread made lately."""


@dataclass(frozen=True)
class Removed:
    """A row that was deleted and comes back: its table and PostgreSQL's own text of the whole row."""

    table: str
    row: str


@dataclass
class Actor:
    """One thread of the workload and what it knows."""

    connection: Connection
    appengine: Connection
    random: Random
    shapes: np.random.Generator
    clock: Callable[[], datetime]
    known: References
    share: tuple[int, int]
    """This thread's number and how many there are."""
    oldest: tuple[int, int]
    """Lowest and highest id of user_annotation when the workload began."""
    annotations: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    softly: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    properties: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    uploads: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    stack: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    drawn: int = 0
    held: int = 0
    """Id of the project whose rows this thread leaves alone."""

    def now(self) -> datetime:
        """The clock's moment as columns hold it."""
        return local(self.clock())

    def user(self) -> int:
        """Id of some user."""
        return self.random.choice(self.known.users)

    def view(self) -> Viewed:
        """Some image in a project."""
        return self.random.choice(self.known.viewed)

    def id(self) -> int:
        """Take the next id of hibernate_sequence."""
        return self.number(b"SELECT nextval('hibernate_sequence')", ())

    def number(self, query: bytes, values: tuple[object, ...]) -> int:
        """The one number that *query* answers with, 0 for none."""
        row = self.connection.execute(query, values).fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    def annotation(self) -> int:
        """Id of an annotation of this thread's: mostly a young one, sometimes an old one, 0 for none."""
        if self.annotations and self.random.random() > _OLD:
            return self.random.choice(self.annotations)
        mine, all_ = self.share
        start = self.random.randint(*self.oldest)
        return self.number(
            b"SELECT id FROM user_annotation WHERE id BETWEEN %s AND %s AND id %% %s = %s AND deleted IS NULL"
            b" AND project_id <> %s ORDER BY id LIMIT 1",
            (start, self.oldest[1], all_, mine, self.held),
        )


def known(connection: Connection) -> tuple[References, int]:
    """What the workload may refer to, and the id of the project that `hold_open` has to itself: not its images."""
    found = references(connection)
    held = reserved(found)
    free = tuple(view for view in found.viewed if view.project != held)
    return References(found.users, free, found.annotations), held


def reserved(found: References) -> int:
    """Id of the project whose counters a long transaction may keep locked without stopping the others."""
    return max(view.project for view in found.viewed)
