"""A whole sample, built with real servers: its nights, its secrets, its stopping and starting, its growing older."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import psycopg.errors
import pymongo
import pytest
import yaml

from samples import nights, notes, processes, production
from samples.build import Wanted, build
from samples.errors import SampleError
from samples.layout import Layout

pytestmark = pytest.mark.sample

WANTED = Wanted(scale="small", seed=11, nights=2)
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Counts:
    """Rows of every table of docker and documents of every collection of cytomine."""

    rows: dict[str, int]
    documents: dict[str, int]


def count(layout: Layout) -> Counts:
    """Count what the running production of *layout* holds."""
    addresses = production.addresses(notes.read(layout))
    with psycopg.connect(addresses.postgres) as connection:
        tables = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        rows = {name: _single(connection, f"SELECT count(*) FROM public.{name}") for (name,) in tables}
    with pymongo.MongoClient[dict[str, object]](addresses.mongo) as client:
        database = client["cytomine"]
        documents = {name: database[name].count_documents({}) for name in database.list_collection_names()}
    return Counts(rows, documents)


def _single(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def system_identifier(layout: Layout) -> int:
    """Return the number that names the cluster for good."""
    with psycopg.connect(production.addresses(notes.read(layout)).postgres) as connection:
        return _single(connection, "SELECT system_identifier FROM pg_control_system()")


def archives(layout: Layout) -> dict[str, float]:
    """Names of the archives of both stores with their modification times."""
    folders = (layout.postgres_backups, layout.mongo_backups)
    return {file.name: file.stat().st_mtime for folder in folders for file in folder.glob("*.tar.gz")}


def expected_names(now: datetime) -> set[str]:
    """Names that two nights up to *now* leave: two weekdays and the month, for both stores."""
    parts = [f"{moment:%a}" for moment in nights.dates(2, now)] + ["current_month"]
    if now.day == 1:
        parts.append("previous_month")
    return {f"cytomine_{store}_backup_{part}.tar.gz" for store in ("postgis", "mongo") for part in parts}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that user postgres may enter, unlike pytest's own."""
    place = Path(tempfile.mkdtemp(prefix="cytodrill-test-"))
    place.chmod(0o755)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DRILL_REPORTS", str(place / "reports"))
            yield place
    finally:
        if (place / "sample" / "sample.json").exists():
            production.down(Layout(place / "sample"))
        shutil.rmtree(place)


@pytest.fixture(scope="module")
def sample(folder: Path) -> Layout:
    """A small sample with two nights, stopped."""
    layout = Layout(folder / "sample")
    build(layout, WANTED, NOW)
    return layout


@pytest.fixture
def running(sample: Layout) -> Iterator[Layout]:
    """The sample with its production up."""
    production.up(sample)
    yield sample
    production.down(sample)


def test_build_leaves_nothing_running(sample: Layout) -> None:
    """A build without --up ends with both servers stopped and no socket left."""
    found = notes.read(sample)

    assert found.complete
    assert (found.postgres, found.mongo, found.socket) == (None, None, "")
    assert processes.is_free(found.postgres_port)
    assert processes.is_free(found.mongo_port)


def test_nights_leave_archives_of_their_weekday(sample: Layout) -> None:
    """Two nights leave two weekdays' archives and the month's of both stores, dated in their nights."""
    found = archives(sample)
    oldest, newest = (moment.timestamp() for moment in nights.dates(2, NOW))

    assert set(found) == expected_names(NOW)
    for name, time in found.items():
        night = newest if f"{NOW:%a}" in name else oldest
        if "month" not in name:
            assert 0 <= time - night < 300, name


def test_archives_hold_whole_dumps(sample: Layout) -> None:
    """The postgis archive is one member that ends in pg_dumpall's trailer, the mongo one holds admin and cytomine."""
    day = f"{NOW:%a}"
    with tarfile.open(sample.postgres_backups / f"cytomine_postgis_backup_{day}.tar.gz") as archive:
        (member,) = archive.getmembers()
        content = archive.extractfile(member)
        assert content is not None
        assert member.name == f"cytomine_postgis_backup_{day}.sql"
        end = content.read()[-60:]
        assert b"\n-- PostgreSQL database cluster dump complete\n" in end
    with tarfile.open(sample.mongo_backups / f"cytomine_mongo_backup_{day}.tar.gz") as archive:
        names = set(archive.getnames())
        assert {"./admin", "./cytomine"} <= names
        assert sum(name.endswith(".bson") for name in names) >= 7


