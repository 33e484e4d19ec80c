"""What users did: commands with their JSON, history, undo and redo, transactions, and the newer command_v2."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from samples import words
from samples.rows.annotations import USER_CLASS, Annotations, Drawn
from samples.rows.projects import Projects
from samples.rows.world import PACKAGE, World

_KINDS = ("Add", "Add", "Add", "Edit", "Delete")
_V2 = 12
"""One annotation in that many is known to command_v2 too."""
_STACK = 200
"""Commands that can still be undone, and half as many redone."""


def write(world: World, projects: Projects, annotations: Annotations) -> None:
    """Write transaction, command, command_history, undo_stack_item, redo_stack_item and command_v2."""
    number = world.scale.commands
    commands, histories = world.ids.take(number), world.ids.take(number)
    transactions = world.ids.take(number // 50 + 1)
    world.write(
        "transaction",
        "id version created",
        (
            (transactions + position // 50, 0, one.created)
            for position, one in _acting(world, annotations)
            if position % 50 == 0
        ),
    )
    world.write(
        "command",
        "id version created updated class service_name data action_message print_message save_on_undo_redo_stack"
        " project_id user_id transaction_id",
        _commands(world, projects, annotations, commands, transactions),
    )
    world.write(
        "command_history",
        "id version created command_id message prefix_action project_id user_id",
        (
            (
                histories + position,
                0,
                world.calendar.at(one.fraction + 4e-6),
                commands + position,
                _message(one),
                ("", "UNDO", "REDO")[position % 41 if position % 41 < 3 else 0],
                projects.first + one.instance.project,
                one.user,
            )
            for position, one in _acting(world, annotations)
        ),
    )
    _stacks(world, annotations, commands)
    _newer(world, annotations)


def _acting(world: World, annotations: Annotations) -> Iterator[tuple[int, Drawn]]:
    """The newest annotations with their positions: what was done before the table was last emptied is forgotten."""
    oldest = world.scale.annotations - world.scale.commands
    for one in annotations.again():
        if one.number >= oldest:
            yield one.number - oldest, one


def _message(one: Drawn) -> str:
    kind = _KINDS[one.number % len(_KINDS)]
    return f"{kind}ed annotation {one.id} in image « {one.instance.upload.original_filename} »"[:255]


def _commands(
    world: World, projects: Projects, annotations: Annotations, first: int, transactions: int
) -> Iterator[tuple[object, ...]]:
    random = world.random("commands")
    for position, one in _acting(world, annotations):
        kind = _KINDS[one.number % len(_KINDS)]
        yield (
            first + position,
            0,
            world.calendar.at(one.fraction + 3e-6),
            None,
            f"{PACKAGE}.command.{kind}Command",
            "UserAnnotationService",
            _data(one, words.remark(random)) if one.number % 200 else None,
            _message(one),
            one.number % 3 > 0,
            one.number % 7 > 0,
            projects.first + one.instance.project,
            one.user,
            transactions + position // 50 if position % 4 == 0 else None,
        )


def _data(one: Drawn, remark: str) -> str:
    content = {
        "class": USER_CLASS,
        "id": one.id,
        "created": str(int(one.created.timestamp() * 1000)),
        "image": one.instance.id,
        "slice": one.slice,
        "user": one.user,
        "name": one.instance.upload.original_filename,
        "remark": remark,
        "term": [],
        "deleted": None,
    }
    return json.dumps(content, ensure_ascii=one.number % 2 == 0)


def _stacks(world: World, annotations: Annotations, commands: int) -> None:
    number = world.scale.commands
    last = min(_STACK, number)
    undo, redo = world.ids.take(last), world.ids.take(last)
    recent = [(position, one) for position, one in _acting(world, annotations) if position >= number - last]
    columns = "id version created command_id user_id"
    world.write(
        "undo_stack_item",
        columns + " is_from_redo",
        (
            (undo + i, 0, world.calendar.at(one.fraction + 5e-6), commands + position, one.user, i % 9 == 0)
            for i, (position, one) in enumerate(recent)
        ),
    )
    world.write(
        "redo_stack_item",
        columns,
        (
            (redo + i, 0, world.calendar.at(one.fraction + 6e-6), commands + position, one.user)
            for i, (position, one) in enumerate(recent)
            if i % 2
        ),
    )


def _newer(world: World, annotations: Annotations) -> None:
    """Rows keyed by uuid, with JSONB; every third belongs to the one before it."""
    random = world.random("command_v2")

    def rows() -> Iterator[tuple[object, ...]]:
        before: UUID | None = None
        for one in annotations.again():
            if one.number % _V2:
                continue
            key = UUID(int=random.getrandbits(128), version=4)
            parent = before if one.number % (_V2 * 3) == 0 else None
            before = key
            yield key, world.calendar.at(one.fraction + 7e-6), _data(one, words.remark(random)), one.user, parent

    world.write("command_v2", "id created data user_id parent_command_id", rows())
