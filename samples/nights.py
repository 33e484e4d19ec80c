"""Nightly backups of the sample, taken while its production moves: manifest, both archives, the operator's copies.

Each night is lived through on a clock of its own that stands at midnight UTC of that night when the cron line begins,
so that rows, documents, archives and manifests carry the times they would have.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from samples import configuration, mongo_server, notes, processes, production
from samples.errors import SampleError
from samples.layout import Layout
from samples.notes import Notes
from samples.production import Programs

CHECKOUT = Path(__file__).resolve().parent.parent

WARM_UP = 2.0
"""Seconds the workload runs before the cron line begins, and after it has ended."""


RATE = 60.0
"""Transactions a second asked of the workload."""

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Night:
    """One night's surroundings: the moment its cron line begins, the instance, the programs that back it up."""

    moment: datetime
    layout: Layout
    engines: Programs
    notes: Notes


def dates(count: int, now: datetime) -> tuple[datetime, ...]:
    """Return the midnights (UTC) of the last *count* nights up to *now*, oldest first."""
    newest = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return tuple(newest - timedelta(days=back) for back in reversed(range(count)))


def manifest_command(layout: Layout) -> list[str]:
    """Return the command of the documented cron line that records production before a backup."""
    return [
        sys.executable, "-m", "pytest", "drills/", "--write-manifest", "--drill-config", str(layout.drill_config),
    ]  # fmt: skip


def take(
    layout: Layout, engines: Programs, found: Notes, moments: Sequence[datetime], manifest: Sequence[str] | None
) -> Notes:
    """Live through the nights at *moments*; archives of other nights are removed. Returns the notes naming them.

    *manifest* is the command that writes the manifest, None for an operator whose cron line has none. Production must
    be running. Raises SampleError where the manifest or a backup fails.
    """
    _forget_archives(layout)
    for moment in moments:
        _live_through(Night(moment, layout, engines, found), manifest)
    mongo_server.save(layout, engines.mongodump, found)
    nights = tuple(moment.date().isoformat() for moment in moments)
    return notes.write(layout, replace(found, nights=nights, lived=moments[-1].isoformat()))


def _forget_archives(layout: Layout) -> None:
    for folder in (layout.postgres_backups, layout.mongo_backups):
        for archive in folder.glob("cytomine_*_backup_*.tar.gz"):
            archive.unlink()


def _live_through(night: Night, manifest: Sequence[str] | None) -> None:
    clock = _clock(night.moment - timedelta(seconds=WARM_UP))
    with ThreadPoolExecutor(2, "night") as threads, _traffic(threads, night, clock):
        time.sleep(WARM_UP)
        if manifest is not None:
            _write_manifest(night, manifest)
        with _transaction_open(threads, night, clock):
            back_up_postgres(night, clock())
        back_up_mongo(night, clock())
        time.sleep(WARM_UP)
    copy_offsite(night.layout)


def _clock(beginning: datetime) -> Clock:
    started = time.monotonic()
    return lambda: beginning + timedelta(seconds=time.monotonic() - started)


@contextmanager
def _traffic(threads: Executor, night: Night, clock: Clock) -> Iterator[None]:
    """Keep production moving, deletes that are undone across the dump included. Errors show when it is over."""
    from samples import workload

    addresses, stop = production.addresses(night.notes), threading.Event()
    running = threads.submit(
        workload.run, addresses.postgres, addresses.mongo,
        seed=_seed(night), seconds=None, rate=RATE, clock=clock, stop=stop,
    )  # fmt: skip
    try:
        yield
    finally:
        stop.set()
        done = running.result()
    if done.rate < RATE * 5 / 6:
        print(f"  only {done.rate:.0f} of {RATE:.0f} transactions a second: this machine is busy", flush=True)


@contextmanager
def _transaction_open(threads: Executor, night: Night, clock: Clock) -> Iterator[None]:
    """Hold one transaction open that has written rows before the block and commits them after it."""
    from samples import workload

    stop, opened = threading.Event(), threading.Event()
    held = threads.submit(
        workload.hold_open, production.addresses(night.notes).postgres, stop,
        seed=_seed(night), clock=clock, opened=opened,
    )  # fmt: skip
    held.add_done_callback(lambda _: opened.set())
    opened.wait()
    try:
        yield
    finally:
        stop.set()
        held.result()


