"""A throwaway MongoDB made from a program of this host: `mongod`, or the stand-in that the settings name."""

from __future__ import annotations

import re
import shutil
import signal
import socket
from collections.abc import Sequence

from cytodrill.core.errors import ThrowawayError
from cytodrill.core.throwaway import Engine, Listener
from cytodrill.process import CommandError, Pipe
from cytodrill.settings import Local
from cytodrill.throwaway import mongo_server
from cytodrill.throwaway.local import Place

LOOPBACK = "127.0.0.1"
ATTEMPTS = 3
"""Another program may take the free port that we found before `mongod` does."""


def program(settings: Local) -> str:
    """The MongoDB server of this host, or of the settings; raises `ThrowawayError` with the remedy."""
    name = settings.mongo_server[0] if settings.mongo_server else "mongod"
    found = shutil.which(name)
    if found is None:
        raise ThrowawayError(
            f'No MongoDB server: the program "{name}" was not found. Install MongoDB, or set local.mongo_server '
            'to the command that starts it, or use "--engine docker".'
        )
    return found


def _restorer(settings: Local) -> str:
    found = shutil.which(settings.mongorestore)
    if found is None:
        raise ThrowawayError(
            f'The program "{settings.mongorestore}" was not found. Install the MongoDB Database Tools, or set '
            'local.mongorestore to its place, or use "--engine docker".'
        )
    return found


class LocalMongo:
    """A `MongoThrowaway` of this host's programs; *engine* says which."""

    def __init__(self, settings: Local, run_id: str, pinned: str) -> None:
        self._server = program(settings)
        self._restorer = _restorer(settings)
        self._port = 0
        self._place = Place(run_id, signal.SIGTERM)
        try:
            self._serve(settings)
            version, stand_in = mongo_server.settle(self.uri())
        except BaseException:
            self.stop()
            raise
        self.engine = Engine("mongo", "local", self._server, "", version, stand_in, pinned)

    def _serve(self, settings: Local) -> None:
        if settings.mongo_server:
            command = [self._server, *settings.mongo_server[1:], "--host", LOOPBACK, "--port", "0"]
            self._place.serve(command, self._ready, self._listen)
            return
        for attempt in range(ATTEMPTS):
            try:
                self._place.serve(self._mongod(), self._ready)
            except ThrowawayError:
                if attempt == ATTEMPTS - 1 or not any("ddress already in use" in line for line in self._place.said):
                    raise
            else:
                return

    def _mongod(self) -> list[str]:
        with socket.socket() as free:
            free.bind((LOOPBACK, 0))
            self._port = int(free.getsockname()[1])
        command = [self._server, "--dbpath", str(self._place.path), "--bind_ip", LOOPBACK, "--port", str(self._port)]
        return [*command, "--nounixsocket"]

    def _listen(self, line: str) -> None:
        self._place.said.append(line)
        if place := re.fullmatch(r"listening \S+:(\d+)", line.strip()):
            self._port = int(place[1])

    def _ready(self) -> bool:
        return self._port != 0 and mongo_server.answers(self.uri())

    def mongorestore(self, options: Sequence[str], listener: Listener) -> Pipe:
        """Start mongorestore against the server, reading an archive stream from the pipe."""
        try:
            command = [self._restorer, "--host", LOOPBACK, "--port", str(self._port), *options]
            return self._place.feeding(Pipe(command, listener))
        except CommandError as error:
            raise ThrowawayError(str(error)) from None

    def uri(self) -> str:
        """A connection string for pymongo."""
        return mongo_server.uri(LOOPBACK, self._port)

    def stop(self) -> None:
        """Remove the server and everything it stored; safe to call twice."""
        self._place.stop()
