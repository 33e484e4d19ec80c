"""`python -m samples.demo`: build a sample instance with backups, drill it, print where the report is."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from cytodrill.settings import CHECKOUT
from samples import production
from samples.build import Wanted, build
from samples.engines import docker_engine
from samples.engines.errors import EngineSetupError
from samples.engines.prepare import prepare
from samples.errors import SampleError
from samples.layout import Layout
from samples.place import kept
from samples.scale import SCALES

say = partial(print, flush=True)


def _arguments(arguments: list[str] | None) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="tox run -e demo --", description=__doc__)
    parser.add_argument("--engine", choices=("auto", "docker", "local"), default="auto", help="what restores")
    parser.add_argument("--install", action="store_true", help="install missing servers without asking")
    parser.add_argument("--scale", choices=sorted(SCALES), default="small", help="how much the sample holds")
    parser.add_argument("--dir", type=Path, default=kept("demo"), help="where the sample is kept")
    parser.add_argument("--stay-up", action="store_true", help="leave the sample's production running")
    return parser.parse_known_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the demo with *arguments*; what it does not know goes to pytest. Gives the drill's exit status."""
    given, for_pytest = _arguments(arguments)
    layout = Layout(given.dir.resolve())
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    try:
        engine = _engine(given.engine, agreed=given.install)
        say(f"The sample instance, in {layout.root}")
        build(layout, Wanted(scale=given.scale, up=True))
        say(f"Ready after {time.monotonic() - began:.0f} s; drilling it with: pytest drills/ --engine {engine}")
        return _drill(layout, engine, for_pytest)
    except SampleError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 2
    finally:
        if not given.stay_up and layout.notes.exists():
            production.down(layout)
        say(f"The demo took {time.monotonic() - began:.0f} s.")


def _engine(wanted: str, *, agreed: bool) -> str:
    """Prepare servers and give the engine that will restore: as *wanted*, or for "auto" what can be had."""
    prepare(local=True, docker=False, agreed=agreed, say=say)  # the sample's production runs as local processes
    if wanted == "docker" or (wanted == "auto" and docker_engine.answers()):
        try:
            prepare(local=False, docker=True, agreed=agreed, say=say)
        except EngineSetupError as error:
            if wanted == "docker":
                raise
            say(f"Without containers: {error}")
        else:
            return "docker"
    return "local"


def _drill(layout: Layout, engine: str, more: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "drills/", "--drill-config", str(layout.drill_config)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DRILL_", "PYTEST_"))}
    with subprocess.Popen([*command, "--engine", engine, *more], cwd=CHECKOUT, env=environment) as drill:
        try:
            return drill.wait()
        except BaseException:
            drill.terminate()
            raise


if __name__ == "__main__":
    sys.exit(main())