def _seed(night: Night) -> int:
    return night.notes.seed * 1_000_000 + night.moment.toordinal()


def _write_manifest(night: Night, command: Sequence[str]) -> None:
    log = night.layout.logs / "manifest.log"
    with log.open("wb") as output:
        done = subprocess.run(
            list(command), stdout=output, stderr=output, check=False, cwd=CHECKOUT,
            env=_cron_environment() | {"DRILL_NOW": night.moment.isoformat()},
        )  # fmt: skip
    if done.returncode:
        raise SampleError(
            f"The manifest of the night {night.moment:%Y-%m-%d} was not written: pytest ended with {done.returncode}. "
            f"See {log}; --no-manifest builds a sample without."
        )


def _cron_environment() -> dict[str, str]:
    """Our environment without what would point the manifest at another instance or change what pytest does."""
    return {
        key: value
        for key, value in os.environ.items()
        if key == "DRILL_REPORTS" or not key.startswith(("DRILL_", "PYTEST_"))
    }


def back_up_postgres(night: Night, now: datetime) -> None:
    """Run the postgis image's `backup` as its cron does at *now*."""
    layout = night.layout
    secret = configuration.secrets(night.notes.seed)
    _back_up(
        night, "postgis", now,
        {
            "CYTOMINE_POSTGIS_ENV": _environment_file(
                layout, "postgis",
                POSTGRES_USER=configuration.POSTGRES_USER, POSTGRES_PASSWORD=secret.postgres, POSTGRES_DB="docker",
            ),
            "PGDATA": str(layout.pgdata),
            "PGHOST": night.notes.socket,
            "PGPORT": str(night.notes.postgres_port),
            "POSTGIS_BACKUP_TMP": str(layout.logs),
        },
    )  # fmt: skip


def back_up_mongo(night: Night, now: datetime) -> None:
    """Run the mongo image's `backup` as its cron does at *now*."""
    layout = night.layout
    secret = configuration.secrets(night.notes.seed)
    _back_up(
        night, "mongo", now,
        {
            "CYTOMINE_MONGO_ENV": _environment_file(
                layout, "mongo",
                MONGO_INITDB_ROOT_USERNAME=configuration.MONGO_USER, MONGO_INITDB_ROOT_PASSWORD=secret.mongo,
                MONGO_INIT_DATABASE="cytomine",
            ),
            "MONGO_BACKUP_DIR": str(layout.mongo_backups),
            "MONGO_BACKUP_TMP": str(layout.logs / "mongo-dump"),
            "MONGO_DB_HOST": "127.0.0.1",
            "MONGO_DB_PORT": str(night.notes.mongo_port),
        },
    )  # fmt: skip


def _back_up(night: Night, store: str, now: datetime, environment: dict[str, str]) -> None:
    programs = (night.engines.postgres_bin, night.engines.mongodump.parent)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "POSTGRES", "MONGO"))}
    processes.run(
        [Path(__file__).parent / "images" / store / "backup"],
        doing=f"The backup of {store} in the night {night.moment:%Y-%m-%d}",
        log=night.layout.logs / f"backup-{store}.log",
        env=inherited
        | environment
        | {
            "PATH": os.pathsep.join([*map(str, programs), os.environ.get("PATH", os.defpath)]),
            "BACKUP_NOW": now.isoformat(timespec="seconds"),
            "LC_ALL": "C",
            "TZ": "UTC",
        },
    )


def _environment_file(layout: Layout, store: str, **values: str) -> str:
    """What a container writes at its start for its scripts to source (Cytomine-postgis 1.5.1)."""
    file = layout.logs / f"cytomine.{store}.env"
    file.touch(mode=0o600)
    file.write_text("".join(f"{key}={value}\n" for key, value in values.items()))
    return str(file)


def copy_offsite(layout: Layout) -> None:
    """Copy images and `cytomine.yml` as an operator does: links as links, times kept, what is there already left."""
    layout.offsite.mkdir(exist_ok=True)
    for source, target in (
        (layout.images, layout.images_copy),
        (layout.configuration, layout.configuration_copy),
    ):
        processes.run(
            ["cp", "--archive", "--update", "--no-target-directory", source, target],
            doing="The operator's copy", log=layout.logs / "copy.log",
        )  # fmt: skip
