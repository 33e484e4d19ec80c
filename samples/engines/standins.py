"""The stand-ins, ready to run: as local programs, or as images for containers."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from samples.engines import build, docker_engine, docker_images, programs
from samples.engines.commands import Say
from samples.engines.errors import EngineSetupError
from samples.engines.sources import BUILD, IMAGES, built, digest

MONGO_CONTEXT = (".dockerignore", "Dockerfile", "backup", "docker-entrypoint.sh", "restore")


@dataclass(frozen=True)
class LocalStandIns:
    """Programs of this machine: the MongoDB stand-in and the Java to run it, MongoDB's tools, PostgreSQL's folder."""

    jar: Path
    java: Path
    mongodump: Path
    mongorestore: Path
    postgres_bin: Path


@dataclass(frozen=True)
class Images:
    """Tags of the stand-in images; the part behind the colon is a digest of their sources."""

    postgis: str
    mongo: str


def local(build_dir: Path = BUILD, *, say: Say = print) -> LocalStandIns:
    """Build the jar and MongoDB's tools under *build_dir*, unless they are there from the same sources.

    Raises `EngineSetupError` if a program for it is missing (`packages.install` brings those) or a build fails.
    """
    with ThreadPoolExecutor(2, "build") as pool:
        jar = pool.submit(build.jar, build_dir, say)
        mongodump, mongorestore = build.tools(build_dir, say)
        return LocalStandIns(
            jar=jar.result(),
            java=_found(programs.java(), "Java", "default-jdk-headless"),
            mongodump=mongodump,
            mongorestore=mongorestore,
            postgres_bin=_found(programs.postgres_bin(), "PostgreSQL with PostGIS", "postgresql-15-postgis-3"),
        )


def images(build_dir: Path = BUILD, *, agreed: bool = False, say: Say = print) -> Images:
    """Build the stand-in images on an engine that answers, unless they are there from the same sources.

    *agreed* as in `packages.install`. Raises `EngineSetupError` if no engine answers or a build fails.
    """
    if not docker_engine.answers():
        raise EngineSetupError(
            "No container engine answers. Start one (`sudo systemctl start docker`), "
            "or use local servers with --engine local."
        )
    wanted = Images(docker_images.tag_of("postgis"), docker_images.tag_of("mongo"))
    if docker_images.all_present(wanted.postgis, wanted.mongo):
        return wanted
    with ThreadPoolExecutor(3, "build") as pool:
        jar = pool.submit(build.jar, build_dir, say)
        tools = pool.submit(build.tools, build_dir, say)
        base = docker_images.base(agreed=agreed, say=say)
        postgis = pool.submit(docker_images.image, wanted.postgis, IMAGES / "postgis", base, say)
        context = _mongo_context(build_dir, jar.result(), *tools.result())
        mongo = docker_images.image(wanted.mongo, context, base, say)
        return Images(postgis=postgis.result(), mongo=mongo)


def _mongo_context(build_dir: Path, *programs_in_it: Path) -> Path:
    """What the mongo image is built of, in one folder: its own files, the jar and the tools."""

    def make(folder: Path) -> None:
        for file in (*(IMAGES / "mongo" / name for name in MONGO_CONTEXT), *programs_in_it):
            shutil.copy2(file, folder / file.name)

    return built(build_dir / f"mongo-context-{digest(IMAGES / 'mongo')}", make)


def _found(program: Path | None, what: str, package: str) -> Path:
    if program is None:
        raise EngineSetupError(
            f"{what} is missing. Install it with `sudo apt-get install {package}`, or use --install."
        )
    return program
