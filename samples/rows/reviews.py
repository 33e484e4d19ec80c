"""What hangs on annotations already written: reviews, tracks, groups and links; and all counters.

Made on the server, of the rows there, so that outlines are copied bit by bit.
"""

from __future__ import annotations

from samples import words
from samples.rows.annotations import REVIEWED, REVIEWED_AT, USER_CLASS, Annotations
from samples.rows.instances import Imaging
from samples.rows.projects import Projects
from samples.rows.world import World


def write(world: World, projects: Projects, imaging: Imaging, annotations: Annotations) -> None:
    """Write reviewed_annotation and its terms, track, annotation_track, annotation_group, annotation_link."""
    number = (world.scale.annotations - REVIEWED_AT + REVIEWED - 1) // REVIEWED
    first = world.ids.take(number)
    values = {
        "first": first, "users": annotations.users, "every": REVIEWED, "at": REVIEWED_AT,
        "class": USER_CLASS, "end": world.calendar.at(1.0),
    }  # fmt: skip
    done = world.connection.execute(
        """
        INSERT INTO reviewed_annotation (id, version, created, location, wkt_location, area, perimeter, area_unit,
               perimeter_unit, geometry_compression, count_comments, image_id, slice_id, project_id, user_id,
               parent_class_name, parent_ident, review_user_id, status)
        SELECT %(first)s + (one.id - %(users)s) / %(every)s, 0,
               LEAST(one.created + interval '9 hours', %(end)s), one.location, one.wkt_location, one.area,
               one.perimeter, one.area_unit, one.perimeter_unit, one.geometry_compression, 0, one.image_id,
               one.slice_id, one.project_id, one.user_id, %(class)s, one.id,
               COALESCE(image_instance.review_user_id, one.user_id), 1
          FROM user_annotation AS one
          JOIN image_instance ON image_instance.id = one.image_id
         WHERE (one.id - %(users)s) %% %(every)s = %(at)s
         ORDER BY one.id
        """,
        values,
    )
    world.counts["reviewed_annotation"] = done.rowcount
    # The same pair stands twice now and then: the table has no key (core, Liquibase).
    done = world.connection.execute(
        """
        INSERT INTO reviewed_annotation_term (reviewed_annotation_terms_id, term_id)
        SELECT reviewed_annotation.id, annotation_term.term_id
          FROM reviewed_annotation
          JOIN annotation_term ON annotation_term.user_annotation_id = reviewed_annotation.parent_ident
         CROSS JOIN generate_series(1, CASE WHEN reviewed_annotation.id % 50 = 0 THEN 2 ELSE 1 END)
         ORDER BY reviewed_annotation.id, annotation_term.id
        """
    )
    world.counts["reviewed_annotation_term"] = done.rowcount
    _tracks(world, projects, imaging, annotations)
    _links(world, projects, annotations)


def _tracks(world: World, projects: Projects, imaging: Imaging, annotations: Annotations) -> None:
    random = world.random("tracks")
    images = imaging.instances[::3]
    first = world.ids.take(len(images))
    tracks = {image.id: first + i for i, image in enumerate(images)}
    world.write(
        "track",
        "id version created name color image_id project_id",
        (
            (
                tracks[image.id],
                0,
                world.calendar.at(image.fraction + 0.0005),
                f"piste {i} – {words.tissue(i)}",
                words.colour(random),
                image.id,
                projects.first + image.project,
            )
            for i, image in enumerate(images)
        ),
    )
    ids = world.ids.take(world.scale.annotations // 40 + 1)
    world.write(
        "annotation_track",
        "id version created annotation_class_name annotation_ident slice_id track_id",
        (
            (ids + one.number // 40, 0, one.created, USER_CLASS, one.id, one.slice, tracks[one.instance.id])
            for one in annotations.again()
            if one.number % 40 == 0 and one.instance.id in tracks
        ),
    )


def _links(world: World, projects: Projects, annotations: Annotations) -> None:
    """One group of annotations for each project's image group; links need not lead anywhere (no foreign keys)."""
    groups = [row[0] for row in world.connection.execute("SELECT id FROM image_group ORDER BY id").fetchall()]
    first, links = world.ids.take(len(groups)), world.ids.take(world.scale.annotations // 200 + 1)
    world.write(
        "annotation_group",
        "id version created image_group_id project_id type",
        (
            (first + i, 0, world.calendar.at(0.98), group, projects.first + i, "SAME_OBJECT")
            for i, group in enumerate(groups)
        ),
    )
    world.write(
        "annotation_link",
        "id version created annotation_class_name annotation_ident group_id image_id",
        (
            (
                links + one.number // 200,
                0,
                world.calendar.at(max(0.981, one.fraction)),
                USER_CLASS,
                one.id,
                first + one.instance.project,
                one.instance.id,
            )
            for one in annotations.again()
            if one.number % 200 == 0
        ),
    )
