"""Composes, for `run.py`: the postgis archive, its throwaway, what was restored, and the comparison per table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from cytodrill import keys
from cytodrill.core.claims import Finding, Judgement
from cytodrill.core.inventory import Counted
from cytodrill.core.throwaway import PostgresThrowaway
from cytodrill.cytomine import known
from cytodrill.cytomine import production as addresses
from cytodrill.cytomine.archives import ArchiveFile
from cytodrill.cytomine.configuration import Configuration
from cytodrill.cytomine.instance import Instance
from cytodrill.postgres import production, restored
from cytodrill.postgres.production import PostgresProduction
from cytodrill.postgres.restore import PostgresArchive, PostgresRestore, judge, restore
from cytodrill.postgres.restored import Restored
from cytodrill.run_production import Before, manifest_keys
from cytodrill.settings import Settings

NO_MANIFEST = Before(None, "production was not read")


@dataclass(frozen=True)
class PostgresFacts:
    """What a run learnt of PostgreSQL.

    *blocked* says why nothing that was restored can be judged, or is "". *seconds* are those of phases by name.
    """

    archive: PostgresArchive
    restore: PostgresRestore | None = None
    restored: Restored | None = None
    blocked: str = ""
    seconds: tuple[tuple[str, float], ...] = ()


def drill(
    file: ArchiveFile, open_throwaway: Callable[[], PostgresThrowaway] | None, progress: Callable[[int], None]
) -> PostgresFacts:
    """Restore *file* and count it; without *open_throwaway* only read the archive. Raises `ThrowawayError`."""
    began = time.monotonic()
    throwaway = open_throwaway() if open_throwaway else None
    opened = time.monotonic()
    archive, outcome = restore(file.path, throwaway, progress)
    done = time.monotonic()
    seconds: tuple[tuple[str, float], ...] = (("postgres: read archive", done - opened),)
    if throwaway is not None:
        seconds = (("postgres: start throwaway", opened - began), ("postgres: restore", done - opened))
    if archive.whole:
        return PostgresFacts(archive, blocked="the archive is damaged: see its claim to be whole", seconds=seconds)
    if archive.complete:
        return PostgresFacts(archive, outcome, blocked="the dump is incomplete: see its claim", seconds=seconds)
    if throwaway is None or outcome is None:
        return PostgresFacts(archive, blocked="it was not restored in this run", seconds=seconds)
    holds = restored.read(throwaway)
    counting = ("postgres: count", time.monotonic() - done)
    return PostgresFacts(archive, outcome, holds, "", (*seconds, counting))


def table_names(facts: PostgresFacts, production_now: PostgresProduction | None) -> set[str]:
    """Every table of users' rows at any origin."""
    found = set(facts.archive.dump.rows) | (set(facts.restored.tables) if facts.restored else set())
    found |= set(production_now.tables) if production_now else set()
    extension = facts.restored.of_extensions if facts.restored else frozenset()
    return {name for name in found if name not in extension and not known.of_extension(name)}


def counted(name: str, facts: PostgresFacts, now: PostgresProduction | str, before: Before) -> Counted:
    """One table at its three origins; *now* is production or why it could not be read."""
    held = facts.restored.tables.get(name) if facts.restored else None
    base = Counted(
        store="postgres",
        name=name,
        unit="rows",
        archive=facts.archive.dump.rows.get(name),
        restored=held.rows if held else None,
    )
    if isinstance(now, str):
        return replace(base, uncompared=now)
    live = now.tables.get(name)
    if live is None:
        return base
    base = replace(base, production=live.rows)
    contents = before.contents
    if contents is None:
        return replace(base, uncompared=before.why_not)
    if live.required is None:
        return replace(base, uncompared=f"the manifest of {contents.taken:%Y-%m-%d %H:%M} UTC lacks its database")
    compared = keys.compare(
        since=contents.taken,
        required=live.required,
        manifest=manifest_keys(before, name) if live.table.has_identity else None,
        production=live.all,
        restored=held.all if held else keys.collect(()),
    )
    return replace(base, required=compared.required, before=contents.tables.get(name))


