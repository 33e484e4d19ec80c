"""A throwaway PostgreSQL in a container of the image that the instance pins, or of the configured one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from docker.client import DockerClient

from cytodrill.core.throwaway import SUPERUSER, Engine, Listener
from cytodrill.settings import Docker
from cytodrill.throwaway import tuning
from cytodrill.throwaway.docker import Image
from cytodrill.throwaway.docker_container import Container
from cytodrill.throwaway.docker_exec import ExecPipe

PORT = 5432
QUIET_SECONDS = 1.0
"""Longer than the pause between two looks of an image's own start hooks at whether the server is up."""


class DockerPostgres:
    """A `PostgresThrowaway` in a container; *engine* says of which image.

    Started as the official image is (user, password and database from `POSTGRES_*`, arguments for the server), none of
    the instance's own environment with it. The server that the image's set-up runs first listens on no address (Docker
    official image `postgres`), so what answers over TCP is the final one.
    """

    def __init__(self, client: DockerClient, image: Image, settings: Docker, run_id: str, pinned: str) -> None:
        self._password = secrets.token_urlsafe(24)
        self._container = Container(client, image, settings, run_id, PORT)
        env = {"POSTGRES_USER": SUPERUSER, "POSTGRES_PASSWORD": self._password, "POSTGRES_DB": SUPERUSER}
        try:
            self._container.start(self._ready, ["postgres", *tuning.options()], env)
            version = tuning.settle(self.conninfo("postgres"), QUIET_SECONDS)
        except BaseException:
            self.stop()
            raise
        self.engine = Engine("postgres", "docker", image.name, image.id, version, pinned=pinned)

    def _ready(self) -> bool:
        return tuning.answers(self.conninfo("postgres"))

    def psql(self, database: str, options: Sequence[str], listener: Listener) -> ExecPipe:
        """Start the image's psql on *database* as superuser over the local socket, reading its script from the pipe."""
        return self._container.program(["psql", "--no-psqlrc", "-U", SUPERUSER, "-d", database, *options], listener)

    def conninfo(self, database: str) -> str:
        """A libpq connection string for *database* as superuser."""
        return self.login(database, SUPERUSER, self._password)

    def login(self, database: str, user: str, password: str) -> str:
        """A libpq connection string with which the server must ask for *password* (scram, no trust)."""
        host, port = self._container.address()
        return tuning.asked(tuning.conninfo(host, port, database, user, password))

    def stop(self) -> None:
        """Remove the server and everything it stored; safe to call twice."""
        self._container.stop()
