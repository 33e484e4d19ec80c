"""Both kinds of throwaways keep the same promises, and leave nothing, whatever ends them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import psutil
import psycopg
import pytest
from pymongo import MongoClient

from cytodrill.core.throwaway import MongoThrowaway, PostgresThrowaway
from cytodrill.process import until
from cytodrill.settings import Settings
from cytodrill.throwaway.choose import open_mongo, open_postgres
from cytodrill.throwaway.docker_container import LABEL
from cytodrill.throwaway.docker_postgres import DockerPostgres
from cytodrill.throwaway.local import PREFIX
from samples.engines import docker_engine, standins

KINDS = [pytest.param("docker", marks=pytest.mark.docker), "local"]
ROW = b"x" * 99 + b"\n"
ROWS_OF_A_BLOCK = 10_000
BLOCK = ROW * ROWS_OF_A_BLOCK
COPY = b"DROP TABLE IF EXISTS t;\nCREATE TABLE t (a text);\nCOPY t FROM stdin;\n"


def values(kind: str) -> dict[str, object]:
    """Settings of *kind* that use the stand-ins; skips where no container engine answers."""
    if kind == "docker":
        if not docker_engine.answers():
            pytest.skip("no container engine answers")
        images = standins.images()
        return {"engine": kind, "docker": {"postgis_image": images.postgis, "mongo_image": images.mongo}}
    here = standins.local()
    server = [str(here.java), "-Xmx256m", "-jar", str(here.jar)]
    return {"engine": kind, "local": {"mongo_server": server, "mongorestore": str(here.mongorestore)}}


@pytest.fixture(scope="module", params=KINDS)
def settings(request: pytest.FixtureRequest) -> Settings:
    """Settings of either kind."""
    return Settings.model_validate(values(request.param))


@pytest.fixture(scope="module")
def postgres(settings: Settings) -> Iterator[PostgresThrowaway]:
    """One throwaway PostgreSQL for all tests that do not stop it."""
    throwaway = open_postgres(settings, "contract", "example/postgis:1.0")
    yield throwaway
    throwaway.stop()


@pytest.fixture(scope="module")
def mongo(settings: Settings) -> Iterator[MongoThrowaway]:
    """One throwaway MongoDB for all tests that do not stop it."""
    throwaway = open_mongo(settings, "contract", "")
    yield throwaway
    throwaway.stop()


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder that every user may enter, for TMPDIR: pytest's own may be entered by nobody else."""
    with tempfile.TemporaryDirectory(prefix="scratch-") as path:
        Path(path).chmod(0o755)
        yield Path(path)


def test_postgres_says_what_it_is(postgres: PostgresThrowaway, settings: Settings) -> None:
    """The report gets kind, digest, the pinned image and the version that the server itself tells."""
    engine = postgres.engine

    assert (engine.store, engine.kind, engine.stand_in) == ("postgres", settings.engine, "")
    assert engine.pinned == "example/postgis:1.0"
    assert engine.version.split(".")[0].isdigit()
    assert bool(engine.digest) == (settings.engine == "docker")


def test_postgres_is_empty_and_tuned(postgres: PostgresThrowaway) -> None:
    """Whatever an image sets up is gone, and the server is told that it may lose everything."""
    with psycopg.connect(postgres.conninfo("postgres")) as connection:
        names = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'")}
        told = "SELECT current_setting('fsync'), current_setting('autovacuum'), current_setting('server_encoding')"
        tuned = connection.execute(told).fetchone()

    assert names == {"drill", "postgres", "template0", "template1"}
    assert roles == {"drill"}
    assert tuned == ("off", "off", "UTF8")


def test_psql_takes_fifty_megabytes_and_tells_errors_and_results(postgres: PostgresThrowaway) -> None:
    """A script streams in whole; its errors and results are heard line by line."""
    heard: list[str] = []
    pipe = postgres.psql("drill", ["-q", "-A", "-t"], heard.append)
    pipe.write(b"SELECT no_such_column;\n" + COPY)
    for _ in range(50):
        pipe.write(BLOCK)
    pipe.write(b"\\.\nSELECT count(*), sum(length(a)) FROM t;\n")

    assert pipe.finish() == 0
    assert 'ERROR:  column "no_such_column" does not exist' in heard
    assert heard[-1] == f"{50 * ROWS_OF_A_BLOCK}|{50 * ROWS_OF_A_BLOCK * 99}"


def test_psql_tells_its_exit_status(postgres: PostgresThrowaway) -> None:
    """The exit status is psql's own."""
    heard: list[str] = []
    pipe = postgres.psql("drill", ["-v", "ON_ERROR_STOP=1"], heard.append)
    pipe.write(b"SELECT 1/0;\n")

    assert pipe.finish() == 3
    assert heard == ["ERROR:  division by zero"]


