"""PostgreSQL: the postgis archive restores without an unexpected error, and every row comes back."""

from __future__ import annotations

from cytodrill.core.claims import Prove
from cytodrill.core.inventory import Counted
from cytodrill.core.judge import everything_comes_back, nothing_unknown
from cytodrill.run_postgres import PostgresFacts, extensions_are_back, geometries_are_back, restores


def test_restores(postgres: PostgresFacts, tables_short_of_rows: tuple[str, ...], prove: Prove) -> None:
    """The postgis archive restores into an empty PostgreSQL with no unexpected error."""
    assert prove(restores(postgres, tables_short_of_rows))


def test_table(table_counted: Counted, prove: Prove) -> None:
    """Table {table} comes back with every row that production had before the backup."""
    assert prove(everything_comes_back(table_counted))


def test_no_unknown_table(unlisted_tables: tuple[Counted, ...], prove: Prove) -> None:
    """Tables that no earlier run knew come back too."""
    assert prove(nothing_unknown(unlisted_tables))


def test_extensions(postgres: PostgresFacts, prove: Prove) -> None:
    """Every extension that the dump creates is installed after the restore."""
    assert prove(extensions_are_back(postgres))


def test_geometries(postgres: PostgresFacts, prove: Prove) -> None:
    """PostGIS reads every geometry that came back, and its spatial indexes are there."""
    assert prove(geometries_are_back(postgres))
