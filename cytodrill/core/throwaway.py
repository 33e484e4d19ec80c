"""What a throwaway server is to the rest of the engine, whichever provider made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

SUPERUSER = "drill"
"""Superuser of a throwaway PostgreSQL. Not `docker` or `postgres`: a dump drops, demotes or renames those, and a
superuser that the dump does not know gives the cleanest restore (measured with pg_dumpall of PostgreSQL 15)."""


@dataclass(frozen=True)
class Engine:
    """What restored a store, for the report.

    *kind* is "docker" or "local"; *program* the image name or binary; *digest* the image id or "";
    *version* what the server itself answers; *stand_in* names the stand-in if it is not the real server, else "";
    *pinned* is the image which the instance pins, or "" where there is none.
    """

    store: str
    kind: str
    program: str
    digest: str
    version: str
    stand_in: str = ""
    pinned: str = ""


class Pipe(Protocol):
    """A running program of a throwaway that is fed by streaming."""

    def write(self, chunk: bytes) -> None:
        """Feed *chunk*; blocks while the program is busy; raises `BrokenPipeError` when it has ended."""

    def finish(self) -> int:
        """Close its input, wait for its end, and give its exit status."""

    def abort(self) -> None:
        """End it now; safe to call after `finish`."""


Listener = Callable[[str], None]
"""Called with each line (text, no newline) that a program writes to its output or error stream."""


class PostgresThrowaway(Protocol):
    """A throwaway PostgreSQL + PostGIS, superuser `SUPERUSER`, reachable by us alone."""

    engine: Engine

    def psql(self, database: str, options: Sequence[str], listener: Listener) -> Pipe:
        """Start psql on *database* as superuser, reading its script from the pipe."""

    def conninfo(self, database: str) -> str:
        """A libpq connection string for *database* as superuser."""

    def login(self, database: str, user: str, password: str) -> str:
        """A libpq connection string with which the server must ask for *password* (scram, no trust)."""

    def stop(self) -> None:
        """Remove the server and everything it stored; safe to call twice."""


class MongoThrowaway(Protocol):
    """A throwaway MongoDB (or its stand-in, named in `engine.stand_in`), without accounts, reachable by us alone."""

    engine: Engine

    def mongorestore(self, options: Sequence[str], listener: Listener) -> Pipe:
        """Start mongorestore against the server, reading an archive stream from the pipe."""

    def uri(self) -> str:
        """A connection string for pymongo."""

    def stop(self) -> None:
        """Remove the server and everything it stored; safe to call twice."""
