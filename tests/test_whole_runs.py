"""Whole runs against real servers: a sound set is proven, and each damage is disproved by the drill that owns it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from cytodrill.settings import CHECKOUT
from cytodrill.throwaway.docker_container import LABEL
from samples import nights, notes, production
from samples.build import Wanted, build
from samples.engines import docker_engine
from samples.layout import Layout
from samples.nights import Night
from samples.place import kept
from tests import sabotage
from tests.sabotage import BackupSet, copy_of
from tests.whole_run import SCRATCH, Ended, drill, environment

pytestmark = pytest.mark.sample

ROUNDS = int(os.environ.get("DRILL_TEST_ROUNDS", "1"))
"""Rounds of traffic, backup and drill; `DRILL_TEST_ROUNDS=10` for the full proof."""

ENGINES = [pytest.param("local"), pytest.param("docker", marks=pytest.mark.docker)]


def _needs(engine: str) -> None:
    if engine == "docker" and not docker_engine.answers():
        pytest.skip("no container engine answers")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs of this module and the sample's manifests are kept."""
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def sample(reports: Path) -> Iterator[Layout]:
    """A small sample instance with two nights of backups, its production running."""
    layout = Layout(kept("tests"))
    patched = pytest.MonkeyPatch()
    patched.setenv("DRILL_REPORTS", str(reports))
    shutil.rmtree(layout.root / "offsite", ignore_errors=True)
    build(layout, Wanted(up=True, force=True))
    patched.undo()
    yield layout
    production.down(layout)


@pytest.fixture
def backup_set(sample: Layout, tmp_path: Path) -> BackupSet:
    """A copy of the sample's backup set, to be damaged."""
    return copy_of(sample, tmp_path / "set")


def _left_behind(reports: Path) -> list[str]:
    """Servers, folders and containers of the runs kept under *reports* that should be gone."""
    servers = [
        " ".join(process.info["cmdline"] or [])
        for process in psutil.process_iter(["cmdline"])
        if any(str(SCRATCH) in word for word in process.info["cmdline"] or [])
    ]
    folders = [str(path) for path in SCRATCH.iterdir()]
    containers: list[str] = []
    if docker_engine.answers():
        client = docker_engine.client(10)
        runs = {path.name for path in reports.glob("*")}
        containers = [
            str(container.name)
            for container in client.containers.list(all=True, filters={"label": f"{LABEL}.run"})
            if container.labels[f"{LABEL}.run"] in runs
        ]
        client.close()
    return servers + folders + containers


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sound_set_is_proven(sample: Layout, reports: Path, engine: str) -> None:
    """Everything is counted three ways and proven; nothing of the run is left."""
    _needs(engine)

    ended = drill(sample, reports, "--engine", engine)

    assert (ended.status, ended.record["verdict"]) == (0, "proven"), ended.output
    assert {claim["state"] for claim in ended.record["claims"]} == {"proven"}
    annotations = ended.record["inventories"]["postgres"]["docker.user_annotation"]
    assert annotations["archive"] == annotations["restored"] > 19_000
    assert {engine_record["kind"] for engine_record in ended.record["engines"]} == {engine}
    assert not _left_behind(reports)


