"""Traffic on a sample's databases, as users make it: while backups are taken, and during drills."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from random import Random
from time import monotonic

import numpy as np
import psycopg
from psycopg.conninfo import make_conninfo
from pymongo import MongoClient

from samples.documents import DATABASE
from samples.documents.contents import Document, Source
from samples.documents.references import ids
from samples.workload import documents, rows
from samples.workload.actor import Actor, known
from samples.workload.held import hold_open
from samples.workload.pace import Pace

__all__ = ["Traffic", "hold_open", "run"]

_THREADS = 3
_DOCUMENTS = 0.3
"""Changes to MongoDB for each transaction on PostgreSQL."""


@dataclass(frozen=True)
class Traffic:
    """What was done in *seconds*: transactions on PostgreSQL and operations on MongoDB, by kind."""

    transactions: dict[str, int]
    operations: dict[str, int]
    seconds: float

    @property
    def rate(self) -> float:
        """Transactions on PostgreSQL a second, rolled-back ones included."""
        return sum(self.transactions.values()) / self.seconds if self.seconds else 0.0


def run(
    dsn: str,
    mongo_uri: str,
    *,
    seed: int,
    seconds: float | None,
    rate: float = 60.0,
    clock: Callable[[], datetime],
    stop: threading.Event,
    undo_gap: tuple[float, float] = (0.1, 2.0),
) -> Traffic:
    """Keep *rate* transactions a second going until *stop* is set or *seconds* have passed; blocks.

    Three threads work on PostgreSQL, one on MongoDB at three tenths of the rate. *dsn* leads to database `docker` as
    its superuser. All explicit dates come from *clock* (aware). Deletes are undone within *undo_gap* seconds: a
    backup taken across one cannot hold that row. Nothing is left open afterwards. Raises psycopg.Error or
    pymongo.errors.PyMongoError when a server is lost.
    """
    begin = monotonic()
    with ExitStack() as stack, ThreadPoolExecutor(_THREADS + 1, "traffic") as pool:
        actors = [_actor(stack, dsn, seed, number, clock) for number in range(_THREADS)]
        writer = _writer(stack, dsn, mongo_uri, seed, clock)
        futures: list[Future[Counter[str]]] = [
            pool.submit(_guarded, stop, rows.act, actor, Pace(rate / _THREADS, seconds, stop), undo_gap)
            for actor in actors
        ]
        futures.append(pool.submit(_guarded, stop, documents.act, writer, Pace(rate * _DOCUMENTS, seconds, stop)))
        done = [future.result() for future in futures]
    return Traffic(dict(sum(done[:-1], Counter())), dict(done[-1]), monotonic() - begin)


def _guarded(stop: threading.Event, act: Callable[..., Counter[str]], *arguments: object) -> Counter[str]:
    """A thread that fails ends the others, so that the failure shows at once."""
    try:
        return act(*arguments)
    except BaseException:
        stop.set()
        raise


def _actor(stack: ExitStack, dsn: str, seed: int, number: int, clock: Callable[[], datetime]) -> Actor:
    options = {"options": "-c lock_timeout=1000", "application_name": "sample traffic"}
    connection = stack.enter_context(psycopg.connect(make_conninfo(dsn, **options), autocommit=True))
    appengine = stack.enter_context(psycopg.connect(make_conninfo(dsn, dbname="appengine", **options), autocommit=True))
    row = connection.execute(
        "SELECT COALESCE(min(id), 0), COALESCE(max(id), 0), nextval('hibernate_sequence') FROM user_annotation"
    ).fetchone()
    lowest, highest, start = row or (0, 0, 0)
    found, held = known(connection)
    return Actor(
        connection=connection,
        appengine=appengine,
        # Where the sequence stands makes a second run differ from the first: no uuid is drawn twice.
        random=Random(f"{seed}:traffic:{number}:{start}"),
        shapes=np.random.default_rng([seed, number, start]),
        clock=clock,
        known=found,
        share=(number, _THREADS),
        oldest=(lowest, highest),
        held=held,
    )


def _writer(stack: ExitStack, dsn: str, mongo_uri: str, seed: int, clock: Callable[[], datetime]) -> documents.Writer:
    connection = stack.enter_context(psycopg.connect(dsn, autocommit=True))
    client: MongoClient[Document] = stack.enter_context(MongoClient(mongo_uri, tz_aware=True))
    found, _ = known(connection)
    source = Source(found, ids(connection, block=50), seed, clock())
    return documents.Writer(client[DATABASE], source, Random(f"{seed}:traffic:documents"), clock)
