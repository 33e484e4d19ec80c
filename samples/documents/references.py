"""What documents refer to, read from database `docker`, and the ids they get from its sequence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import Connection

_BLOCK = 10_000


@dataclass(frozen=True)
class Viewed:
    """An image in a project with one of its slices, and its size in pixels."""

    image: int
    slice: int
    project: int
    name: str
    width: int
    height: int


@dataclass(frozen=True)
class References:
    """Ids of users, images in their projects, and (annotation's id, its image, its author's id) to act on."""

    users: tuple[int, ...]
    viewed: tuple[Viewed, ...]
    annotations: tuple[tuple[int, Viewed, int], ...]


def references(connection: Connection, annotations: int = 5_000) -> References:
    """Read all users and images, and *annotations* annotations at most, in order of id."""
    users = connection.execute("SELECT id FROM sec_user WHERE enabled ORDER BY id").fetchall()
    rows = connection.execute(
        """
        SELECT DISTINCT ON (image_instance.id) image_instance.id, slice_instance.id, image_instance.project_id,
               COALESCE(instance_filename, original_filename), width, height
          FROM image_instance
          JOIN abstract_image ON abstract_image.id = base_image_id
          JOIN slice_instance ON slice_instance.image_id = image_instance.id
         WHERE image_instance.deleted IS NULL
         ORDER BY image_instance.id, slice_instance.id
        """
    ).fetchall()
    viewed = tuple(Viewed(*row) for row in rows)
    places = {view.image: view for view in viewed}
    drawn = connection.execute(
        "SELECT id, image_id, user_id FROM user_annotation WHERE deleted IS NULL ORDER BY id LIMIT %s",
        (annotations,),
    ).fetchall()
    return References(
        users=tuple(row[0] for row in users),
        viewed=viewed,
        annotations=tuple((row[0], places[row[1]], row[2]) for row in drawn if row[1] in places),
    )


def ids(connection: Connection, block: int = _BLOCK) -> Iterator[int]:
    """Ids of hibernate_sequence without end, fetched *block* at a time; what is left of the last block is a gap."""
    while True:
        row = connection.execute(
            "SELECT array_agg(nextval('hibernate_sequence')) FROM generate_series(1, %s)", (block,)
        ).fetchone()
        yield from row[0] if row else ()