def test_psql_cannot_reach_a_database_that_is_not_there(postgres: PostgresThrowaway) -> None:
    """A refused connection is psql's status 2 and its message."""
    heard: list[str] = []
    pipe = postgres.psql("nowhere", [], heard.append)

    assert pipe.finish() == 2
    assert 'database "nowhere" does not exist' in " ".join(heard)


def test_feeding_psql_after_its_end_is_a_broken_pipe(postgres: PostgresThrowaway) -> None:
    """A psql that ended early does not keep us writing, nor waiting for long."""
    pipe = postgres.psql("drill", [], lambda _: None)
    pipe.write(b"\\q\n")
    began = time.monotonic()
    with pytest.raises(BrokenPipeError):
        pipe.write(BLOCK * 50)

    assert pipe.finish() == 0
    assert time.monotonic() - began < 10


def test_psql_aborted_in_the_middle_ends_with_its_session(postgres: PostgresThrowaway) -> None:
    """After an abort the server is usable and the session is gone."""
    pipe = postgres.psql("drill", ["-q"], lambda _: None)
    pipe.write(COPY + BLOCK * 5)
    pipe.abort()
    pipe.abort()

    assert pipe.finish() != 0
    with psycopg.connect(postgres.conninfo("postgres"), autocommit=True) as connection:
        sessions = "SELECT FROM pg_stat_activity WHERE datname = 'drill' AND backend_type = 'client backend'"
        assert until(lambda: connection.execute(sessions).rowcount == 0, 10)


def test_a_long_statement_can_be_aborted(postgres: PostgresThrowaway) -> None:
    """Aborting does not wait for the statement."""
    pipe = postgres.psql("drill", ["-q"], lambda _: None)
    pipe.write(b"SELECT pg_sleep(600);\n")
    time.sleep(0.5)
    began = time.monotonic()
    pipe.abort()

    assert pipe.finish() == -signal.SIGKILL or postgres.engine.kind == "docker"
    assert time.monotonic() - began < 5


