"""What the engine tells the report about a run, beside the claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cytodrill.core.inventory import Counted
from cytodrill.core.throwaway import Engine


@dataclass(frozen=True)
class SetPart:
    """One part of the backup set: an archive or a copy.

    *part* is "postgres", "mongo", "images" or "configuration"; *taken* is the end of the dump (the time of the
    archive's member) or None where it cannot be known; *age* is in seconds at the moment judged; *size* in bytes;
    *sha256* is hex or "".
    """

    part: str
    path: str
    size: int | None
    sha256: str
    taken: datetime | None
    age: float | None


@dataclass(frozen=True)
class RunFacts:
    """Facts of one run for `run.json`. Times are UTC, *phases* are seconds by name in order of their start."""

    run_id: str
    started: datetime
    judged_as_of: datetime
    instance: str
    backup_set: tuple[SetPart, ...] = ()
    engines: tuple[Engine, ...] = ()
    inventories: tuple[Counted, ...] = ()
    phases: Mapping[str, float] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What the verdict's line must name: an image that is not the pinned one, a stand-in server, a pretended now."""
