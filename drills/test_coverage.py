"""Coverage: everything the instance holds is in the backup set, left out by the settings, or named here."""

from __future__ import annotations

from cytodrill.core.claims import Prove
from cytodrill.cytomine.coverage import Coverage, covered


def test_covered(covering: Coverage, prove: Prove) -> None:
    """The backup set covers {thing}."""
    assert prove(covered(covering))
