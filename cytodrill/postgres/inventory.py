"""What a PostgreSQL server holds: its databases, tables and their keys. The same code reads production and throwaway.

A row of production is *required* in a backup when its current version was committed before a manifest was taken:
its 64-bit transaction id is older than the `xmin` of the manifest's snapshot. `xmin` of a row has 32 bits only; they
complete the next transaction id of the server, minus one epoch if that would be in the future. A row frozen for more
than an epoch looks younger than it is, and is then not required: never a false accusation.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from psycopg import Connection, sql
from pyroaring import BitMap64
from typing_extensions import Buffer

from cytodrill.keys import Keys
from cytodrill.postgres.names import table_name

_ROW = struct.Struct(">hiqib")
_HEADER = b"PGCOPY\n\xff\r\n\0"

_TABLES = """
SELECT n.nspname AS schema, c.relname AS name,
       coalesce((SELECT array_agg(a.attname ORDER BY k.place)
                 FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(number, place), pg_attribute a
                 WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.number),
                '{}') AS key,
       coalesce((SELECT bool_and(a.atttypid IN (20, 21, 23))
                 FROM pg_index i, unnest(i.indkey) AS k(number), pg_attribute a
                 WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.number),
                false) AS whole_numbers
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
"""Tables that hold users' rows; those that belong to an extension come from CREATE EXTENSION, not from the dump."""


@dataclass(frozen=True)
class Table:
    """A table and its primary key: *key* columns in order, empty where there is none."""

    database: str
    schema: str
    name: str
    key: tuple[str, ...]
    whole_numbers: bool
    """Whether all key columns are integers: then a lost row is named by its key, else by a hash of it."""

    def __str__(self) -> str:
        """The table as reports name it."""
        return table_name(self.database, self.schema, self.name)

    @property
    def has_identity(self) -> bool:
        """Whether a row can be recognised after an update."""
        return bool(self.key)


@dataclass(frozen=True)
class TableKeys:
    """One scan of a table: its *rows*, the keys of *all*, and of those *required* (None without a manifest)."""

    table: Table
    rows: int
    all: BitMap64
    required: BitMap64 | None


def databases(connection: Connection) -> list[str]:
    """Names of all databases that can be connected to, `template0` left out."""
    rows = connection.execute(
        "SELECT datname FROM pg_database WHERE datallowconn AND datname <> 'template0' ORDER BY datname"
    )
    return [row[0] for row in rows]


def tables(connection: Connection) -> list[Table]:
    """The tables of the connected database that hold users' rows."""
    database = connection.info.dbname
    rows = connection.execute(_TABLES).fetchall()
    return [Table(database, schema, name, tuple(key), whole) for schema, name, key, whole in rows]


def extensions(connection: Connection) -> dict[str, str]:
    """Installed extensions of the connected database and their versions."""
    return dict(connection.execute("SELECT extname, extversion FROM pg_extension ORDER BY 1").fetchall())


def snapshot_xmin(connection: Connection) -> int:
    """The oldest transaction that may still be running: all before it are decided, in every database."""
    row = connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").fetchone()
    return int(row[0]) if row else 0


def system_identifier(connection: Connection) -> str:
    """What tells this cluster from every other one."""
    row = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone()
    return str(row[0]) if row else ""


def _key(table: Table, older: sql.Composable) -> sql.Composable:
    """A bigint that stands for a row: the key itself, a hash of it, or of the whole row and its ordinal."""
    if len(table.key) == 1 and table.whole_numbers:
        return sql.SQL("t.{}::bigint").format(sql.Identifier(table.key[0]))
    if table.key:
        columns = sql.SQL(", ").join(sql.SQL("t.{}").format(sql.Identifier(name)) for name in table.key)
        text: sql.Composable = sql.SQL("ROW({})::text").format(columns)
    else:  # equal rows are told apart by their ordinal, so that a bag of rows becomes a set
        text = sql.SQL("t::text || '#' || row_number() OVER (PARTITION BY t::text, {})").format(older)
    return sql.SQL("('x' || left(md5({}), 16))::bit(64)::bigint").format(text)


_OLDER = sql.SQL(
    "(CASE WHEN t.xmin::text::bigint < (next.id & 4294967295) THEN 0 ELSE -4294967296 END"
    " + (next.id - (next.id & 4294967295)) + t.xmin::text::bigint) < {xmin}"
)
_NEXT = sql.SQL("(SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS id) next")


def read_keys(connection: Connection, table: Table, manifest_xmin: int | None = None) -> TableKeys:
    """Scan *table* once. With *manifest_xmin*, tell which rows are required (see the module's words)."""
    older = sql.SQL("false") if manifest_xmin is None else _OLDER.format(xmin=sql.Literal(manifest_xmin))
    query = sql.SQL("COPY (SELECT {}, {} FROM ONLY {}.{} t, {}) TO STDOUT (FORMAT binary)").format(
        _key(table, older), older, sql.Identifier(table.schema), sql.Identifier(table.name), _NEXT
    )
    everything, required, rows = Keys(), Keys(), 0
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for _, _, key, _, is_required in _rows(copy):
            rows += 1
            everything.add(key)
            if is_required:
                required.add(key)
    return TableKeys(table, rows, everything.bitmap(), None if manifest_xmin is None else required.bitmap())


def _rows(copy: Iterable[Buffer]) -> Iterator[tuple[int, int, int, int, int]]:
    """Rows of a binary COPY of one bigint and one boolean, none of them null."""
    rest, begun = b"", False
    for block in copy:
        data = rest + bytes(block)
        if not begun:
            if len(data) < len(_HEADER) + 8:
                rest = data
                continue
            data, begun = data[len(_HEADER) + 8 :], True
        whole = len(data) - len(data) % _ROW.size  # what remains at the end is the two bytes of the trailer
        yield from _ROW.iter_unpack(data[:whole])
        rest = data[whole:]


def describe(connection: Connection, table: Table, wanted: tuple[int, ...]) -> tuple[str, ...]:
    """Words for the rows behind hashed keys: their key where it is of integers, else the hash. Reads production."""
    if not wanted or (len(table.key) == 1 and table.whole_numbers):
        return tuple(str(key) for key in wanted)
    if not table.whole_numbers:
        return tuple(f"{'key' if table.key else 'row'} hash {key & (1 << 64) - 1:016x}" for key in wanted)
    columns = sql.SQL(", ").join(sql.SQL("t.{}").format(sql.Identifier(name)) for name in table.key)
    query = sql.SQL("SELECT ROW({})::text FROM ONLY {}.{} t WHERE {} = ANY(%s)").format(
        columns, sql.Identifier(table.schema), sql.Identifier(table.name), _key(table, sql.SQL("false"))
    )
    return tuple(str(row[0]) for row in connection.execute(query, (list(wanted),)))
