"""Projects with their members: ACLs, layers, representatives and filters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from samples import words
from samples.rows.people import People
from samples.rows.vocabulary import Vocabulary
from samples.rows.world import PACKAGE, World


@dataclass(frozen=True)
class Projects:
    """Ids of the projects from *first* on, and the positions of the users who work in each."""

    first: int
    members: tuple[tuple[int, ...], ...]


def write(world: World, people: People, vocabulary: Vocabulary) -> Projects:
    """Write project, its layers, representatives, filters and the ACL tables. Counters start at 0."""
    number = world.scale.projects
    random = world.random("projects")
    first = world.ids.take(number)
    members = tuple(
        tuple(random.sample(range(len(people.users)), min(len(people.users), random.randrange(3, 9))))
        for _ in range(number)
    )
    world.write(
        "project",
        "id version created updated deleted name ontology_id count_annotations count_images count_job_annotations"
        " count_reviewed_annotations mode is_closed blind_mode hide_users_layers hide_admins_layers"
        " are_images_downloadable",
        (
            (
                first + i,
                random.randrange(20),
                world.calendar.at(0.05 + 0.005 * i / number),
                world.calendar.later(0.06, random) if i % 2 else None,
                None,
                f"Project {i} {words.tissue(i)} {words.text(random, 2)}"[:150],
                vocabulary.ontologies[i % len(vocabulary.ontologies)],
                0, 0, 0, 0,
                random.choice(("CLASSIC", "RESTRICTED", "READ_ONLY")),
                i % 7 == 6,
                i % 5 == 4,
                i % 3 == 2,
                False,
                i % 2 == 0,
            )
            for i in range(number)
        ),
    )  # fmt: skip
    _members(world, people, first, members)
    _access(world, people, vocabulary, first, members)
    return Projects(first, members)


def _members(world: World, people: People, first: int, members: tuple[tuple[int, ...], ...]) -> None:
    at = world.calendar.at(0.056)
    for table, share, extra in (
        ("project_default_layer", 2, " hide_by_default"),
        ("project_representative_user", 1, ""),
    ):
        ids = world.ids.take(len(members) * share)
        world.write(
            table,
            "id version created project_id user_id" + extra,
            (
                (ids + i * share + j, 0, at, first + i, people.users[user], *([j == 1] if extra else []))
                for i, users in enumerate(members)
                for j, user in enumerate(users[:share])
            ),
        )
    filters = [row[0] for row in world.connection.execute("SELECT id FROM image_filter ORDER BY id").fetchall()]
    ids = world.ids.take(len(members) * 3)
    world.write(
        "image_filter_project",
        "id version created image_filter_id project_id",
        (
            (ids + i * 3 + j, 0, at, filters[(i + j * 7) % len(filters)], first + i)
            for i in range(len(members))
            for j in range(3)
        ),
    )


def _access(
    world: World, people: People, vocabulary: Vocabulary, first: int, members: tuple[tuple[int, ...], ...]
) -> None:
    """Projects, ontologies and storages are objects; members may read (1), the first of each may rule (16)."""
    rows = world.connection.execute("SELECT class, id FROM acl_class").fetchall()
    classes: dict[str, int] = {row[0]: row[1] for row in rows}
    project, ontology, storage = (
        classes[f"{PACKAGE}.{name}"] for name in ("project.Project", "ontology.Ontology", "image.server.Storage")
    )
    objects = [(project, first + i, users) for i, users in enumerate(members)]
    objects += [(ontology, o, members[i % len(members)]) for i, o in enumerate(vocabulary.ontologies)]
    objects += [(storage, s, (i,)) for i, s in enumerate(people.storages)]
    ids = world.ids.take(len(objects))
    world.write(
        "acl_object_identity",
        "id object_id_class object_id_identity parent_object owner_sid entries_inheriting",
        (
            (ids + i, kind, identity, None, people.sids[users[0]], True)
            for i, (kind, identity, users) in enumerate(objects)
        ),
    )
    entries = world.ids.take(sum(len(users) + 1 for _, _, users in objects))
    world.write(
        "acl_entry",
        "id acl_object_identity ace_order sid mask granting audit_success audit_failure",
        _entries(people, ids, entries, [users for _, _, users in objects]),
    )


def _entries(people: People, objects: int, first: int, members: list[tuple[int, ...]]) -> Iterator[tuple[object, ...]]:
    for i, users in enumerate(members):
        for order, (user, mask) in enumerate([(users[0], 16), *((user, 1 + (user % 3 == 0)) for user in users)]):
            yield first, objects + i, order, people.sids[user], mask, True, False, False
            first += 1
