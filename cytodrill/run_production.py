"""Composes, for `run.py`: production's stores, the manifests that tell what must be in the backup, and a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pyroaring import BitMap64

from cytodrill import manifest
from cytodrill.core.errors import ProductionError
from cytodrill.cytomine import production as addresses
from cytodrill.cytomine.instance import Instance
from cytodrill.images.listing import listing
from cytodrill.manifest import Contents, Manifest
from cytodrill.mongo import inventory as mongo_inventory
from cytodrill.mongo.inventory import CollectionState, MongoUnreachable
from cytodrill.postgres import production as postgres_production
from cytodrill.postgres.production import PostgresProduction
from cytodrill.settings import Settings


@dataclass(frozen=True)
class Before:
    """A manifest from before a backup, or the reason why there is none; keys are read from it when asked for."""

    manifest: Manifest | None
    why_not: str = ""

    @property
    def contents(self) -> Contents | None:
        """What the manifest says."""
        return self.manifest.contents if self.manifest else None


def choose(settings: Settings, instance: Instance, backup_end: datetime, system_identifier: str = "") -> Before:
    """The newest manifest of *instance* from before the backup that ended at *backup_end*."""
    place = manifest.folder(settings.reports, instance.key)
    return Before(*manifest.before(place, backup_end, settings.max_backup_duration, system_identifier))


def read_postgres(
    settings: Settings, instance: Instance, backup_end: datetime | None
) -> tuple[PostgresProduction, Before]:
    """Read production's PostgreSQL against the manifest from before *backup_end* (None: only for a new manifest).

    Raises `ProductionError`.
    """
    chosen = Before(None, "no backup to compare with")

    def xmin_before(system_identifier: str) -> Mapping[str, int]:
        nonlocal chosen
        if backup_end is not None:
            chosen = choose(settings, instance, backup_end, system_identifier)
        return chosen.contents.xmin if chosen.contents else {}

    conninfo = addresses.postgres_conninfo(settings, instance)
    return postgres_production.read(conninfo, settings.production, xmin_before), chosen


def read_mongo(settings: Settings, instance: Instance) -> dict[str, CollectionState]:
    """Read production's MongoDB, with the account of cytomine.yml where the server asks for one.

    Raises `ProductionError`.
    """
    *plain, last = addresses.mongo_uris(settings, instance)
    for uri in plain:
        try:
            return _read_mongo(uri, settings)
        except MongoUnreachable as error:
            if not error.refused:
                raise ProductionError(str(error)) from None
    try:
        return _read_mongo(last, settings)
    except MongoUnreachable as error:
        raise ProductionError(str(error)) from None


def _read_mongo(uri: str, settings: Settings) -> dict[str, CollectionState]:
    return mongo_inventory.read(
        uri,
        connect_timeout=settings.production.connect_timeout,
        statement_timeout=settings.production.statement_timeout,
    )


def leave_manifest(
    settings: Settings,
    instance: Instance,
    taken: datetime,
    postgres: PostgresProduction,
    mongo: Mapping[str, CollectionState],
    *,
    line: bool,
) -> Path:
    """Write a manifest of production, as read since *taken*, and forget the oldest. Gives its path."""
    place = manifest.folder(settings.reports, instance.key)
    writer = manifest.Writer(place, taken, line=line)
    try:
        for name, table in postgres.tables.items():
            if table.table.has_identity:
                writer.keys(name, table.all)
        for name, state in mongo.items():
            writer.keys(name, state.ids)
        images = writer.listing(listing(instance.images)) if instance.images.is_dir() else None
        path = writer.close(
            Contents(
                taken=taken,
                line=line,
                instance=str(instance.root),
                system_identifier=postgres.system_identifier,
                xmin=postgres.xmin,
                tables={name: table.rows for name, table in postgres.tables.items()},
                collections={name: state.documents for name, state in mongo.items()},
                indexes={name: state.indexes for name, state in mongo.items()},
                images=images,
            )
        )
    finally:
        writer.discard()
    manifest.forget(place, settings.keep_manifests)
    return path


def write_manifest(settings: Settings, instance: Instance) -> tuple[Path, str]:
    """`--write-manifest`: read production and leave a manifest, in one line with the backup and before it.

    Gives its path and what it holds, in words. Raises `ProductionError` and `UsageError`.
    """
    taken = settings.moment()
    postgres, _ = read_postgres(settings, instance, None)
    mongo = read_mongo(settings, instance)
    path = leave_manifest(settings, instance, taken, postgres, mongo, line=True)
    rows = sum(table.rows for table in postgres.tables.values())
    documents = sum(state.documents for state in mongo.values())
    return path, f"{len(postgres.tables)} tables, {rows:,} rows, {len(mongo)} collections, {documents:,} documents"


def manifest_keys(before: Before, name: str) -> BitMap64 | None:
    """Keys of *name* in the manifest, None where there is no manifest."""
    return before.manifest.keys(name) if before.manifest else None
