"""Starting and stopping the sample instance's production: PostgreSQL and the MongoDB stand-in, as local processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from samples import configuration, mongo_server, notes, postgres_server, processes
from samples.errors import SampleError
from samples.layout import Layout
from samples.notes import Notes
from samples.scale import SCALES


class Programs(Protocol):
    """The programs a sample runs on; `samples.engines.standins.LocalStandIns` has them."""

    @property
    def jar(self) -> Path:
        """The stand-in for MongoDB."""

    @property
    def java(self) -> Path:
        """The Java that runs it."""

    @property
    def mongodump(self) -> Path:
        """The real mongodump."""

    @property
    def mongorestore(self) -> Path:
        """The real mongorestore."""

    @property
    def postgres_bin(self) -> Path:
        """PostgreSQL's programs, PostGIS beside them."""


@dataclass(frozen=True)
class Addresses:
    """How the running production is reached.

    *postgres* is a libpq conninfo of superuser docker, password included; *mongo* a URI; *socket* the folder of
    PostgreSQL's socket, where no password is asked for.
    """

    postgres: str
    mongo: str
    socket: Path


def mongo_command(programs: Programs, scale: str) -> list[str]:
    """Return the command that starts the stand-in for MongoDB with room for *scale*; it takes --host and --port.

    A document takes about 6 kB of its memory (measured with mongo-java-server 1.47.0).
    """
    gigabytes = 1 + SCALES[scale].documents * 7 // 1_000_000
    return [str(programs.java), f"-Xmx{gigabytes}g", "-jar", str(programs.jar)]


def programs() -> Programs:
    """Return the servers of this host; raises `EngineSetupError` naming what is missing and how to install it."""
    from samples.engines import standins

    return standins.local()


def up(layout: Layout) -> Notes:
    """Start what does not run yet; the processes outlive this one. Returns the notes with their numbers.

    Raises SampleError where *layout* holds no whole sample, ServerError where a server does not start.
    """
    found = notes.read(layout)
    if not found.complete:
        raise SampleError(
            f"The sample in {layout.root} was never finished: build it with: python -m samples build {layout.root}"
        )
    return start(layout, programs(), found)


def start(layout: Layout, engines: Programs, found: Notes) -> Notes:
    """Start the servers of *found* that do not run, noting each at once."""
    layout.logs.mkdir(exist_ok=True)
    if not processes.alive(found.postgres):
        process, socket = postgres_server.start(layout, engines.postgres_bin, found)
        found = notes.write(layout, replace(found, postgres=process, socket=socket))
    if not processes.alive(found.mongo):
        mongo = mongo_server.start(layout, mongo_command(engines, found.scale), engines.mongorestore, found)
        found = notes.write(layout, replace(found, mongo=mongo))
    return found


def down(layout: Layout) -> Notes:
    """Stop the servers that `up` started, and no other; MongoDB's documents are saved first."""
    found = notes.read(layout)
    if processes.alive(found.postgres) or processes.alive(found.mongo) or found.socket:
        engines = programs()
        mongo_server.stop(layout, engines.mongodump, found)
        postgres_server.stop(layout, engines.postgres_bin, found)
    return notes.write(layout, replace(found, postgres=None, mongo=None, socket=""))


def status(layout: Layout) -> dict[str, str]:
    """Say of each server whether it runs and where, of the sample what it is."""
    found = notes.read(layout)
    running = {
        "PostgreSQL": (found.postgres, found.postgres_port),
        "MongoDB stand-in": (found.mongo, found.mongo_port),
    }
    return {
        "sample": f"{found.scale}, seed {found.seed}" + ("" if found.complete else ", unfinished"),
        "nights": ", ".join(found.nights) or "none",
        **{
            name: f"up on 127.0.0.1:{port}, process {process.pid}" if process and processes.alive(process) else "down"
            for name, (process, port) in running.items()
        },
    }


def addresses(found: Notes) -> Addresses:
    """Return how the running production of *found* is reached."""
    password = configuration.secrets(found.seed).postgres
    user = configuration.POSTGRES_USER
    return Addresses(
        postgres=f"host=127.0.0.1 port={found.postgres_port} user={user} dbname=docker password={password}",
        mongo=f"mongodb://127.0.0.1:{found.mongo_port}/",
        socket=Path(found.socket),
    )
