"""Pure judgements about a backup set on disk and its configuration."""

from __future__ import annotations

from datetime import datetime, timedelta

from cytodrill.core import judge
from cytodrill.core.claims import Finding, Judgement
from cytodrill.core.errors import UsageError
from cytodrill.cytomine.archives import STORES, Found
from cytodrill.cytomine.configuration import Configuration


def archive_is_there(found: Found) -> Judgement:
    """Judge whether a store has an archive, written to its end."""
    if found.newest is None:
        word = STORES[found.store]
        return Judgement(
            (
                Finding(
                    what=f"there is no {word} archive",
                    where=", ".join(str(folder) for folder in found.looked),
                    expected=f"cytomine_{word}_backup_<day>.tar.gz of the last night",
                    found="none",
                    remedy=f"Run `backup` in the {word} container and look at its backup.log, or give --backups.",
                ),
            )
        )
    if found.growing:
        return Judgement(not_proven=f"{found.newest.path.name} is still being written: drill it when it is done")
    return Judgement(compared="folders of the backup set")


def archive_is_fresh(found: Found, now: datetime, max_age: timedelta) -> Judgement:
    """Judge the age of the newest archive by what it holds, telling of one that only looks newer."""
    if found.newest is None:
        return Judgement(not_proven=f"there is no {found.store} archive")
    today = now.strftime("%a")
    stale = [other for other in found.others if other.day == today and now - other.taken > max_age]
    also = f"; {stale[-1].path.name} holds a dump of {stale[-1].taken:%Y-%m-%d %H:%M} UTC" if stale else ""
    return judge.fresh(found.newest.path.name, found.newest.taken, now, max_age, also)


def archives_are_of_one_night(
    postgres: Found, mongo: Found, now: datetime, max_age: timedelta, max_skew: timedelta
) -> Judgement:
    """Judge whether the newest archives of both stores belong together; a missing or stale one is told elsewhere."""
    for found in (postgres, mongo):
        if found.newest is None:
            return Judgement(not_proven=f"there is no {found.store} archive: see its claim")
        if now - found.newest.taken > max_age:
            return Judgement(not_proven=f"the {found.store} archive is stale: see its claim")
    if postgres.newest is None or mongo.newest is None:
        return Judgement(not_proven="an archive is missing: see its claim")
    return judge.same_night(postgres.newest.taken, mongo.newest.taken, max_skew)


def configuration_reads(copied: Configuration | UsageError) -> Judgement:
    """Judge the copied cytomine.yml: it reads, is one, and holds the passwords of both stores."""
    found = str(copied) if isinstance(copied, UsageError) else ""
    if isinstance(copied, Configuration) and not (copied.postgres and copied.mongo):
        found = f"no password of {'MongoDB' if copied.postgres else 'PostgreSQL'} under constant"
    if not found:
        return Judgement(compared="the copy")
    return Judgement(
        (
            Finding(
                what="the copied cytomine.yml cannot be used",
                where="configuration",
                expected="a deployed cytomine.yml that reads, with the passwords of both stores",
                found=found,
                remedy="Copy cytomine.yml from the instance again: without it a restore has no passwords.",
            ),
        )
    )


def password_opens(service: str, user: str, database: str, refused: str) -> Judgement:
    """Judge a log-in to the restored server with the copied password."""
    if not refused:
        return Judgement(compared="log-in to the restored server with password authentication")
    return Judgement(
        (
            Finding(
                what=f"the copied cytomine.yml does not open the restored database for {service}",
                where="configuration",
                expected=f'a log-in to database "{database}" as role "{user}" with its password',
                found=refused,
                remedy="The dump brings back the password of its night: find the cytomine.yml of then, or reset it.",
            ),
        )
    )
