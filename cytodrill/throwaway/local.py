"""What local throwaways share: a private directory that ends with them, and a server in it."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path

from cytodrill.core.errors import ThrowawayError
from cytodrill.process import CommandError, Pipe, shielded, until

PREFIX = "cytodrill-run-"
"""How the directories of throwaways begin; `owner.json` inside says whose they are."""

PARENT_LIMIT = 64
"""Longest parent: a socket's path has at most 107 bytes (Linux, `unix(7)`), our directory and its name take 40."""

START_SECONDS = 60.0
STOP_SECONDS = 10.0


class Place:
    """A private directory (0700, of *user* or ourselves) and a server in it, both gone after `stop`.

    *farewell* is the signal that asks the server to end.
    """

    def __init__(self, run_id: str, farewell: signal.Signals, user: str | None = None) -> None:
        self.user = user
        self._farewell = farewell
        self.said: deque[str] = deque(maxlen=20)
        self._server: Pipe | None = None
        self._fed: list[Pipe] = []
        self._path: Path | None = None
        try:
            with shielded():
                self._make(run_id)
        except OSError as error:
            self.stop()
            raise ThrowawayError(
                f"No private directory could be made in {tempfile.gettempdir()}: {error.strerror}. "
                "Free space there, or name another folder in TMPDIR."
            ) from None
        except BaseException:
            self.stop()
            raise

    def _make(self, run_id: str) -> None:
        parent = tempfile.gettempdir()
        if len(parent) > PARENT_LIMIT:
            parent = "/tmp"  # noqa: S108  (mkdtemp makes the name and the mode safe)
        self._path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        owner = {"run": run_id, "pid": os.getpid()}
        (self._path / "owner.json").write_text(json.dumps(owner), encoding="utf-8")
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            os.chown(self._path, account.pw_uid, account.pw_gid)

    @property
    def path(self) -> Path:
        """The directory."""
        if self._path is None:
            raise ThrowawayError("The throwaway has been stopped; start another run.")
        return self._path

    def serve(
        self, command: list[str], ready: Callable[[], bool], listener: Callable[[str], None] | None = None
    ) -> None:
        """Start the server *command* here and wait until *ready*; raises `ThrowawayError` with its last words."""
        try:
            server = self._start(command, listener or self.said.append)
        except CommandError as error:
            raise ThrowawayError(str(error)) from None
        until(lambda: server.ended() or ready(), START_SECONDS)
        ended = server.ended()
        if not ended and ready():
            return
        server.abort()  # afterwards all that it said has been heard
        state = "ended at once" if ended else f"is not ready after {START_SECONDS:g} s"
        raise ThrowawayError(
            f"The throwaway server {command[0]} {state}; its last words: {' / '.join(self.said) or 'none'}. "
            f"Start it by hand to see why: {' '.join(command[:6])} ..."
        )

    def _start(self, command: list[str], hear: Callable[[str], None]) -> Pipe:
        with shielded():
            self._server = Pipe(command, hear, cwd=self._path, user=self.user)
            return self._server

    def feeding(self, program: Pipe) -> Pipe:
        """Have *program*, which is fed from outside, ended with the server, whose return it would wait for."""
        self._fed.append(program)
        return program

    def stop(self) -> None:
        """End the server and remove the directory; an interruption waits until that is done."""
        with shielded():
            for program in self._fed:
                program.abort()
            if self._server is not None:
                self._server.end(self._farewell, STOP_SECONDS)
            if self._path is not None and not until(self._cleared, STOP_SECONDS):
                raise ThrowawayError(f"The throwaway's directory {self._path} could not be removed. Remove it by hand.")
            self._path = None

    def _cleared(self) -> bool:
        shutil.rmtree(self._path or "", ignore_errors=True)  # a dying session may still write
        return self._path is None or not self._path.exists()
