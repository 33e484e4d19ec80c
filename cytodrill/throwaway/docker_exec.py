"""A program inside a container that is fed by streaming, over the engine's attached connection."""

from __future__ import annotations

import select
import signal
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO, Any, cast

from docker.api import APIClient
from requests import Response

from cytodrill.core.errors import ThrowawayError
from cytodrill.core.throwaway import Listener
from cytodrill.process import LINE_LIMIT, READERS_GRACE, tell, until
from cytodrill.throwaway.docker import FAILURES

ANNOUNCED = ["sh", "-c", 'echo "$$"; exec "$@"', "sh"]
"""Says its process number first, because the engine's interface can start a program in a container but not end it."""

STDOUT = 1
"""Number of the output stream in the engine's frames (Docker Engine API, "Attach to a container", stream format)."""

LOOK_SECONDS = 1.0
"""How long a program may take nothing before the engine is asked whether it still runs."""

STATUS_SECONDS = 10.0
"""Seconds between the end of a program's output and the engine's knowing its exit status."""


class ExecPipe:
    """A program in a container, as `cytodrill.core.throwaway.Pipe`.

    *listener* gets each line of its output and error streams; an error that it raises is raised again by `finish`.
    Raises `ThrowawayError` if the engine refuses, or is reached through a connection that cannot be half closed.
    """

    def __init__(self, api: APIClient, container: str, command: Sequence[str], listener: Listener) -> None:
        self._api = api
        self._container = container
        self._listener = listener
        self._complaints: list[BaseException] = []
        self._pid = ""
        try:
            created = api.exec_create(container, [*ANNOUNCED, *command], stdin=True, environment={"LC_ALL": "C.UTF-8"})
            self._exec = str(created["Id"])
            self._attached, self._input, self._output = _streams(api.exec_start(self._exec, socket=True))
        except FAILURES as error:
            raise ThrowawayError(
                f"{command[0]} could not be started in the throwaway: {error}. Look at the engine's own log."
            ) from None
        self._reader = threading.Thread(target=self._read, name=f"read {command[0]}", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        # What is left of a line, by stream. Blocks of one stream may be cut anywhere.
        rest = {STDOUT: b"", STDOUT + 1: b""}
        for stream, block in _frames(self._output):
            *lines, rest[stream] = (rest[stream] + block).split(b"\n")
            if len(rest[stream]) > LINE_LIMIT:
                lines.append(rest[stream])
                rest[stream] = b""
            for line in lines:
                self._hear(line, stream)
        for stream, line in rest.items():
            if line:
                self._hear(line, stream)

    def _hear(self, line: bytes, stream: int) -> None:
        if stream == STDOUT and not self._pid:
            self._pid = line.decode()
        else:
            tell(self._listener, line, self._complaints)

    def write(self, chunk: bytes) -> None:
        """Feed *chunk*; blocks while the program is busy; raises `BrokenPipeError` when it has ended."""
        rest = memoryview(chunk)
        while rest:
            try:
                rest = rest[self._input.send(rest, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                self._wait_for_room()
            except (OSError, ValueError):  # ended, or closed by `abort`
                raise BrokenPipeError from None

    def _wait_for_room(self) -> None:
        # An engine goes on holding the input of a program that has ended: nothing but asking tells.
        room = select.poll()
        room.register(self._input, select.POLLOUT)
        if not room.poll(LOOK_SECONDS * 1000) and not self._running():
            raise BrokenPipeError

    def _running(self) -> bool:
        try:
            return bool(self._api.exec_inspect(self._exec)["Running"])
        except FAILURES:  # the container or the engine has gone
            return False

    def finish(self) -> int:
        """Close its input, wait for its end, and give its exit status (-9 if it or its container was ended)."""
        with suppress(OSError):  # it ended before it had read everything; its exit status tells
            self._input.shutdown(socket.SHUT_WR)
        self._reader.join()
        status = self._status()
        self._close()
        if self._complaints:
            raise self._complaints[0]
        return status

    def _status(self) -> int:
        known: dict[str, Any] = {}

        def ended() -> bool:
            known.update(self._api.exec_inspect(self._exec))
            return not known["Running"]

        try:
            until(ended, STATUS_SECONDS)
        except FAILURES:
            return -signal.SIGKILL
        status = known["ExitCode"]
        return int(status) if status is not None else -signal.SIGKILL

    def abort(self) -> None:
        """End it now; safe to call after `finish`, twice, and from another thread."""
        # Errors: it, its container or the engine has gone already.
        with suppress(*FAILURES):
            if self._pid and self._api.exec_inspect(self._exec)["Running"]:
                killer = self._api.exec_create(self._container, ["sh", "-c", f"kill -9 {int(self._pid)}"])
                self._api.exec_start(killer["Id"])
        with suppress(OSError):
            self._input.shutdown(socket.SHUT_RDWR)
        self._reader.join(READERS_GRACE)
        self._close()

    def _close(self) -> None:
        self._attached.close()
        self._input.close()


def _streams(attached: object) -> tuple[Response, socket.socket, IO[bytes]]:
    """The response, the socket to write to, and the stream to read from, of an attached connection of docker-py.

    Reading goes through the buffer of the HTTP response: it may hold the first output already.
    """
    plain = getattr(attached, "_sock", None)
    response = getattr(attached, "_response", None)
    if type(plain) is not socket.socket or response is None:
        raise ThrowawayError(
            "The container engine is reached through TLS or SSH, where an input cannot be closed on its own. "
            'Reach it by its unix socket or plain TCP (DOCKER_HOST), or use "--engine local".'
        )
    plain.settimeout(None)
    return response, plain, cast("IO[bytes]", response.raw._fp.fp)  # noqa: SLF001  (docker-py itself takes its raw stream there)


def _frames(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    with suppress(OSError, ValueError):  # the connection was closed by `abort`
        while len(header := stream.read(8)) == 8:
            number, size = struct.unpack(">BxxxL", header)
            yield number, stream.read(size)
