"""A throwaway MongoDB in a container of the image that the instance pins, or of the configured one."""

from __future__ import annotations

from collections.abc import Sequence

from docker.client import DockerClient

from cytodrill.core.throwaway import Engine, Listener
from cytodrill.settings import Docker
from cytodrill.throwaway import mongo_server
from cytodrill.throwaway.docker import Image
from cytodrill.throwaway.docker_container import Container
from cytodrill.throwaway.docker_exec import ExecPipe

PORT = 27017
RESTORER = "mongorestore"


class DockerMongo:
    """A `MongoThrowaway` in a container; *engine* says of which image.

    No account is made: with one, the official image starts the server twice and the first looks ready too early.
    """

    def __init__(self, client: DockerClient, image: Image, settings: Docker, run_id: str, pinned: str) -> None:
        self._container = Container(client, image, settings, run_id, PORT)
        try:
            self._container.start(lambda: mongo_server.answers(self.uri()))
            self._container.require(RESTORER)
            version, stand_in = mongo_server.settle(self.uri())
        except BaseException:
            self.stop()
            raise
        self.engine = Engine("mongo", "docker", image.name, image.id, version, stand_in, pinned)

    def mongorestore(self, options: Sequence[str], listener: Listener) -> ExecPipe:
        """Start the image's mongorestore against the server, reading an archive stream from the pipe."""
        return self._container.program([RESTORER, "--host", "127.0.0.1", "--port", str(PORT), *options], listener)

    def uri(self) -> str:
        """A connection string for pymongo."""
        return mongo_server.uri(*self._container.address())

    def stop(self) -> None:
        """Remove the server and everything it stored; safe to call twice."""
        self._container.stop()
