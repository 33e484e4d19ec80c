"""Transactions of the workload, and how often each is made. Each function is one transaction's body."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

from psycopg import Rollback
from psycopg.types.json import Jsonb

from samples import words
from samples.rows.annotations import USER_CLASS
from samples.rows.texts import PROJECT_CLASS
from samples.workload import statements
from samples.workload.actor import Actor

_STEPS = {0: (10,), 10: (11, 20, 30, 50), 20: (21, 30), 30: (31, 40), 40: (41, 60), 50: (51, 60), 60: (61,)}
"""Next statuses of an upload in flight, all below 100: nothing of these uploads is on disk (PIMS 0.7)."""


def annotate(actor: Actor) -> None:
    """Draw an annotation, with terms, a property and the recorded command."""
    view = actor.view()
    annotation = statements.insert_annotation(actor, view)
    for _ in range(actor.random.choice((0, 1, 1, 2))):
        statements.insert_term(actor, annotation)
    if actor.random.random() < 0.4:
        actor.properties.append(statements.insert_property(actor, annotation))
    statements.insert_command(actor, view, annotation)
    actor.annotations.append(annotation)


def detect(actor: Actor) -> None:
    """Let an algorithm find two annotations, each with a term and its rate."""
    view = actor.view()
    for _ in range(2):
        annotation = statements.insert_annotation(actor, view, "algo_annotation")
        actor.connection.execute(
            "INSERT INTO algo_annotation_term (id, version, created, annotation_class_name, annotation_ident, rate,"
            " project_id, user_job_id) VALUES (%s, 0, %s, %s, %s, %s, %s, %s)",
            (actor.id(), actor.now(), "be.cytomine.domain.ontology.AlgoAnnotation", annotation,
             actor.random.random(), view.project, actor.user()),
        )  # fmt: skip


def describe(actor: Actor) -> None:
    """Hang a property and a description on an annotation."""
    annotation = actor.annotation()
    if annotation:
        actor.properties.append(statements.insert_property(actor, annotation))
        actor.connection.execute(
            "INSERT INTO description (id, version, created, data, domain_class_name, domain_ident)"
            " VALUES (%s, 0, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (actor.id(), actor.now(), words.text(actor.random, 5), USER_CLASS, annotation),
        )


def upload(actor: Actor) -> None:
    """Begin an upload: a row without a file."""
    user = actor.user()
    key = UUID(int=actor.random.getrandbits(128), version=4)
    identity = actor.number(
        b"INSERT INTO uploaded_file (version, created, content_type, ext, filename, original_filename, size, status,"
        b" user_id, storage_id)"
        b" SELECT 0, %s, '', '', %s, %s, %s, 0, %s, (SELECT min(id) FROM storage WHERE user_id = %s) RETURNING id",
        (actor.now(), f"/data/pims/tmp/-{key}", f"traffic – {words.tissue(actor.drawn)}.svs",
         actor.random.randrange(10_000, 10**9), user, user),
    )  # fmt: skip
    actor.connection.execute("UPDATE uploaded_file SET l_tree = id::text::ltree WHERE id = %s", (identity,))
    actor.uploads.append(identity)


def advance(actor: Actor) -> None:
    """Move an upload one step on, or into an error."""
    if not actor.uploads:
        return
    identity = actor.random.choice(actor.uploads)
    status = actor.number(b"SELECT status FROM uploaded_file WHERE id = %s", (identity,))
    actor.connection.execute(
        "UPDATE uploaded_file SET status = %s, version = version + 1, updated = %s WHERE id = %s",
        (actor.random.choice(_STEPS.get(status, (status,))), actor.now(), identity),
    )


def edit(actor: Actor) -> None:
    """Change an annotation and a property of its own."""
    annotation = actor.annotation()
    actor.connection.execute(
        "UPDATE user_annotation SET version = version + 1, updated = %s, geometry_compression = %s WHERE id = %s",
        (actor.now(), actor.random.random(), annotation),
    )
    if actor.properties:
        actor.connection.execute(
            "UPDATE property SET value = %s, version = version + 1, updated = %s WHERE id = %s",
            (words.text(actor.random, 2), actor.now(), actor.random.choice(actor.properties)),
        )


def touch(actor: Actor) -> None:
    """Update rows to what they are already: a new version of the row with the same contents."""
    actor.connection.execute("UPDATE user_annotation SET user_id = user_id WHERE id = %s", (actor.annotation(),))
    actor.connection.execute("UPDATE annotation_term SET version = version WHERE user_annotation_id = %s",
                             (actor.annotation(),))  # fmt: skip


def hide(actor: Actor) -> None:
    """Soft-delete an annotation, or take that back."""
    if actor.softly and actor.random.random() < 0.3:
        annotation = actor.softly.popleft()
        actor.connection.execute("UPDATE user_annotation SET deleted = NULL WHERE id = %s", (annotation,))
        return
    annotation = actor.annotation()
    actor.connection.execute(
        "UPDATE user_annotation SET deleted = %s WHERE id = %s AND deleted IS NULL", (actor.now(), annotation)
    )
    actor.softly.append(annotation)


def remove(actor: Actor) -> None:
    """Delete an annotation with its terms for good."""
    annotation = actor.annotation()
    statements.delete_annotation(actor, annotation)
    if annotation in actor.annotations:
        actor.annotations.remove(annotation)
    statements.insert_command(actor, actor.view(), annotation, "Delete")


def regret(actor: Actor) -> None:
    """Draw, describe, and take it all back: nothing remains but used-up ids."""
    annotation = statements.insert_annotation(actor, actor.view())
    statements.insert_term(actor, annotation)
    statements.insert_property(actor, annotation)
    raise Rollback


def hesitate(actor: Actor) -> None:
    """Savepoints: one part is rolled back, one released inside another; what remains has ids of subtransactions."""
    kept = statements.insert_annotation(actor, actor.view())
    with actor.connection.transaction():
        statements.insert_term(actor, kept)
        with actor.connection.transaction():
            actor.properties.append(statements.insert_property(actor, kept))
    with actor.connection.transaction():
        statements.insert_property(actor, kept)
        raise Rollback
    actor.annotations.append(kept)


def review(actor: Actor) -> None:
    """Accept an annotation as it is; sometimes take a review back (only where author and reviewer are one)."""
    actor.connection.execute(
        """
        INSERT INTO reviewed_annotation (id, version, created, location, wkt_location, area, perimeter, area_unit,
               perimeter_unit, count_comments, image_id, slice_id, project_id, user_id, parent_class_name,
               parent_ident, review_user_id, status)
        SELECT nextval('hibernate_sequence'), 0, %s, location, wkt_location, area, perimeter, area_unit,
               perimeter_unit, 0, image_id, slice_id, project_id, user_id, %s, id, user_id, 1
          FROM user_annotation
         WHERE id = %s AND deleted IS NULL AND count_reviewed_annotations = 0
        """,
        (actor.now(), USER_CLASS, actor.annotation()),
    )
    if actor.random.random() < 0.3 and actor.annotations:
        actor.connection.execute(
            "DELETE FROM reviewed_annotation WHERE parent_ident = %s AND user_id = review_user_id AND NOT EXISTS"
            " (SELECT 1 FROM reviewed_annotation_term WHERE reviewed_annotation_terms_id = reviewed_annotation.id)",
            (actor.random.choice(actor.annotations),),
        )


def comment(actor: Actor) -> None:
    """Send an annotation to a colleague."""
    there = b"SELECT id FROM user_annotation WHERE id = %s FOR UPDATE"
    annotation = actor.number(there, (actor.annotation(),))
    if annotation:
        identity = actor.id()
        actor.connection.execute(
            "INSERT INTO shared_annotation (id, version, created, annotation_class_name, annotation_ident, comment,"
            " sender_id) VALUES (%s, 0, %s, %s, %s, %s, %s)",
            (identity, actor.now(), USER_CLASS, annotation, words.text(actor.random, 3), actor.user()),
        )
        actor.connection.execute("INSERT INTO shared_annotation_user VALUES (%s, %s)", (identity, actor.user()))


def undo(actor: Actor) -> None:
    """Move a command from the undo stack to the redo stack."""
    if actor.stack:
        item, command = actor.stack.popleft()
        actor.connection.execute("DELETE FROM undo_stack_item WHERE id = %s", (item,))
        actor.connection.execute(
            "INSERT INTO redo_stack_item (id, version, created, command_id, user_id) VALUES (%s, 0, %s, %s, %s)",
            (actor.id(), actor.now(), command, actor.user()),
        )


def work(actor: Actor) -> None:
    """A background task with its comments, in tables without keys; finished ones go."""
    identity, view = actor.id(), actor.view()
    actor.connection.execute("INSERT INTO task VALUES (%s, 0, %s, %s, true)", (identity, view.project, actor.user()))
    moment = int(actor.clock().timestamp() * 1000)
    actor.connection.execute("INSERT INTO task_comment VALUES (%s, %s, %s)", (identity, "début", moment))
    if actor.random.random() < 0.4:
        actor.connection.execute("UPDATE task SET progress = 100 WHERE id = %s", (identity,))
        actor.connection.execute("DELETE FROM task_comment WHERE task_id = %s", (identity,))


def attach(actor: Actor) -> None:
    """Attach bytes to a project, and record it in the newer way, as JSONB under a uuid."""
    view = actor.view()
    actor.connection.execute(
        "INSERT INTO attached_file (id, version, created, filename, key, data, domain_class_name, domain_ident)"
        " VALUES (%s, 0, %s, 'trafic.bin', NULL, %s, %s, %s)",
        (actor.id(), actor.now(), actor.random.randbytes(400), PROJECT_CLASS, view.project),
    )
    key = UUID(int=actor.random.getrandbits(128), version=4)
    actor.connection.execute(
        "INSERT INTO command_v2 (id, created, data, user_id) VALUES (%s, %s, %s, %s)",
        (key, actor.now(), Jsonb({"project": view.project, "note": words.remark(actor.random)}), actor.user()),
    )


def compute(actor: Actor) -> None:
    """A run of the app engine begins and ends, in the other database."""
    key = UUID(int=actor.random.getrandbits(128), version=4)
    with actor.appengine.transaction():
        actor.appengine.execute(
            "INSERT INTO run (identifier, created_at, updated_at, state, secret, task_identifier)"
            " SELECT %s, %s, %s, 'CREATED', %s, identifier FROM task ORDER BY identifier LIMIT 1",
            (key, actor.now(), actor.now(), json.dumps(words.remark(actor.random))),
        )
    with actor.appengine.transaction():
        actor.appengine.execute("UPDATE run SET state = 'FINISHED' WHERE identifier = %s", (key,))


OFTEN: dict[Callable[[Actor], None], int] = {
    annotate: 30, detect: 4, describe: 8, upload: 4, advance: 8, edit: 12, touch: 5, hide: 6, remove: 6, regret: 5,
    hesitate: 6, review: 4, comment: 3, undo: 4, work: 3, attach: 2, compute: 2,
}  # fmt: skip
"""How often each is made, in proportion."""
