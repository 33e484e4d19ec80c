"""The sample's MongoDB: the stand-in server, whose memory is saved with the real mongodump when it stops."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from samples import processes
from samples.errors import ServerError
from samples.layout import Layout
from samples.notes import Notes, Process


def start(layout: Layout, command: list[str], mongorestore: Path, notes: Notes) -> Process:
    """Start the stand-in by *command* on its port and load what was saved.

    Raises ServerError where the port is taken, it does not come up within a minute, or a saved document is refused.
    """
    if not processes.is_free(notes.mongo_port):
        raise ServerError(
            f"Port {notes.mongo_port}, on which the sample's MongoDB answers, is taken by another process: "
            f"end that, or build anew with: python -m samples build {layout.root} --force"
        )
    log = layout.logs / "mongo.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(notes.mongo_port)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd="/",
        )  # fmt: skip
    process = processes.recorded(server.pid)
    try:
        _wait(server, log)
        _load(layout, mongorestore, notes)
    except BaseException:
        processes.end(process)
        raise
    return process


def _load(layout: Layout, mongorestore: Path, notes: Notes) -> None:
    if layout.mongo_saved.exists():
        processes.run(
            [mongorestore, *_address(notes), "--drop", "--gzip", f"--archive={layout.mongo_saved}"],
            doing="Loading the sample's MongoDB", log=layout.logs / "mongorestore.log",
        )  # fmt: skip


def _wait(server: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + 60
    while b"listening" not in log.read_bytes():
        if server.poll() is not None or time.monotonic() > limit:
            raise ServerError(f"The stand-in for MongoDB does not come up; see {log}.")
        time.sleep(0.1)


def save(layout: Layout, mongodump: Path, notes: Notes) -> None:
    """Write all that the running stand-in holds below data/mongo, replacing what was saved before."""
    layout.mongo_saved.parent.mkdir(parents=True, exist_ok=True)
    draft = layout.mongo_saved.with_suffix(".draft")
    processes.run(
        [mongodump, *_address(notes), "--gzip", f"--archive={draft}"],
        doing="Saving the sample's MongoDB", log=layout.logs / "mongodump.log",
    )  # fmt: skip
    draft.replace(layout.mongo_saved)


def stop(layout: Layout, mongodump: Path, notes: Notes) -> None:
    """Save (unless the sample was never finished) and stop the stand-in, if the process we started still runs."""
    if notes.mongo is not None and processes.alive(notes.mongo):
        if notes.complete:
            save(layout, mongodump, notes)
        processes.end(notes.mongo)


def _address(notes: Notes) -> list[str]:
    return ["--host", "127.0.0.1", "--port", str(notes.mongo_port)]
