"""The sample's traffic: its rate, what it does and leaves, undone deletes, and the transaction across a backup."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from pymongo import MongoClient

from samples import documents, rows, schema, uploads, workload
from samples.rows import counters
from samples.scale import Scale
from samples.workload import statements, transactions
from samples.workload.held import utc
from tests import sample_cluster as clusters

SCALE = Scale("traffic", 60, 2_000, 3_000, 24, 8, 5)


@pytest.fixture(scope="module")
def production() -> Iterator[tuple[str, str]]:
    """DSN of database docker and URI of MongoDB of a small running sample."""
    with ExitStack() as stack:
        dsn = stack.enter_context(clusters.cluster("docker"))
        schema.create(dsn, "secret", "other secret")
        docker = clusters.of(dsn, "docker")
        rows.fill(docker, SCALE, uploads.plan(SCALE, 7), 7, clusters.NOW)
        uri = stack.enter_context(clusters.mongo())
        documents.fill(uri, docker, SCALE, 7, clusters.NOW)
        yield docker, uri


def _run(production: tuple[str, str], **given: Any) -> workload.Traffic:
    stop = given.pop("stop", threading.Event())
    return workload.run(*production, seed=3, clock=given.pop("clock", utc), stop=stop, **given)


def test_traffic_is_fast_varied_and_leaves_nothing_open(production: tuple[str, str]) -> None:
    """Fifty transactions a second of every kind; counters and outlines stay right; no session is left."""
    before = clusters.rows(production[0], "SELECT id FROM user_annotation WHERE deleted IS NULL")
    traffic = _run(production, seconds=12.0, rate=60.0, undo_gap=(0.1, 0.4))
    assert traffic.rate >= 50
    assert {kind.__name__ for kind in transactions.OFTEN} <= set(traffic.transactions)
    assert traffic.transactions["undone delete"] > 0
    assert "refused" not in traffic.transactions
    assert "given up" not in traffic.transactions
    assert {"move", "open_image", "expire", "forget"} <= set(traffic.operations)
    with psycopg.connect(production[0]) as connection:
        assert counters.drift(connection) == {}
    wrong = "SELECT 1 FROM user_annotation WHERE NOT ST_Equals(location, ST_GeomFromText(wkt_location))"
    assert clusters.rows(production[0], wrong) == []
    sessions = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'sample traffic' OR state LIKE 'idle in %'"
    assert clusters.rows(production[0], sessions) == []
    after = clusters.rows(production[0], "SELECT id FROM user_annotation WHERE deleted IS NULL")
    assert set(before) - set(after), "no old row went"
    assert set(after) - set(before), "no row came"


def test_uploads_of_traffic_never_claim_a_file(production: tuple[str, str]) -> None:
    """Their status stays below 100 and their name absolute, so that no drill looks for them on disk."""
    _run(production, seconds=2.0, rate=200.0)
    found = clusters.rows(
        production[0],
        "SELECT max(status), bool_and(filename LIKE '/data/pims/tmp/%'), count(DISTINCT status)"
        " FROM uploaded_file WHERE original_filename LIKE 'traffic%'",
    )
    assert found[0][0] < 100
    assert found[0][1]
    assert found[0][2] > 2


def test_all_dates_come_from_the_clock(production: tuple[str, str]) -> None:
    """Traffic of a pretended night carries that night's dates, in rows and in documents."""
    night = datetime(2030, 1, 1, tzinfo=UTC)
    last = clusters.rows(production[0], "SELECT max(id) FROM command")[0][0]
    _run(production, seconds=2.0, rate=60.0, clock=lambda: night)
    found = clusters.rows(production[0], f"SELECT DISTINCT created FROM command WHERE id > {last}")
    assert found == [(night.replace(tzinfo=None),)]
    with MongoClient[dict[str, Any]](production[1], tz_aware=True) as client:
        assert client["cytomine"]["persistentUserPosition"].find_one({"created": night}) is not None


def test_an_undone_delete_brings_back_the_same_row(production: tuple[str, str]) -> None:
    """The annotation and its terms come back with old ids, same to the last byte, and are counted again."""
    with ExitStack() as stack:
        actor = workload._actor(stack, production[0], 5, 0, utc)
        identity = actor.number(
            b"SELECT min(user_annotation_id) FROM annotation_term JOIN user_annotation AS one"
            b" ON one.id = user_annotation_id WHERE one.deleted IS NULL AND %s", (True,)
        )  # fmt: skip
        query = (
            "SELECT one::text, (SELECT array_agg(annotation_term::text ORDER BY id) FROM annotation_term"
            f" WHERE user_annotation_id = one.id) FROM user_annotation AS one WHERE id = {identity}"
        )
        before = clusters.rows(production[0], query)
        with actor.connection.transaction():
            removed = statements.delete_annotation(actor, identity)
        assert clusters.rows(production[0], query) == []
        with actor.connection.transaction():
            statements.bring_back(actor, removed)
        assert clusters.rows(production[0], query) == before
        assert counters.drift(actor.connection) == {}


def test_a_held_transaction_spans_the_traffic(production: tuple[str, str]) -> None:
    """Its rows are not seen while it is open, and are there after; the traffic beside it loses no pace."""
    stop, opened = threading.Event(), threading.Event()
    written: list[tuple[int, ...]] = []
    thread = threading.Thread(target=lambda: written.append(workload.hold_open(production[0], stop, opened=opened)))
    thread.start()
    try:
        assert opened.wait(20)
        assert clusters.rows(production[0], "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction'")
        traffic = _run(production, seconds=5.0, rate=60.0)
        newest = clusters.rows(production[0], "SELECT max(id) FROM command")[0][0]
    finally:
        stop.set()
        thread.join(20)
    assert traffic.rate >= 50
    ids = ", ".join(str(identity) for identity in written[0])
    found = clusters.rows(
        production[0], f"SELECT count(*), max(id) < {newest} FROM user_annotation WHERE id IN ({ids})"
    )
    assert found == [(5, True)]
    with psycopg.connect(production[0]) as connection:
        assert counters.drift(connection) == {}


def test_traffic_that_loses_its_server_ends_at_once(production: tuple[str, str]) -> None:
    """A server that is not there is an error, not a silent end."""
    with pytest.raises(psycopg.OperationalError):
        workload.run(
            clusters.of(production[0], "absent"), production[1], seed=1, seconds=5.0, clock=utc, stop=threading.Event()
        )
