"""Building a sample: an instance, its production filled from a seed, and its nights of backups."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from samples import configuration, mongo_server, nights, notes, processes, production
from samples import postgres_server as postgres
from samples.engines import docker_engine, standins
from samples.errors import SampleError
from samples.layout import Layout
from samples.notes import Notes
from samples.production import Programs
from samples.scale import SCALES
from samples.slides import tree
from samples.uploads import plan

_OURS = ("cytomine", "offsite", "logs", "drill.toml", "sample.json", "sample.tmp")


@dataclass(frozen=True)
class Wanted:
    """What is to be built.

    *scale* is a name of SCALES, *nights* a number of backups, *force* builds anew what is there, *manifest* has each
    night's cron line write one, *up* leaves production running.
    """

    scale: str = "small"
    seed: int = 1
    nights: int = 2
    force: bool = False
    manifest: bool = True
    up: bool = False


def build(layout: Layout, wanted: Wanted, now: datetime | None = None) -> Notes:
    """Build the sample *wanted* in *layout*, or bring one that is there up to the day of *now*.

    A sample of the same seed, scale and sources keeps its production; only its nights are taken again where they are
    not today's. Production is left as it was, or running where that is wanted. Prints each step and its seconds.
    Raises SampleError with the remedy.
    """
    now = now or datetime.now(UTC)
    moments = nights.dates(wanted.nights, now)
    engines = production.programs()
    found = _kept(layout, wanted, moments)
    stays_up = wanted.up or _runs(layout)
    try:
        if found is None:
            found = _new(layout, wanted, engines, moments)
        _write_drill_config(layout, found, engines)
        if stays_up or not _is_dated(found, moments):
            found = production.start(layout, engines, found)
        if not _is_dated(found, moments):
            manifest = nights.manifest_command(layout) if wanted.manifest else None
            with step("nights"):
                found = nights.take(layout, engines, found, moments, manifest)
    except BaseException:
        _down_quietly(layout)
        raise
    return found if stays_up else production.down(layout)


def _runs(layout: Layout) -> bool:
    with contextlib.suppress(SampleError):
        return processes.alive(notes.read(layout).postgres)
    return False


def _kept(layout: Layout, wanted: Wanted, moments: Sequence[datetime]) -> Notes | None:
    """The notes of a sample that only needs its nights, or None."""
    if not layout.root.exists():
        return None
    if not layout.root.is_dir():
        raise SampleError(f"{layout.root} is a file: name a folder, new or empty, for the sample.")
    if not any(layout.root.iterdir()):
        return None
    if not layout.notes.exists():
        raise SampleError(
            f"{layout.root} is not empty and holds no sample: choose another folder, or empty this one yourself."
        )
    if wanted.force:
        return None
    found = notes.read(layout)
    same = (found.seed, found.scale, found.digest) == (wanted.seed, wanted.scale, notes.sources_digest())
    if not found.complete or not same:
        return None
    # a production that saw traffic today cannot be dumped as of this midnight: its newest rows would be in the archive
    past = datetime.fromisoformat(found.lived) <= moments[-1]
    return found if past or _is_dated(found, moments) else None


def _new(layout: Layout, wanted: Wanted, engines: Programs, moments: Sequence[datetime]) -> Notes:
    """Build everything but the nights; production is left running."""
    _clear(layout)
    processes.check_reachable(layout.root)
    port = processes.free_port()
    found = notes.write(
        layout,
        Notes(wanted.seed, wanted.scale, notes.sources_digest(), port, processes.free_port((port,))),
    )
    layout.logs.mkdir()
    began = moments[0] - timedelta(hours=1)
    with step("configuration"):
        _write_instance(layout, found)
    with step("images"):
        uploads = plan(SCALES[wanted.scale], wanted.seed)
        tree.write(layout.images, uploads, wanted.seed, began)
    found = _fill(layout, wanted, engines, found, began)
    mongo_server.save(layout, engines.mongodump, found)
    return notes.write(layout, replace(found, complete=True, lived=began.isoformat()))


def _down_quietly(layout: Layout) -> None:
    """Stop what a build left; an error of this is not the one to be told."""
    with contextlib.suppress(SampleError):
        if layout.notes.exists():
            production.down(layout)


def _clear(layout: Layout) -> None:
    _down_quietly(layout)
    for name in _OURS:
        place = layout.root / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    layout.root.mkdir(parents=True, exist_ok=True)


def _write_instance(layout: Layout, found: Notes) -> None:
    for folder in (layout.data, layout.data / "app-engine" / "tasks", layout.data / "registry", layout.mongo_backups):
        folder.mkdir(parents=True, exist_ok=True)
    configuration.write(layout.instance, configuration.secrets(found.seed))
    (layout.data / "app-engine" / "tasks" / "output.json").write_text('{"count": 12}\n')


def _write_drill_config(layout: Layout, found: Notes, engines: Programs) -> None:
    sections: dict[str, Mapping[str, object]] = {
        "": {
            "cytomine": str(layout.instance.relative_to(layout.root)),
            "images_copy": str(layout.images_copy.relative_to(layout.root)),
            "configuration_copy": str(layout.configuration_copy.relative_to(layout.root)),
            "left_out": ["data/app-engine", "data/registry", "configs", ".env"],
        },
        "production": {
            "postgres": f"host=127.0.0.1 port={found.postgres_port} user=docker dbname=docker",
            "mongo": f"mongodb://127.0.0.1:{found.mongo_port}/",
        },
        "local": {
            "postgres_bin": str(engines.postgres_bin),
            "mongo_server": production.mongo_command(engines, found.scale),
            "mongorestore": str(engines.mongorestore),
            "accept_stand_in": True,
        },
    }
    if images := _images():
        sections["docker"] = {"postgis_image": images.postgis, "mongo_image": images.mongo}
    lines = ["# written by: python -m samples build; paths are relative to this file\n"]
    for section, values in sections.items():
        lines.append(f"\n[{section}]\n" if section else "")
        lines.extend(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    layout.drill_config.write_text("".join(lines))


def _images() -> standins.Images | None:
    """The stand-in images where an engine answers and has them; building them is `samples.engines`' own command."""
    if not docker_engine.answers():
        return None
    client = docker_engine.client(10)
    try:
        built = all(client.images.list(f"cytodrill/standin-{store}") for store in ("postgis", "mongo"))
    finally:
        client.close()
    return standins.images() if built else None


def _fill(layout: Layout, wanted: Wanted, engines: Programs, found: Notes, began: datetime) -> Notes:
    from samples import documents, rows, schema

    scale, seed = SCALES[wanted.scale], wanted.seed
    with step("servers"):
        postgres.create(layout, engines.postgres_bin, configuration.secrets(seed).postgres)
        found = production.start(layout, engines, found)
        layout.postgres_backups.mkdir()
        processes.give_to_postgres(layout.postgres_backups)
    addresses, secret = production.addresses(found), configuration.secrets(seed)
    with step("schema"):
        schema.create(f"{addresses.postgres} dbname=postgres", secret.postgres, secret.appengine)
    with step("rows"):
        rows.fill(addresses.postgres, scale, plan(scale, seed), seed, began)
    with step("documents"):
        documents.fill(addresses.mongo, addresses.postgres, scale, seed, began)
    return found


def _is_dated(found: Notes, moments: Sequence[datetime]) -> bool:
    return found.nights == tuple(moment.date().isoformat() for moment in moments)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print *name* and the seconds its block took."""
    began = time.monotonic()
    yield
    print(f"  {name:<16}{time.monotonic() - began:6.1f} s", flush=True)
