"""The postgis stand-in's backup and restore do what the vendor's 1.5.1 do, in a container and on this host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.standin_place import SECRETS, Place, docker_postgres, local_postgres

FRIDAY = "2025-03-07T00:00:00Z"
SATURDAY = "2025-03-08T00:00:00Z"
APRIL = "2025-04-01T00:00:00Z"
NOWHERE = "/no/such/file"
ARCHIVE = "cytomine_postgis_backup_{}.tar.gz"

EXPECTED_ERRORS = {
    'database "docker" does not exist',
    "cannot drop a template database",
    "current user cannot be dropped",
    'role "docker" already exists',
    'database "template_postgis" already exists',
    'schema "tiger" already exists',
    'schema "tiger_data" already exists',
    'schema "topology" already exists',
}
"""What a healthy restore into a Cytomine server prints (measured with the vendor's 1.5.1)."""


@pytest.fixture(scope="module", params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def server(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A server with a table of 1000 rows and geometries in `docker`, and one in `appengine`."""
    with {"local": local_postgres, "docker": docker_postgres}[request.param]() as place:
        sql(
            place,
            "docker",
            "CREATE TABLE shape AS SELECT n AS id, ST_MakePoint(n, n) AS at FROM generate_series(1, 1000) n",
        )
        sql(place, "appengine", "CREATE TABLE task AS SELECT 1 AS id")
        yield place


@pytest.fixture
def place(server: Place) -> Place:
    """The same server without backups."""
    server.out(f"rm -rf {server.backups}")
    return server


def sql(place: Place, database: str, statement: str) -> str:
    return place.out(f'psql -X -q -At -v ON_ERROR_STOP=1 -U docker -d {database} -c "$SQL"', SQL=statement)


def listing(place: Place) -> list[str]:
    return sorted(place.out(f"ls -1 {place.backups}").splitlines())


def mtime(place: Place, path: str) -> int:
    return int(place.out(f"stat -c %Y {place.backups}/{path}"))


@contextmanager
def offered(place: Place, make: str) -> Iterator[None]:
    """Have the shell commands *make* put something at restore.tar.gz."""
    place.out(f"mkdir -p {place.backups} && cd {place.backups} && {make}")
    yield
    place.out(f"rm -rf {place.backups}")


def test_a_backup_is_one_member_named_after_the_night(place: Place) -> None:
    assert place.sh("backup", BACKUP_NOW=FRIDAY).status == 0
    archive = f"{place.backups}/{ARCHIVE.format('Fri')}"
    assert place.out(f"tar -tzf {archive}") == "cytomine_postgis_backup_Fri.sql"
    assert place.out(f"tar --full-time --utc -tvzf {archive}").split()[3:5] == ["2025-03-07", "00:00:00"]
    assert mtime(place, ARCHIVE.format("Fri")) == 1741305600
    dump = place.out(f"tar -xzOf {archive}")
    assert dump.rstrip().splitlines()[-2] == "-- PostgreSQL database cluster dump complete"
    assert r"\connect appengine" in dump
    assert "DROP DATABASE docker;" in dump


def test_without_backup_now_it_is_tonight(place: Place) -> None:
    day = place.out("date +%a")
    assert place.sh("backup").status == 0
    assert ARCHIVE.format(day) in listing(place)
    assert abs(mtime(place, ARCHIVE.format(day)) - int(place.out("date +%s"))) < 120


def test_the_month_is_kept_on_its_first_day_and_the_first_time(place: Place) -> None:
    place.out("backup", BACKUP_NOW=FRIDAY)
    place.out("backup", BACKUP_NOW=SATURDAY)
    days = [ARCHIVE.format(name) for name in ("Fri", "Sat", "current_month")]
    assert listing(place) == days
    assert place.out(f"tar -tzf {place.backups}/{days[2]}") == "cytomine_postgis_backup_Fri.sql"
    place.out("backup", BACKUP_NOW=APRIL)
    assert place.out(f"tar -tzf {place.backups}/{days[2]}") == "cytomine_postgis_backup_Tue.sql"
    previous = ARCHIVE.format("previous_month")
    assert place.out(f"tar -tzf {place.backups}/{previous}") == "cytomine_postgis_backup_Fri.sql"
    assert mtime(place, previous) == mtime(place, ARCHIVE.format("Tue"))


def test_a_restore_brings_back_what_was_changed_since(place: Place) -> None:
    before = sql(place, "docker", "SELECT count(*), sum(ST_X(at)) FROM shape")
    place.out("backup", BACKUP_NOW=FRIDAY)
    sql(place, "docker", "DELETE FROM shape WHERE id % 2 = 0")
    sql(place, "docker", "CREATE TABLE later (id int)")
    sql(place, "appengine", "UPDATE task SET id = 2")
    with offered(place, f"cp {ARCHIVE.format('Fri')} restore.tar.gz"):
        restored = place.sh("restore")
    assert restored.status == 0
    assert set(re.findall(r"ERROR:  (.*)", restored.said)) == EXPECTED_ERRORS
    assert sql(place, "docker", "SELECT count(*), sum(ST_X(at)) FROM shape") == before
    assert sql(place, "docker", "SELECT to_regclass('later')") == ""
    assert sql(place, "appengine", "SELECT id FROM task") == "1"


@pytest.mark.parametrize(
    ("status", "make"),
    [
        pytest.param(2, "true", id="missing"),
        pytest.param(3, "head -c 999 /dev/urandom > restore.tar.gz", id="too small"),
        pytest.param(4, "head -c 5000 /dev/urandom > restore.tar.gz", id="no tar"),
        pytest.param(5, "head -c 5000 /dev/urandom > x && tar -czf restore.tar.gz x", id="no sql"),
        pytest.param(
            5,
            "head -c 5000 /dev/urandom > a.sql && cp a.sql b.sql && tar -czf restore.tar.gz a.sql b.sql",
            id="several",
        ),
    ],
)
def test_an_archive_that_is_no_backup_is_refused_before_anything_is_dropped(
    place: Place, status: int, make: str
) -> None:
    with offered(place, make):
        refused = place.sh("restore")
    place.out("rm -rf ${POSTGIS_RESTORE_TMP:-/tmp/cytomine-restore}")
    assert refused.status == status, refused.said
    assert sql(place, "docker", "SELECT count(*) FROM shape") == "1000"


def test_what_a_failed_restore_left_spoils_the_next(place: Place) -> None:
    place.out("backup", BACKUP_NOW=FRIDAY)
    keep = f"cp {ARCHIVE.format('Fri')} /tmp/standin-whole.tar.gz"
    with offered(place, f"{keep} && head -c 2000 /tmp/standin-whole.tar.gz > restore.tar.gz"):
        assert place.sh("restore").status == 4
    with offered(
        place, "echo 'SELECT 1;' > Sat.sql && head -c 5000 /dev/urandom > pad && tar -czf restore.tar.gz Sat.sql pad"
    ):
        assert place.sh("restore").status == 5
    with offered(place, "mv /tmp/standin-whole.tar.gz restore.tar.gz"):
        assert place.sh("restore").status == 0


def test_other_failures_have_the_vendor_s_status(place: Place) -> None:
    assert place.sh("backup", CYTOMINE_POSTGIS_ENV=NOWHERE).status == 1
    assert place.sh("restore", CYTOMINE_POSTGIS_ENV=NOWHERE).status == 1
    assert place.sh("restore").status == 1  # no backup folder
    place.out("backup", BACKUP_NOW=FRIDAY)
    stale = mtime(place, ARCHIVE.format("Fri"))
    assert place.sh("backup", BACKUP_NOW="2025-03-14T00:00:00Z", PGHOST=NOWHERE).status == 1
    assert mtime(place, ARCHIVE.format("Fri")) == stale
    place.out(f"mkdir {place.backups}/{ARCHIVE.format('Sat')}")
    assert place.sh("backup", BACKUP_NOW=SATURDAY).status == 2
    with offered(place, f"cp {ARCHIVE.format('Fri')} restore.tar.gz"):
        assert place.sh("restore", PGHOST=NOWHERE).status == 6
    assert sql(place, "docker", "SELECT count(*) FROM shape") == "1000"


@pytest.mark.docker
def test_the_image_is_set_up_as_cytomine_s() -> None:
    with docker_postgres() as place:
        for user, password, database in (
            ("docker", SECRETS["POSTGRES_PASSWORD"], "docker"),
            ("appengine", SECRETS["APPENGINE_PASSWORD"], "appengine"),
        ):
            address = {"host": "127.0.0.1", "port": place.port, "dbname": database, "user": user}
            psycopg.connect(password=password, **address).close()  # type: ignore[arg-type]
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(password="wrong", **address)  # type: ignore[arg-type]
        extensions = sql(place, "docker", "SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension")
        assert extensions == "fuzzystrmatch ltree plpgsql postgis postgis_tiger_geocoder postgis_topology"
        assert (
            sql(place, "postgres", "SELECT datcollate FROM pg_database WHERE datistemplate AND datname LIKE '%gis'")
            == "en_US.utf8"
        )
        assert "C.UTF-8" in place.out("locale -a").replace("utf8", "UTF-8")
        assert re.search(r"^0 0 \* \* \* root .*/backup >> .*/backup.log", place.out("cat /etc/cron.d/*"), re.MULTILINE)
        assert place.out("cat /proc/[0-9]*/comm").split().count("cron") == 1
        assert place.out("stat -c '%u %a' $PGDATA") == "70 700"
