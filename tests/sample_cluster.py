"""Throwaway servers for tests of the sample's rows: a PostgreSQL cluster with PostGIS, and the MongoDB stand-in."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from samples.engines import standins

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
BIN = Path("/usr/lib/postgresql/15/bin")


@contextmanager
def cluster(superuser: str) -> Iterator[str]:
    """Start an empty cluster of a *superuser*, socket only, and yield the DSN of its database postgres."""
    if not (BIN / "initdb").exists() or not Path("/usr/share/postgresql/15/extension/postgis.control").exists():
        pytest.skip("PostgreSQL 15 with PostGIS is not installed")
    place = Path(tempfile.mkdtemp(prefix="cytodrill-rows-", dir="/tmp"))
    who: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        account = pwd.getpwnam("postgres")
        os.chown(place, account.pw_uid, account.pw_gid)
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data = place / "data"
    options = f"-c listen_addresses= -k {place} -c fsync=off -c timezone=UTC"
    initdb: list[str | Path] = [
        BIN / "initdb",
        "-D",
        data,
        "-U",
        superuser,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-N",
    ]
    control: list[str | Path] = [BIN / "pg_ctl", "-D", data, "-w", "-l", place / "log"]
    try:
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", **who)
        subprocess.run([*control, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL, cwd="/", **who)
        yield make_conninfo(host=str(place), port=5432, user=superuser, dbname="postgres")
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True, cwd="/", **who)
        shutil.rmtree(place)


@contextmanager
def mongo() -> Iterator[str]:
    """Start an empty stand-in and yield its URI."""
    local = standins.local()
    command: list[str | Path] = [local.java, "-Xmx700m", "-jar", local.jar, "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            address = server.stdout.readline().split()[-1]
            yield f"mongodb://{address}"
        finally:
            server.terminate()


def of(dsn: str, database: str) -> str:
    """The same server's *database*."""
    return make_conninfo(dsn, dbname=database)


def rows(dsn: str, query: str) -> list[tuple[Any, ...]]:
    """All rows of a *query*."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def tables(dsn: str) -> set[str]:
    """The application's tables, extensions' left out."""
    found = rows(dsn, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row[0] for row in found} - {"spatial_ref_sys"}


def dump(dsn: str) -> str:
    """What `pg_dumpall --clean` writes, without its random key."""
    done = subprocess.run([BIN / "pg_dumpall", "--clean", "-d", dsn], check=True, capture_output=True, text=True)
    lines = done.stdout.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict")))


def messages(dsn: str, script: str) -> list[str]:
    """Run *script* in psql and return its errors."""
    done = subprocess.run(
        [BIN / "psql", "-X", "-q", "-d", dsn], input=script, check=False, capture_output=True, text=True
    )
    return [line for line in done.stderr.splitlines() if "ERROR" in line or "FATAL" in line]
