"""Roles, databases, extensions and tables of a sample instance's PostgreSQL cluster.

Facts: core, Liquibase changelogs (CE 2025.1: one cluster, role `docker` its superuser, databases `docker`,
`appengine` and `template_postgis`). The SQL files beside this module are our own.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo

_HERE = Path(__file__).parent
_DOCKER = ("docker.sql", "docker_annotations.sql", "docker_keys.sql", "docker_triggers.sql", "docker_views.sql",
           "docker_seed.sql")  # fmt: skip
_POSTGIS = ("postgis", "postgis_topology", "fuzzystrmatch", "postgis_tiger_geocoder")


def create(dsn_of_superuser: str, docker_password: str, appengine_password: str) -> None:
    """Make an empty Cytomine of a fresh cluster: roles, databases, extensions, tables and their seed rows.

    *dsn_of_superuser* names any superuser (best: `docker` itself, as the real image initialises its cluster with it)
    and a database that stays, usually `postgres`. Not one transaction: databases cannot be created in one. Raises
    psycopg.Error, for example when a database exists already or PostGIS is not installed.
    """
    with psycopg.connect(dsn_of_superuser, autocommit=True) as connection:
        _roles(connection, docker_password, appengine_password)
        connection.execute("CREATE DATABASE template_postgis OWNER docker")
        with _as_docker(dsn_of_superuser, "template_postgis") as template:
            _extend(template, _POSTGIS)
        connection.execute("CREATE DATABASE docker OWNER docker TEMPLATE template_postgis")
        connection.execute("ALTER DATABASE template_postgis IS_TEMPLATE true")
        for database in ("docker", "template_postgis"):
            connection.execute(
                sql.SQL('ALTER DATABASE {} SET search_path TO "$user", public, topology, tiger').format(
                    sql.Identifier(database)
                )
            )
        connection.execute("CREATE DATABASE appengine OWNER appengine")
    with _as_docker(dsn_of_superuser, "docker") as docker:
        _extend(docker, ("ltree",))
        for name in _DOCKER:
            _run(docker, name)
    with psycopg.connect(make_conninfo(dsn_of_superuser, dbname="appengine")) as appengine:
        appengine.execute("SET ROLE appengine")
        appengine.execute("SET TimeZone = 'UTC'")
        _run(appengine, "appengine.sql")


def _roles(connection: Connection, docker_password: str, appengine_password: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'docker'").fetchone()
    verb = sql.SQL("ALTER" if known else "CREATE")
    connection.execute(
        sql.SQL("{} ROLE docker SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS LOGIN PASSWORD {}").format(
            verb, sql.Literal(docker_password)
        )
    )
    connection.execute(sql.SQL("CREATE ROLE appengine LOGIN PASSWORD {}").format(sql.Literal(appengine_password)))
    connection.execute("ALTER ROLE appengine SET client_encoding TO 'utf8'")
    connection.execute("ALTER ROLE appengine SET timezone TO 'UTC'")


def _as_docker(dsn: str, database: str) -> Connection:
    connection = psycopg.connect(make_conninfo(dsn, dbname=database), autocommit=False)
    connection.execute("SET ROLE docker")
    connection.execute("SET client_min_messages = warning")
    return connection


def _extend(connection: Connection, extensions: tuple[str, ...]) -> None:
    for extension in extensions:
        connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))


def _run(connection: Connection, name: str) -> None:
    connection.execute((_HERE / name).read_bytes())
