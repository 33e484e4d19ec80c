"""Which uploads a sample instance holds: the one plan that database and image tree are both written from.

Facts: PIMS 0.7 (layout, status codes, size rules): `importer` and `listeners` (a conversion's child
row is CONVERTED and has the real size, its parent is DEPLOYED and owns the abstract image).
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Protocol
from uuid import UUID

from samples.upload import FAILED, PENDING, Upload
from samples.upload_kinds import KINDS


class HasUploads(Protocol):
    """What a plan needs to know of a scale."""

    @property
    def uploads(self) -> int:
        """How many files users uploaded; conversions add a row each."""


_MANY = ("pyramid",) * 14 + ("jpeg",) * 8 + ("png",) * 6 + ("mrxs",) * 4 + ("converted",) * 5 + ("dataset",) * 2
_SOME = ("archive",) * 2 + ("removed",) * 4 + ("pending",) * len(PENDING) + ("failed",) * len(FAILED)
_BLOCK = _MANY + _SOME + ("pyramid",) * 2
"""What sixty uploads are; the small scale is one such block, so it holds every kind and every status."""


def plan(scale: HasUploads, seed: int) -> Iterator[Upload]:
    """Yield the uploads of a *scale*, conversions right after their origin, the same for the same *seed*.

    `scale.uploads` counts what users uploaded; the child row of each conversion comes on top of it.
    """
    number = 0
    block: list[tuple[str, int]] = []
    for position in range(scale.uploads):
        if not block:
            block = _block(Random(f"{seed}:block:{position}"))
        kind, turn = block.pop()
        for upload in _planned(kind, turn, number, Random(f"{seed}:upload:{position}")):
            yield upload
            number += 1


def _block(random: Random) -> list[tuple[str, int]]:
    """Sixty kinds in an order of their own, each with its turn among its like (which picks status or form)."""
    turns: dict[str, int] = {}
    kinds = []
    for kind in _BLOCK:
        kinds.append((kind, turns.get(kind, 0)))
        turns[kind] = turns.get(kind, 0) + 1
    random.shuffle(kinds)
    return kinds


def _planned(kind: str, turn: int, number: int, random: Random) -> tuple[Upload, ...]:
    uuid = UUID(int=random.getrandbits(128), version=4)
    return KINDS[kind](number, uuid, turn, random)
