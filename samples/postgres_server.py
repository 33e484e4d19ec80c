"""The sample's PostgreSQL: a cluster of this host's binaries in data/postgis/data, as the postgis image makes it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from samples import processes
from samples.configuration import POSTGRES_USER
from samples.errors import ServerError
from samples.layout import Layout
from samples.notes import Notes, Process

_SETTINGS = """
# the sample: settings of Cytomine-postgis 1.5.1, and nothing kept safe for long
listen_addresses = '127.0.0.1'
max_connections = 100
shared_buffers = 128MB
password_encryption = scram-sha-256
timezone = 'UTC'
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = 4GB
logging_collector = off
log_statement = none
log_min_error_statement = panic
"""
"""Statements of errors stay out of the log: they would carry rows."""


def create(layout: Layout, postgres_bin: Path, password: str) -> None:
    """Make the cluster: superuser docker with *password*, trusted on the socket alone (Cytomine-postgis 1.5.1).

    Raises ServerError where initdb fails.
    """
    layout.pgdata.mkdir(parents=True)
    processes.give_to_postgres(layout.pgdata)
    with tempfile.NamedTemporaryFile("w", prefix="cytodrill-", suffix=".pw") as file:
        file.write(password)
        file.flush()
        _own(Path(file.name))
        processes.run(
            [
                postgres_bin / "initdb", "-D", layout.pgdata, "--username", POSTGRES_USER, "--pwfile", file.name,
                "--auth-local", "trust", "--auth-host", "scram-sha-256", "--encoding", "UTF8",
                "--locale", "C.UTF-8", "--no-sync",
            ],
            doing="Making the sample's PostgreSQL cluster", log=layout.logs / "initdb.log",
            **processes.as_postgres(),
        )  # fmt: skip
    with (layout.pgdata / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS)


def _own(file: Path) -> None:
    arguments = processes.as_postgres()
    if "user" in arguments:
        shutil.chown(file, arguments["user"], arguments["group"])


def start(layout: Layout, postgres_bin: Path, notes: Notes) -> tuple[Process, str]:
    """Start the cluster on its port; returns the process and its socket's folder (short: a path has 107 bytes).

    Raises ServerError where the port is taken or the server does not come up within a minute.
    """
    if not processes.is_free(notes.postgres_port):
        raise ServerError(
            f"Port {notes.postgres_port}, on which the sample's PostgreSQL answers, is taken by another process: "
            f"end that, or build anew with: python -m samples build {layout.root} --force"
        )
    socket = Path(tempfile.mkdtemp(prefix="cytodrill-pg-"))
    processes.give_to_postgres(socket)
    log = layout.logs / "postgres.log"
    log.touch()
    _own(log)
    try:
        options = f"-p {notes.postgres_port} -k {socket}"
        _control(layout, postgres_bin, "start", "-l", log, "-o", options, doing="Starting the sample's PostgreSQL")
    except BaseException:
        with contextlib.suppress(ServerError):
            _control(layout, postgres_bin, "stop", "--mode", "immediate", doing="Giving up PostgreSQL")
        shutil.rmtree(socket, ignore_errors=True)
        raise
    pid = int((layout.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
    return processes.recorded(pid), str(socket)


def stop(layout: Layout, postgres_bin: Path, notes: Notes) -> None:
    """Stop the cluster if the process we started still runs, and remove its socket's folder."""
    if processes.alive(notes.postgres):
        _control(layout, postgres_bin, "stop", "--mode", "fast", doing="Stopping the sample's PostgreSQL")
    if notes.socket:
        shutil.rmtree(notes.socket, ignore_errors=True)


def _control(layout: Layout, postgres_bin: Path, action: str, *options: str | Path, doing: str) -> None:
    processes.run(
        [postgres_bin / "pg_ctl", action, "--wait", "--timeout", "60", "-D", layout.pgdata, *options],
        doing=doing, log=layout.logs / "pg_ctl.log", **processes.as_postgres(),
    )  # fmt: skip
