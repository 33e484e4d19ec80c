"""The sample's image tree: as PIMS leaves it, in step with the rows planned, the same for a seed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import tifffile
from PIL import Image

from samples.slides import tree
from samples.upload import FAILED, PENDING, Upload, envelope
from samples.uploads import plan

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SEED = 7


@dataclass(frozen=True)
class Count:
    """The small scale's number of uploads."""

    uploads: int = 60


@dataclass(frozen=True)
class Tree:
    """A tree and the plan it was written from."""

    root: Path
    uploads: tuple[Upload, ...]

    def seen(self, path: Path) -> Path:
        """Turn a path as PIMS sees it into where it lies here."""
        return self.root / path.relative_to(tree.ROOT)

    def resolve(self, path: Path) -> Path:
        """Follow links as PIMS would, to a file of this tree or to one outside of it."""
        while path.is_symlink():
            target = path.readlink()
            if not target.is_relative_to(tree.ROOT):
                return target
            path = self.seen(target)
        return path

    def of(self, kind: str) -> Iterator[Upload]:
        """Yield the uploads of *kind*."""
        return (upload for upload in self.uploads if upload.kind == kind)

    def folders(self) -> set[str]:
        """Names of the upload folders."""
        return {entry.name for entry in self.root.iterdir()}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree of sixty uploads."""
    root = tmp_path_factory.mktemp("sample") / "images"
    uploads = tuple(plan(Count(), SEED))
    tree.write(root, uploads, SEED, NOW)
    return Tree(root, uploads)


def fingerprint(root: Path) -> str:
    """Digest of every path, link, byte and time below *root*."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        stat = path.lstat()
        content = os.fsencode(path.readlink()) if path.is_symlink() else b""
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
        digest.update(os.fsencode(path.relative_to(root)) + b"\0" + content + str(stat.st_mtime_ns).encode())
    return digest.hexdigest()


def test_same_seed_same_bytes(written: Tree, tmp_path: Path) -> None:
    """A seed decides every byte, link and time of the tree; another seed makes another one."""
    tree.write(tmp_path / "again", plan(Count(), SEED), SEED, NOW)
    tree.write(tmp_path / "other", plan(Count(), SEED + 1), SEED + 1, NOW)

    assert fingerprint(tmp_path / "again") == fingerprint(written.root)
    assert fingerprint(tmp_path / "other") != fingerprint(written.root)


def test_numbers_count_up_and_parents_come_first(written: Tree) -> None:
    """Uploads are numbered in order of creation, and a conversion follows the upload it was made of."""
    assert [upload.number for upload in written.uploads] == list(range(len(written.uploads)))
    assert all(upload.parent is None or upload.parent < upload.number for upload in written.uploads)
    assert sum(upload.parent is None for upload in written.uploads) == Count.uploads


def test_every_status_is_there(written: Tree) -> None:
    """Sixty uploads hold every status that an uploaded file can have."""
    assert {upload.status for upload in written.uploads} == {*PENDING, *FAILED, 100, 102, 104, 106}


def test_rows_that_must_have_a_file_have_it(written: Tree) -> None:
    """Deployed and converted rows name a path that ends in a file, a folder, or outside for dataset imports."""
    for upload in written.uploads:
        if upload.status not in (100, 104):
            continue
        target = written.resolve(written.root / upload.filename)
        if upload.kind == "dataset":
            assert target.is_relative_to(tree.DATASETS)
        else:
            assert target.exists(), upload


def test_rows_without_a_file_have_no_folder(written: Tree) -> None:
    """Pending and failed uploads and deleted archives have none; the only folder without a row is the orphan."""
    expected = {u.folder for u in written.uploads if u.image or u.status == 102}
    orphans = written.folders() - expected

    assert expected <= written.folders()
    assert len(orphans) == 1


def test_pending_names_are_absolute(written: Tree) -> None:
    """A row in flight names a file outside data/images, by an absolute path."""
    assert all(upload.filename.startswith("/data/pims/tmp/-") for upload in written.of("pending"))


def test_every_link_is_absolute_and_ends(written: Tree) -> None:
    """Links point to /data/images or /dataset as PIMS sees them, and those into the tree end at something."""
    links = [path for path in written.root.rglob("*") if path.is_symlink()]
    for link in links:
        assert link.readlink().is_absolute()
        target = written.resolve(link)
        assert target.exists() or target.is_relative_to(tree.DATASETS), link

    assert len(links) > 80


