"""`python -m samples.engines [--docker | --try-docker] [--local] [--install]`: have the servers ready.

Without --docker and --local both are prepared, containers only where an engine is installed. --try-docker installs an
engine where there is none, and goes on without where none can start: tests that need it are then skipped.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial

from samples.engines.commands import Say, step
from samples.engines.errors import EngineSetupError
from samples.engines.prepare import prepare

say: Say = partial(print, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Prepare what *arguments* ask for and print what was done; the exit status is 0, or 11 if it cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m samples.engines", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--docker", action="store_true", help="stand-in images for containers")
    parser.add_argument("--try-docker", action="store_true", help="the same, but go on where no engine can start")
    parser.add_argument("--local", action="store_true", help="servers as processes of this machine")
    parser.add_argument("--install", action="store_true", help="install missing packages without asking")
    asked = parser.parse_args(arguments)
    try:
        with step("all ready", say):
            ready = prepare(local=asked.local, docker=asked.docker, agreed=asked.install, say=say)
            lines = ready.lines() + (_tried(agreed=asked.install) if asked.try_docker else [])
            for line in lines:
                say(line)
    except EngineSetupError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _tried(*, agreed: bool) -> list[str]:
    try:
        return prepare(local=False, docker=True, agreed=agreed, say=say).lines()
    except EngineSetupError as error:
        return [f"WITHOUT CONTAINERS, tests that need them are skipped: {error}"]


if __name__ == "__main__":
    sys.exit(main())
