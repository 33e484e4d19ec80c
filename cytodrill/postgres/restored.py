"""Reading the throwaway after the restore: tables, extensions, geometries, the images that rows name, log-ins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import Connection, sql

from cytodrill.core.errors import ThrowawayError
from cytodrill.core.throwaway import SUPERUSER, PostgresThrowaway
from cytodrill.postgres import inventory
from cytodrill.postgres.inventory import TableKeys
from cytodrill.postgres.names import table_name
from cytodrill.postgres.session import reading


@dataclass(frozen=True)
class GeometryColumn:
    """A geometry column: how many values PostGIS reads (*geometries*, of *points* in all), or why it cannot.

    *indexed* says whether a valid GiST index covers it.
    """

    table: str
    column: str
    geometries: int
    points: int
    indexed: bool
    unreadable: str = ""


@dataclass(frozen=True)
class Restored:
    """What the throwaway holds. *extensions* per database: name to version; *of_extensions* are tables not of users."""

    tables: dict[str, TableKeys]
    of_extensions: frozenset[str]
    extensions: dict[str, dict[str, str]]
    geometries: tuple[GeometryColumn, ...]


_OF_EXTENSIONS = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
WHERE c.relkind = 'r'
"""
_GEOMETRY_COLUMNS = """
SELECT n.nspname, c.relname, a.attname,
       EXISTS (SELECT 1 FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
               WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey) AND m.amname = 'gist' AND i.indisvalid)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind = 'r' AND NOT a.attisdropped AND t.typname = 'geometry'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2, 3
"""


def read(throwaway: PostgresThrowaway) -> Restored:
    """Count everything that was restored. Raises `ThrowawayError` when the throwaway fails."""
    tables: dict[str, TableKeys] = {}
    of_extensions: set[str] = set()
    extensions: dict[str, dict[str, str]] = {}
    geometries: list[GeometryColumn] = []
    try:
        with reading(throwaway.conninfo(SUPERUSER), SUPERUSER) as connection:
            names = [name for name in inventory.databases(connection) if name != SUPERUSER]
        for database in names:
            with reading(throwaway.conninfo(database), database) as connection:
                for table in inventory.tables(connection):
                    tables[str(table)] = inventory.read_keys(connection, table)
                of_extensions |= {
                    table_name(database, schema, name) for schema, name in connection.execute(_OF_EXTENSIONS)
                }
                extensions[database] = inventory.extensions(connection)
                geometries += _geometries(connection)
    except psycopg.Error as error:
        raise ThrowawayError(
            f"The throwaway PostgreSQL failed while it was counted ({type(error).__name__}): look at the free disk "
            f"and memory of the host, and run the drill again."
        ) from None
    return Restored(tables, frozenset(of_extensions), extensions, tuple(geometries))


def _geometries(connection: Connection) -> list[GeometryColumn]:
    place = connection.execute(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'"
    ).fetchone()
    if place is None:
        return []
    found = []
    for schema, table, column, indexed in connection.execute(_GEOMETRY_COLUMNS).fetchall():
        name = table_name(connection.info.dbname, schema, table)
        query = sql.SQL(
            "SELECT count(*) FILTER (WHERE NOT {post}.st_isempty({column})),"
            " coalesce(sum({post}.st_npoints({column})), 0) FROM {schema}.{table}"
        ).format(
            post=sql.Identifier(place[0]),
            column=sql.Identifier(column),
            schema=sql.Identifier(schema),
            table=sql.Identifier(table),
        )
        try:
            row = connection.execute(query).fetchone()
        except psycopg.DatabaseError as error:
            found.append(GeometryColumn(name, column, 0, 0, indexed, f"SQLSTATE {error.sqlstate}"))
            continue
        geometries, points = row or (0, 0)
        found.append(GeometryColumn(name, column, int(geometries), int(points), indexed))
    return found


def named_images(throwaway: PostgresThrowaway, database: str) -> Iterator[tuple[int, str]]:
    """Id and path (relative to the images' root) of every `uploaded_file` that must have a file, streamed.

    Rule: deployed (100) or converted (104), not deleted, path relative, not a virtual stack (cytomine monorepo of
    2026-08: UploadedFile and its status codes; PIMS keeps pending uploads under an absolute path elsewhere).
    """
    query = """
        SELECT id, filename FROM public.uploaded_file
        WHERE status IN (100, 104) AND deleted IS NULL AND filename NOT LIKE '/%' AND content_type <> 'VIRTUALSTACK'
        ORDER BY id"""
    conninfo = throwaway.conninfo(database)
    with reading(conninfo, database) as connection, connection.transaction(), connection.cursor("images") as cursor:
        yield from cursor.execute(query)


def log_in(conninfo: str) -> str:
    """Log in with *conninfo* and ask for the user's name: "" when that works, else the reason in words."""
    try:
        with psycopg.connect(conninfo, connect_timeout=10) as connection:
            connection.execute("SELECT current_user")
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            return "the server refuses the password, or has no such role"
        if "does not exist" in str(error):
            return "there is no such role or database"
        return f"the server refuses the connection (SQLSTATE {error.sqlstate or 'none'})"
    return ""
