"""Reading a pg_dumpall script as it streams: what psql would see is what counts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytodrill.postgres.dump import DumpFacts, DumpScanner

DUMP = rb"""--
-- PostgreSQL database cluster dump
--
\restrict key
SET standard_conforming_strings = on;
DROP DATABASE docker;
CREATE ROLE docker;
\unrestrict key
\connect docker

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;
COMMENT ON TABLE public.t IS 'it''s a comment with
COPY public.fake (a) FROM stdin;
';
CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
\connect elsewhere
COPY public.fake (a) FROM stdin;
END $body$;
/* a comment
COPY public.fake (a) FROM stdin;
*/
COPY public."group" (id, "we""ird") FROM stdin;
1	a
2	\N
3	$$ ' " -- \\.
\.

COPY public.empty (id) FROM stdin;
\.

COPY topology.layer (id) FROM stdin;
\.

CREATE INDEX user_annotation_location ON public.user_annotation USING gist (location);
--
-- PostgreSQL database dump complete
--
\connect -reuse-previous=on "dbname='app engine'"
COPY public.run (id) FROM stdin;
x
\.
-- PostgreSQL database dump complete
-- PostgreSQL database cluster dump complete
"""


def _scan(*chunks: bytes) -> DumpFacts:
    scanner = DumpScanner()
    for chunk in chunks:
        scanner.feed(chunk)
    return scanner.end()


def test_rows_are_counted_per_table_and_look_alikes_are_not() -> None:
    """Only COPY blocks that psql would run are counted, under the name that reports use."""
    facts = _scan(DUMP)

    assert facts.rows == {
        "docker.group": 3,
        "docker.empty": 0,
        "docker.topology.layer": 0,
        "app engine.run": 1,
    }


def test_databases_extensions_indexes_and_trailers_are_read() -> None:
    """The dump's own words on what it holds, and that it ends."""
    facts = _scan(DUMP)

    assert facts.databases == ["docker", "app engine"]
    assert facts.completed == {"docker", "app engine"}
    assert facts.complete
    assert facts.extensions == {"docker": ["postgis"]}
    assert facts.spatial_indexes == {"docker.user_annotation": ["user_annotation_location"]}
    assert facts.server_version == "15.20"
    assert facts.preamble == DUMP[: DUMP.index(b"\\connect docker")].count(b"\n") + 1


@given(st.lists(st.integers(1, len(DUMP) - 1), max_size=12))
def test_chunk_borders_change_nothing(cuts: list[int]) -> None:
    """However the stream is cut into chunks, the facts are the same."""
    places = [0, *sorted(set(cuts)), len(DUMP)]
    chunks = [DUMP[a:b] for a, b in pairwise(places)]

    assert _scan(*chunks) == _scan(DUMP)


@pytest.mark.parametrize("size", range(1, 40))
def test_every_small_chunk_size_gives_the_same(size: int) -> None:
    """Also chunks shorter than the end mark of a COPY block."""
    assert _scan(*(DUMP[i : i + size] for i in range(0, len(DUMP), size))) == _scan(DUMP)


@given(st.integers(0, len(DUMP)))
def test_a_cut_dump_is_never_complete(cut: int) -> None:
    """Wherever a dump is cut before its last line's end mark, it has no trailer."""
    facts = _scan(DUMP[:cut])

    assert facts.complete == (cut >= DUMP.rindex(b"complete") + len(b"complete"))


def test_a_block_without_end_is_named() -> None:
    """A dump that ends inside rows says in which table, with the rows so far."""
    facts = _scan(DUMP[: DUMP.index(b"3\t$$")])

    assert facts.open_copy == "docker.group"
    assert facts.rows["docker.group"] == 2


def test_a_line_of_the_dump_is_traced_to_its_table() -> None:
    """A message of psql carries a line number; the facts tell which table it is about."""
    line = DUMP[: DUMP.index(b"2\t\\N")].count(b"\n") + 1
    facts = _scan(DUMP)

    assert facts.place(line) == "docker.group"
    assert facts.place(3) == "roles and databases"
    assert facts.place(facts.lines) == "database app engine"
    assert facts.lines == DUMP.count(b"\n")


ROW = st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), max_size=12)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.lists(ROW, max_size=8), max_size=5))
def test_any_rows_are_counted(tables: dict[str, list[str]]) -> None:
    r"""Rows are whatever stands between COPY and its end, except the end mark itself, which COPY escapes."""
    text = "\\connect docker\n"
    for name, rows in tables.items():
        lines = "".join(row.replace("\\", "\\\\") + "\n" for row in rows)
        text += f"COPY public.{name} (a) FROM stdin;\n{lines}\\.\n\n"

    assert _scan(text.encode()).rows == {f"docker.{name}": len(rows) for name, rows in tables.items()}
