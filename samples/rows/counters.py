"""Counters kept by triggers: settling them after a fill that ran without triggers, and checking them at any time."""

from __future__ import annotations

from psycopg import Connection

from samples.rows.world import World

_INDEX = """
    SELECT slice_id, user_id, sum(own)::bigint AS own, sum(reviewed)::bigint AS reviewed
      FROM (SELECT slice_id, user_id, 1 AS own, 0 AS reviewed FROM user_annotation WHERE deleted IS NULL
             UNION ALL
            SELECT slice_id, user_id, 1, 0 FROM algo_annotation WHERE deleted IS NULL
             UNION ALL
            SELECT slice_id, review_user_id, 0, 1 FROM reviewed_annotation WHERE deleted IS NULL) AS one
     GROUP BY slice_id, user_id
"""

_COUNTED = (
    ("project", "count_images", "image_instance", "project_id"),
    ("project", "count_annotations", "user_annotation", "project_id"),
    ("project", "count_job_annotations", "algo_annotation", "project_id"),
    ("project", "count_reviewed_annotations", "reviewed_annotation", "project_id"),
    ("image_instance", "count_image_annotations", "user_annotation", "image_id"),
    ("image_instance", "count_image_job_annotations", "algo_annotation", "image_id"),
    ("image_instance", "count_image_reviewed_annotations", "reviewed_annotation", "image_id"),
    ("user_annotation", "count_reviewed_annotations", "reviewed_annotation", "parent_ident"),
    ("user_annotation", "count_comments", "shared_annotation", "annotation_ident"),
)
"""A table's column, and the table whose live rows it counts by which of its columns."""


def settle(world: World) -> None:
    """Set what the triggers would have left in project, image_instance and annotation_index.

    Triggers are off while a fill runs: a counter's row would be rewritten once per annotation in one transaction,
    which takes quadratic time. Counters inside annotations are written right from the start.
    """
    for table, column, counted, by in _COUNTED:
        if table != "user_annotation":
            world.connection.execute(
                f"UPDATE {table} SET {column} = found.number"
                f"  FROM (SELECT {by} AS id, count(*) AS number FROM {counted} WHERE deleted IS NULL GROUP BY 1)"
                f"    AS found WHERE found.id = {table}.id".encode()
            )
    row = world.connection.execute(f"SELECT count(*) FROM ({_INDEX}) AS found".encode()).fetchone()
    number = row[0] if row else 0
    first = world.ids.take(number)
    world.connection.execute(
        "INSERT INTO annotation_index (id, version, slice_id, user_id, count_annotation, count_reviewed_annotation)"
        f" SELECT {first} - 1 + row_number() OVER (ORDER BY slice_id, user_id), 0, slice_id, user_id, own, reviewed"
        f"   FROM ({_INDEX}) AS found ORDER BY 1".encode()
    )
    world.counts["annotation_index"] = number


def drift(connection: Connection) -> dict[str, int]:
    """How many rows of each counter differ from what they count; an empty dict says that all are right."""
    wrong: dict[str, int] = {}
    for table, column, counted, by in _COUNTED:
        row = connection.execute(
            f"SELECT count(*) FROM {table}"
            f"  LEFT JOIN (SELECT {by} AS id, count(*) AS number FROM {counted} WHERE deleted IS NULL GROUP BY 1)"
            f"    AS found ON found.id = {table}.id"
            f" WHERE COALESCE({column}, 0) <> COALESCE(number, 0)".encode()
        ).fetchone()
        wrong[f"{table}.{column}"] = row[0] if row else 0
    row = connection.execute(
        f"SELECT count(*) FROM annotation_index FULL JOIN ({_INDEX}) AS found USING (slice_id, user_id)"
        " WHERE COALESCE(count_annotation, 0) <> COALESCE(own, 0)"
        "    OR COALESCE(count_reviewed_annotation, 0) <> COALESCE(reviewed, 0)".encode()
    ).fetchone()
    wrong["annotation_index"] = row[0] if row else 0
    return {name: number for name, number in wrong.items() if number}
