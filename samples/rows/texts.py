"""Texts and files hung on other rows: properties, descriptions, attached files, tags."""

from __future__ import annotations

from collections.abc import Iterator

from samples import words
from samples.rows.annotations import USER_CLASS, Annotations
from samples.rows.instances import Imaging
from samples.rows.projects import Projects
from samples.rows.vocabulary import Vocabulary
from samples.rows.world import PACKAGE, World

IMAGE_CLASS = f"{PACKAGE}.image.ImageInstance"
PROJECT_CLASS = f"{PACKAGE}.project.Project"


def write(
    world: World,
    projects: Projects,
    vocabulary: Vocabulary,
    imaging: Imaging,
    annotations: Annotations,
) -> None:
    """Write property, description, attached_file and tag_domain_association."""
    ids = world.ids.take(world.scale.properties)
    world.write(
        "property",
        "id version created updated deleted domain_class_name domain_ident key value",
        _properties(world, annotations, ids),
    )
    _descriptions(world, projects, imaging, annotations)
    _attached(world, projects, imaging)
    ids = world.ids.take(len(imaging.instances))
    world.write(
        "tag_domain_association",
        "id version created tag_id domain_class_name domain_id",
        (
            (
                ids + i,
                0,
                world.calendar.at(image.fraction + 0.0003),
                vocabulary.tags[i * 5 % len(vocabulary.tags)],
                IMAGE_CLASS,
                image.id,
            )
            for i, image in enumerate(imaging.instances)
        ),
    )


def _properties(world: World, annotations: Annotations, first: int) -> Iterator[tuple[object, ...]]:
    """On every second annotation; every tenth of them is on its image instead."""
    random = world.random("properties")
    for one in annotations.again():
        turn = one.number // 2
        if one.number % 2 or turn >= world.scale.properties:
            continue
        on_image = turn % 10 == 0
        yield (
            first + turn,
            turn % 4,
            world.calendar.at(one.fraction + 2e-6),
            world.calendar.later(one.fraction, random) if turn % 4 else None,
            world.calendar.at(one.fraction + 0.02) if turn % 83 == 0 else None,
            IMAGE_CLASS if on_image else USER_CLASS,
            one.instance.id if on_image else one.id,
            words.key(random),
            words.remark(random) if turn % 3 else words.text(random, 1 + turn % 12),
        )


def _descriptions(world: World, projects: Projects, imaging: Imaging, annotations: Annotations) -> None:
    random = world.random("descriptions")
    number = len(projects.members)
    told = [(PROJECT_CLASS, projects.first + i, 0.06) for i in range(number)]
    told += [(IMAGE_CLASS, image.id, image.fraction) for image in imaging.instances[::4]]
    first = world.ids.take(len(told))
    columns = "id version created data domain_class_name domain_ident"
    world.write(
        "description",
        columns,
        (
            (first + i, 0, world.calendar.at(when + 0.001), f"<p>{words.text(random, 20)}</p>\n", name, identity)
            for i, (name, identity, when) in enumerate(told)
        ),
    )
    more = world.ids.take(world.scale.annotations // 100 + 1)
    world.write(
        "description",
        columns,
        (
            (
                more + one.number // 100,
                0,
                world.calendar.at(one.fraction + 3e-6),
                words.text(random, 6),
                USER_CLASS,
                one.id,
            )
            for one in annotations.again()
            if one.number % 100 == 50
        ),
    )


def _attached(world: World, projects: Projects, imaging: Imaging) -> None:
    """Bytes of every value; one file is empty, the largest has 64 KiB, and they do not compress."""
    random = world.random("attached")
    number = len(imaging.instances) // 3 + len(projects.members)
    first = world.ids.take(number)
    world.write(
        "attached_file",
        "id version created filename key data domain_class_name domain_ident",
        (
            (
                first + i,
                0,
                world.calendar.at(0.5 + 0.49 * i / number),
                f"pièce jointe {i} {'附件' if i % 2 else ''}.pdf",
                words.key(random) if i % 4 else None,
                random.randbytes((0, 65_536, 1, 300)[i] if i < 4 else random.randrange(200, 12_000)),
                PROJECT_CLASS,
                projects.first + i % len(projects.members),
            )
            for i in range(number)
        ),
    )
