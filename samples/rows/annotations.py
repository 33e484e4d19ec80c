"""Annotations: by users and algorithms, their terms, reviews, comments, tracks and links."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from samples import words
from samples.rows.instances import Imaging, Instance
from samples.rows.people import People
from samples.rows.projects import Projects
from samples.rows.shapes import draw
from samples.rows.vocabulary import Vocabulary
from samples.rows.world import BATCH, PACKAGE, World

USER_CLASS = f"{PACKAGE}.ontology.UserAnnotation"
ALGO_CLASS = f"{PACKAGE}.ontology.AlgoAnnotation"
REVIEWED, REVIEWED_AT = 13, 5
"""Of that many user annotations one is reviewed: that with this remainder."""
SHARED, SHARED_AT = 150, 3
"""Of that many user annotations one is commented."""
DELETED, DELETED_AT = 97, 11
"""Of that many annotations one is soft-deleted (and neither reviewed nor commented by these numbers' choice)."""


@dataclass(frozen=True)
class Drawn:
    """What is known of an annotation without its outline."""

    number: int
    id: int
    instance: Instance
    slice: int
    user: int
    created: datetime
    fraction: float
    deleted: datetime | None


@dataclass(frozen=True)
class Annotations:
    """Where the annotations are: first ids, and a way to go through the user annotations again without memory."""

    users: int
    algos: int
    again: Callable[[], Iterator[Drawn]]


@dataclass(frozen=True)
class _Source:
    """All that decides who draws what where."""

    world: World
    people: People
    projects: Projects
    imaging: Imaging

    def drawn(self, kind: str, first: int, number: int) -> Iterator[Drawn]:
        """The annotations of one *kind* (`user` or `algo`) with ids from *first* on, in order of creation."""
        arrivals = np.array([instance.fraction for instance in self.imaging.instances])
        for start in range(0, number, BATCH):
            count = min(BATCH, number - start)
            random = self.world.numpy(kind, start)
            begin = arrivals[0] + 0.001
            when = begin + (1 - begin) * (start + np.arange(count) + random.random(count)) / number
            where = (np.searchsorted(arrivals, when) * random.random(count) ** 1.3).astype(int)
            who, depth = random.random(count).tolist(), random.random(count).tolist()
            choices = zip(when.tolist(), where.tolist(), who, depth, strict=True)
            for i, (fraction, place, whom, plane) in enumerate(choices):
                instance = self.imaging.instances[place]
                yield self._one(kind, first, start + i, instance, fraction=fraction, who=whom, depth=plane)

    def _one(  # all choices made: the row is only put together
        self,
        kind: str,
        first: int,
        number: int,
        instance: Instance,
        *,
        fraction: float,
        who: float,
        depth: float,
    ) -> Drawn:
        calendar = self.world.calendar
        members = self.projects.members[instance.project]
        gone = number % DELETED == DELETED_AT and not _reviewed(number) and number % SHARED != SHARED_AT
        return Drawn(
            number=number,
            id=first + number,
            instance=instance,
            slice=instance.slice + int(depth * instance.slices),
            user=self.people.runner if kind == "algo" else self.people.users[members[int(who * len(members))]],
            created=calendar.at(fraction),
            fraction=fraction,
            deleted=calendar.at(fraction + 0.01) if gone else None,
        )


def _reviewed(number: int) -> bool:
    return number % REVIEWED == REVIEWED_AT


def write(world: World, people: People, projects: Projects, vocabulary: Vocabulary, imaging: Imaging) -> Annotations:
    """Write user_annotation, algo_annotation, their terms and comments; reviews are made by reviews.py."""
    source = _Source(world, people, projects, imaging)
    scale = world.scale
    users, algos = world.ids.take(scale.annotations), world.ids.take(scale.algo_annotations)

    def again() -> Iterator[Drawn]:
        return source.drawn("user", users, scale.annotations)

    columns = (
        "id version created updated deleted location wkt_location area perimeter area_unit perimeter_unit"
        " geometry_compression count_comments count_reviewed_annotations image_id slice_id project_id user_id"
    )
    world.write("user_annotation", columns, _rows(source, "user", again()))
    world.write("algo_annotation", columns, _rows(source, "algo", source.drawn("algo", algos, scale.algo_annotations)))
    terms = world.ids.take(scale.annotations * 2)
    world.write(
        "annotation_term",
        "id version created updated user_annotation_id term_id user_id",
        _terms(source, vocabulary, terms, again()),
    )
    rates = world.ids.take(scale.algo_annotations)
    world.write(
        "algo_annotation_term",
        "id version created annotation_class_name annotation_ident term_id expected_term_id rate project_id"
        " user_job_id",
        _rates(source, vocabulary, rates, source.drawn("algo", algos, scale.algo_annotations)),
    )
    _comments(world, people, again)
    return Annotations(users, algos, again)


def _rows(source: _Source, kind: str, drawn: Iterator[Drawn]) -> Iterator[tuple[object, ...]]:
    first = source.projects.first
    random = source.world.numpy(f"{kind} shapes")
    for one in drawn:
        number = one.number
        shape = draw(random, number, one.instance.upload.width, one.instance.upload.height)
        reviews = int(kind == "user" and _reviewed(number))
        comments = int(kind == "user" and number % SHARED == SHARED_AT)
        yield (
            one.id,
            number % 3,
            one.created,
            source.world.calendar.at(one.fraction + 0.0005) if number % 3 else None,
            one.deleted,
            shape.ewkb,
            shape.wkt,
            shape.area,
            shape.perimeter,
            1,
            3,
            None if number % 4 else number % 17 * 1.5,
            comments,
            reviews,
            one.instance.id,
            one.slice,
            first + one.instance.project,
            one.user,
        )


def _terms(source: _Source, vocabulary: Vocabulary, first: int, drawn: Iterator[Drawn]) -> Iterator[tuple[object, ...]]:
    """Four of five annotations have a term of their project's ontology, some two."""
    for one in drawn:
        ontology = one.instance.project % len(vocabulary.ontologies)
        for turn in range((0, 1, 1, 1, 2)[one.number % 5]):
            term = vocabulary.term(ontology, one.number // 5 * 7 + turn * 5)
            created = source.world.calendar.at(one.fraction + 1e-6)
            yield first + one.number * 2 + turn, 0, created, None, one.id, term, one.user


def _rates(source: _Source, vocabulary: Vocabulary, first: int, drawn: Iterator[Drawn]) -> Iterator[tuple[object, ...]]:
    random = source.world.random("rates")
    for one in drawn:
        ontology = one.instance.project % len(vocabulary.ontologies)
        yield (
            first + one.number,
            0,
            one.created,
            ALGO_CLASS,
            one.id,
            vocabulary.term(ontology, one.number),
            vocabulary.term(ontology, one.number + 1) if one.number % 4 == 0 else None,
            random.random(),
            source.projects.first + one.instance.project,
            one.user,
        )


def _comments(world: World, people: People, again: Callable[[], Iterator[Drawn]]) -> None:
    """One comment on every SHAREDth annotation, sent to one or two users (a table without a key)."""
    number = world.scale.annotations // SHARED + 1
    first = world.ids.take(number)
    random = world.random("comments")
    world.write(
        "shared_annotation",
        "id version created annotation_class_name annotation_ident comment sender_id",
        (
            (
                first + one.number // SHARED,
                0,
                world.calendar.at(one.fraction + 0.0008),
                USER_CLASS,
                one.id,
                words.text(random, 4) if one.number % 2 else None,
                one.user,
            )
            for one in again()
            if one.number % SHARED == SHARED_AT
        ),
    )
    sent = range((world.scale.annotations - SHARED_AT + SHARED - 1) // SHARED)
    world.write(
        "shared_annotation_user",
        "shared_annotation_receivers_id user_id",
        ((first + i, people.users[(i * 3 + turn) % len(people.users)]) for i in sent for turn in range(1 + i % 2)),
    )