def test_every_image_has_its_two_representations(written: Tree) -> None:
    """Each image has original and visualisation; the latter is a real file for a conversion and a link otherwise."""
    for upload in written.uploads:
        if not upload.image:
            continue
        processed = written.root / upload.folder / "processed"
        original, visualisation = (list(processed.glob(f"{role}.*")) for role in ("original", "visualisation"))
        assert [path.name for path in original] == [f"original.{upload.content_type}"]
        assert len(visualisation) == 1
        assert visualisation[0].is_symlink() == (upload.kind != "converted")


def test_size_rules(written: Tree) -> None:
    """A row says the request's size (a little more than the file), or the real one for conversions and folders."""
    for upload in written.uploads:
        target = written.resolve(written.root / upload.filename)
        if upload.kind in ("pending", "failed", "dataset") or not target.exists():
            continue
        if target.is_dir():
            assert sum(path.stat().st_size for path in target.rglob("*") if path.is_file()) == upload.size
        elif upload.parent is not None:
            assert target.stat().st_size == upload.size
        else:
            assert target.stat().st_size + envelope(upload.uuid) == upload.size
            assert 200 <= envelope(upload.uuid) < 500


def test_slides_are_pyramids(written: Tree) -> None:
    """Slides open as tiled BigTIFF with halving levels, of the size their row says."""
    for upload in written.of("pyramid"):
        with tifffile.TiffFile(written.root / upload.filename) as tiff:
            widths = [page.imagewidth for page in tiff.pages]  # type: ignore[union-attr]
            assert tiff.is_bigtiff
            assert all(page.is_tiled for page in tiff.pages)  # type: ignore[union-attr]
            assert (tiff.pages[0].imagewidth, tiff.pages[0].imagelength) == (upload.width, upload.height)  # type: ignore[union-attr]
            assert len(widths) >= 3
            assert all(narrow == -(-wide // 2) for wide, narrow in pairwise(widths))
            assert np.ptp(tiff.pages[0].asarray()) > 0


@pytest.mark.parametrize("kind", ["jpeg", "png", "removed"])
def test_pictures_open(written: Tree, kind: str) -> None:
    """JPEG and PNG uploads open with the size their row says, the soft-deleted ones too."""
    for upload in written.of(kind):
        with Image.open(written.root / upload.filename) as picture:
            picture.load()
            assert picture.size == (upload.width, upload.height)
            assert picture.format == upload.content_type


def test_mrxs_is_a_folder_called_like_its_archive(written: Tree) -> None:
    """An unzipped MRXS keeps the archive's name, and its row names the link to it."""
    for upload in written.of("mrxs"):
        folder = written.resolve(written.root / upload.filename)
        assert folder.is_dir()
        assert folder.suffix == ".zip"
        assert (folder / "slide" / "Slidedat.ini").is_file()
        assert (folder / "slide.mrxs").is_file()


def test_histograms_are_zarr_with_dot_files(written: Tree) -> None:
    """A histogram is a Zarr folder whose counts add up to the image's pixels in three channels."""
    upload = next(written.of("png"))
    folder = written.root / upload.folder / "processed" / "histogram"
    counts = np.frombuffer((folder / "image" / "hist" / "0").read_bytes(), dtype="<u8")

    assert json.loads((folder / ".zattrs").read_text())["histogram_format"] == "PIMS-1.0"
    assert (folder / ".zgroup").is_file()
    assert counts.sum() == upload.width * upload.height * 3


def test_times_lie_before_now(written: Tree) -> None:
    """Every entry carries its upload's time, later uploads later ones, all before the sample's now."""
    newest = max(path.lstat().st_mtime for path in written.root.rglob("*"))
    times = [(written.root / u.folder).stat().st_mtime for u in written.uploads if u.image]

    assert newest < NOW.timestamp()
    assert times == sorted(times)


def test_names_keep_their_script_and_lose_what_disks_refuse(written: Tree) -> None:
    """Original names hold several scripts; on disk they keep them, without characters a file system may refuse."""
    originals = {upload.original_filename for upload in written.uploads}

    assert any(not name.isascii() for name in originals)
    for upload in written.uploads:
        assert not set(Path(upload.filename).name) & set('\\:*?"<>|')
        assert len(os.fsencode(Path(upload.filename).name)) <= 255
        assert len(upload.filename) <= 255


def test_small_tree_is_small(written: Tree) -> None:
    """Sixty uploads stay below 60 MB."""
    assert sum(path.lstat().st_size for path in written.root.rglob("*")) < 60_000_000


def test_uuids_are_version_four(written: Tree) -> None:
    """Folders are called upload- and a random UUID, as PIMS calls them."""
    assert all(UUID(name.removeprefix("upload-")).version == 4 for name in written.folders())
