"""Where the stand-ins' backup and restore run: a container of the image, or this host; the same tests for both."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest

from cytodrill.process import until
from samples.engines import docker_engine, standins
from samples.engines.sources import IMAGES

SECRETS = {"POSTGRES_PASSWORD": "one", "APPENGINE_PASSWORD": "two"}
ACCOUNT = "postgres"


@dataclass(frozen=True)
class Finished:
    """A command that ended, with its output and error stream together."""

    status: int
    said: str


@dataclass(frozen=True)
class Place:
    """A running server and the shell beside it; *port* on loopback where clients of the tests connect."""

    shell: Callable[[str, dict[str, str]], Finished]
    backups: str
    port: int

    def sh(self, script: str, **variables: str) -> Finished:
        """Run *script* with *variables* beside the server."""
        return self.shell(script, variables)

    def out(self, script: str, **variables: str) -> str:
        """What a *script* that must succeed wrote."""
        finished = self.sh(script, **variables)
        assert finished.status == 0, finished.said
        return finished.said.strip()


def images() -> standins.Images:
    """The stand-in images, or a skip where no container engine can answer."""
    if not docker_engine.answers():
        if not docker_engine.can_start():
            pytest.skip("no container engine answers, and none can be started from here")
        docker_engine.start(print)
    return standins.images()


@contextmanager
def container(image: str, port: int, backups: str, environment: dict[str, str]) -> Iterator[Place]:
    """Run *image*, publish its *port* on loopback, and remove it with its volumes afterwards."""
    client = docker.from_env()
    loopback: Any = {f"{port}/tcp": ("127.0.0.1", None)}  # its types know no free port on one address
    running = client.containers.create(image, ports=loopback, environment=environment)

    def shell(script: str, variables: dict[str, str]) -> Finished:
        ended: Any = running.exec_run(["sh", "-c", script], environment=variables)  # typed for its streams too
        return Finished(ended.exit_code, ended.output.decode())

    try:
        running.start()
        running.reload()
        published = running.attrs["NetworkSettings"]["Ports"][f"{port}/tcp"][0]["HostPort"]
        yield Place(shell, backups, int(published))
    finally:
        running.remove(force=True, v=True)
        client.close()


def _host_shell(environment: dict[str, str]) -> Callable[[str, dict[str, str]], Finished]:
    def shell(script: str, variables: dict[str, str]) -> Finished:
        ended = subprocess.run(
            ["sh", "-c", script],
            env=environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Finished(ended.returncode, ended.stdout)

    return shell


@contextmanager
def _folder() -> Iterator[Path]:
    # not pytest's own, which no other account may enter
    folder = Path(tempfile.mkdtemp(prefix="standin-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def local_postgres() -> Iterator[Place]:
    """Run PostgreSQL here, on a socket only, with the databases that the image makes."""
    local = standins.local()
    with _folder() as folder, ExitStack() as stack:
        data, sockets = folder / "data", folder / "sockets"
        server = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
        for made in (data, sockets):
            made.mkdir(mode=0o700)
            if server:
                shutil.chown(made, pwd.getpwnam(ACCOUNT).pw_uid)

        def run(*command: str) -> None:
            subprocess.run([local.postgres_bin / command[0], *command[1:]], check=True, cwd="/", **server)  # type: ignore[call-overload]

        run("initdb", "-D", str(data), "--username=docker", "--auth=trust", "--no-sync", "--encoding=UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={shlex.quote(str(sockets))} -c fsync=off"
        run("pg_ctl", "-D", str(data), "-s", "-w", "-o", options, "-l", str(data / "log"), "start")
        stack.callback(run, "pg_ctl", "-D", str(data), "-s", "-m", "immediate", "stop")

        (folder / "env").write_text("POSTGRES_USER=docker\nPOSTGRES_DB=docker\n")
        variables = SECRETS | {
            "PATH": f"{IMAGES}/postgis:{local.postgres_bin}:{os.environ['PATH']}",
            "LC_ALL": "C",
            "TZ": "UTC",
            "PGHOST": str(sockets),
            "PGDATA": str(data),
            "POSTGRES_USER": "docker",
            "POSTGRES_DB": "docker",
            "CYTOMINE_POSTGIS_ENV": str(folder / "env"),
            "POSTGIS_BACKUP_TMP": str(folder),
            "POSTGIS_RESTORE_TMP": str(folder / "restore"),
        }
        place = Place(_host_shell(variables), str(data / "backup"), 0)
        place.out("databases new")
        yield place


@contextmanager
def docker_postgres() -> Iterator[Place]:
    """Run a container of the postgis stand-in, ready for TCP, which is after its first server is gone."""
    environment = SECRETS | {"POSTGRES_USER": "docker", "POSTGRES_DB": "docker"}
    with container(images().postgis, 5432, "/var/lib/postgresql/data/backup", environment) as place:
        assert until(lambda: place.sh("pg_isready -q -h 127.0.0.1").status == 0, 60)
        yield place


@contextmanager
def local_mongo() -> Iterator[Place]:
    """Run the MongoDB stand-in as a process of this host."""
    local = standins.local()
    command = [str(local.java), "-Xmx512m", "-jar", str(local.jar), "--host", "127.0.0.1", "--port", "0"]
    with _folder() as folder, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip().rpartition(":")[2]
            (folder / "env").write_text("MONGO_INITDB_ROOT_USERNAME=mongoadmin\nMONGO_INITDB_ROOT_PASSWORD=three\n")
            variables = {
                "PATH": f"{IMAGES}/mongo:{local.mongodump.parent}:{os.environ['PATH']}",
                "LC_ALL": "C",
                "TZ": "UTC",
                "MONGO_DB_HOST": "127.0.0.1",
                "MONGO_DB_PORT": port,
                "CYTOMINE_MONGO_ENV": str(folder / "env"),
                "MONGO_BACKUP_DIR": str(folder / "backup"),
                "MONGO_BACKUP_TMP": str(folder / "dump"),
                "MONGO_RESTORE_TMP": str(folder / "restore"),
            }
            yield Place(_host_shell(variables), str(folder / "backup"), int(port))
        finally:
            server.terminate()


@contextmanager
def docker_mongo() -> Iterator[Place]:
    """Run a container of the mongo stand-in, listening."""
    environment = {"MONGO_INITDB_ROOT_USERNAME": "mongoadmin", "MONGO_INITDB_ROOT_PASSWORD": "three"}
    with container(images().mongo, 27017, "/data/db/backup", environment) as place:
        assert until(lambda: place.sh("bash -c '</dev/tcp/127.0.0.1/27017'").status == 0, 60)
        yield place
