"""One transaction that stays open: it inserts rows before a backup and commits them after it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import numpy as np
import psycopg
from psycopg.conninfo import make_conninfo

from samples.documents.references import References, references
from samples.workload import statements
from samples.workload.actor import Actor, reserved


def utc() -> datetime:
    """Now."""
    return datetime.now(UTC)


def hold_open(
    dsn: str,
    stop: threading.Event,
    *,
    seed: int = 0,
    clock: Callable[[], datetime] = utc,
    opened: threading.Event | None = None,
) -> tuple[int, ...]:
    """Insert annotations, properties and commands, say so by *opened*, wait for *stop*, commit; return annotation ids.

    Blocks: run it in a thread. It keeps to the one project that `run` leaves alone, so that the counters it locks
    stop nobody; a second one at the same time waits for the first.
    """
    with psycopg.connect(dsn) as connection, psycopg.connect(make_conninfo(dsn, dbname="appengine")) as other:
        found = references(connection)
        held = reserved(found)
        views = tuple(view for view in found.viewed if view.project == held)
        actor = Actor(
            connection=connection,
            appengine=other,
            random=Random(f"{seed}:held"),
            shapes=np.random.default_rng(seed),
            clock=clock,
            known=References(found.users, views, ()),
            share=(0, 1),
            oldest=(0, 0),
        )
        written = []
        for _ in range(5):
            view = actor.view()
            annotation = statements.insert_annotation(actor, view)
            statements.insert_term(actor, annotation)
            statements.insert_property(actor, annotation)
            statements.insert_command(actor, view, annotation)
            written.append(annotation)
        if opened:
            opened.set()
        stop.wait()
    return tuple(written)