def test_a_login_is_asked_for_its_password(postgres: PostgresThrowaway) -> None:
    """The right password opens, a wrong or empty one does not."""
    with psycopg.connect(postgres.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS docker")
        connection.execute("CREATE ROLE docker LOGIN PASSWORD 'the right one'")

    with psycopg.connect(postgres.login("drill", "docker", "the right one")) as connection:
        assert connection.info.user == "docker"
    for wrong in ("the wrong one", ""):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(postgres.login("drill", "docker", wrong))


def test_a_connection_ignores_the_callers_own_variables(
    postgres: PostgresThrowaway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`PG*` variables of the operator's shell change nothing."""
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=77MB")
    monkeypatch.setenv("PGPASSWORD", "another")
    with psycopg.connect(postgres.conninfo("drill")) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("4MB",)


def test_mongo_says_what_it_is_and_answers(mongo: MongoThrowaway, settings: Settings) -> None:
    """The stand-in names itself, so that it is never taken for MongoDB."""
    engine = mongo.engine
    with MongoClient[dict[str, object]](mongo.uri()) as client:
        client.drill.t.insert_one({"_id": 1})

        assert client.drill.t.count_documents({}) == 1
    assert (engine.store, engine.kind) == ("mongo", settings.engine)
    assert "stand-in" in engine.stand_in


def test_mongorestore_reads_an_archive_from_its_pipe(mongo: MongoThrowaway) -> None:
    """A dump streams in whole, and mongorestore's totals are heard."""
    here = standins.local()
    host, port = mongo.uri().split("/")[2].split(":")
    with MongoClient[dict[str, object]](mongo.uri()) as client:
        client.round.trip.insert_many({"_id": number, "a": "x" * 1000} for number in range(20_000))
        dump = [str(here.mongodump), "--quiet", "--host", host, "--port", port, "--db", "round", "--archive"]
        archive = subprocess.run(dump, check=True, capture_output=True).stdout
        client.drop_database("round")
        heard: list[str] = []
        pipe = mongo.mongorestore(["--archive"], heard.append)
        for start in range(0, len(archive), 1 << 20):
            pipe.write(archive[start : start + (1 << 20)])

        assert pipe.finish() == 0
        assert client.round.trip.count_documents({}) == 20_000
    assert "20000 document(s) restored successfully. 0 document(s) failed to restore." in heard[-1]


def test_mongorestore_tells_that_an_archive_is_cut(mongo: MongoThrowaway) -> None:
    """Its failure is heard and is its exit status."""
    heard: list[str] = []
    pipe = mongo.mongorestore(["--archive"], heard.append)
    pipe.write(b"cut")

    assert pipe.finish() == 1
    assert "unexpected EOF" in " ".join(heard)


@pytest.mark.docker
def test_a_container_is_limited_labelled_on_loopback_and_logs_no_rows(postgres: PostgresThrowaway) -> None:
    """Limits and labels are set, nobody else's network reaches it, no row is in its log."""
    if not isinstance(postgres, DockerPostgres):
        pytest.skip("a local server has no container")
    pipe = postgres.psql("drill", ["-q"], lambda _: None)
    pipe.write(b"CREATE TABLE n (a int);\nCOPY n FROM stdin;\nmark-of-a-row\n\\.\n")
    pipe.finish()
    handle = postgres._container.handle
    handle.reload()
    limits = handle.attrs["HostConfig"]

    assert handle.labels[f"{LABEL}.run"] == "contract"
    assert handle.labels[f"{LABEL}.owner"] == str(os.getpid())
    assert (limits["Memory"], limits["PidsLimit"]) == (2 << 30, 512)
    assert limits["RestartPolicy"]["Name"] in ("", "no")
    assert [one["HostIp"] for one in handle.attrs["NetworkSettings"]["Ports"]["5432/tcp"]] == ["127.0.0.1"]
    assert b"mark-of-a-row" not in handle.logs()


def leftovers(run_id: str, folder: Path) -> list[str]:
    """What is left of run *run_id*, whose folders were made in *folder*: processes, folders, containers."""
    processes = [
        f"process {one.pid}"
        for one in psutil.process_iter(["cmdline", "cwd"])
        if str(folder) in " ".join([*(one.info["cmdline"] or []), one.info["cwd"] or ""])
    ]
    folders = [str(path) for path in folder.glob(f"{PREFIX}*")]
    if not docker_engine.answers():
        return processes + folders
    with closing(docker.from_env()) as client:
        containers = client.containers.list(all=True, filters={"label": f"{LABEL}.run={run_id}"})
    return processes + folders + [f"container {one.name}" for one in containers]


def test_stop_leaves_nothing(settings: Settings, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process, folder, container or volume outlives `stop`, which may be called twice."""
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    run_id = f"stop-{secrets.token_hex(4)}"
    postgres = open_postgres(settings, run_id, "")
    mongo = open_mongo(settings, run_id, "")
    volumes: list[str] = []
    if isinstance(postgres, DockerPostgres):
        volumes = [one["Name"] for one in postgres._container.handle.attrs["Mounts"] if one["Type"] == "volume"]
    assert len(leftovers(run_id, scratch)) >= 2
    for throwaway in (postgres, mongo, postgres, mongo):
        throwaway.stop()

    assert leftovers(run_id, scratch) == []
    for volume in volumes:
        with closing(docker.from_env()) as client, pytest.raises(docker.errors.NotFound):
            client.volumes.get(volume)


OPENING = """
import json, signal, sys, time
from cytodrill.settings import Settings
from cytodrill.throwaway.choose import open_mongo, open_postgres
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job hands down "ignored"
settings = Settings.model_validate(json.loads(sys.argv[1]))
print("opening", flush=True)
throwaway = (open_postgres if sys.argv[3] == "postgres" else open_mongo)(settings, sys.argv[2], "")
try:
    time.sleep(60)
finally:
    throwaway.stop()
"""


@pytest.mark.parametrize(
    ("moment", "number"),
    [(0.05, signal.SIGINT), (0.3, signal.SIGTERM), (0.8, signal.SIGINT), (1.5, signal.SIGTERM), (4.0, signal.SIGINT)],
)
@pytest.mark.parametrize("store", ["postgres", "mongo"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_signal_at_any_moment_leaves_nothing(
    kind: str, store: str, number: signal.Signals, moment: float, scratch: Path
) -> None:
    """Ctrl-C and SIGTERM leave nothing, also while a throwaway is being opened."""
    run_id = f"signal-{secrets.token_hex(4)}"
    with subprocess.Popen(
        [sys.executable, "-c", OPENING, json.dumps(values(kind)), run_id, store],
        cwd=Path(__file__).parent.parent,
        env=os.environ | {"TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as ours:
        assert ours.stdout is not None
        assert ours.stdout.readline() == b"opening\n"
        time.sleep(moment)
        ours.send_signal(number)
        assert ours.wait(60) in (143, -signal.SIGINT)

    assert leftovers(run_id, scratch) == []