def name_lost(counted: Counted, settings: Settings, instance: Instance, now: PostgresProduction) -> Counted:
    """Put keys that an operator can look up in place of hashes, by asking production for them."""
    table, required = now.tables[counted.name].table, counted.required
    if required is None or (len(table.key) == 1 and table.whole_numbers):
        return counted
    conninfo = addresses.postgres_conninfo(settings, instance)

    def words(ids: tuple[str, ...]) -> tuple[str, ...]:
        return production.describe(conninfo, table, tuple(int(key) for key in ids)) if ids else ()

    lost, undecided = words(required.lost_ids), words(required.undecided_ids)
    return replace(counted, required=replace(required, lost_ids=lost, undecided_ids=undecided))


def extensions_are_back(facts: PostgresFacts) -> Judgement:
    """Judge the extensions: all that the dump creates are installed in the same database."""
    held = facts.restored.extensions if facts.restored else {}
    missing = [
        (database, name)
        for database, names in facts.archive.dump.extensions.items()
        for name in names
        if name not in held.get(database, {})
    ]
    return Judgement(
        tuple(
            Finding(
                what=f"the extension {name} is not installed after the restore",
                where=f"database {database}",
                expected="every extension that the dump creates",
                found="no such extension",
                remedy="Restore with the image that the instance pins; look at this run's errors of psql.",
            )
            for database, name in missing
        ),
        compared="archive and restore",
    )


def geometries_are_back(facts: PostgresFacts) -> Judgement:
    """Judge geometries: PostGIS reads every value, and spatial indexes that the dump creates are there and valid."""
    columns = facts.restored.geometries if facts.restored else ()
    findings = [
        Finding(
            what=f"PostGIS cannot read the geometries of column {column.column}",
            where=column.table,
            expected="every value read",
            found=column.unreadable,
            remedy="Compare the PostGIS versions of production and of the image that restores.",
        )
        for column in columns
        if column.unreadable
    ]
    spatial = {column.table for column in columns if column.indexed}
    geometric = {column.table for column in columns}
    findings += [
        Finding(
            what=f"the spatial index {', '.join(names)} did not come back",
            where=table,
            expected="a valid GiST index on its geometries",
            found="none" if table in geometric else "no geometry column",
            remedy="Look at this run's errors of psql: without it the viewer reads whole tables.",
        )
        for table, names in facts.archive.dump.spatial_indexes.items()
        if table not in spatial
    ]
    return Judgement(tuple(findings), compared="archive and restore")


@dataclass(frozen=True)
class LogIn:
    """Whether the copied cytomine.yml's password of *service* opens the restored server; *refused* says why not."""

    service: str
    user: str
    database: str
    refused: str


def log_in(throwaway: PostgresThrowaway, configuration: Configuration, service: str) -> LogIn | None:
    """Log in as *service* does, with the password of *configuration*; None if that knows no such service."""
    account = next((found for found in configuration.postgres if found.service == service), None)
    if account is None:
        return None
    refused = restored.log_in(throwaway.login(account.database, account.user, account.password))
    return LogIn(service, account.user, account.database, refused)


def only_foreign_keys_failed(facts: PostgresFacts) -> bool:
    """Whether all that psql complained of are foreign keys whose rows are missing (SQLSTATE 23503)."""
    messages = facts.restore.messages if facts.restore else ()
    return bool(messages) and all(message.sqlstate == "23503" for message in messages)


def restores(facts: PostgresFacts, short: tuple[str, ...]) -> Judgement:
    """Judge what psql said: nothing but what dropping absent databases and roles gives.

    Foreign keys that fail because of rows missing from the tables *short* are told by the claims of those.
    """
    findings = judge(facts.archive, facts.restore) if facts.restore else ()
    expected = facts.restore.expected if facts.restore else 0
    if short and only_foreign_keys_failed(facts):
        number = facts.restore.unexpected if facts.restore else 0
        return Judgement(
            not_proven=f"{number:,} foreign keys could not be created, because rows are missing: see the claims of "
            f"{', '.join(short[:5])}"
        )
    return Judgement(findings, compared=f"psql's messages, {expected} of them expected")