def test_each_night_begins_with_a_manifest(sample: Layout) -> None:
    """The cron line's first part leaves a manifest of each night, dated at its midnight."""
    manifests = (sample.root.parent / "reports" / "manifests").rglob("*.zip")

    assert {file.name[:8] for file in manifests} >= {f"{moment:%Y%m%d}" for moment in nights.dates(2, NOW)}


def test_copy_is_the_instance_s(sample: Layout) -> None:
    """The off-site copy holds the instance's images, links as links with their times, and its cytomine.yml."""
    for path in sample.images.rglob("*"):
        copy = sample.images_copy / path.relative_to(sample.images)
        assert copy.is_symlink() == path.is_symlink()
        assert copy.lstat().st_mtime_ns == path.lstat().st_mtime_ns
        if path.is_symlink():
            assert copy.readlink() == path.readlink()
    assert sample.configuration_copy.read_bytes() == sample.configuration.read_bytes()


def test_passwords_of_cytomine_yml_open_postgres(running: Layout) -> None:
    """The password in cytomine.yml opens PostgreSQL over TCP, for docker and appengine; another does not."""
    shared = yaml.safe_load(running.configuration.read_text())["global"]
    port = notes.read(running).postgres_port
    for namespace in ("postgres", "postgres-appengine"):
        values = shared[namespace]["constant"]
        address = f"host=127.0.0.1 port={port} user={values['USER']} dbname={values['DB_NAME']}"
        with psycopg.connect(address, password=values["PASS"]) as connection:
            assert _single(connection, "SELECT 1") == 1
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(address, password=values["PASS"] + "x")


def test_rows_name_the_files(running: Layout) -> None:
    """Every row that must have a file names one in data/images, dataset imports a link."""
    with psycopg.connect(production.addresses(notes.read(running)).postgres) as connection:
        rows = connection.execute(
            "SELECT filename FROM uploaded_file "
            "WHERE status IN (100, 104) AND deleted IS NULL AND filename NOT LIKE '/%'"
        ).fetchall()

    assert len(rows) > 30
    assert all(os.path.lexists(running.images / name) for (name,) in rows)


def test_down_and_up_keep_counts(running: Layout) -> None:
    """Stopping and starting production loses no row and no document."""
    before = count(running)
    assert before.rows["user_annotation"] > 10_000
    assert sum(before.documents.values()) > 40_000
    production.down(running)
    assert production.status(running)["PostgreSQL"] == "down"
    production.up(running)
    production.up(running)

    assert count(running) == before


def test_second_build_of_the_day_changes_nothing(sample: Layout) -> None:
    """Building again on the same day leaves the archives as they are."""
    before = archives(sample)
    build(sample, WANTED, NOW)

    assert archives(sample) == before


def test_next_day_s_build_only_dates_anew(sample: Layout) -> None:
    """A sample kept from yesterday keeps its production; its nights become those up to today."""
    production.up(sample)
    identifier, before = system_identifier(sample), count(sample)
    tomorrow = NOW + timedelta(days=1)
    build(sample, WANTED, tomorrow)
    after = count(sample)

    assert system_identifier(sample) == identifier
    assert after.rows["sec_user"] >= before.rows["sec_user"]
    assert after.rows["command"] > before.rows["command"]
    assert notes.read(sample).nights == tuple(str(moment.date()) for moment in nights.dates(2, tomorrow))
    assert {name for name in archives(sample) if "month" not in name} == {
        name for name in expected_names(tomorrow) if "month" not in name
    }
    assert all(time > NOW.timestamp() - 2 * 86_400 for time in archives(sample).values())
    production.down(sample)


def test_foreign_folder_is_refused(tmp_path: Path) -> None:
    """A folder with something else in it is left alone."""
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(SampleError, match="not empty and holds no sample"):
        build(Layout(tmp_path), WANTED, NOW)

    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


def test_folder_closed_to_postgres_is_refused(tmp_path: Path) -> None:
    """As root, a folder that user postgres cannot enter is named with what to do."""
    if os.geteuid() != 0:
        pytest.skip("only root runs PostgreSQL as another user")
    tmp_path.chmod(0o700)
    with pytest.raises(SampleError, match="who may not enter"):
        build(Layout(tmp_path / "sample"), WANTED, NOW)


def test_command_line_says_what_is_missing(tmp_path: Path) -> None:
    """Starting what was never built ends with one sentence and status 4."""
    done = subprocess.run(
        [sys.executable, "-m", "samples", "up", str(tmp_path)],
        cwd=nights.CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "python -m samples build" in done.stderr
