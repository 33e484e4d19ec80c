"""What `prove` leaves on a drill for the report."""

from __future__ import annotations

import pytest

from cytodrill.core.claims import Judgement

JUDGEMENT = pytest.StashKey[Judgement]()
"""Of `item.stash`."""
