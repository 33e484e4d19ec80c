"""Single changes to rows: what the transactions of the workload are put together from."""

from __future__ import annotations

import json

from samples import words
from samples.documents.references import Viewed
from samples.rows.annotations import USER_CLASS
from samples.rows.shapes import draw
from samples.rows.world import PACKAGE
from samples.workload.actor import Actor, Removed

_SHAPE = "location, wkt_location, area, perimeter, area_unit, perimeter_unit"


def insert_annotation(actor: Actor, view: Viewed, table: str = "user_annotation") -> int:
    """Insert an annotation; its triggers count it."""
    identity = actor.id()
    actor.drawn += 1
    shape = draw(actor.shapes, actor.drawn % 2_400, view.width, view.height)
    actor.connection.execute(
        f"INSERT INTO {table} (id, version, created, {_SHAPE}, count_comments, count_reviewed_annotations,"
        " image_id, slice_id, project_id, user_id)"
        " VALUES (%s, 0, %s, %s, %s, %s, %s, 1, 3, 0, 0, %s, %s, %s, %s)".encode(),
        (identity, actor.now(), shape.ewkb, shape.wkt, shape.area, shape.perimeter, view.image, view.slice,
         view.project, actor.user()),
    )  # fmt: skip
    return identity


def insert_term(actor: Actor, annotation: int) -> None:
    """Give an annotation a term of its project's ontology, unless it has that one."""
    actor.connection.execute(
        """
        INSERT INTO annotation_term (id, version, created, user_annotation_id, term_id, user_id)
        SELECT nextval('hibernate_sequence'), 0, %s, one.id, term.id, one.user_id
          FROM user_annotation AS one
          JOIN project ON project.id = one.project_id
          JOIN term ON term.ontology_id = project.ontology_id
         WHERE one.id = %s
         ORDER BY term.id
        OFFSET %s LIMIT 1
            ON CONFLICT DO NOTHING
        """,
        (actor.now(), annotation, actor.random.randrange(12)),
    )


def insert_property(actor: Actor, annotation: int) -> int:
    """Hang a property on an annotation."""
    identity = actor.id()
    actor.connection.execute(
        "INSERT INTO property (id, version, created, domain_class_name, domain_ident, key, value)"
        " VALUES (%s, 0, %s, %s, %s, %s, %s)",
        (identity, actor.now(), USER_CLASS, annotation, words.key(actor.random), words.text(actor.random, 3)),
    )
    return identity


def insert_command(actor: Actor, view: Viewed, annotation: int, kind: str = "Add") -> None:
    """Record an action: command, history, and the stack of what can be undone."""
    command, history, undo = actor.id(), actor.id(), actor.id()
    user, now = actor.user(), actor.now()
    data = json.dumps({"class": USER_CLASS, "id": annotation, "note": words.remark(actor.random)})
    message = f"{kind}ed annotation {annotation} in image « {view.name} »"[:255]
    actor.connection.execute(
        "INSERT INTO command (id, version, created, class, service_name, data, action_message, print_message,"
        " save_on_undo_redo_stack, project_id, user_id)"
        " VALUES (%s, 0, %s, %s, 'UserAnnotationService', %s, %s, true, true, %s, %s)",
        (command, now, f"{PACKAGE}.command.{kind}Command", data, message, view.project, user),
    )
    actor.connection.execute(
        "INSERT INTO command_history (id, version, created, command_id, message, prefix_action, project_id, user_id)"
        " VALUES (%s, 0, %s, %s, %s, '', %s, %s)",
        (history, now, command, message, view.project, user),
    )
    actor.connection.execute(
        "INSERT INTO undo_stack_item (id, version, created, command_id, is_from_redo, user_id)"
        " VALUES (%s, 0, %s, %s, false, %s)",
        (undo, now, command, user),
    )
    actor.stack.append((undo, command))


def delete_annotation(actor: Actor, annotation: int) -> list[Removed]:
    """Delete an annotation that is not soft-deleted, terms first; return the rows in the order of their coming back."""
    alive = actor.number(b"SELECT id FROM user_annotation WHERE id = %s AND deleted IS NULL FOR UPDATE", (annotation,))
    if not alive:
        return []
    terms = actor.connection.execute(
        "DELETE FROM annotation_term WHERE user_annotation_id = %s RETURNING annotation_term::text", (annotation,)
    ).fetchall()
    rows = actor.connection.execute(
        "DELETE FROM user_annotation WHERE id = %s RETURNING user_annotation::text", (annotation,)
    ).fetchall()
    return [Removed("user_annotation", row[0]) for row in rows] + [Removed("annotation_term", row[0]) for row in terms]


def delete_property(actor: Actor, identity: int) -> list[Removed]:
    """Delete a property."""
    rows = actor.connection.execute(
        "DELETE FROM property WHERE id = %s RETURNING property::text", (identity,)
    ).fetchall()
    return [Removed("property", row[0]) for row in rows]


def bring_back(actor: Actor, removed: list[Removed]) -> None:
    """Insert deleted rows again, identical to the last byte, old ids included."""
    for one in removed:
        actor.connection.execute(f"INSERT INTO {one.table} SELECT (%s::{one.table}).*".encode(), (one.row,))
