"""Which of the programs that the servers need are on this machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

GO_NEEDED = (1, 21)
"""mongo-tools' modules ask for it; Debian 12's Go is 1.19."""

POSTGRES_NEEDED = 15
"""The major of Cytomine's postgis image; a dump of it does not go into an older server."""

DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
DEBIAN_POSTGRES_SHARE = Path("/usr/share/postgresql")


SERVERS_PATH = "/usr/sbin:/sbin"
"""Where Debian puts servers, and which is not on every user's PATH."""


def go() -> Path | None:
    """A Go toolchain that is new enough: on PATH, or the one installed beside this Python."""
    beside = Path(sys.prefix, "bin", "go")
    for found in (shutil.which("go"), str(beside)):
        if found and _go_version(found) >= GO_NEEDED:
            return Path(found)
    return None


def _go_version(program: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([program, "version"], capture_output=True, text=True, check=False, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    numbers = re.search(r"\bgo(\d+)\.(\d+)", said)
    return tuple(map(int, numbers.groups())) if numbers else ()


def javac() -> Path | None:
    """A Java compiler on PATH."""
    return _on_path("javac")


def java() -> Path | None:
    """A Java runtime on PATH."""
    return _on_path("java")


def mvn() -> Path | None:
    """Maven on PATH."""
    return _on_path("mvn")


def debootstrap() -> Path | None:
    """What makes a Debian from nothing but Debian's packages."""
    return _on_path("debootstrap")


def dockerd() -> Path | None:
    """A Docker engine, running or not; the `docker` command alone is none."""
    return _on_path("dockerd")


def container_engine() -> Path | None:
    """Any container engine that is installed here, running or not."""
    return dockerd() or _on_path("podman")


def postgres_bin() -> Path | None:
    """The programs of a PostgreSQL that has PostGIS: Cytomine's major if it is there, else the oldest newer."""
    majors = sorted(int(folder.name) for folder in DEBIAN_POSTGRES.glob("[0-9]*") if folder.name.isdigit())
    for major in majors:
        has_postgis = (DEBIAN_POSTGRES_SHARE / str(major) / "extension" / "postgis.control").exists()
        programs = DEBIAN_POSTGRES / str(major) / "bin"
        if major >= POSTGRES_NEEDED and has_postgis and (programs / "initdb").exists():
            return programs
    return None


def _on_path(name: str) -> Path | None:
    found = shutil.which(name) or shutil.which(name, path=SERVERS_PATH)
    return Path(found) if found else None
