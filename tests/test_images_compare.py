"""Looking images up in a copy, and comparing trees without holding them."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytodrill.images.compare import NamedImage, compare_trees, locate, look_up
from cytodrill.images.listing import Entry, listing

NIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy with a plain image, an unzipped one behind links as PIMS makes them, an import, and traps."""
    for name in ("upload-1", "upload-2/processed", "upload-2/CMU-1.zip", "upload-3", "upload-4"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "upload-1/a.svs").write_bytes(b"II")
    (tmp_path / "upload-2/CMU-1.zip/a.mrxs").write_bytes(b"x")
    (tmp_path / "upload-2/processed/original.MRXS").symlink_to("/data/images/upload-2/CMU-1.zip")
    (tmp_path / "upload-2/processed/visualisation.MRXS").symlink_to("original.MRXS")
    (tmp_path / "upload-3/import.tiff").symlink_to("/dataset/import.tiff")
    (tmp_path / "upload-4/loop").symlink_to("/data/images/upload-4/loop")
    (tmp_path / "upload-4/dangling").symlink_to("/data/images/upload-9/gone")
    (tmp_path / "upload-4/escape").symlink_to("../../../etc/passwd")
    (tmp_path / "upload-4/empty").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("path", "missing", "outside"),
    [
        ("upload-1/a.svs", 0, 0),
        ("upload-2/processed/original.MRXS", 0, 0),
        ("upload-2/processed/visualisation.MRXS", 0, 0),
        ("upload-1/absent.svs", 1, 0),
        ("upload-3/import.tiff", 0, 1),
        ("upload-4/loop", 1, 0),
        ("upload-4/dangling", 1, 0),
        ("upload-4/escape", 0, 1),
        ("upload-4/empty", 1, 0),
        ("../outside", 0, 1),
    ],
)
def test_a_named_image_is_there_missing_or_outside(copy: Path, path: str, missing: int, outside: int) -> None:
    """Links are read as if the copy were mounted where PIMS sees it, and never lead out of it."""
    found = look_up(copy, [NamedImage(7, path)])

    assert (found.named, found.missing, found.outside) == (1, missing, outside)


def test_no_link_leads_to_a_file_of_this_host(copy: Path) -> None:
    """Not even through a folder that is a link."""
    (copy / "upload-5").symlink_to("/etc")

    assert locate(copy, "upload-5/passwd") is None


def test_a_missing_image_explains_what_lay_in_it(copy: Path) -> None:
    """Files of an unzipped image that is gone are not told twice."""
    for path in (copy / "upload-2/CMU-1.zip/a.mrxs", copy / "upload-2/CMU-1.zip"):
        path.unlink() if path.is_file() else path.rmdir()

    found = look_up(copy, [NamedImage(7, "upload-2/processed/original.MRXS")])

    assert found.missing_first == ("upload-2 (row 7)",)
    assert found.explains("upload-2/CMU-1.zip/a.mrxs")
    assert not found.explains("upload-1/a.svs")


def test_a_listing_is_sorted_by_parts_and_names_links(copy: Path) -> None:
    """Sorted as directories are walked, whatever characters names have; links are not followed."""
    (copy / "upload-1-x").mkdir()
    (copy / "upload-1-x/z").touch()
    os.close(os.open(os.fsencode(copy) + b"/upload-1/\xff", os.O_CREAT | os.O_WRONLY))

    entries = list(listing(copy))

    assert [e.order for e in entries] == sorted(e.order for e in entries)
    assert {e.plain: e.kind for e in entries}["upload-3/import.tiff"] == "link"
    assert "upload-1/\\xff" in {e.plain for e in entries}


def test_a_link_in_place_of_a_file_is_no_copy(copy: Path) -> None:
    """A copy made of links into production holds no pixels; a file in place of a link holds them twice."""
    now = list(listing(copy))
    linked = [replace(entry, kind="link", target="0") for entry in now]

    compared = compare_trees(iter(now), NIGHT, iter(now), iter(linked), lambda _: False)
    copied_twice = compare_trees(
        iter(now), NIGHT, iter(now), iter([replace(e, kind="file", target="") for e in now]), lambda _: False
    )

    assert compared.changed == sum(entry.kind == "file" for entry in now) > 0
    assert copied_twice.changed == 0


def test_a_listing_holds_no_file_name(copy: Path) -> None:
    """Names can identify patients: only the folders of uploads, called by a uuid, are kept as they are."""
    (copy / "Doe, John.tiff").touch()

    stored = repr([(entry.path, entry.target) for entry in listing(copy)])

    assert "upload-1/" in stored
    assert not any(name in stored for name in ("Doe", "a.svs", "mrxs", "import", "passwd"))


TREE = st.dictionaries(
    st.from_regex(r"upload-[0-4](/[ab.-]{1,2}){1,2}", fullmatch=True), st.tuples(st.integers(0, 2), st.integers(0, 1))
)


def _entries(tree: dict[str, tuple[int, int]]) -> list[Entry]:
    return sorted((Entry(p, "file", size, mtime) for p, (size, mtime) in tree.items()), key=lambda e: e.order)


@given(TREE, TREE, TREE)
def test_required_is_what_was_there_and_is_unchanged(
    then: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]], copied: dict[str, tuple[int, int]]
) -> None:
    """Exactly what the manifest lists and production still has with size and time must be in the copy."""
    compared = compare_trees(iter(_entries(then)), NIGHT, iter(_entries(now)), iter(_entries(copied)), lambda _: False)

    required = {path for path, state in then.items() if now.get(path) == state}
    assert compared.required is not None
    assert compared.required.required == len(required)
    assert compared.required.lost == len(required - set(copied))
    assert compared.changed == sum(copied[p][0] != now[p][0] for p in required & set(copied))
    assert (compared.production_files, compared.copy_files) == (len(now), len(copied))
    assert compared.copy_bytes == sum(size for size, _ in copied.values())
