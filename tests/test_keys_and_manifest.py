"""Key sets, and manifests on disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from cytodrill import keys, manifest
from cytodrill.images.listing import Entry
from cytodrill.manifest import Contents, Manifest

NIGHT = datetime(2026, 11, 23, tzinfo=UTC)
IDS = st.sets(st.integers(-(1 << 63), (1 << 63) - 1), max_size=40)


@given(IDS)
def test_any_64_bit_key_survives(ids: set[int]) -> None:
    """Negative keys (hashes) too."""
    assert set(keys.first(keys.collect(ids), 100)) == ids


@given(IDS, IDS, IDS, IDS)
def test_lost_is_what_is_required_and_absent(
    before: set[int], now: set[int], old: set[int], restored: set[int]
) -> None:
    """Lost, undecided, deleted and younger are kept apart and leave nothing out."""
    required = old & now & before
    compared = keys.compare(
        since=NIGHT,
        required=keys.collect(required),
        manifest=keys.collect(before),
        production=keys.collect(now),
        restored=keys.collect(restored),
    )

    assert set(keys.first(compared.lost, 100)) == required - restored
    assert set(keys.first(compared.undecided, 100)) == ((before & now) - required) - restored
    assert compared.required.deleted_since == len(before - now)
    assert compared.required.younger == len(now - before)


def _write(place: Path, taken: datetime, *, line: bool = True, system: str = "7") -> Path:
    writer = manifest.Writer(place, taken, line=line)
    writer.keys("docker.t", BitMap64([1, 2, 1 << 40]))
    files = writer.listing([Entry("upload-1/a", "file", 3, 4), Entry("upload-1/b", "link", 1, 5, "/data/x")])
    return writer.close(
        Contents(taken, line=line, instance="/opt/cytomine", system_identifier=system, xmin={"docker": 9}, images=files)
    )


def test_a_manifest_reads_as_it_was_written(tmp_path: Path) -> None:
    """Contents, keys and the listing come back."""
    found = manifest.read(_write(tmp_path, NIGHT))

    assert isinstance(found, Manifest)
    assert (found.contents.taken, found.contents.xmin, found.contents.images) == (NIGHT, {"docker": 9}, (2, 3))
    assert list(found.keys("docker.t")) == [1, 2, 1 << 40]
    assert list(found.keys("docker.other")) == []
    assert [entry.path for entry in found.listing()] == ["upload-1/a", "upload-1/b"]


def test_the_newest_from_before_the_backup_is_taken(tmp_path: Path) -> None:
    """One of the backup's own line counts up to the dump's end; any other must be older by the longest backup."""
    limit = timedelta(hours=6)
    _write(tmp_path, NIGHT - timedelta(days=1))
    _write(tmp_path, NIGHT, line=True)
    _write(tmp_path, NIGHT + timedelta(minutes=1), line=False)
    _write(tmp_path, NIGHT + timedelta(minutes=5), line=True)

    at, _ = manifest.before(tmp_path, NIGHT + timedelta(minutes=3), limit, "7")
    later, _ = manifest.before(tmp_path, NIGHT + timedelta(hours=7), limit, "7")
    never, reason = manifest.before(tmp_path, NIGHT - timedelta(days=2), limit, "7")

    assert at is not None
    assert at.contents.taken == NIGHT
    assert later is not None
    assert later.contents.taken == NIGHT + timedelta(minutes=5)
    assert never is None
    assert "no manifest of production" in reason
    assert "--write-manifest" in reason


def test_damaged_and_foreign_manifests_are_refused_by_name(tmp_path: Path) -> None:
    """They are passed over for an older one, or named as the reason."""
    damaged = _write(tmp_path, NIGHT)
    damaged.write_bytes(damaged.read_bytes()[:-40])
    foreign = _write(tmp_path, NIGHT - timedelta(hours=1), system="8")

    found, reason = manifest.before(tmp_path, NIGHT + timedelta(hours=1), timedelta(hours=6), "7")

    assert found is None
    assert damaged.name in reason
    assert foreign.name in reason
    assert "another PostgreSQL cluster" in reason


@pytest.mark.parametrize("place", range(0, 1500, 37))
def test_a_flipped_byte_is_never_believed(tmp_path: Path, place: int) -> None:
    """Every member has its checksum: a damaged manifest is refused, or reads as it was written."""
    path = _write(tmp_path, NIGHT)
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 0x10
    path.write_bytes(data)

    found = manifest.read(path)

    if isinstance(found, Manifest):
        assert found.contents.xmin == {"docker": 9}
        assert list(found.keys("docker.t")) == [1, 2, 1 << 40]


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    """The oldest go first."""
    paths = [_write(tmp_path, NIGHT + timedelta(days=day)) for day in range(5)]

    manifest.forget(tmp_path, 2)

    assert sorted(tmp_path.iterdir()) == paths[-2:]


def test_a_day_of_drills_pushes_nothing_out(tmp_path: Path) -> None:
    """Manifests of last night's line and of earlier days stay, however often a set is drilled."""
    night = _write(tmp_path, NIGHT)
    yesterday = _write(tmp_path, NIGHT - timedelta(hours=10), line=False)
    runs = [_write(tmp_path, NIGHT + timedelta(hours=8, minutes=minute), line=False) for minute in range(40)]

    manifest.forget(tmp_path, 3)

    assert set(tmp_path.iterdir()) == {night, yesterday, runs[0], runs[-1]}
