"""How large a sample instance is: all generators stream, so a larger scale is only other numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Numbers of things in a sample; what hangs on them (terms, commands, properties, …) is in proportion.

    *annotations* are rows of user_annotation, *documents* those of all Mongo collections together, *uploads* what
    users uploaded (conversions add a row each).
    """

    name: str
    uploads: int
    annotations: int
    documents: int
    users: int
    projects: int
    ontologies: int

    @property
    def algo_annotations(self) -> int:
        """Annotations that algorithms made."""
        return self.annotations // 8

    @property
    def commands(self) -> int:
        """Recorded actions of users, each with its JSON and a line of history."""
        return self.annotations * 3 // 5

    @property
    def properties(self) -> int:
        """Key and value pairs on annotations, images and projects."""
        return self.annotations // 2


SCALES: dict[str, Scale] = {
    scale.name: scale
    for scale in (
        Scale("small", 60, 20_000, 50_000, 24, 8, 5),
        Scale("medium", 600, 200_000, 500_000, 80, 40, 16),
        Scale("large", 6_000, 2_000_000, 5_000_000, 240, 200, 50),
    )
}
