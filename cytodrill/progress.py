"""Lines of progress for whoever watches a run, in a terminal or in a log of CI; may be used by every module."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import humanize

log = logging.getLogger("drill")

EVERY = 5.0
"""Seconds between lines of progress."""

T = TypeVar("T")


def timed(seconds: dict[str, float], name: str, work: Callable[[], T]) -> T:
    """Do *work*, say when it begins and ends, and keep how long it took in *seconds* under *name*."""
    began = time.monotonic()
    log.info("%s …", name)
    try:
        return work()
    finally:
        seconds[name] = time.monotonic() - began
        log.info("%s: %.1f s", name, seconds[name])


def progress(name: str) -> Callable[[int], None]:
    """A function to be told the bytes read so far, which says so now and then, with the rate."""
    began = last = time.monotonic()

    def tell(done: int) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= EVERY:
            last = now
            size, rate = humanize.naturalsize(done), humanize.naturalsize(done / (now - began))
            log.info("%s: %s read, %s/s", name, size, rate)

    return tell
