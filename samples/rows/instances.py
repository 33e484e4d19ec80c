"""Images in projects, with their slices and groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from samples import words
from samples.rows.imaging import Images, deleted, fraction
from samples.rows.people import People
from samples.rows.projects import Projects
from samples.rows.world import PACKAGE, World
from samples.upload import Upload


@dataclass(frozen=True)
class Instance:
    """An image in a project: *slices* of them from id *slice* on; *fraction* is when it came, on the calendar."""

    id: int
    image: int
    upload: Upload
    project: int
    """Position of the project, not its id."""
    slice: int
    slices: int
    fraction: float


@dataclass(frozen=True)
class Imaging:
    """All instances that are not deleted, in order of their creation (a few hundred bytes each in memory)."""

    instances: tuple[Instance, ...]


def write(world: World, people: People, projects: Projects, images: Images) -> Imaging:
    """Write image_instance, slice_instance, image_group and image_group_image_instance. Counters start at 0."""
    random = world.random("image_instance")
    found: list[Instance] = []
    for upload in images.shown:
        planes = images.slices[upload.number]
        chosen = random.sample(range(len(projects.members)), 1 + (upload.number % 3 > 0) + (upload.number % 5 == 0))
        for turn, project in enumerate(sorted(chosen)):
            arrival = fraction(world, upload) + 0.001 * (1 + turn)
            identity, own = world.ids.take(), world.ids.take(planes.number)
            found.append(Instance(identity, images.ids[upload.number], upload, project, own, planes.number, arrival))
    found.sort(key=lambda instance: (instance.fraction, instance.id))
    world.write(
        "image_instance",
        "id version created updated deleted class base_image_id project_id user_id instance_filename magnification"
        " review_start review_stop review_user_id count_image_annotations count_image_job_annotations"
        " count_image_reviewed_annotations",
        _instance_rows(world, people, projects, found),
    )
    world.write(
        "slice_instance",
        "id version created updated deleted base_slice_id image_id project_id",
        (
            (
                instance.slice + plane,
                0,
                world.calendar.at(instance.fraction),
                None,
                deleted(world, instance.upload),
                images.slices[instance.upload.number].first + plane,
                instance.id,
                projects.first + instance.project,
            )
            for instance in found
            for plane in range(instance.slices)
        ),
    )
    _groups(world, projects, found)
    return Imaging(tuple(instance for instance in found if not instance.upload.deleted))


def _instance_rows(
    world: World, people: People, projects: Projects, instances: list[Instance]
) -> Iterator[tuple[object, ...]]:
    random = world.random("instance")
    for instance in instances:
        members = projects.members[instance.project]
        reviewed = instance.id % 3 == 0
        yield (
            instance.id,
            random.randrange(30),
            world.calendar.at(instance.fraction),
            world.calendar.later(instance.fraction, random),
            deleted(world, instance.upload),
            f"{PACKAGE}.image.ImageInstance",
            instance.image,
            projects.first + instance.project,
            people.users[random.choice(members)],
            f"{words.remark(random)} {instance.id}" if instance.id % 4 == 0 else None,
            random.choice((None, 20, 40)),
            world.calendar.at(instance.fraction + 0.004) if reviewed else None,
            world.calendar.at(instance.fraction + 0.007) if reviewed and instance.id % 2 else None,
            people.users[members[0]] if reviewed else None,
            0, 0, 0,
        )  # fmt: skip


def _groups(world: World, projects: Projects, instances: list[Instance]) -> None:
    """One group per project, of its first three images."""
    groups = world.ids.take(len(projects.members))
    world.write(
        "image_group",
        "id version created name project_id",
        (
            (groups + i, 0, world.calendar.at(0.97), f"groupe {i} – 組", projects.first + i)
            for i in range(len(projects.members))
        ),
    )
    for i in range(len(projects.members)):
        chosen = [instance for instance in instances if instance.project == i][:3]
        ids = world.ids.take(3)
        world.write(
            "image_group_image_instance",
            "id version created group_id image_id",
            [(ids + j, 0, world.calendar.at(0.97), groups + i, image.id) for j, image in enumerate(chosen)],
        )
