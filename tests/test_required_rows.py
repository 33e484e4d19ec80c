"""Required rows on a real server: what was there before a manifest and is still unchanged, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from cytodrill import keys
from cytodrill.core.errors import ProductionError, ThrowawayError
from cytodrill.core.throwaway import SUPERUSER, PostgresThrowaway
from cytodrill.postgres import inventory, production
from cytodrill.postgres.inventory import Table, TableKeys
from cytodrill.postgres.session import reading
from cytodrill.settings import Production, Settings
from cytodrill.throwaway.choose import open_postgres


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresThrowaway]:
    """A PostgreSQL server that plays production."""
    try:
        throwaway = open_postgres(Settings(engine="local"), "required", "")
    except ThrowawayError as error:
        pytest.skip(str(error))
    yield throwaway
    throwaway.stop()


@pytest.fixture
def writer(server: PostgresThrowaway) -> Iterator[psycopg.Connection]:
    """A session that changes production."""
    with psycopg.connect(server.conninfo(SUPERUSER), autocommit=True) as connection:
        connection.execute("""
            CREATE TABLE simple (id bigint PRIMARY KEY, text text);
            CREATE TABLE pairs (a int, b int, PRIMARY KEY (a, b));
            CREATE TABLE named (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
            CREATE TABLE bag (word text);
            INSERT INTO simple SELECT n, 'x' FROM generate_series(-3, 100) n;
            INSERT INTO pairs SELECT n, n + 1 FROM generate_series(1, 20) n;
            INSERT INTO named SELECT FROM generate_series(1, 5);
            INSERT INTO bag VALUES ('same'), ('same'), ('other');
        """)
        yield connection
        connection.execute("DROP TABLE simple, pairs, named, bag")


def _read(server: PostgresThrowaway, xmin: int | None = None) -> dict[str, TableKeys]:
    with reading(server.conninfo(SUPERUSER), SUPERUSER) as connection:
        return {table.name: inventory.read_keys(connection, table, xmin) for table in inventory.tables(connection)}


def _manifest_xmin(server: PostgresThrowaway) -> int:
    with reading(server.conninfo(SUPERUSER), SUPERUSER) as connection:
        return inventory.snapshot_xmin(connection)


def test_rows_are_required_until_they_are_touched(server: PostgresThrowaway, writer: psycopg.Connection) -> None:
    """Updates (no-op ones too), deletes and inserts after the manifest are not required; all others are."""
    xmin = _manifest_xmin(server)
    writer.execute("UPDATE simple SET text = 'y' WHERE id = 1; UPDATE simple SET text = text WHERE id = 2")
    writer.execute("DELETE FROM simple WHERE id IN (3, 4); INSERT INTO simple VALUES (4, 'back'), (200, 'new')")
    with writer.transaction(force_rollback=True):
        writer.execute("DELETE FROM simple WHERE id = 5")
    with writer.transaction():
        writer.execute("UPDATE simple SET text = 'z' WHERE id = 6")
        with writer.transaction(force_rollback=True):
            writer.execute("UPDATE simple SET text = 'no' WHERE id = 7")

    simple = _read(server, xmin)["simple"]

    assert simple.required is not None
    assert set(keys.first(simple.required, 999)) == set(range(-3, 101)) - {1, 2, 3, 4, 6}
    assert set(keys.first(simple.all, 999)) == (set(range(-3, 101)) - {3}) | {200}
    assert simple.rows == 104


def test_rows_of_a_transaction_open_at_the_manifest_are_not_required(
    server: PostgresThrowaway, writer: psycopg.Connection
) -> None:
    """A transaction that began before the manifest and commits after the dump is in neither."""
    with psycopg.connect(server.conninfo(SUPERUSER)) as slow:
        slow.execute("INSERT INTO simple VALUES (300, 'slow')")
        writer.execute("INSERT INTO simple VALUES (301, 'quick')")
        xmin = _manifest_xmin(server)
        slow.commit()

    required = _read(server, xmin)["simple"].required

    assert required is not None
    assert 300 not in required
    assert 1 in required


@pytest.mark.parametrize("command", ["VACUUM", "VACUUM FREEZE", "VACUUM FULL", "CLUSTER simple USING simple_pkey"])
def test_rewriting_a_table_changes_nothing(server: PostgresThrowaway, writer: psycopg.Connection, command: str) -> None:
    """Vacuum in all its forms moves and freezes rows, but they stay the rows they were."""
    xmin = _manifest_xmin(server)
    writer.execute("UPDATE simple SET text = 'y' WHERE id = 1")
    before = _read(server, xmin)["simple"].required
    writer.execute(command)

    assert _read(server, xmin)["simple"].required == before


def test_any_key_or_none_will_do(server: PostgresThrowaway, writer: psycopg.Connection) -> None:
    """Compound and uuid keys are hashed alike everywhere; equal rows of a table without key are told apart."""
    first, again = _read(server), _read(server)
    xmin = _manifest_xmin(server)
    writer.execute("INSERT INTO bag VALUES ('same')")
    later = _read(server, xmin)["bag"]

    assert {name: len(table.all) for name, table in first.items()} == {"simple": 104, "pairs": 20, "named": 5, "bag": 3}
    assert {name: table.all for name, table in first.items()} == {name: table.all for name, table in again.items()}
    assert later.required is not None
    assert later.required <= first["bag"].all
    assert (later.rows, len(later.required)) == (4, 3)


def test_lost_compound_keys_are_named(server: PostgresThrowaway, writer: psycopg.Connection) -> None:
    """A hash is turned back into the key that an operator can look up."""
    del writer
    pairs = _read(server)["pairs"]

    words = production.describe(server.conninfo(SUPERUSER), pairs.table, keys.first(pairs.all, 2))

    assert all(word.startswith("(") and word.endswith(")") for word in words)
    assert len(words) == 2


def test_production_is_read_and_never_written(server: PostgresThrowaway, writer: psycopg.Connection) -> None:
    """The session cannot write, and has its time limits."""
    del writer
    with reading(server.conninfo(SUPERUSER), SUPERUSER) as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("INSERT INTO public.simple VALUES (999, 'no')")
        timeout = connection.execute("SHOW statement_timeout").fetchone()

    assert timeout == ("2h",)


def test_production_out_of_reach_is_one_sentence(server: PostgresThrowaway) -> None:
    """Without the password, without a trace."""
    del server
    with pytest.raises(ProductionError, match="does not answer: start it") as raised:
        production.read("host=127.0.0.1 port=1 user=u password=hidden-word", Production(), lambda _: {})

    assert "hidden-word" not in str(raised.value)


def test_a_table_is_named_without_its_public_schema() -> None:
    """As operators write it."""
    assert str(Table("docker", "public", "t", (), whole_numbers=False)) == "docker.t"
    assert str(Table("docker", "topology", "t", (), whole_numbers=False)) == "docker.topology.t"
