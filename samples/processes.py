"""Processes of the sample that outlive the command which started them, and are ended by nobody but us."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from samples.errors import SampleError, ServerError
from samples.notes import Process

_PORTS = range(20_000, 32_000)
"""Below the ports Linux gives to outgoing connections (32768 and up), so that a port chosen once stays free."""


def recorded(pid: int) -> Process:
    """Note the running process *pid* with its start time."""
    return Process(pid, psutil.Process(pid).create_time())


def alive(process: Process | None) -> bool:
    """Say whether *process* is still the one that was noted, not another with its number."""
    if process is None:
        return False
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.started) < 2
        return same and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(process: Process, seconds: float = 15) -> None:
    """Ask *process* to end, and after *seconds* make it."""
    if not alive(process):
        return
    found = psutil.Process(process.pid)
    found.terminate()
    try:
        found.wait(seconds)
    except psutil.TimeoutExpired:
        found.kill()
        found.wait(seconds)


def free_port(taken: Sequence[int] = ()) -> int:
    """Choose a port of 127.0.0.1 on which nobody listens, none of *taken*."""
    for port in random.sample(_PORTS, 200):
        if port not in taken and is_free(port):
            return port
    raise ServerError("No free port was found on 127.0.0.1 between 20000 and 32000: end what listens there.")


def is_free(port: int) -> bool:
    """Say whether nobody listens on *port* of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def as_postgres() -> dict[str, Any]:
    """Arguments for subprocess with which PostgreSQL's programs run: as user postgres when we are root."""
    arguments: dict[str, Any] = {"cwd": "/"}
    if os.geteuid() == 0:
        user = _postgres_user()
        environment = dict(os.environ, HOME=user.pw_dir, LC_ALL="C.UTF-8")
        arguments |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "env": environment}
    return arguments


def give_to_postgres(folder: Path) -> None:
    """Make *folder* private to the user PostgreSQL runs as."""
    folder.chmod(0o700)
    if os.geteuid() == 0:
        user = _postgres_user()
        os.chown(folder, user.pw_uid, user.pw_gid)


def check_reachable(folder: Path) -> None:
    """Raise SampleError where user postgres may not enter *folder*, as in a home directory of mode 0700."""
    if os.geteuid() != 0:
        return
    entered = subprocess.run(["test", "-x", str(folder)], check=False, **as_postgres())
    if entered.returncode:
        raise SampleError(
            f"PostgreSQL runs as user postgres, who may not enter {folder}: "
            "choose a place below /tmp or /var, or allow others to enter its parents (chmod o+x)."
        )


def _postgres_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise ServerError(
            "PostgreSQL refuses to run as root and there is no user postgres: install Debian's package postgresql-15."
        ) from None


def run(command: Sequence[str | Path], *, doing: str, log: Path, **arguments: Any) -> None:
    """Run *command* with its output appended to *log*; raises ServerError saying what it was *doing*."""
    program = str(command[0])
    if shutil.which(program) is None:
        raise ServerError(f"{doing} needs {program}, which cannot be run: install it, or build anew with --force.")
    with log.open("ab") as output:
        done = subprocess.run([str(part) for part in command], stdout=output, stderr=output, check=False, **arguments)
    if done.returncode:
        raise ServerError(f"{doing} failed: {Path(program).name} ended with {done.returncode}; see {log}.")
