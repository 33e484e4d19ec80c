"""Restoring a postgis archive into a real server: what psql says is believed only as far as it can be."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cytodrill.core.errors import ThrowawayError
from cytodrill.core.throwaway import PostgresThrowaway
from cytodrill.postgres import restored
from cytodrill.postgres.restore import PostgresArchive, PostgresRestore, judge, restore
from cytodrill.settings import Settings
from cytodrill.throwaway.choose import open_postgres

HEAD = "DROP DATABASE absent;\nDROP ROLE nobody_here;\nCREATE ROLE owner_here;\n"
BODY = "CREATE DATABASE docker;\n\\connect docker\n"
TABLE = "CREATE TABLE public.t (id bigint, word text);\nALTER TABLE public.t OWNER TO {owner};\n"
ROWS = "COPY public.t (id, word) FROM stdin;\n1\tone\n2\t{second}\n\\.\n\n"
DONE = "-- PostgreSQL database dump complete\n"
TAIL = "ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);\n" + DONE
END = "-- PostgreSQL database cluster dump complete\n"


def _archive(folder: Path, *, owner: str = "owner_here", second: str = "two", more: str = "") -> Path:
    script = HEAD + BODY + TABLE.format(owner=owner) + ROWS.format(second=second) + more + TAIL + END
    path = folder / "cytomine_postgis_backup_Mon.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("cytomine_postgis_backup_Mon.sql")
        data = script.encode()
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return path


@pytest.fixture
def server() -> Iterator[PostgresThrowaway]:
    """An empty throwaway of this host."""
    try:
        throwaway = open_postgres(Settings(engine="local"), "restore", "")
    except ThrowawayError as error:
        pytest.skip(str(error))
    yield throwaway
    throwaway.stop()


def _restored(path: Path, server: PostgresThrowaway) -> tuple[PostgresArchive, PostgresRestore]:
    archive, outcome = restore(path, server)
    assert outcome is not None
    assert not archive.whole + archive.complete
    return archive, outcome


def test_a_sound_dump_gives_only_what_dropping_gives(server: PostgresThrowaway, tmp_path: Path) -> None:
    """Two drops of what an empty server does not have, and the rows are there."""
    archive, outcome = _restored(_archive(tmp_path), server)

    assert (outcome.exit_status, outcome.expected, outcome.unexpected) == (0, 2, 0)
    assert not judge(archive, outcome)
    assert restored.read(server).tables["docker.t"].rows == archive.dump.rows["docker.t"] == 2


def test_a_role_that_is_missing_later_on_is_no_drop(server: PostgresThrowaway, tmp_path: Path) -> None:
    """The same words as a harmless drop: an owner that the dump does not bring back."""
    archive, outcome = _restored(_archive(tmp_path, owner="never_created"), server)

    (finding,) = judge(archive, outcome)
    assert "UndefinedObject (SQLSTATE 42704)" in finding.what
    assert "database docker" in finding.where


def test_a_row_that_does_not_fit_is_found_and_not_shown(server: PostgresThrowaway, tmp_path: Path) -> None:
    """The table is named, its row is not; the archive counts what the restore lacks."""
    archive, outcome = _restored(_archive(tmp_path, second="PATIENT\ttoo many columns"), server)

    (finding,) = judge(archive, outcome)
    assert "BadCopyFileFormat" in finding.what
    assert "docker.t" in finding.where
    assert "PATIENT" not in str(finding)
    assert (archive.dump.rows["docker.t"], restored.read(server).tables["docker.t"].rows) == (2, 0)


def test_a_missing_extension_is_the_throwaway_s_fault(server: PostgresThrowaway, tmp_path: Path) -> None:
    """One sentence that names it, instead of an error per table."""
    path = _archive(tmp_path, more="CREATE EXTENSION IF NOT EXISTS never_heard_of;\n")

    with pytest.raises(ThrowawayError, match='lacks the extension "never_heard_of"'):
        restore(path, server)


def test_a_connection_that_fails_ends_psql_and_is_found(server: PostgresThrowaway, tmp_path: Path) -> None:
    """Psql gives up, the archive is counted to its end all the same."""
    archive, outcome = _restored(_archive(tmp_path, more=f"{DONE}\\connect not_there\n"), server)

    assert outcome.exit_status != 0
    assert judge(archive, outcome)
    assert archive.dump.complete


def test_without_a_throwaway_the_archive_is_read_all_the_same(tmp_path: Path) -> None:
    """Counting an archive needs no server."""
    archive, outcome = restore(_archive(tmp_path), None)

    assert outcome is None
    assert archive.dump.rows == {"docker.t": 2}
    assert archive.sha256


def test_what_is_not_one_script_is_incomplete(tmp_path: Path) -> None:
    """A mongo archive under a postgis name, for one."""
    path = tmp_path / "cytomine_postgis_backup_Mon.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("./cytomine/image.bson"))

    archive, _ = restore(path, None)

    (finding,) = archive.complete
    assert "one SQL script" in finding.what
