"""The sample's database: shape, rows that hang together, counters, geometries, determinism, and a real restore."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
from pymongo import MongoClient

from samples import documents, rows, schema, uploads
from samples.rows import counters
from samples.rows.world import local
from samples.scale import SCALES, Scale
from tests import sample_cluster as clusters

TINY = Scale("tiny", 60, 600, 900, 12, 4, 3)
DATED = (
    "SELECT table_name, column_name FROM information_schema.columns JOIN pg_tables ON tablename = table_name"
    " WHERE table_schema = 'public' AND data_type LIKE 'timestamp%' AND schemaname = 'public'"
)


def _filled(stack: ExitStack, scale: Scale, seed: int = 7) -> str:
    """A cluster as the sample has it; the DSN of its database docker."""
    dsn = stack.enter_context(clusters.cluster("docker"))
    schema.create(dsn, "secret", "other secret")
    docker = clusters.of(dsn, "docker")
    rows.fill(docker, scale, uploads.plan(scale, seed), seed, clusters.NOW)
    return docker


@pytest.fixture(scope="module")
def small() -> Iterator[str]:
    """Database docker at the small scale."""
    with ExitStack() as stack:
        yield _filled(stack, SCALES["small"])


def test_the_schema_has_heads_objects(small: str) -> None:
    """58 tables and Liquibase's two, 4 views, 23 triggers, 94 foreign keys, 15 sequences, 3 GiST indexes."""
    one = """
        SELECT (SELECT count(*) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
                 WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace),
               (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace),
               (SELECT count(*) FROM pg_sequences WHERE schemaname = 'public'),
               (SELECT count(*) FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%USING gist%'
                   AND tablename <> 'spatial_ref_sys'),
               (SELECT count(*) FROM pg_views WHERE schemaname = 'public' AND viewowner = 'docker'
                   AND viewname NOT LIKE 'geo%')
    """
    assert len(clusters.tables(small)) == 60
    assert clusters.rows(small, one) == [(23, 94, 15, 3, 4)]
    assert clusters.rows(small, "SELECT count(*), bool_or(locked) FROM databasechangelog, databasechangeloglock") == [
        (33, False)
    ]
    assert clusters.rows(clusters.of(small, "appengine"), "SELECT count(*) FROM databasechangelog") == [(7,)]


def test_every_table_has_rows_and_the_scale_is_met(small: str) -> None:
    """No table stays empty; user annotations are as many as the scale says."""
    empty = [name for name in clusters.tables(small) if not clusters.rows(small, f'SELECT 1 FROM "{name}" LIMIT 1')]
    assert empty == []
    assert clusters.rows(small, "SELECT count(*) FROM user_annotation") == [(20_000,)]


def test_each_outline_is_what_its_text_says(small: str) -> None:
    """`location` equals `wkt_location` in every row; outlines have up to 3,000 points, and are valid."""
    for table in ("user_annotation", "algo_annotation", "reviewed_annotation"):
        found = clusters.rows(
            small,
            f"SELECT count(*) FILTER (WHERE NOT ST_Equals(location, ST_GeomFromText(wkt_location))),"
            f" count(*) FILTER (WHERE NOT ST_IsValid(location)), max(ST_SRID(location)) FROM {table}",
        )
        assert found == [(0, 0, 0)]
    most = clusters.rows(
        small,
        "SELECT max(ST_NPoints(location)), min(ST_NPoints(location)) FROM user_annotation"
        " WHERE GeometryType(location) = 'POLYGON'",
    )
    assert most == [(3_000, 5)]


def test_counters_are_as_triggers_leave_them(small: str) -> None:
    """All counters are right after a fill, triggers keep them right, and a wrong one is seen."""
    with psycopg.connect(small) as connection:
        assert counters.drift(connection) == {}
        connection.execute("UPDATE user_annotation SET deleted = created WHERE id % 7 = 0 AND deleted IS NULL")
        connection.execute("DELETE FROM annotation_term WHERE user_annotation_id % 11 = 0")
        connection.execute("DELETE FROM user_annotation WHERE id % 11 = 0 AND deleted IS NULL")
        assert counters.drift(connection) == {}
        connection.execute("UPDATE project SET count_annotations = count_annotations + 1")
        assert counters.drift(connection) == {"project.count_annotations": 8}
        connection.rollback()


def test_nothing_is_dated_after_now(small: str) -> None:
    """Every timestamp of every table lies before the fill's moment."""
    latest = local(clusters.NOW)
    for table, column in clusters.rows(small, DATED):
        found = clusters.rows(small, f'SELECT max("{column}") FROM "{table}"')[0][0]
        assert found is None or found <= latest, (table, column)


def test_rows_name_what_a_dump_may_break(small: str) -> None:
    """NULL, empty strings, COPY's own markers, line ends, scripts and bytes of all values are there."""
    query = """
        SELECT count(*) FILTER (WHERE value = ''), count(*) FILTER (WHERE value LIKE '%' || chr(92) || '.%'),
               count(*) FILTER (WHERE value LIKE '%' || chr(10) || '%'), count(*) FILTER (WHERE value LIKE '%🙂%'),
               count(*) FILTER (WHERE value = chr(92) || 'N'), count(*) FILTER (WHERE deleted IS NOT NULL),
               (SELECT count(DISTINCT get_byte(data, 0)) FROM attached_file WHERE length(data) > 0)
          FROM property
    """
    assert all(clusters.rows(small, query)[0])


def test_documents_name_rows_and_keep_below_the_sequence(small: str) -> None:
    """As many documents as the scale says, all references alive, `_id`s from the shared sequence, indexes back."""
    with clusters.mongo() as uri:
        counts = documents.fill(uri, small, SCALES["small"], 7, clusters.NOW)
        assert sum(counts.values()) == 50_000
        with MongoClient[dict[str, int]](uri) as client:
            found = client["cytomine"]
            images = {row[0] for row in clusters.rows(small, "SELECT id FROM image_instance")}
            assert set(found["persistentUserPosition"].distinct("image")) <= images
            highest = max(found[name].find_one(sort=[("_id", -1)])["_id"] for name in counts)  # type: ignore[index]
            assert (highest,) <= clusters.rows(small, "SELECT last_value FROM hibernate_sequence")[0]
            assert len(found["lastUserPosition"].index_information()) == 5
            assert found["lastConnection"].index_information()["date_2"]["expireAfterSeconds"] == 300


def test_it_restores_with_no_other_error_than_absence(small: str) -> None:
    """A `pg_dumpall --clean` of it, in an empty cluster of superuser drill: all keys valid, same rows, no surprise."""
    script = clusters.dump(clusters.of(small, "postgres"))
    with clusters.cluster("drill") as target:
        errors = clusters.messages(target, script)
        assert len(errors) == 5
        assert all(re.search(r'(database|role) ".*" does not exist$', error) for error in errors)
        restored = clusters.of(target, "docker")
        assert clusters.tables(restored) == clusters.tables(small)
        for table in clusters.tables(small):
            count = f'SELECT count(*) FROM "{table}"'
            assert clusters.rows(restored, count) == clusters.rows(small, count), table


def test_the_same_seed_gives_the_same_rows() -> None:
    """Two instances of one seed dump alike to the last byte; another seed does not."""
    with ExitStack() as stack:
        first, second, third = (_filled(stack, TINY, seed) for seed in (7, 7, 8))
        hidden = re.compile(r"PASSWORD '.*'")  # salted
        texts = [hidden.sub("", clusters.dump(clusters.of(dsn, "postgres"))) for dsn in (first, second, third)]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]
