"""Composes, for `run.py`: the mongo archive, its throwaway, what was restored, and the comparison per collection."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from cytodrill.core.claims import Judgement
from cytodrill.core.errors import ThrowawayError
from cytodrill.core.inventory import Counted, Indexes
from cytodrill.core.judge import everything_comes_back
from cytodrill.core.throwaway import MongoThrowaway
from cytodrill.cytomine.archives import ArchiveFile
from cytodrill.mongo import compare, inventory
from cytodrill.mongo.archive import scan
from cytodrill.mongo.archived import MongoArchive
from cytodrill.mongo.inventory import CollectionState, MongoUnreachable
from cytodrill.mongo.restore import MongoRestore, restore
from cytodrill.run_production import Before, manifest_keys

Production = dict[str, CollectionState]


@dataclass(frozen=True)
class MongoFacts:
    """What a run learnt of MongoDB.

    *blocked* says why nothing that was restored can be judged, or is ""; *stand_in* names the server that stood in
    for MongoDB where that proves nothing. *seconds* are those of phases by name.
    """

    archive: MongoArchive
    restore: MongoRestore | None = None
    restored: Production | None = None
    blocked: str = ""
    stand_in: str = ""
    seconds: tuple[tuple[str, float], ...] = ()


def drill(
    file: ArchiveFile,
    open_throwaway: Callable[[], MongoThrowaway] | None,
    progress: Callable[[int], None],
    *,
    accept_stand_in: bool,
) -> MongoFacts:
    """Scan *file*, restore it and count it; without *open_throwaway* only scan it. Raises `ThrowawayError`.

    The scan comes first: mongorestore wants to know every collection before the first document.
    """
    began = time.monotonic()
    archive = scan(file.path)
    scanned = time.monotonic()
    seconds = [("mongo: read archive", scanned - began)]
    if archive.whole:
        return MongoFacts(archive, blocked="the archive is damaged: see its claim to be whole", seconds=tuple(seconds))
    if open_throwaway is None:
        return MongoFacts(archive, blocked="it was not restored in this run", seconds=tuple(seconds))
    throwaway = open_throwaway()
    opened = time.monotonic()
    outcome = restore(file.path, archive, throwaway, progress)
    done = time.monotonic()
    try:
        holds = inventory.read(throwaway.uri())
    except MongoUnreachable as error:
        raise ThrowawayError(
            f"The throwaway MongoDB failed while it was counted: {error} Look at the host's memory, and drill again."
        ) from None
    seconds += [
        ("mongo: start throwaway", opened - scanned),
        ("mongo: restore", done - opened),
        ("mongo: count", time.monotonic() - done),
    ]
    stand_in = "" if accept_stand_in else throwaway.engine.stand_in
    return MongoFacts(archive, outcome, holds, "", stand_in, tuple(seconds))


def collection_names(facts: MongoFacts, now: Production | None) -> set[str]:
    """Every collection of users' documents at any origin."""
    return set(compare.names(facts.archive, facts.restored, now))


def counted(name: str, facts: MongoFacts, now: Production | str, before: Before) -> Counted:
    """One collection at its three origins; *now* is production or why it could not be read."""
    contents = before.contents
    found = compare.counted(
        name,
        archive=facts.archive,
        restored=facts.restored,
        production=None if isinstance(now, str) else now,
        manifest_ids=manifest_keys(before, name),
        since=contents.taken if contents else None,
        unread=now if isinstance(now, str) else "",
        no_manifest=before.why_not,
    )
    if contents is not None:
        found = replace(found, before=contents.collections.get(name))
    if found.uncompared.startswith(compare.EXPIRES):
        return replace(found, uncompared="", exempt=f"archive and restore only: {found.uncompared}")
    return found


def lacking_half(name: str, facts: MongoFacts) -> str:
    """Why *name* cannot be judged by itself: a half of it is missing from the archive, which another claim tells."""
    archived = facts.archive.collections.get(name)
    if archived is None or (archived.documents is not None and archived.metadata is not None):
        return ""
    return f"the archive lacks a half of {name}: see the claim that the mongo archive is complete"


def lost_whole(name: str, facts: MongoFacts, production: tuple[Production | str, Before]) -> str:
    """Why the indexes of *name* cannot be judged by themselves: all of it is lost, which its own claim tells."""
    if name not in facts.archive.collections and not everything_comes_back(counted(name, facts, *production)):
        return f"{name} is not in the archive: see its claim"
    return ""


def indexes(name: str, facts: MongoFacts, now: Production | str, before: Before) -> Indexes:
    """The indexes of one collection; expected is what the manifest has and production still has alike."""
    contents = before.contents
    return compare.indexes(
        name,
        archive=facts.archive,
        restored=facts.restored,
        production=None if isinstance(now, str) else now,
        manifest_indexes=contents.indexes.get(name, {}) if contents else None,
        unread=now if isinstance(now, str) else "",
        no_manifest=before.why_not,
    )


def restores(facts: MongoFacts) -> Judgement:
    """Judge mongorestore's own totals."""
    outcome = facts.restore
    if outcome is None:
        return Judgement(not_proven=facts.blocked)
    said = f"mongorestore's totals: {outcome.restored or 0:,} restored, {outcome.failed or 0:,} failed"
    return Judgement(outcome.findings, compared=said)