def _taken_row(backup_set: BackupSet) -> tuple[str, str]:
    rows = sabotage.rows_of(backup_set.newest("postgis"), "user_annotation")
    key = int(rows[len(rows) // 3][0])
    sabotage.take_row(backup_set.newest("postgis"), "user_annotation", key)
    return "test_postgres.py::test_table[docker.user_annotation]", str(key)


def _cut_archive(backup_set: BackupSet) -> tuple[str, str]:
    sabotage.cut(backup_set.newest("postgis"), 0.6)
    return "test_archives.py::test_whole[postgres]", "byte"


def _cut_script(backup_set: BackupSet) -> tuple[str, str]:
    sabotage.cut_script(backup_set.newest("postgis"), 0.6)
    return "test_archives.py::test_complete[postgres]", "docker"


def _no_bson(backup_set: BackupSet) -> tuple[str, str]:
    sabotage.leave_out(backup_set.newest("mongo"), ["cytomine/annotationAction.bson"])
    return "test_archives.py::test_complete[mongo]", "cytomine.annotationAction"


def _no_collection(backup_set: BackupSet) -> tuple[str, str]:
    both = ["cytomine/annotationAction.bson", "cytomine/annotationAction.metadata.json"]
    sabotage.leave_out(backup_set.newest("mongo"), both)
    return "test_mongo.py::test_collection[cytomine.annotationAction]", "cytomine.annotationAction"


def _no_index(backup_set: BackupSet) -> tuple[str, str]:
    name = sabotage.take_index(backup_set.newest("mongo"), "cytomine/persistentUserPosition.metadata.json")
    return "test_mongo.py::test_indexes[cytomine.persistentUserPosition]", name


def _no_image(backup_set: BackupSet) -> tuple[str, str]:
    image = next(path for path in sorted(backup_set.images.glob("upload-*/*.tif*")) if path.is_file())
    image.unlink()
    return "test_images.py::test_named_images", image.parent.name


def _no_histogram_file(backup_set: BackupSet) -> tuple[str, str]:
    hidden = next(iter(sorted(backup_set.images.glob("upload-*/processed/histogram/.zattrs"))))
    hidden.unlink()
    return "test_images.py::test_other_files", hidden.parts[-4]


def _wrong_password(backup_set: BackupSet) -> tuple[str, str]:
    sabotage.change_password(backup_set.configuration, "postgres")
    return "test_configuration.py::test_password[core]", "docker"


def _stale(backup_set: BackupSet) -> tuple[str, str]:
    newest = backup_set.newest("postgis")
    (other,) = [path for path in newest.parent.glob("cytomine_postgis_backup_???.tar.gz") if path != newest]
    week = 7 * 86400
    sabotage.rewrite(other, lambda _, contents: contents)
    other.replace(newest)
    old = newest.stat().st_mtime - week
    os.utime(newest, (old, old))
    return "test_archives.py::test_fresh[postgres]", "ago"


def _no_mongo_of_last_night(backup_set: BackupSet) -> tuple[str, str]:
    backup_set.newest("mongo").unlink()
    return "test_archives.py::test_fresh[mongo]", "ago"


def _no_mongo_at_all(backup_set: BackupSet) -> tuple[str, str]:
    shutil.rmtree(backup_set.archives / "mongo")
    return "test_archives.py::test_there[mongo]", "none"


def _foreign(backup_set: BackupSet) -> tuple[str, str]:
    newest = backup_set.newest("mongo")
    times = newest.stat()
    newest.write_text("no archive at all\n")
    os.utime(newest, ns=(times.st_atime_ns, times.st_mtime_ns))
    return "test_archives.py::test_whole[mongo]", "gzip"


def _empty(backup_set: BackupSet) -> tuple[str, str]:
    newest = backup_set.newest("mongo")
    times = newest.stat()
    newest.write_bytes(b"")
    os.utime(newest, ns=(times.st_atime_ns, times.st_mtime_ns))
    return "test_archives.py::test_whole[mongo]", "0 bytes"


def _no_configuration(backup_set: BackupSet) -> tuple[str, str]:
    backup_set.configuration.write_text("global: [\n")
    return "test_configuration.py::test_reads", "YAML"


DAMAGES = [
    _taken_row, _cut_archive, _cut_script, _no_bson, _no_collection, _no_index, _no_image, _no_histogram_file,
    _wrong_password, _stale, _no_mongo_of_last_night, _no_mongo_at_all, _foreign, _empty, _no_configuration,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__.strip("_"))
def test_each_damage_is_disproved_by_the_drill_that_owns_it(
    sample: Layout, reports: Path, backup_set: BackupSet, damage: Callable[[BackupSet], tuple[str, str]]
) -> None:
    """One cause gives one failure, with the name; claims of other stores stay proven."""
    claim, words = damage(backup_set)

    ended = drill(sample, reports, "--engine", "local", backup_set=backup_set)

    assert ended.status == 1, ended.output
    assert set(ended.claims("disproved")) == {claim}, ended.output
    assert words in ended.findings(claim)
    store = "mongo" if "mongo" in claim else "postgres"
    others = [c for c in ended.record["claims"] if c["store"] == ({"mongo", "postgres"} - {store}).pop()]
    assert {c["state"] for c in others} == {"proven"}
    assert not ended.claims("broken")


@pytest.mark.docker
def test_a_damage_is_disproved_in_docker_too(sample: Layout, reports: Path, backup_set: BackupSet) -> None:
    """The engine changes nothing of what is found."""
    _needs("docker")
    claim, words = _taken_row(backup_set)

    ended = drill(sample, reports, "--engine", "docker", backup_set=backup_set)

    assert (ended.status, set(ended.claims("disproved"))) == (1, {claim}), ended.output
    assert words in ended.findings(claim)


def _traffic(layout: Layout) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "samples", "traffic", str(layout.root)]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _back_up(layout: Layout, reports: Path) -> None:
    """One backup as the documented cron line makes it, on this moment's clock."""
    night = Night(datetime.now(UTC), layout, production.programs(), notes.read(layout))
    manifest = drill(layout, reports, "--write-manifest")
    assert manifest.status == 0, manifest.output
    nights.back_up_postgres(night, datetime.now(UTC))
    nights.back_up_mongo(night, datetime.now(UTC))
    nights.copy_offsite(layout)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_moving_production_is_proven_and_a_lost_row_still_found(
    sample: Layout, reports: Path, tmp_path: Path, number: int
) -> None:
    """With traffic during dump and drill a sound set is proven, and one old row taken out of it is named."""
    del number
    moving = _traffic(sample)
    try:
        time.sleep(3)
        _back_up(sample, reports)
        sound = drill(sample, reports, "--engine", "local")
        damaged_set = copy_of(sample, tmp_path / "set")
        archive = damaged_set.newest("postgis")
        key = int(sabotage.rows_of(archive, "command")[100][0])  # commands are never changed
        sabotage.take_row(archive, "command", key)
        damaged = drill(sample, reports, "--engine", "local", backup_set=damaged_set)
    finally:
        moving.terminate()
        moving.wait(60)

    assert sound.status == 0, sound.output
    claim = "test_postgres.py::test_table[docker.command]"
    assert set(damaged.claims("disproved")) == {claim}, damaged.output
    assert str(key) in damaged.findings(claim)
    assert sound.record["inventories"]["postgres"]["docker.user_annotation"]["required"]


def test_one_store_can_be_drilled(sample: Layout, reports: Path) -> None:
    """`-k mongo` restores MongoDB alone and records that it was narrowed."""
    ended = drill(sample, reports, "--engine", "local", "-k", "mongo")

    assert ended.status == 0, ended.output
    assert {engine["store"] for engine in ended.record["engines"]} == {"mongo"}
    assert "-k mongo" in str(ended.record["scope"])


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_run_leaves_nothing(sample: Layout, tmp_path: Path, stop: signal.Signals) -> None:
    """Ctrl-C, SIGTERM and a closed terminal take down servers and folders, with their exit status."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would hand down "ignored"
    command = [sys.executable, "-m", "pytest", "drills/", "--drill-config", str(sample.drill_config)]
    command += ["--reports", str(tmp_path), "--engine", "local", "-p", "no:cacheprovider"]
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        time.sleep(2.5)
        run.send_signal(stop)
        output, _ = run.communicate(timeout=60)

    assert run.returncode == (2 if stop == signal.SIGINT else 143), output.decode()
    assert not _left_behind(tmp_path)


BAD_INPUT = [
    (["--cytomine", "/nowhere/cytomine"], 4, "There is no folder"),
    (["--cytomine", "{tmp}"], 4, "is no Cytomine instance"),
    (["--cytomine", "{broken}"], 4, "is no YAML at line"),
    (["--backups", "/nowhere"], 4, "There is no folder"),
    (["--images-copy", "{production}"], 4, "production's own"),
    (["--max-age", "soon"], 4, "max_age"),
    (["--drill-config", "/nowhere.toml"], 4, "cannot be read"),
]


@pytest.mark.parametrize(("options", "status", "words"), BAD_INPUT, ids=lambda value: str(value)[:40])
def test_wrong_input_gives_one_sentence(
    sample: Layout, tmp_path: Path, options: list[str], status: int, words: str
) -> None:
    """A sentence with the remedy, the documented status, no traceback, nothing left."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "cytomine.yml").write_text("global:\n  postgres: [\n")
    places = {"tmp": tmp_path, "broken": tmp_path / "broken", "production": sample.images}

    ended = drill(sample, tmp_path / "reports", "--engine", "local", *(text.format(**places) for text in options))

    assert ended.status == status, ended.output
    assert words in ended.output
    assert len(ended.output.splitlines()) < 12, ended.output
    assert not _left_behind(tmp_path / "reports")


def test_no_engine_is_one_sentence(sample: Layout, reports: Path) -> None:
    """With the remedy and status 11, once, not once per claim."""
    ended = drill(sample, reports, "--engine", "docker", DOCKER_HOST="tcp://127.0.0.1:1")

    assert ended.status == 11, ended.output
    assert re.search(r"No container engine answers.*--engine local", ended.output)
    assert "Traceback" not in ended.output
    assert not ended.claims("disproved")
    assert not _left_behind(reports)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_no_disk_is_one_sentence(sample: Layout, reports: Path) -> None:
    """Said before anything is started, with what is free and what is needed."""
    small = Path(tempfile.mkdtemp(prefix="small-disk-"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=1777", "tmpfs", small], check=False).returncode:
        small.rmdir()
        pytest.skip("this root may not mount")
    try:
        ended = drill(sample, reports, "--engine", "local", TMPDIR=str(small))
        left = list(small.iterdir())
    finally:
        subprocess.run(["umount", small], check=True)
        small.rmdir()

    assert ended.status == 11, ended.output
    assert re.search(r"has [\d.]+ MB free, and restoring this archive may take .* TMPDIR", ended.output)
    assert not left


def test_nothing_configured_says_what_to_give() -> None:
    """`pytest drills/` alone names the option and the demo."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "drills/", "-p", "no:cacheprovider"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
        env=environment(),
    )  # fmt: skip

    assert done.returncode == 4
    assert re.search(r"^ERROR: .*--cytomine.*tox run -e demo", done.stderr, re.MULTILINE)
    assert len((done.stdout + done.stderr).splitlines()) < 12


def test_listing_needs_no_server(sample: Layout, reports: Path) -> None:
    """`--collect-only` lists a claim per table and collection, reading no archive and no server."""
    ended = drill(sample, reports, "--collect-only", "-q")

    assert ended.status == 0
    assert "test_table[docker.user_annotation]" in ended.output
    assert "test_collection[cytomine.annotationAction]" in ended.output


def test_production_out_of_reach_is_not_proven(sample: Layout, reports: Path, tmp_path: Path) -> None:
    """Archive against restored is still exact; what needs production is not proven, by name."""
    text = sample.drill_config.read_text(encoding="utf-8")
    config = tmp_path / "drill.toml"
    config.write_text(re.sub(r"port=\d+", "port=1", text).replace('"cytomine"', f'"{sample.instance}"'))

    ended: Ended = drill(
        sample, reports, "--engine", "local", "--drill-config", str(config),
        "--images-copy", str(sample.images_copy), "--configuration-copy", str(sample.configuration_copy),
    )  # fmt: skip

    assert ended.status == 10, ended.output
    reason = ended.claims("not proven")["test_postgres.py::test_table[docker.user_annotation]"]["reason"]
    assert "could not be read" in reason
    assert ended.claims("proven")["test_postgres.py::test_restores"]
