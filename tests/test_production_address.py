"""Finding production: as the settings say, else the instance's own containers by their compose labels."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from docker.models.containers import Container
from psycopg.conninfo import conninfo_to_dict

from cytodrill.core.errors import ProductionError, UsageError
from cytodrill.cytomine import production
from cytodrill.cytomine.instance import Instance, open_instance
from cytodrill.settings import Production, Settings
from samples.engines import docker_engine, standins

YML = """
global:
  postgres: {constant: {PASS: "p w:/@'d", USER: docker, DB_NAME: docker}}
  mongodb: {constant: {PASS: "s e:/@t", USER: mongoadmin}}
"""


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """An instance that is only a configuration."""
    (tmp_path / "cytomine.yml").write_text(YML)
    return open_instance(Settings(cytomine=tmp_path))


def _settings(**values: str) -> Settings:
    return Settings(production=Production.model_validate(values))


def test_the_settings_win_and_lack_only_the_password(instance: Instance) -> None:
    """User, database and password come from cytomine.yml where the settings are silent."""
    found = conninfo_to_dict(production.postgres_conninfo(_settings(postgres="host=db port=5433"), instance))

    assert found == {"host": "db", "port": "5433", "user": "docker", "dbname": "docker", "password": "p w:/@'d"}


def test_a_url_with_its_own_password_is_left_alone(instance: Instance) -> None:
    """Nothing of cytomine.yml overrides what was given."""
    given = _settings(postgres="postgresql://reader:own@db/other")

    found = conninfo_to_dict(production.postgres_conninfo(given, instance))

    assert (found["user"], found["password"], found["dbname"]) == ("reader", "own", "other")


def test_mongo_is_tried_plain_and_then_with_its_account(instance: Instance) -> None:
    """Characters of a password that mean something in a URI are escaped."""
    plain, account = production.mongo_uris(_settings(mongo="mongodb://db:27018/"), instance)

    assert plain == "mongodb://db:27018/"
    assert account == "mongodb://mongoadmin:s+e%3A%2F%40t@db:27018/?authSource=admin"
    assert production.mongo_uris(_settings(mongo="mongodb://a:b@db/"), instance) == ("mongodb://a:b@db/",)


def test_what_is_no_connection_string_is_refused(instance: Instance) -> None:
    """With its form in the message."""
    with pytest.raises(UsageError, match="host=… port=… user=docker"):
        production.postgres_conninfo(_settings(postgres="db:5432 please"), instance)


@pytest.fixture
def container(instance: Instance) -> Iterator[Container]:
    """Production's postgis as compose runs it: named and labelled, no port published."""
    if not docker_engine.answers():
        pytest.skip("no container engine answers")
    client = docker_engine.client(60)
    running = client.containers.run(
        standins.images().postgis,
        detach=True,
        environment={"POSTGRES_USER": "docker", "POSTGRES_PASSWORD": "p w:/@'d", "POSTGRES_DB": "docker"},
        labels={production.SERVICE: "postgis", production.WORKING_DIR: str(instance.root.resolve())},
    )
    yield running
    running.remove(force=True, v=True)
    client.close()


@pytest.mark.docker
def test_production_is_found_by_its_compose_labels(instance: Instance, container: Container) -> None:
    """On its own network address, with the password of cytomine.yml."""
    del container
    conninfo = production.postgres_conninfo(Settings(), instance)
    deadline = time.monotonic() + 60
    while True:
        try:
            with psycopg.connect(conninfo, connect_timeout=5) as connection:
                assert connection.execute("SELECT current_user").fetchone() == ("docker",)
            break
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


@pytest.mark.docker
def test_another_instance_s_container_is_not_taken(container: Container, tmp_path: Path) -> None:
    """A postgis of another project folder is never read, whatever its name."""
    del container
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "cytomine.yml").write_text(YML)
    other = open_instance(Settings(cytomine=tmp_path / "other"))

    with pytest.raises(ProductionError, match=r"was not found: 0 of \d+ running"):
        production.postgres_conninfo(Settings(), other)
