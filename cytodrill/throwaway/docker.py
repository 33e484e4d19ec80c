"""The container engine: whether one answers, and which image a throwaway is made from. Never starts an engine."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from docker.client import DockerClient
from docker.errors import APIError, DockerException, ImageNotFound
from docker.utils import parse_repository_tag
from testcontainers.core.config import testcontainers_config
from testcontainers.core.docker_client import DockerClient as Connection

from cytodrill.core.errors import ThrowawayError
from cytodrill.settings import Docker

testcontainers_config.ryuk_disabled = True  # our own teardown decides, and its image may not be had
logging.getLogger("testcontainers").setLevel(logging.WARNING)  # it calls every start a pull

FAILURES = (DockerException, OSError)
"""What an engine's interface raises: docker-py's own errors, and those of requests where the connection breaks."""

ANSWER_SECONDS = 30
"""Seconds in which the engine must answer one request; streams have no such limit."""


@dataclass(frozen=True)
class Image:
    """An image that is here: its *name* and its *id* (sha256 of its configuration)."""

    name: str
    id: str


def connect() -> DockerClient:
    """The engine of the environment or of docker's context; raises `ThrowawayError` if none answers."""
    try:
        client = Connection(timeout=ANSWER_SECONDS).client
        client.ping()
    except FAILURES as error:
        raise ThrowawayError(
            f"No container engine answers ({_reason(error)}). Start Docker, or let this user reach it "
            '(group docker, DOCKER_HOST), or use "--engine local".'
        ) from None
    return client


def _reason(error: Exception) -> str:
    innermost: BaseException = error
    while innermost.__cause__ or innermost.__context__:
        innermost = innermost.__cause__ or innermost.__context__ or innermost
    return str(getattr(innermost, "strerror", None) or innermost)


def choose(client: DockerClient, settings: Docker, pinned: str, configured: str) -> Image:
    """The image *pinned* by the instance if it is here or can be pulled, else the *configured* one.

    Raises `ThrowawayError` that says why neither can be had.
    """
    names = list(dict.fromkeys(filter(None, (pinned, configured))))
    reasons = []
    for name in names:
        try:
            return _obtain(client, name, settings.pull_timeout.total_seconds())
        except ThrowawayError as error:
            reasons.append(f"{name}: {error}")
    raise ThrowawayError(
        f"No image for a throwaway can be had. {'; '.join(reasons)}. Pull or load one of them, or name one that "
        'is here in drill.toml ([docker] postgis_image, mongo_image), or use "--engine local".'
    )


def _obtain(client: DockerClient, name: str, seconds: float) -> Image:
    try:
        return _inspect(client, name)
    except ImageNotFound:
        pass
    except FAILURES as error:
        raise ThrowawayError(f"the engine cannot look for it ({_reason(error)})") from None
    try:
        _pull(name, seconds)
        return _inspect(client, name)
    except DockerException as error:
        raise ThrowawayError(f"not here, and pulling it failed ({_said(error)})") from None
    except OSError as error:  # requests' errors: the engine said nothing for so long
        raise ThrowawayError(f"not here, and pulling it stopped ({type(error).__name__} after {seconds:g} s)") from None


def _inspect(client: DockerClient, name: str) -> Image:
    return Image(name, str(client.images.get(name).id))


def _pull(name: str, seconds: float) -> None:
    repository, tag = parse_repository_tag(name)
    end = time.monotonic() + seconds
    client = Connection(timeout=max(1, int(seconds))).client
    try:
        for event in client.api.pull(repository, tag or "latest", stream=True, decode=True):
            if "error" in event:
                raise DockerException(event["error"])
            if time.monotonic() > end:
                raise DockerException(f"not there after {seconds:g} s, docker.pull_timeout")
    finally:
        client.close()


def _said(error: DockerException) -> str:
    return str(error.explanation or error) if isinstance(error, APIError) else str(error)
