"""A throwaway PostgreSQL made from the programs of this host, in a private directory, on a unix socket only."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from cytodrill.core.errors import ThrowawayError
from cytodrill.core.throwaway import SUPERUSER, Engine, Listener
from cytodrill.process import CommandError, Pipe, run
from cytodrill.settings import Local
from cytodrill.throwaway import tuning
from cytodrill.throwaway.local import Place

PORT = 5432
ACCOUNT = "postgres"
"""The user as whom PostgreSQL runs when we are root: it refuses to run as root."""

ACCESS = f"""\
local all {SUPERUSER} trust
local all all scram-sha-256
"""
"""Only who can enter the directory reaches the socket; every account but ours needs its password, as in production."""

NEEDED = ("initdb", "postgres", "psql")


def binaries(settings: Local) -> Path:
    """The directory of PostgreSQL's server programs: the one set, else the newest of this host.

    Asks `pg_config`, then looks where Debian keeps them, then on PATH. Raises `ThrowawayError` with the remedy.
    """
    if settings.postgres_bin:
        places = [Path(settings.postgres_bin)]
    else:
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
        on_path = [Path(found).parent for name in NEEDED if (found := shutil.which(name))]
        places = [*_configured(), *debian, *on_path]
    for place in places:
        if all(os.access(place / name, os.X_OK) for name in NEEDED):
            return place
    looked = ", ".join(map(str, dict.fromkeys(places))) or "PATH and /usr/lib/postgresql"
    raise ThrowawayError(
        f"No PostgreSQL server programs ({', '.join(NEEDED)}) in {looked}. Install PostgreSQL with PostGIS "
        '(Debian: postgresql-15-postgis-3), or set local.postgres_bin to their folder, or use "--engine docker".'
    )


def _configured() -> list[Path]:
    try:
        return [Path(run(["pg_config", "--bindir"], deadline=10).stdout.strip())]
    except CommandError:
        return []


def _major(place: Path) -> int:
    number = re.match(r"\d+", place.parent.name)
    return int(number[0]) if number else 0


class LocalPostgres:
    """A `PostgresThrowaway` of this host's programs; *engine* says which."""

    def __init__(self, settings: Local, run_id: str, pinned: str) -> None:
        self._bin = binaries(settings)
        self._place = Place(run_id, signal.SIGQUIT, _account())  # at once, sessions included
        try:
            version = self._set_up()
        except BaseException:
            self.stop()
            raise
        self.engine = Engine("postgres", "local", str(self._bin / "postgres"), "", version, pinned=pinned)

    def _set_up(self) -> str:
        data = self._place.path / "data"
        command = [str(self._bin / "initdb"), "--no-sync", "-D", str(data), "-U", SUPERUSER, "-A", "trust"]
        command += ["-E", "UTF8", "--locale=C.UTF-8"]
        try:
            run(command, deadline=120, cwd=self._place.path, user=self._place.user)
        except CommandError as error:
            raise ThrowawayError(
                f"A throwaway PostgreSQL could not be set up in {self._place.path}: {error} "
                "Name a folder with free space that every user may enter in TMPDIR, or try local.postgres_bin."
            ) from None
        (data / "pg_hba.conf").write_text(ACCESS, encoding="utf-8")
        server = [str(self._bin / "postgres"), "-D", str(data), "-k", str(self._place.path), "-p", str(PORT)]
        server += ["-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", *tuning.options()]
        self._place.serve(server, lambda: tuning.answers(self.conninfo("postgres")))
        return tuning.settle(self.conninfo("postgres"))

    def psql(self, database: str, options: Sequence[str], listener: Listener) -> Pipe:
        """Start psql on *database* as superuser, reading its script from the pipe."""
        command = [str(self._bin / "psql"), "--no-psqlrc", "-h", str(self._place.path), "-p", str(PORT)]
        return self._place.feeding(Pipe([*command, "-U", SUPERUSER, "-d", database, *options], listener))

    def conninfo(self, database: str) -> str:
        """A libpq connection string for *database* as superuser."""
        return tuning.conninfo(str(self._place.path), PORT, database, SUPERUSER, "")

    def login(self, database: str, user: str, password: str) -> str:
        """A libpq connection string with which the server must ask for *password* (scram, no trust)."""
        return tuning.asked(tuning.conninfo(str(self._place.path), PORT, database, user, password))

    def stop(self) -> None:
        """Remove the server and everything it stored; safe to call twice."""
        self._place.stop()


def _account() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT).pw_name
    except KeyError:
        raise ThrowawayError(
            f'PostgreSQL does not run as root and this host has no user "{ACCOUNT}" to run it as. '
            f"Install PostgreSQL from packages, which adds it, or add it: useradd --system {ACCOUNT}."
        ) from None
