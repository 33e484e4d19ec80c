"""Running the programs that build and install, with the whole environment: proxies and certificates are in it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cytodrill.process import CommandError, Finished, run
from samples.engines.errors import EngineSetupError

Say = Callable[[str], None]
"""Takes one line for the person in front of the screen or the log."""

LAST_LINES = 6
"""How much of a failed command's output goes into the error."""


def must(
    command: Sequence[str],
    *,
    remedy: str,
    deadline: float,
    cwd: Path | None = None,
    extra: Mapping[str, str] | None = None,
    asks: bool = False,
) -> Finished:
    """Run *command* in *cwd* for at most *deadline* seconds, with our environment and *extra* variables.

    One that *asks* keeps the terminal, for sudo's password. Raises `EngineSetupError`, ending in *remedy*, if it
    cannot start, takes too long or fails.
    """
    if asks:
        status = subprocess.run(command, cwd=cwd, env=os.environ | dict(extra or {}), check=False).returncode
        finished = Finished(status, "", "its output is above")
        return _checked(command, finished, remedy)
    try:
        finished = run(command, deadline=deadline, cwd=cwd, env=os.environ | dict(extra or {}), accept=None)
    except CommandError as error:
        raise EngineSetupError(f"{error} {remedy}") from None
    return _checked(command, finished, remedy)


def _checked(command: Sequence[str], finished: Finished, remedy: str) -> Finished:
    if finished.status != 0:
        output = f"{finished.stdout}\n{finished.stderr}".strip()
        said = output.splitlines()
        # Maven names the cause first and explains at length after it; the others end in it
        telling = [line for line in said if line.startswith("[ERROR]")][:1] or said[-LAST_LINES:]
        raise EngineSetupError(
            f"`{' '.join(command)}` failed with exit status {finished.status}: {' / '.join(telling)}. {remedy}", output
        )
    return finished


@contextmanager
def step(what: str, say: Say) -> Iterator[None]:
    """Tell *what* was done and how many seconds it took, once it is done."""
    begun = time.monotonic()
    yield
    say(f"{what} ({time.monotonic() - begun:.1f} s)")
