"""Rows of a sample's database `docker`: streamed by COPY, the same for the same seed, never dated after *now*."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import Connection, sql

from samples.rows import (
    actions,
    counters,
    imaging,
    instances,
    people,
    projects,
    reviews,
    tasks,
    texts,
    vocabulary,
)
from samples.rows.annotations import write as write_annotations
from samples.rows.people import image_server_keys
from samples.rows.world import Calendar, Ids, World, local
from samples.scale import Scale
from samples.upload import Upload

__all__ = ["Filled", "fill", "image_server_keys"]


@dataclass(frozen=True)
class Filled:
    """Rows written per table (seed rows of the schema are not counted), and the last id of hibernate_sequence."""

    counts: dict[str, int]
    last_id: int


def fill(dsn: str, scale: Scale, uploads: Iterable[Upload], seed: int, now: datetime) -> Filled:
    """Fill database `docker` of a cluster that `samples.schema.create` made; one transaction.

    *dsn* is that of a superuser, as triggers and foreign keys are switched off for the transaction. Rows are dated
    over the two years before *now* (aware, or UTC). Ids come from hibernate_sequence, which stands right afterwards,
    as do the identity sequences. Raises psycopg.Error, for example when rows are there already.
    """
    with psycopg.connect(dsn) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("SET LOCAL TimeZone = 'UTC'")
        row = connection.execute("SELECT last_value FROM hibernate_sequence").fetchone()
        world = World(connection, scale, seed, Calendar(local(now)), Ids(row[0] + 1 if row else 1))
        _write(world, uploads)
        _sequences(connection, world.ids.next - 1)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("ANALYZE")
    return Filled(dict(world.counts), world.ids.next - 1)


def _write(world: World, uploads: Iterable[Upload]) -> None:
    users = people.write(world)
    terms = vocabulary.write(world, users)
    studies = projects.write(world, users, terms)
    images = instances.write(world, users, studies, imaging.write(world, users, studies, uploads))
    drawn = write_annotations(world, users, studies, terms, images)
    reviews.write(world, studies, images, drawn)
    texts.write(world, studies, terms, images, drawn)
    actions.write(world, studies, drawn)
    tasks.write(world, users, studies, images)
    counters.settle(world)


def _sequences(connection: Connection, last: int) -> None:
    """Set hibernate_sequence, and each identity sequence to the highest id of its table."""
    connection.execute("SELECT setval('hibernate_sequence', %s)", (last,))
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND is_identity = 'YES' ORDER BY 1"
    ).fetchall():
        connection.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), max({})) FROM {}").format(
                sql.Literal(table), sql.Literal(column), sql.Identifier(column), sql.Identifier(table)
            )
        )
