"""Coverage: everything the instance holds is in the backup set, left out by the settings, or named here."""

from __future__ import annotations

from cytodrill.cytomine.coverage import Coverage, covered
from reports.plugin import Prove


def test_covered(covering: Coverage, prove: Prove) -> None:
    """The backup set covers {thing}."""
    assert prove(covered(covering))
