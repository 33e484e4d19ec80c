"""File names as users upload them, in several scripts, and what PIMS makes of them on disk."""

from __future__ import annotations

import re
from random import Random

_STEMS = (
    "CMU-1",
    "Prostate_HE_042",
    "lame n°7 – été",
    "Gewebeprobe Größe XL",
    "組織切片",
    "조직표본",
    "срез ткани",
    "δείγμα",
    "עינה",
    "شريحة",
    "stained 🔬 slide",
    'O\'Neill "biopsy"',
    "50% formalin; batch #3",
    "Zoë's naïve T-cells",
    "a" * 120,
    "TCGA-A6-2671-01Z-00-DX1",
)
"""One of each kind that has broken a script: accents, CJK, right to left, emoji, quotes, shell characters, length."""

_REFUSED = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def original(random: Random, number: int, extension: str) -> str:
    """Return the name a user gave upload *number*, ending in *extension* (with its dot)."""
    stem = random.choice(_STEMS)
    return f"{stem} {number}{extension}" if " " in stem else f"{stem}_{number}{extension}"


def on_disk(name: str) -> str:
    """Return the name PIMS stores: scripts and spaces stay, what a file system may refuse goes (PIMS 0.7)."""
    return _REFUSED.sub("", name)
