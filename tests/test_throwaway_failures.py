"""What cannot be opened says so in one sentence with a remedy, quickly, and leaves nothing."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import docker
import pytest

from cytodrill.core.errors import Exit, ThrowawayError
from cytodrill.core.throwaway import SUPERUSER
from cytodrill.settings import Settings
from cytodrill.throwaway import local, tuning
from cytodrill.throwaway.choose import engine_kind, open_mongo, open_postgres
from cytodrill.throwaway.docker_container import LABEL
from samples.engines import docker_engine, standins

NOWHERE = "unix:///nonexistent/engine.sock"
ABSENT = "cytodrill-test/absent:1"
ALSO_ABSENT = "cytodrill-test/absent-too:2"
RUN = "failures"


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of local throwaways, which every user may enter; empty at the end."""
    with tempfile.TemporaryDirectory(prefix="scratch-") as path:
        Path(path).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", path)
        yield Path(path)
        assert list(Path(path).glob(f"{local.PREFIX}*")) == []


@pytest.fixture
def images() -> Iterator[standins.Images]:
    """The stand-in images of an engine that answers; no container of these tests is left at the end."""
    if not docker_engine.answers():
        pytest.skip("no container engine answers")
    yield standins.images()
    with closing(docker.from_env()) as client:
        assert client.containers.list(all=True, filters={"label": f"{LABEL}.run={RUN}"}) == []


def settings(engine: str, **sections: Any) -> Settings:
    """Settings with *engine* and the *sections* given."""
    return Settings.model_validate({"engine": engine, **sections})


def test_no_engine_where_docker_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `--engine docker` and no engine, the run ends with status 11 and three remedies."""
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    for attempt in (lambda: engine_kind(settings("docker")), lambda: open_postgres(settings("docker"), RUN, "")):
        with pytest.raises(
            ThrowawayError, match=r"^No container engine answers \(No such file.*Start Docker"
        ) as raised:
            attempt()
        assert raised.value.exit_code == Exit.NO_ENGINE
        assert '"--engine local"' in str(raised.value)


def test_no_engine_where_either_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an engine, `--engine auto` is local."""
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)

    assert engine_kind(settings("auto")) == "local"


def test_neither_engine_nor_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where nothing will do, the sentence names both ways and what each lacks."""
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    nothing = settings("auto", local={"postgres_bin": str(tmp_path)})
    with pytest.raises(ThrowawayError, match=r"No PostgreSQL server programs.*No container engine answers"):
        open_postgres(nothing, RUN, "")


@pytest.mark.docker
def test_no_image_is_quick_and_names_both(images: standins.Images) -> None:
    """Neither the pinned nor the configured image: both are named, with the reason and the remedy."""
    del images
    absent = settings("docker", docker={"postgis_image": ALSO_ABSENT, "pull_timeout": "20s"})
    began = time.monotonic()
    with pytest.raises(ThrowawayError) as raised:
        open_postgres(absent, RUN, ABSENT)

    assert f"{ABSENT}: not here, and pulling it failed" in str(raised.value)
    assert f"{ALSO_ABSENT}: not here" in str(raised.value)
    assert "[docker] postgis_image" in str(raised.value)
    assert time.monotonic() - began < 50


@pytest.mark.docker
def test_each_store_decides_for_itself(images: standins.Images) -> None:
    """An image for one store only: `auto` takes Docker for that one and local programs for the other."""
    half = settings("auto", docker={"postgis_image": images.postgis, "mongo_image": ALSO_ABSENT, "pull_timeout": "20s"})

    assert engine_kind(half, "postgres", ABSENT) == "docker"
    assert engine_kind(half, "mongo", ABSENT) == "local"
    assert engine_kind(settings("local"), "postgres") == "local"


@pytest.mark.docker
def test_the_pinned_image_comes_first(images: standins.Images) -> None:
    """What the instance pins is used when it is here, whatever is configured, and its digest is recorded."""
    throwaway = open_mongo(settings("docker", docker={"mongo_image": ABSENT}), RUN, images.mongo)
    try:
        engine = throwaway.engine
    finally:
        throwaway.stop()

    assert (engine.program, engine.pinned) == (images.mongo, images.mongo)
    with closing(docker.from_env()) as client:
        assert engine.digest == client.images.get(images.mongo).id


@pytest.mark.docker
def test_a_container_that_ends_at_once_gives_its_last_words(images: standins.Images) -> None:
    """The wrong image for a store: its own words are quoted."""
    wrong = settings("docker", docker={"mongo_image": images.postgis})
    with pytest.raises(ThrowawayError, match=r"ended at once; its last words: .*POSTGRES_PASSWORD.*drill\.toml"):
        open_mongo(wrong, RUN, "")


@pytest.mark.docker
def test_a_limit_that_the_engine_refuses_is_named(images: standins.Images) -> None:
    """A memory limit below the engine's own minimum: its sentence, and which settings to look at."""
    small = settings("docker", docker={"postgis_image": images.postgis, "memory": "1m"})
    with pytest.raises(ThrowawayError, match=r"[Mm]inimum memory limit.*docker\.memory"):
        open_postgres(small, RUN, "")


