"""Reading an instance and its backup set from disk."""

from __future__ import annotations

import io
import os
import tarfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cytodrill.archive import ArchiveFault, members
from cytodrill.core.claims import State
from cytodrill.core.errors import UsageError
from cytodrill.cytomine import archives, configuration, coverage, judge
from cytodrill.cytomine.archives import Found
from cytodrill.cytomine.instance import Instance, open_instance
from cytodrill.settings import Settings

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
NO_WAIT = timedelta(0)
YML = """
global:
  postgres: {constant: {PASS: "p w:'d", USER: docker, DB_NAME: docker}}
  postgres-appengine: {constant: {PASS: other}}
  mongodb: {constant: {PASS: secret, USER: mongoadmin}}
  images: {constant: {POSTGIS: "cytomine/postgis:1.5.1", MONGO: "cytomine/mongo:1.0.0"}}
  aaa_config: {constant: {PROJECT_DATA_PATH: ./data}}
"""


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """An instance with nothing but its configuration."""
    (tmp_path / "cytomine.yml").write_text(YML)
    return open_instance(Settings(cytomine=tmp_path))


def _archive(folder: Path, word: str, day: str, taken: datetime, mtime: datetime | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"cytomine_{word}_backup_{day}.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo(f"cytomine_{word}_backup_{day}.sql")
        member.mtime, member.size = int(taken.timestamp()), 3
        tar.addfile(member, io.BytesIO(b"--\n"))
    stamp = (mtime or taken).timestamp()
    os.utime(path, (stamp, stamp))
    return path


def _find(instance: Instance, store: str = "postgres", backups: Path | None = None) -> Found:
    return archives.find(store, instance, backups, NO_WAIT)


def test_the_newest_is_found_by_what_it_holds(instance: Instance) -> None:
    """A set copied without its times has every file's time alike; the time of the dump decides."""
    folder = instance.backup_folders["postgres"][0]
    copied = NOW - timedelta(minutes=5)
    for days, day in ((1, "Sun"), (0, "Mon"), (2, "Sat")):
        _archive(folder, "postgis", day, NOW - timedelta(days=days), copied)
    _archive(folder, "postgis", "current_month", NOW)

    found = _find(instance)

    assert found.newest is not None
    assert found.newest.day == "Mon"
    assert [other.day for other in found.others] == ["Sat", "Sun"]


def test_both_documented_folders_of_mongo_are_looked_into(instance: Instance) -> None:
    """The documentation names data/mongo/backup in one place and data/mongo/data/backup in another."""
    _archive(instance.data / "mongo" / "data" / "backup", "mongo", "Mon", NOW)

    assert _find(instance, "mongo").newest is not None


def test_any_layout_below_another_place_will_do(instance: Instance, tmp_path: Path) -> None:
    """An off-site copy is found by the archives' names."""
    _archive(tmp_path / "off" / "a" / "b", "mongo", "Mon", NOW)

    found = _find(instance, "mongo", tmp_path / "off")

    assert found.newest is not None
    assert _find(instance, "postgres", tmp_path / "off").newest is None


def test_links_to_folders_are_followed_and_a_link_to_nothing_is_named(instance: Instance, tmp_path: Path) -> None:
    """An off-site disk that is not mounted leaves such links; no link makes the search endless."""
    _archive(tmp_path / "disk", "mongo", "Mon", NOW)
    (tmp_path / "off").mkdir()
    (tmp_path / "off" / "mongo").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "loop").symlink_to(tmp_path / "off")
    (tmp_path / "off" / "cytomine_postgis_backup_Mon.tar.gz").symlink_to("/nowhere/x")

    assert _find(instance, "mongo", tmp_path / "off").newest is not None
    postgres = _find(instance, "postgres", tmp_path / "off").newest
    assert postgres is not None
    with pytest.raises(ArchiveFault, match="a link to nothing"):
        list(members(postgres.path))


def test_a_folder_called_like_an_archive_spoils_no_other(instance: Instance) -> None:
    """It is an archive of its time that is none; the others stay readable."""
    folder = instance.backup_folders["postgres"][0]
    _archive(folder, "postgis", "Mon", NOW)
    odd = folder / "cytomine_postgis_backup_Sun.tar.gz"
    odd.mkdir()
    os.utime(odd, (0, 0))

    newest = _find(instance).newest

    assert newest is not None
    assert newest.day == "Mon"


def test_a_store_without_archive_is_disproved_by_name(instance: Instance) -> None:
    """The finding says where was looked and how to make one."""
    judgement = judge.archive_is_there(_find(instance))

    (finding,) = judgement.findings
    assert judgement.state is State.DISPROVED
    assert "data/postgis/data/backup" in finding.where
    assert "`backup` in the postgis container" in finding.remedy


def test_last_week_s_archive_under_today_s_name_is_stale(instance: Instance) -> None:
    """Neither its name nor its file's time makes a dump fresh, and the older night is not taken for tonight's."""
    folder = instance.backup_folders["postgres"][0]
    _archive(folder, "postgis", "Sun", NOW - timedelta(hours=44))
    _archive(folder, "postgis", "Mon", NOW - timedelta(days=7), NOW - timedelta(hours=20))

    judgement = judge.archive_is_fresh(_find(instance), NOW, timedelta(hours=26))

    (finding,) = judgement.findings
    assert "44 h ago" in finding.found
    assert "cytomine_postgis_backup_Mon.tar.gz holds a dump of 2026-11-16" in finding.found


