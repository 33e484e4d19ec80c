"""Everything at once: install what is missing, start the engine, build the stand-ins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from samples.engines import docker_engine, packages, standins
from samples.engines.commands import Say, step
from samples.engines.errors import EngineSetupError
from samples.engines.sources import BUILD


@dataclass(frozen=True)
class Ready:
    """What is ready to run; None where it was not asked for."""

    local: standins.LocalStandIns | None
    images: standins.Images | None

    def lines(self) -> list[str]:
        """What there is, one line each."""
        lines = []
        if self.local:
            lines.append(f"local: PostgreSQL in {self.local.postgres_bin}, MongoDB stand-in {self.local.jar}")
        if self.images:
            lines.append(f"docker: {self.images.postgis}, {self.images.mongo}")
        return lines


def prepare(*, local: bool, docker: bool, agreed: bool = False, say: Say = print, build_dir: Path = BUILD) -> Ready:
    """Prepare servers as *local* processes and in containers (*docker*); by default local, and containers if possible.

    Debian packages are installed only when *agreed* or as root without a terminal; on a terminal it is asked for.
    Raises `EngineSetupError`, naming what is missing and what brings it.
    """
    if local or docker:
        return Ready(
            _local(build_dir, agreed=agreed, say=say) if local else None,
            _docker(build_dir, agreed=agreed, say=say) if docker else None,
        )
    programs_here = _local(build_dir, agreed=agreed, say=say)
    if not docker_engine.answers() and not docker_engine.can_start():
        return Ready(programs_here, None)
    try:
        return Ready(programs_here, _docker(build_dir, agreed=agreed, say=say))
    except EngineSetupError as error:
        say(f"without containers: {error}")
        return Ready(programs_here, None)


def _local(build_dir: Path, *, agreed: bool, say: Say) -> standins.LocalStandIns:
    _install(packages.missing(local=True, docker=False), agreed=agreed, say=say)
    return standins.local(build_dir, say=say)


def _docker(build_dir: Path, *, agreed: bool, say: Say) -> standins.Images:
    _install(packages.missing(local=False, docker=True), agreed=agreed, say=say)
    docker_engine.start(say)
    return standins.images(build_dir, agreed=agreed, say=say)


def _install(needs: Sequence[packages.Need], *, agreed: bool, say: Say) -> None:
    if needs:
        with step("installed what was missing", say):
            packages.install(needs, agreed=agreed, say=say)
