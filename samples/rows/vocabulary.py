"""Ontologies with their trees of terms, and tags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from samples import words
from samples.rows.people import People
from samples.rows.world import World

TERMS = 12
"""Terms an ontology has."""


@dataclass(frozen=True)
class Vocabulary:
    """Ids of ontologies, the first id of their terms (ontology *n* owns TERMS from *n* * TERMS on), and of tags."""

    ontologies: tuple[int, ...]
    terms: int
    tags: tuple[int, ...]

    def term(self, ontology: int, number: int) -> int:
        """Id of the term of that *number* in the *ontology* of that position."""
        return self.terms + ontology * TERMS + number % TERMS


def write(world: World, people: People) -> Vocabulary:
    """Write ontology, term, relation_term and tag."""
    number = world.scale.ontologies
    random = world.random("vocabulary")
    first, terms, relations = world.ids.take(number), world.ids.take(number * TERMS), world.ids.take(number * TERMS)
    at = world.calendar.at
    world.write(
        "ontology",
        "id version created updated name user_id",
        (
            (first + i, 0, at(0.041), None, f"Ontology {words.tissue(i)} {i}", people.users[i % len(people.users)])
            for i in range(number)
        ),
    )
    world.write(
        "term",
        "id version created updated deleted name color comment ontology_id",
        (
            (
                terms + i,
                0,
                at(0.042),
                None,
                at(0.6) if i % 37 == 36 else None,
                words.tissue(i),
                words.colour(random),
                words.remark(random) if i % 3 else None,
                first + i // TERMS,
            )
            for i in range(number * TERMS)
        ),
    )
    parent = world.number("SELECT id FROM relation WHERE name = 'parent'")
    world.write(
        "relation_term",
        "id version created relation_id term1_id term2_id",
        _tree(world, parent, relations, terms),
    )
    return Vocabulary(tuple(range(first, first + number)), terms, _tags(world, people))


def _tree(world: World, parent: int, first: int, terms: int) -> Iterator[tuple[object, ...]]:
    """Terms 4 to 11 of each ontology hang below its terms 0 to 3."""
    for i in range(world.scale.ontologies * TERMS):
        if i % TERMS >= 4:
            yield first + i, 0, world.calendar.at(0.042), parent, terms + i - i % TERMS + i % 4, terms + i


def _tags(world: World, people: People) -> tuple[int, ...]:
    number = 12 + world.scale.projects // 2
    first = world.ids.take(number)
    world.write(
        "tag",
        "id version created updated name user_id",
        (
            (first + i, 0, world.calendar.at(0.05), None, f"tag {words.tissue(i)}", people.users[i % len(people.users)])
            for i in range(number)
        ),
    )
    return tuple(range(first, first + number))
