"""Background tasks of the core, and what runs of the app engine left: layers with their own kind of annotation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from uuid import UUID

from samples import words
from samples.rows.instances import Imaging
from samples.rows.people import People
from samples.rows.projects import Projects
from samples.rows.world import World


def write(world: World, people: People, projects: Projects, imaging: Imaging) -> None:
    """Write task and task_comment (tables without a key), task_run, annotation_layer, annotation and crop_offset."""
    _tasks(world, people, projects)
    images = imaging.instances[:: max(1, len(imaging.instances) // (world.scale.projects * 4))]
    number = len(images)
    random = world.random("task runs")
    runs, layers, places = world.ids.take(number), world.ids.take(number), world.ids.take(number)
    world.write(
        "task_run",
        "id version created task_run_id project_id user_id image_id",
        (
            (
                runs + i,
                0,
                world.calendar.at(image.fraction + 0.003),
                str(UUID(int=random.getrandbits(128), version=4)),
                projects.first + image.project,
                people.users[i % len(people.users)],
                image.id if i % 5 else None,
            )
            for i, image in enumerate(images)
        ),
    )
    world.write(
        "annotation_layer",
        "id name",
        ((layers + i, f"task-run {runs + i} – {words.tissue(i)}") for i in range(number)),
    )
    world.write(
        "task_run_layer",
        "id annotation_layer_id task_run_id image_instance_id parameter_name derived_from",
        (
            (places + i, layers + i, runs + i, image.id, f"out{i % 3}", "input" if i % 2 else None)
            for i, image in enumerate(images)
        ),
    )
    world.write(
        "crop_offset",
        "id task_run_layer_id x_offset y_offset",
        ((world.ids.take(), places + i, i * 3, i * 5) for i in range(0, number, 3)),
    )
    world.write("annotation", "id layer_id location", _outlines(world, layers, number))


def _outlines(world: World, layers: int, number: int) -> Iterator[tuple[object, ...]]:
    """GeoJSON as bytes, not PostGIS (core, Liquibase)."""
    random = world.random("outlines")
    for i in range(world.scale.annotations // 40):
        yield world.ids.take(), layers + i % number, json.dumps(_square(random)).encode()


def _square(random: Random) -> dict[str, object]:
    x, y, side = random.randrange(500), random.randrange(500), random.randrange(1, 90)
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def _tasks(world: World, people: People, projects: Projects) -> None:
    number = world.scale.projects * 3
    random = world.random("tasks")
    first = world.ids.take(number)
    world.write(
        "task",
        "id progress project_id user_id print_in_activity",
        (
            (
                first + i,
                100 if i % 4 else 37,
                projects.first + i % len(projects.members),
                people.users[i % len(people.users)],
                i % 2 == 0,
            )
            for i in range(number)
        ),
    )
    world.write(
        "task_comment",
        "task_id comment timestamp",
        (
            (first + i, words.text(random, 2), int(world.calendar.at(0.9 + 0.09 * i / number).timestamp()) * 1000 + j)
            for i in range(number)
            for j in range(3)
        ),
    )
