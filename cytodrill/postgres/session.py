"""PostgreSQL sessions for counting: read-only, bounded, and with the same text form of every value on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo

FORMS = {
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmloption": "content",
    "search_path": "pg_catalog",
}
"""Settings that decide how a value is printed: keys of other than integers are hashed from their text."""

POLITE = {"max_parallel_workers_per_gather": "0", "jit": "off"}
"""One core of production at most."""


_open: set[Connection] = set()
"""Sessions in use, so that an interrupted run need not wait for the end of a long statement."""


def cancel_running() -> None:
    """Cancel whatever statement the sessions of this process are waiting for; safe from another thread."""
    for connection in tuple(_open):
        with suppress(psycopg.Error):
            connection.cancel_safe(timeout=5)


@contextmanager
def reading(
    conninfo: str,
    database: str,
    *,
    statement_timeout: timedelta = timedelta(hours=2),
    lock_timeout: timedelta = timedelta(seconds=5),
    connect_timeout: timedelta = timedelta(seconds=10),
) -> Iterator[Connection]:
    """A read-only session on *database*, each statement its own short snapshot, for the length of the context."""
    settings = {
        **FORMS,
        **POLITE,
        "default_transaction_read_only": "on",
        "statement_timeout": str(int(statement_timeout.total_seconds() * 1000)),
        "lock_timeout": str(int(lock_timeout.total_seconds() * 1000)),
        "idle_in_transaction_session_timeout": "60000",
    }
    target = make_conninfo(
        conninfo,
        dbname=database,
        application_name="cytomine restore drill",
        connect_timeout=max(2, int(connect_timeout.total_seconds())),
        client_encoding="UTF8",
    )
    with psycopg.connect(target, autocommit=True) as connection:
        for name, value in settings.items():
            connection.execute(sql.SQL("SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        _open.add(connection)
        try:
            yield connection
        finally:
            _open.discard(connection)