def test_no_postgres_programs(tmp_path: Path) -> None:
    """A folder without server programs: it is named, with the package that brings them."""
    with pytest.raises(ThrowawayError, match=r"No PostgreSQL server programs.*postgresql-15-postgis-3") as raised:
        open_postgres(settings("local", local={"postgres_bin": str(tmp_path)}), RUN, "")

    assert str(tmp_path) in str(raised.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives its directory to another user")
def test_a_folder_that_postgres_may_not_enter(scratch: Path) -> None:
    """As root, a TMPDIR closed to the user postgres: initdb's words, and TMPDIR as the remedy."""
    scratch.chmod(0o700)
    with pytest.raises(ThrowawayError, match=r"could not be set up.*TMPDIR"):
        open_postgres(settings("local"), RUN, "")


def test_postgres_that_refuses_its_settings(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ends at once: its last words are quoted."""
    del scratch
    monkeypatch.setattr(tuning, "SETTINGS", {"shared_buffers": "nonsense"})
    with pytest.raises(ThrowawayError, match=r"ended at once; its last words: .*shared_buffers"):
        open_postgres(settings("local"), RUN, "")


def test_no_mongo_program(scratch: Path) -> None:
    """A server or mongorestore that is not there: it is named, with the setting."""
    del scratch
    with pytest.raises(ThrowawayError, match=r'"no-such-mongo" was not found.*local\.mongo_server'):
        open_mongo(settings("local", local={"mongo_server": ["no-such-mongo"]}), RUN, "")
    with pytest.raises(ThrowawayError, match=r'"no-such-tool" was not found.*local\.mongorestore'):
        open_mongo(settings("local", local={"mongo_server": ["sh"], "mongorestore": "no-such-tool"}), RUN, "")


def test_a_mongo_server_that_ends_or_never_answers(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are told apart, and the silent one is ended."""
    del scratch
    monkeypatch.setattr(local, "START_SECONDS", 1.0)
    ends = ["sh", "-c", "echo out of order; exit 3"]
    with pytest.raises(ThrowawayError, match=r"ended at once; its last words: out of order"):
        open_mongo(settings("local", local={"mongo_server": ends, "mongorestore": "true"}), RUN, "")
    silent = ["sh", "-c", "sleep 7772.1"]
    with pytest.raises(ThrowawayError, match=r"is not ready after 1 s; its last words: none"):
        open_mongo(settings("local", local={"mongo_server": silent, "mongorestore": "true"}), RUN, "")


def test_mongod_whose_port_was_taken_meanwhile_gets_another(
    scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`mongod` cannot choose a port itself: when the one found is taken, it is started again with another."""
    del scratch
    here = standins.local()
    script = f"""#!/bin/sh
while [ "$1" != --port ]; do shift; done
[ -e {tmp_path}/tried ] || {{ touch {tmp_path}/tried; echo "Address already in use"; exit 48; }}
exec {here.java} -Xmx256m -jar {here.jar} --host 127.0.0.1 --port "$2"
"""
    (tmp_path / "mongod").write_text(script)
    (tmp_path / "mongod").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    throwaway = open_mongo(settings("local", local={"mongorestore": str(here.mongorestore)}), RUN, "")
    throwaway.stop()

    assert (tmp_path / "tried").exists()
    assert throwaway.engine.program == str(tmp_path / "mongod")


def test_a_stopped_throwaway_says_so(scratch: Path) -> None:
    """Using it after `stop` is a sentence, not a traceback of the driver."""
    del scratch
    throwaway = open_postgres(settings("local"), RUN, "")
    throwaway.stop()
    with pytest.raises(ThrowawayError, match="has been stopped"):
        throwaway.conninfo(SUPERUSER)
