"""What every generator of rows shares: ids, the calendar, the random sources, and the way into a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, LiteralString
from zlib import crc32

import numpy as np
from psycopg import Connection, sql

from samples.scale import Scale

BATCH = 4_096
"""Rows generated at a time: what a fill keeps in memory does not grow with the scale."""

PACKAGE = "be.cytomine.domain"


def local(moment: datetime) -> datetime:
    """*moment* as the columns hold it: without time zone; the sample's clock runs in UTC. Milliseconds, as a JVM's."""
    naive = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return naive.replace(microsecond=naive.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class Calendar:
    """The two years before a moment, addressed by a fraction: 0 is their begin, 1 a minute before the end."""

    end: datetime

    def at(self, fraction: float) -> datetime:
        """The moment at *fraction*, never after the end's last minute."""
        span = timedelta(days=730).total_seconds() - 60
        begin = self.end - timedelta(days=730)
        return begin + timedelta(milliseconds=int(min(max(fraction, 0.0), 1.0) * span * 1000))

    def later(self, fraction: float, random: Random) -> datetime:
        """Some moment between *fraction* and the end."""
        return self.at(fraction + (1 - fraction) * random.random() ** 3)


@dataclass
class Ids:
    """hibernate_sequence, handed out here and set on the server when all rows are in."""

    next: int

    def take(self, number: int = 1) -> int:
        """Reserve *number* ids, return the first."""
        first = self.next
        self.next += number
        return first


@dataclass(frozen=True)
class World:
    """One fill: its connection, scale, seed, calendar and ids, and how many rows each table got."""

    connection: Connection
    scale: Scale
    seed: int
    calendar: Calendar
    ids: Ids
    counts: dict[str, int] = field(default_factory=dict)

    def random(self, subject: str) -> Random:
        """A source of randomness for one subject, so that one generator's change leaves the others alone."""
        return Random(f"{self.seed}:{subject}")

    def numpy(self, subject: str, position: int = 0) -> np.random.Generator:
        """The same for arrays; *position* is the batch's first row."""
        return np.random.default_rng([self.seed, crc32(subject.encode()), position])

    def number(self, query: LiteralString) -> int:
        """The one number that *query* answers with, 0 for none. Not while a table is being written."""
        row = self.connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def write(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        """Stream *rows* into *table* by COPY; *columns* are names separated by blanks."""
        names = [sql.Identifier(name) for name in columns.split()]
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(", ").join(names))
        number = 0
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
                number += 1
        self.counts[table] = self.counts.get(table, 0) + number
