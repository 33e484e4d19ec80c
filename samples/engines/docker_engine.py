"""The Docker engine of this machine: does one answer, and starting one that is installed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import docker
import docker.errors
import requests

from cytodrill.process import until
from samples.engines import programs
from samples.engines.commands import Say
from samples.engines.errors import EngineSetupError

PATIENCE = 10
"""Seconds for one answer; an engine that is starting may need some."""

START_DEADLINE = 60.0
LOG = Path("/var/log/cytomine-restore-drills-dockerd.log")


def client(timeout: int = PATIENCE) -> docker.DockerClient:
    """The engine that DOCKER_HOST names, or this machine's; *timeout* in seconds for each of its answers."""
    try:
        return docker.from_env(timeout=timeout)
    except docker.errors.DockerException as error:
        raise EngineSetupError(
            f"No container engine answers: {error}. Start one, or use local servers with --engine local."
        ) from None


def answers() -> bool:
    """Whether an engine answers; starts nothing."""
    try:
        connection = client()
    except EngineSetupError:
        return False
    try:
        return bool(connection.ping())
    except (docker.errors.DockerException, requests.RequestException):
        return False
    finally:
        connection.close()


def can_start() -> bool:
    """Whether `start` would try: this machine's own engine is meant, it is installed, and we are root."""
    return "DOCKER_HOST" not in os.environ and os.geteuid() == 0 and programs.dockerd() is not None


def start(say: Say) -> None:
    """Make sure that an engine answers; start an installed one in the background, where it stays.

    Raises `EngineSetupError` if none answers and none can be started here.
    """
    if answers():
        return
    if not can_start():
        raise EngineSetupError(
            "No container engine answers, and none can be started from here. Start it "
            "(`sudo systemctl start docker`), check DOCKER_HOST, or use local servers with --engine local."
        )
    say(f"outside this folder: starting dockerd in the background (its log: {LOG})")
    with LOG.open("ab") as log:
        engine = subprocess.Popen(
            [str(programs.dockerd())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
        )
    # one that ends at once may have lost a race against another dockerd, which then answers
    until(lambda: answers() or engine.poll() is not None, START_DEADLINE)
    if not answers():
        said = LOG.read_text(errors="replace").strip().splitlines()[-2:]
        raise EngineSetupError(
            f"dockerd was started and does not answer: {' / '.join(said)}. "
            f"Read {LOG}, or use local servers with --engine local."
        )
