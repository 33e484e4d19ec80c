"""Sets of 64-bit keys that stay small for millions of rows; may be used by every module.

A key is an integer id, or for other keys the first 64 bits of a hash; negative ids are folded into the unsigned range.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap64

from cytodrill.core.inventory import Required

MASK = (1 << 64) - 1
FIRST = 10
"""How many ids a finding names: enough to look one up, few enough to read."""


class Keys:
    """Collects keys in chunks into one compressed bitmap."""

    def __init__(self) -> None:
        self._bitmap = BitMap64()
        self._chunk = array("Q")

    def add(self, key: int) -> None:
        """Add one signed or unsigned 64-bit *key*."""
        self._chunk.append(key & MASK)
        if len(self._chunk) >= 1 << 16:
            self._flush()

    def _flush(self) -> None:
        self._bitmap |= BitMap64(self._chunk)
        self._chunk = array("Q")

    def bitmap(self) -> BitMap64:
        """All keys added so far."""
        self._flush()
        return self._bitmap


def collect(keys: Iterable[int]) -> BitMap64:
    """The set of *keys*, streamed."""
    collected = Keys()
    for key in keys:
        collected.add(key)
    return collected.bitmap()


def first(bitmap: BitMap64, limit: int = FIRST) -> tuple[int, ...]:
    """The first *limit* keys, as signed numbers."""
    found: Iterator[int] = iter(bitmap)
    return tuple(key - (1 << 64) if key >> 63 else key for key, _ in zip(found, range(limit), strict=False))


@dataclass(frozen=True)
class Compared:
    """The key sets behind a `Required`: *lost* and *undecided* as bitmaps, for naming their ids."""

    required: Required
    lost: BitMap64
    undecided: BitMap64


def compare(
    *,
    since: datetime,
    required: BitMap64,
    manifest: BitMap64 | None,
    production: BitMap64,
    restored: BitMap64,
) -> Compared:
    """Compare one table's or collection's keys.

    *required* are production's keys that must be in the backup; *manifest* the keys at the time *since*, None where
    keys have no identity of their own (tables without a key); *production* today's; *restored* the throwaway's.
    """
    lost = required - restored
    known = required if manifest is None else manifest
    rewritten = BitMap64() if manifest is None else (manifest & production) - required
    undecided = rewritten - restored
    return Compared(
        Required(
            since=since,
            required=len(required),
            lost=len(lost),
            lost_ids=tuple(str(key) for key in first(lost)),
            undecided=len(undecided),
            undecided_ids=tuple(str(key) for key in first(undecided)),
            updated_since=len(rewritten),
            deleted_since=len(known - production),
            younger=len(production - known),
        ),
        lost,
        undecided,
    )
