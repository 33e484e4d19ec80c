"""What a throwaway PostgreSQL is told, whoever started it, and how it is reached."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress

from psycopg import Connection, Error, connect, pq
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from cytodrill.core.errors import ThrowawayError
from cytodrill.core.throwaway import SUPERUSER
from cytodrill.process import until

KEPT = ("postgres", "template0", "template1", SUPERUSER)
"""Databases of an empty throwaway. The one called like the superuser is ours: nothing in a dump drops it, so it is
where to be connected while a dump of `pg_dumpall --clean` drops `postgres` and `template1`."""

SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "jit": "off",
    # A log that is told of errors quotes rows and statements; psql is told of them anyway.
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
}
"""A server that may lose everything at a crash, because it is thrown away (measured: 2/3 of the default's time)."""

QUIET_LIMIT = 60.0


def options() -> list[str]:
    """`SETTINGS` as arguments of `postgres`."""
    return [argument for name, value in SETTINGS.items() for argument in ("-c", f"{name}={value}")]


def conninfo(host: str, port: int, database: str, user: str, password: str) -> str:
    """A libpq connection string that no `PG*` variable and no `.pgpass` of the caller changes.

    *host* is an address or a socket's directory.
    """
    return make_conninfo(
        host=host,
        port=port,
        dbname=database,
        user=user,
        password=password,
        options="",
        passfile="/nonexistent",  # an empty one means the default
        sslmode="disable",
        gssencmode="disable",
        connect_timeout=10,
    )


def asked(connection_string: str) -> str:
    """*connection_string*, refusing a server that lets us in without asking for the password (libpq 16 and later)."""
    if pq.version() < 160000:
        return connection_string
    return make_conninfo(connection_string, require_auth="scram-sha-256")


def answers(connection_string: str) -> bool:
    """Whether a server answers there and takes statements."""
    try:
        with connect(connection_string, connect_timeout=5) as connection:
            connection.execute("SELECT 1")
    except Error:
        return False
    return True


def settle(connection_string: str, quiet_seconds: float = 0) -> str:
    """Make the server behind *connection_string* (database `postgres`) an empty one, whoever set it up.

    Waits until nobody else has been connected for *quiet_seconds*: the vendor's image (from 1.5.1 on) looks after its
    databases in the background of every start, and a session of it would keep a restore from dropping them.

    Drops what an image's own set-up created (`template_postgis` of the official PostGIS image, the vendor's databases
    and accounts), so that restoring says the same everywhere; uses lz4 for large values where the build has it.
    Gives the version that the server answers.
    """
    try:
        with connect(connection_string, autocommit=True) as connection:
            _wait_for_quiet(connection, quiet_seconds)
            _drop_strangers(connection)
            _prefer_lz4(connection)
            row = connection.execute("SHOW server_version").fetchone()
    except Error as error:
        raise ThrowawayError(
            f"The throwaway PostgreSQL could not be emptied: {error}. Try its program or image by hand."
        ) from None
    return str(row[0]) if row else ""


def _wait_for_quiet(connection: Connection, seconds: float) -> None:
    quiet_since = time.monotonic()

    def quiet() -> bool:
        nonlocal quiet_since
        others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        if connection.execute(f"SELECT FROM pg_stat_activity WHERE {others}").rowcount:
            quiet_since = time.monotonic()
        return time.monotonic() - quiet_since >= seconds

    until(quiet, QUIET_LIMIT)


def _drop_strangers(connection: Connection) -> None:
    databases = {str(name) for (name,) in connection.execute("SELECT datname FROM pg_database")}
    for name in sorted(databases.difference(KEPT)):
        connection.execute(SQL("ALTER DATABASE {} IS_TEMPLATE false").format(Identifier(name)))
        connection.execute(SQL("DROP DATABASE {}").format(Identifier(name)))
    if SUPERUSER not in databases:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(SUPERUSER)))
    roles = connection.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> current_user")
    for (name,) in roles.fetchall():
        with suppress(Error):  # one that owns something stays; restoring then says that it exists, which is known
            connection.execute(SQL("DROP ROLE {}").format(Identifier(str(name))))


def _prefer_lz4(connection: Connection) -> None:
    offered = connection.execute(
        "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
    ).fetchone()
    if offered and offered[0]:
        connection.execute("ALTER SYSTEM SET default_toast_compression = 'lz4'")
        connection.execute("SELECT pg_reload_conf()")
