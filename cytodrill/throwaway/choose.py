"""Which provider a run uses for each store: containers where an engine answers and an image can be had, else local."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from docker.client import DockerClient

from cytodrill.core.errors import ThrowawayError
from cytodrill.core.throwaway import MongoThrowaway, PostgresThrowaway
from cytodrill.settings import Settings
from cytodrill.throwaway import docker, space
from cytodrill.throwaway.docker_mongo import DockerMongo
from cytodrill.throwaway.docker_postgres import DockerPostgres
from cytodrill.throwaway.local_mongo import LocalMongo
from cytodrill.throwaway.local_postgres import LocalPostgres

T = TypeVar("T")


def open_postgres(settings: Settings, run_id: str, pinned: str, archive_size: int = 0) -> PostgresThrowaway:
    """A throwaway PostgreSQL for run *run_id* and an archive of *archive_size* bytes.

    *pinned* is the image that the instance pins, or "".

    Raises `ThrowawayError` with the remedy; nothing is left then, nor after an interruption.
    """

    def in_docker(client: DockerClient, image: docker.Image) -> PostgresThrowaway:
        _check_engine_disk(client, archive_size)
        return DockerPostgres(client, image, settings.docker, run_id, pinned)

    def local() -> PostgresThrowaway:
        _check_own_disk(archive_size)
        return LocalPostgres(settings.local, run_id, pinned)

    return _open(settings, pinned, settings.docker.postgis_image, in_docker, local)


def open_mongo(settings: Settings, run_id: str, pinned: str, archive_size: int = 0) -> MongoThrowaway:
    """A throwaway MongoDB for run *run_id* and an archive of *archive_size* bytes.

    *pinned* is the image that the instance pins, or "".

    Raises `ThrowawayError` with the remedy; nothing is left then, nor after an interruption.
    """

    def in_docker(client: DockerClient, image: docker.Image) -> MongoThrowaway:
        _check_engine_disk(client, archive_size)
        return DockerMongo(client, image, settings.docker, run_id, pinned)

    def local() -> MongoThrowaway:
        _check_own_disk(archive_size)
        return LocalMongo(settings.local, run_id, pinned)

    return _open(settings, pinned, settings.docker.mongo_image, in_docker, local)


def engine_kind(
    settings: Settings, store: Literal["postgres", "mongo"] = "postgres", pinned: str = ""
) -> Literal["docker", "local"]:
    """What *store* will be restored in; pulls its image if that is needed to know.

    Raises `ThrowawayError` if the settings ask for Docker and no engine answers or no image can be had.
    """
    configured = settings.docker.postgis_image if store == "postgres" else settings.docker.mongo_image
    if settings.engine == "local":
        return "local"
    try:
        client, _ = _docker(settings, pinned, configured)
    except ThrowawayError:
        if settings.engine == "docker":
            raise
        return "local"
    client.close()
    return "docker"


def _check_own_disk(archive_size: int) -> None:
    remedy = "Free space there, or name a folder on another disk in TMPDIR."
    space.check(Path(tempfile.gettempdir()), space.needed(archive_size), remedy)


def _check_engine_disk(client: DockerClient, archive_size: int) -> None:
    root = Path(str(client.info().get("DockerRootDir") or ""))
    if root.is_absolute():
        space.check(root, space.needed(archive_size), "Free space there (docker system df tells what takes it).")


def _open(
    settings: Settings,
    pinned: str,
    configured: str,
    in_docker: Callable[[DockerClient, docker.Image], T],
    local: Callable[[], T],
) -> T:
    if settings.engine == "local":
        return local()
    try:
        client, image = _docker(settings, pinned, configured)
    except ThrowawayError as unavailable:
        if settings.engine == "docker":
            raise
        try:
            return local()
        except ThrowawayError as error:
            raise ThrowawayError(f"{error} Docker, tried first: {unavailable}") from None
    return in_docker(client, image)


def _docker(settings: Settings, pinned: str, configured: str) -> tuple[DockerClient, docker.Image]:
    client = docker.connect()
    try:
        return client, docker.choose(client, settings.docker, pinned, configured)
    except BaseException:
        client.close()
        raise
