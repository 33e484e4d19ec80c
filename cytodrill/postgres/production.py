"""Reading production's PostgreSQL: one short statement a table, in one read-only session a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict

from cytodrill.core.errors import ProductionError
from cytodrill.postgres import inventory
from cytodrill.postgres.inventory import Table, TableKeys
from cytodrill.postgres.session import reading
from cytodrill.settings import Production

XminBefore = Callable[[str], Mapping[str, int]]
"""Asked with the system identifier: per database the manifest's `xmin`; empty where there is no manifest."""


@dataclass(frozen=True)
class PostgresProduction:
    """Production's cluster now: *xmin* per database for the manifest that this run leaves, *tables* by name."""

    system_identifier: str
    xmin: dict[str, int]
    tables: dict[str, TableKeys]


def read(conninfo: str, settings: Production, xmin_before: XminBefore) -> PostgresProduction:
    """Read the keys of every table of every database.

    Raises `ProductionError` when the server cannot be reached, refuses, or takes longer than the settings allow.
    """
    xmin: dict[str, int] = {}
    tables: dict[str, TableKeys] = {}
    limits = {
        "statement_timeout": settings.statement_timeout,
        "lock_timeout": settings.lock_timeout,
        "connect_timeout": settings.connect_timeout,
    }
    try:
        with reading(conninfo, str(conninfo_to_dict(conninfo).get("dbname") or "postgres"), **limits) as first:
            identifier = inventory.system_identifier(first)
            names = inventory.databases(first)
        before = xmin_before(identifier)
        for database in names:
            with reading(conninfo, database, **limits) as connection:
                xmin[database] = inventory.snapshot_xmin(connection)
                for table in inventory.tables(connection):
                    tables[str(table)] = inventory.read_keys(connection, table, before.get(database))
    except psycopg.Error as error:
        raise _unreachable(error) from None
    return PostgresProduction(identifier, xmin, tables)


def describe(conninfo: str, table: Table, keys: tuple[int, ...]) -> tuple[str, ...]:
    """Words for the rows behind *keys* of a *table* whose keys are hashes; the hashes when they cannot be read."""
    try:
        with reading(conninfo, table.database) as connection:
            return inventory.describe(connection, table, keys)
    except psycopg.Error:
        return tuple(str(key) for key in keys)


def _unreachable(error: psycopg.Error) -> ProductionError:
    if isinstance(error, psycopg.errors.InvalidPassword | psycopg.errors.InvalidAuthorizationSpecification):
        cause = "it refuses the user or password: compare [production] in drill.toml and cytomine.yml with the server"
    elif isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
        cause = "a statement took longer than production.statement_timeout or lock_timeout: raise it, or drill later"
    elif "password authentication failed" in str(error):
        cause = "it refuses the password: compare cytomine.yml with what the server was set up with"
    elif isinstance(error, psycopg.OperationalError) and not error.sqlstate:
        cause = "it does not answer: start it, or correct [production] postgres in drill.toml"
    else:
        cause = f"it answered with SQLSTATE {error.sqlstate or 'none'} ({type(error).__name__}): look at its log"
    return ProductionError(f"Production's PostgreSQL could not be read, {cause}.")
