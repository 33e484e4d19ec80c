"""What a run tells the report at its end: only what is there, waiting for nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from datetime import datetime
from typing import TypeVar

from cytodrill import run_mongo, run_postgres
from cytodrill.core.errors import DrillError
from cytodrill.core.inventory import Counted
from cytodrill.core.record import RunFacts, SetPart
from cytodrill.run import Run

T = TypeVar("T")


def _known(answer: Callable[[], T]) -> T | None:
    """The *answer*, or None where its work was not asked for, failed, or was ended early."""
    try:
        return answer()
    except (DrillError, KeyError, CancelledError):
        return None


def facts(run: Run) -> tuple[RunFacts, set[str], set[str]]:
    """The facts of a closed *run*, and the names of tables and collections that it saw."""
    counted: list[Counted] = []
    tables, collections = set[str](), set[str]()
    if (postgres := _known(run.postgres)) is not None:
        now, before = _known(run.production_postgres) or ("production was not read", run_postgres.NO_MANIFEST)
        tables = run_postgres.table_names(postgres, None if isinstance(now, str) else now)
        counted += [run_postgres.counted(name, postgres, now, before) for name in sorted(tables)]
    if (mongo := _known(run.mongo)) is not None:
        live, since = _known(run.production_mongo) or ("production was not read", run_postgres.NO_MANIFEST)
        collections = run_mongo.collection_names(mongo, None if isinstance(live, str) else live)
        counted += [run_mongo.counted(name, mongo, live, since) for name in sorted(collections)]
    if (images := _known(run.images)) is not None:
        counted += images.counted
    told = RunFacts(
        run_id=run.run_id,
        started=run.started,
        judged_as_of=run.moment,
        instance=str(run.instance.root),
        backup_set=tuple(_parts(run)),
        engines=tuple(run.engines),
        inventories=tuple(counted),
        phases=dict(run.seconds),
        left_out=run.settings.left_out,
        notes=tuple(_notes(run)),
    )
    return told, tables, collections


def _parts(run: Run) -> list[SetPart]:
    parts = []
    read = {"postgres": _known(run.postgres), "mongo": _known(run.mongo)}
    for store, known in read.items():
        file = run.found[store].newest
        if file is not None:
            sha256 = known.archive.sha256 if known is not None else ""
            parts.append(SetPart(store, str(file.path), file.size, sha256, file.taken, _age(run.moment, file.taken)))
    if run.settings.images_copy is not None:
        images = _known(run.images)
        size = images.tree.copy_bytes if images is not None else None
        parts.append(SetPart("images", str(run.settings.images_copy), size, "", None, None))
    if (copy := run.settings.configuration_copy) is not None:
        size = copy.stat().st_size if copy.is_file() else None
        parts.append(SetPart("configuration", str(copy), size, "", None, None))
    return parts


def _age(moment: datetime, taken: datetime) -> float:
    return (moment - taken).total_seconds()


def _notes(run: Run) -> list[str]:
    notes = [*run.left, *filter(None, [run.manifest_failure()])]
    for engine in run.engines:
        if engine.stand_in:
            notes.append(f"{engine.store} was restored into a stand-in: {engine.stand_in}")
        if engine.pinned and engine.kind == "docker" and engine.program != engine.pinned:
            notes.append(f"{engine.store} was restored into {engine.program}, not into the pinned {engine.pinned}")
    if run.settings.now is not None:
        notes.append(f"judged as of {run.moment:%Y-%m-%d %H:%M} UTC, as DRILL_NOW pretends")
    return notes
