"""Users, their roles and storages, and the security identities that ACLs name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from samples import words
from samples.rows.world import PACKAGE, World

_SYSTEM = ("superadmin", "admin", "ImageServer1", "job-runner")


@dataclass(frozen=True)
class People:
    """Ids of the *users* who work, of the *runner* in whose name algorithms write, of storages and ACL sids."""

    users: tuple[int, ...]
    runner: int
    storages: tuple[int, ...]
    sids: tuple[int, ...]


def image_server_keys(seed: int) -> tuple[str, str]:
    """Public and private key of user ImageServer1 for this *seed*, as `cytomine.yml` must hold them."""
    random = Random(f"{seed}:image server")
    return str(_uuid(random)), str(_uuid(random))


def _uuid(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def write(world: World) -> People:
    """Write sec_user, sec_user_sec_role, storage and acl_sid."""
    number = world.scale.users + len(_SYSTEM)
    first, roles, storages, sids = (world.ids.take(number) for _ in range(4))
    world.write(
        "sec_user",
        "id version created updated deleted class username name reference email language password public_key"
        " private_key enabled account_expired account_locked password_expired is_developer origin",
        _users(world, first, number),
    )
    authority = [row[0] for row in world.connection.execute("SELECT id FROM sec_role ORDER BY id").fetchall()]
    world.write(
        "sec_user_sec_role",
        "id version created sec_role_id sec_user_id",
        ((roles + i, 0, _created(world, i), authority[_role(i)], first + i) for i in range(number)),
    )
    world.write(
        "storage",
        "id version created updated name user_id",
        ((storages + i, 0, _created(world, i), None, f"{_username(i)}'s storage", first + i) for i in range(number)),
    )
    world.write("acl_sid", "id principal sid", ((sids + i, True, _username(i)) for i in range(number)))
    active = range(len(_SYSTEM), number)
    return People(
        users=tuple(first + i for i in active),
        runner=first + _SYSTEM.index("job-runner"),
        storages=tuple(storages + i for i in active),
        sids=tuple(sids + i for i in active),
    )


def _role(number: int) -> int:
    """Position of the authority among guest, user, admin, super admin."""
    if number < len(_SYSTEM):
        return (3, 2, 3, 1)[number]
    return 2 if number % 11 == 0 else 0 if number % 7 == 0 else 1


def _username(number: int) -> str:
    if number < len(_SYSTEM):
        return _SYSTEM[number]
    return f"user-{number:04d}{('', '.é', '_李', ' x')[number % 4]}"


def _created(world: World, number: int) -> datetime:
    """All users exist before the first project does."""
    return world.calendar.at(0.04 * number / (world.scale.users + len(_SYSTEM)))


def _users(world: World, first: int, number: int) -> Iterator[tuple[object, ...]]:
    random = world.random("users")
    for i in range(number):
        public, private = (
            image_server_keys(world.seed)
            if _username(i) == "ImageServer1"
            else (str(_uuid(random)), str(_uuid(random)))
        )
        name, family = words.person(i)
        gone = i > len(_SYSTEM) and i % 19 == 0
        yield (
            first + i,
            random.randrange(9),
            _created(world, i),
            world.calendar.later(0.05, random) if i % 3 == 0 else None,
            world.calendar.later(0.5, random) if gone else None,
            f"{PACKAGE}.security.User",
            _username(i),
            f"{name} {family}",
            None if i % 5 == 0 else str(_uuid(random)),
            f"user{i}@sample.invalid",
            random.choice(("FR", "EN", "NL", "ES", "NO")),
            f"{{bcrypt}}$2a$10${random.getrandbits(312):078x}"[:68],
            public,
            private,
            not gone,
            False,
            gone,
            False,
            i % 13 == 0,
            ("BOOTSTRAP" if i < len(_SYSTEM) else random.choice(("ADMINISTRATOR", "LDAP", "", None))),
        )