def test_archives_of_two_nights_do_not_belong_together(instance: Instance) -> None:
    """Told once: a stale or missing one is told by its own claim."""
    _archive(instance.backup_folders["postgres"][0], "postgis", "Mon", NOW - timedelta(hours=1))
    _archive(instance.backup_folders["mongo"][0], "mongo", "Sun", NOW - timedelta(hours=25))
    found = _find(instance), _find(instance, "mongo")
    skew = timedelta(hours=6)

    mixed = judge.archives_are_of_one_night(*found, NOW, timedelta(hours=26), skew)
    stale = judge.archives_are_of_one_night(*found, NOW, timedelta(hours=20), skew)

    assert mixed.state is State.DISPROVED
    assert "mongo archive is of another night" in mixed.findings[0].what
    assert stale.state is State.NOT_PROVEN
    assert "stale: see its claim" in stale.not_proven


def test_a_file_that_grows_is_waited_for(tmp_path: Path) -> None:
    """Until it rests; not longer than asked."""
    path = tmp_path / "growing"
    path.write_bytes(b"x")
    stop = threading.Event()

    def grow() -> None:
        while not stop.wait(0.2):
            path.write_bytes(path.read_bytes() + b"x")

    grower = threading.Thread(target=grow)
    grower.start()
    try:
        assert not archives.wait_until_written(path, timedelta(seconds=2))
    finally:
        stop.set()
        grower.join()
    began = time.monotonic()
    assert archives.wait_until_written(path, timedelta(seconds=20))
    assert time.monotonic() - began < 10


def test_a_growing_archive_is_not_proven(instance: Instance) -> None:
    """It is neither restored nor called broken."""
    path = _archive(instance.backup_folders["postgres"][0], "postgis", "Mon", NOW)
    os.utime(path)

    found = _find(instance)

    assert found.growing
    assert judge.archive_is_there(found).state is State.NOT_PROVEN


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_a_folder_of_the_container_s_user_is_named_with_its_remedy(instance: Instance) -> None:
    """0700 of uid 70: the drill says so, and what to do."""
    folder = instance.backup_folders["postgres"][0]
    _archive(folder, "postgis", "Mon", NOW)
    folder.chmod(0o700)
    for parent in (*folder.parents,)[:6]:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o1000:
            parent.chmod(0o755)
    os.chown(folder, 70, 70)
    os.seteuid(65534)
    try:
        with pytest.raises(UsageError, match=r"cannot be read.*0700.*Run the drill as root"):
            _find(instance)
    finally:
        os.seteuid(0)


def test_configuration_gives_accounts_and_pins(instance: Instance) -> None:
    """Also passwords with characters of every kind; no representation shows one."""
    values = instance.configuration

    assert [account.service for account in values.postgres] == ["core", "app-engine"]
    assert values.postgres[0].password == "p w:'d"
    assert values.mongo is not None
    assert values.images["POSTGIS"] == "cytomine/postgis:1.5.1"
    assert "p w" not in repr(values)
    assert "secret" not in repr(values)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "no YAML at line 1"),
        ("- 1", 'no section "global"'),
        ("services: {}", 'no section "global"'),
        ("!!python/object:os.system {}", "no YAML"),
    ],
)
def test_what_is_no_cytomine_yml_is_refused(text: str, words: str) -> None:
    """One sentence, and nothing of it is run."""
    with pytest.raises(UsageError, match=words):
        configuration.parse(text, "cytomine.yml")


def test_a_section_of_another_form_holds_nothing() -> None:
    """A list or a text where keys belong."""
    values = configuration.parse("global: {postgres: {constant: [1]}, mongodb: {constant: x}, images: 3}", "c.yml")

    assert (values.postgres, values.mongo, values.images) == ((), None, {})


def test_secrets_that_were_never_generated_are_no_passwords() -> None:
    """Values under auto belong to an instance that was not deployed."""
    values = configuration.parse("global: {postgres: {auto: {PASS: random}}}", "cytomine.yml")

    assert judge.configuration_reads(values).state is State.DISPROVED


def test_everything_of_data_is_covered_or_named(instance: Instance) -> None:
    """Databases, servers' folders and images are in the set; what is not is named."""
    for name in ("postgis", "mongo", "images", "registry"):
        (instance.data / name).mkdir(parents=True)
    (instance.root / "configs").mkdir()

    names = coverage.entries(instance)
    states = {name: coverage.covered(coverage.entry(name, Path("/copy"))).state for name in names}

    assert states == {
        "data/images": State.PROVEN,
        "data/mongo": State.PROVEN,
        "data/postgis": State.PROVEN,
        "data/registry": State.NOT_PROVEN,
        "configs": State.NOT_PROVEN,
    }
    assert coverage.covered(coverage.entry("data/images", None)).state is State.NOT_PROVEN
    assert coverage.covered(coverage.database("database iam", {"docker"}, "", existed=True)).state is State.DISPROVED
    assert coverage.covered(coverage.database("database iam", {"docker"}, "", existed=False)).state is State.NOT_PROVEN
    assert coverage.covered(coverage.database("database docker", {"docker"}, "", existed=True)).state is State.PROVEN
