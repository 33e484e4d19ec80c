"""Writing data/images: one folder an upload, absolute links as PIMS makes them, times of the upload.

Facts: PIMS 0.7 `importer` (which link points where, which folders are deleted).
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from samples.slides import histogram, pixels
from samples.upload import EXTRACTED, Upload, disk_size

ROOT = Path("/data/images")
"""Where PIMS sees the tree, hence where every link points, wherever the tree really lies."""

DATASETS = Path("/dataset")
"""Where dataset imports lie: mounted read-only, in no backup of the images."""

_SPAN = timedelta(days=400)
_QUIET = timedelta(days=10)


def uploaded_at(number: int, now: datetime) -> datetime:
    """When upload *number* was made: later ones later, all from 400 to 10 days before *now*."""
    return now - _SPAN + (_SPAN - _QUIET) * (number / (number + 60))


def write(root: Path, uploads: Iterable[Upload], seed: int, now: datetime) -> None:
    """Write the tree of *uploads* into the folder *root*, the same bytes for the same *seed*.

    Modification times lie before *now*. Besides the uploads' folders there is one without a row, as a deleted image
    leaves it. Raises FileExistsError where a folder is there already.
    """
    root.mkdir(parents=True, exist_ok=True)
    for upload in uploads:
        if upload.parent is None and _has_folder(upload):
            _write_upload(root, upload, seed, uploaded_at(upload.number, now))
        elif upload.parent is not None:
            _write_conversion(root / upload.filename, upload, seed)
            _date(root / upload.folder, uploaded_at(upload.parent, now))
    _write_orphan(root, seed, now)


def _has_folder(upload: Upload) -> bool:
    return upload.image or (upload.kind == "archive" and upload.status == EXTRACTED)


def _write_upload(root: Path, upload: Upload, seed: int, when: datetime) -> None:
    folder = root / upload.folder
    (folder / "processed").mkdir(parents=True)
    if upload.kind == "mrxs":
        _write_mrxs(folder, upload, seed)
    elif upload.kind == "archive":
        _write_archive(folder, upload, seed)
    elif upload.kind == "dataset":
        _write_dataset(folder, upload, seed)
    else:
        _write_image(folder, upload, seed)
    _date(folder, when)


def _write_image(folder: Path, upload: Upload, seed: int) -> None:
    name = Path(upload.filename).name
    picture = pixels.tissue(_picture_seed(upload.uuid, seed), upload.width, upload.height)
    content = pixels.encoded(picture, upload.content_type)
    (folder / name).write_bytes(pixels.filled(content, disk_size(upload), upload.number))
    _link_original(folder, name, upload.content_type, visualised=upload.kind != "converted")
    histogram.write(folder / "processed" / "histogram", picture)


def _write_conversion(file: Path, upload: Upload, seed: int) -> None:
    picture = pixels.tissue(_picture_seed(upload.uuid, seed), upload.width, upload.height)
    file.write_bytes(pixels.filled(pixels.encoded(picture, "PYRTIFF"), disk_size(upload), upload.number))


def _write_dataset(folder: Path, upload: Upload, seed: int) -> None:
    name = Path(upload.filename).name
    (folder / name).symlink_to(DATASETS / f"study-{upload.uuid.int % 7}" / name)
    _link_original(folder, name, upload.content_type, visualised=True)
    histogram.write(folder / "processed" / "histogram", pixels.tissue(_picture_seed(upload.uuid, seed), 64, 64))


def _write_mrxs(folder: Path, upload: Upload, seed: int) -> None:
    """A folder still called like the archive it came in, of exactly the size its row says."""
    name = _mrxs_name(upload)
    slide = folder / name
    (slide / "slide").mkdir(parents=True)
    preview = pixels.tissue(_picture_seed(upload.uuid, seed), 96, 96)
    files = {
        "slide.mrxs": pixels.encoded(preview, "JPEG"),
        "slide/Slidedat.ini": _slidedat(upload).encode(),
        "slide/Index.dat": b"01.02" + upload.uuid.bytes * 16,
    }
    rest = disk_size(upload) - sum(map(len, files.values()))
    random = Random(f"{seed}:{upload.number}")
    files["slide/Data0000.dat"] = random.randbytes(rest // 3)
    files["slide/Data0001.dat"] = random.randbytes(rest - rest // 3)
    for path, content in files.items():
        (slide / path).write_bytes(content)
    _link_original(folder, name, "MRXS", visualised=True)
    histogram.write(folder / "processed" / "histogram", preview)


def _mrxs_name(upload: Upload) -> str:
    from samples.names import on_disk  # the row names the link, so the folder's name comes from the upload's

    return on_disk(upload.original_filename)


def _slidedat(upload: Upload) -> str:
    return (
        "[GENERAL]\r\nSLIDE_VERSION = 01.02\r\n"
        f"SLIDE_ID = {upload.uuid.hex.upper()}\r\n"
        f"IMAGENUMBER_X = {upload.width // 256}\r\nIMAGENUMBER_Y = {upload.height // 256}\r\n"
        "OBJECTIVE_MAGNIFICATION = 20\r\n"
        "[HIERARCHICAL]\r\nINDEXFILE = Index.dat\r\nHIER_COUNT = 1\r\n"
        "[DATAFILE]\r\nFILE_COUNT = 2\r\nFILE_0 = Data0000.dat\r\nFILE_1 = Data0001.dat\r\n"
    )


def _write_archive(folder: Path, upload: Upload, seed: int) -> None:
    """A collection kept with what came out of it, as trees from before 2023-10 have it."""
    picture = pixels.encoded(pixels.tissue(_picture_seed(upload.uuid, seed), 96, 96), "JPEG")
    file = io.BytesIO()
    extracted = folder / "processed" / "original.ZIP"
    extracted.mkdir()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("first.jpg", "second.jpg"):
            archive.writestr(zipfile.ZipInfo(name), picture)  # ZipInfo's own date keeps the bytes the same
            (extracted / name).write_bytes(picture)
    name = Path(upload.filename).name
    (folder / name).write_bytes(_commented(file.getvalue(), disk_size(upload)))
    (folder / "processed" / "extracted").symlink_to(ROOT / upload.folder / "processed" / "original.ZIP")


def _commented(archive: bytes, size: int) -> bytes:
    """Lengthen a ZIP *archive* to *size* by its comment, which readers expect at the end."""
    comment = size - len(archive)
    return archive[:-2] + comment.to_bytes(2, "little") + b" " * comment


def _write_orphan(root: Path, seed: int, now: datetime) -> None:
    """A folder without a row, its histogram never finished: deleting an image leaves its files (core, Liquibase)."""
    uuid = UUID(int=Random(f"{seed}:orphan").getrandbits(128), version=4)
    folder = root / f"upload-{uuid}"
    (folder / "processed").mkdir(parents=True)
    picture = pixels.tissue(seed, 320, 240)
    (folder / "deleted.png").write_bytes(pixels.encoded(picture, "PNG"))
    _link_original(folder, "deleted.png", "PNG", visualised=True)
    histogram.write(folder / "processed" / "tmp_histogram", picture)
    _date(folder, uploaded_at(0, now))


def _link_original(folder: Path, name: str, content_type: str, *, visualised: bool) -> None:
    processed, seen = folder / "processed", ROOT / folder.name
    (processed / f"original.{content_type}").symlink_to(seen / name)
    if visualised:
        (processed / f"visualisation.{content_type}").symlink_to(seen / "processed" / f"original.{content_type}")


def _picture_seed(uuid: UUID, seed: int) -> int:
    return (uuid.int ^ seed) & 0xFFFF_FFFF


def _date(folder: Path, when: datetime) -> None:
    """Give everything below *folder*, links and itself included, the time *when*."""
    stamp = (when.timestamp(), when.timestamp())
    for place, _, files in os.walk(folder, topdown=False):
        entries = [*files, *(entry.name for entry in os.scandir(place) if entry.is_symlink())]
        for name in entries:
            os.utime(Path(place) / name, stamp, follow_symlinks=False)
        os.utime(place, stamp)
