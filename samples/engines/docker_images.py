"""Building the stand-in images: once for the same sources, on a base that is pulled or made from Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import docker.errors
import requests

from samples.engines import docker_engine, packages, programs
from samples.engines.commands import Say, must, step
from samples.engines.errors import EngineSetupError
from samples.engines.sources import BUILD, IMAGES, digest, locked

PUBLIC_BASE = "debian:bookworm-slim"
OWN_BASE = "cytodrill/base:bookworm"
LABEL = "cytodrill.standin.digest"
PULL_PATIENCE = 30
"""Seconds without an answer after which a registry counts as out of reach."""

BUILD_PATIENCE = 1200
"""Seconds for one step of a build, a few hundred megabytes of packages included."""


def tag_of(name: str) -> str:
    """The tag of the stand-in *name* (`postgis` or `mongo`) for its sources as they are now."""
    return f"cytodrill/standin-{name}:{digest(IMAGES / name)}"


def all_present(*tags: str) -> bool:
    """Whether the engine has an image of each of *tags* that was built from their sources."""
    engine = docker_engine.client()
    try:
        return all(_present(engine, tag) for tag in tags)
    finally:
        engine.close()


def image(tag: str, context: Path, base: str, say: Say) -> str:
    """*tag*, after building it from *context* on *base* unless an image of the same sources is there."""
    engine = docker_engine.client(BUILD_PATIENCE)
    try:
        with locked(BUILD / f".{tag.replace('/', '-')}.lock"):
            if not _present(engine, tag):
                with step(f"built the image {tag}", say):
                    _build(engine, tag, context, base)
    finally:
        engine.close()
    return tag


def _present(engine: docker.DockerClient, tag: str) -> bool:
    # the label is ours: an image that only got the name would not have it
    try:
        return bool(engine.images.get(tag).labels.get(LABEL) == tag.partition(":")[2])
    except docker.errors.ImageNotFound:
        return False


def _build(engine: docker.DockerClient, tag: str, context: Path, base: str) -> None:
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    try:
        engine.images.build(
            path=str(context),
            tag=tag,
            rm=True,
            forcerm=True,
            labels={LABEL: tag.partition(":")[2]},
            buildargs=proxies | {"BASE": base},
        )
    except docker.errors.BuildError as error:
        said = [str(line.get("stream", "")).strip() for line in error.build_log if isinstance(line, dict)]
        last = " / ".join(line for line in said[-8:] if line)
        raise EngineSetupError(
            f"The image {tag} could not be built on {base}: {error.msg}; last: {last}. "
            "Check that containers reach Debian's packages (proxy), or use local servers with --engine local."
        ) from None


def base(*, agreed: bool, say: Say) -> str:
    """The tag of a Debian 12 to build on: what is here, else pulled, else made by debootstrap.

    *agreed* as in `packages.install`, which may have to bring debootstrap.
    """
    engine = docker_engine.client(PULL_PATIENCE)
    try:
        with locked(BUILD / ".base.lock"):
            for tag in (PUBLIC_BASE, OWN_BASE):
                if _here(engine, tag):
                    return tag
            if _pulled(engine):
                say(f"pulled {PUBLIC_BASE}")
                return PUBLIC_BASE
            say(f"{PUBLIC_BASE} cannot be pulled: making {OWN_BASE} from Debian's packages")
            packages.install(packages.debootstrap_need(), agreed=agreed, say=say)
            with step(f"made {OWN_BASE}", say):
                _debootstrap()
            return OWN_BASE
    finally:
        engine.close()


def _here(engine: docker.DockerClient, tag: str) -> bool:
    try:
        engine.images.get(tag)
    except docker.errors.ImageNotFound:
        return False
    return True


def _pulled(engine: docker.DockerClient) -> bool:
    try:
        engine.images.pull(PUBLIC_BASE)
    except (docker.errors.DockerException, requests.RequestException):
        return False
    return True


def _debootstrap() -> None:
    if os.geteuid() != 0:
        raise EngineSetupError(
            f"{PUBLIC_BASE} cannot be pulled, and making a base image of Debian's packages needs root. "
            "Run `sudo .venv/bin/python -m samples.engines --docker` once, or use local servers with --engine local."
        )
    with _folder() as root:
        must(
            [str(programs.debootstrap()), "--variant=minbase", "bookworm", str(root)],
            remedy="Check that this machine reaches Debian's packages, or use local servers with --engine local.",
            deadline=float(BUILD_PATIENCE),
        )
        engine = docker_engine.client(BUILD_PATIENCE)
        repository, tag = OWN_BASE.split(":")
        packed = subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE)
        try:
            engine.api.import_image_from_stream(packed.stdout, repository=repository, tag=tag)
        finally:
            engine.close()
            packed.terminate()
            packed.wait()


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="cytodrill-base-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
