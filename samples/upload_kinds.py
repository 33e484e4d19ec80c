"""The kinds of upload a sample holds, each with the row or rows it leaves (PIMS 0.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from uuid import UUID

from samples import names
from samples.upload import CONVERTED, DEPLOYED, EXTRACTED, FAILED, PENDING, UNPACKED, Upload, envelope


def _single(  # one row whose file lies directly in its folder
    number: int,
    uuid: UUID,
    random: Random,
    *,
    kind: str,
    extension: str,
    content_type: str,
    disk: int,
    side: tuple[int, int],
    deleted: bool = False,
) -> Upload:
    name = names.original(random, number, extension)
    return Upload(
        number=number,
        uuid=uuid,
        kind=kind,
        original_filename=name,
        filename=f"upload-{uuid}/{names.on_disk(name)}",
        content_type=content_type,
        status=DEPLOYED,
        size=disk + envelope(uuid),
        width=side[0],
        height=side[1],
        parent=None,
        deleted=deleted,
        image=True,
    )


def _side(random: Random, least: int, most: int) -> tuple[int, int]:
    return random.randrange(least, most, 16), random.randrange(least, most, 16)


def _pyramid(number: int, uuid: UUID, turn: int, random: Random) -> tuple[Upload, ...]:
    extension, content_type = ((".svs", "SVS"), (".tif", "PYRTIFF"))[turn % 2]
    side = _side(random, 640, 1152)
    return (
        _single(
            number, uuid, random, kind="pyramid", extension=extension, content_type=content_type,
            disk=_tiff_size(side, random), side=side,
        ),
    )  # fmt: skip


def _removed(number: int, uuid: UUID, turn: int, random: Random) -> tuple[Upload, ...]:
    del turn
    side = _side(random, 256, 640)
    return (
        _single(
            number, uuid, random, kind="removed", extension=".jpg", content_type="JPEG",
            disk=_jpeg_size(side, random), side=side, deleted=True,
        ),
    )  # fmt: skip


def _jpeg(number: int, uuid: UUID, turn: int, random: Random) -> tuple[Upload, ...]:
    side = _side(random, 256, 1008)
    return (
        _single(
            number, uuid, random, kind="jpeg", extension=(".jpg", ".jpeg", ".JPG")[turn % 3], content_type="JPEG",
            disk=_jpeg_size(side, random), side=side,
        ),
    )  # fmt: skip


def _png(number: int, uuid: UUID, turn: int, random: Random) -> tuple[Upload, ...]:
    del turn
    side = _side(random, 128, 512)
    return (
        _single(
            number, uuid, random, kind="png", extension=".png", content_type="PNG",
            disk=_png_size(side, random), side=side,
        ),
    )  # fmt: skip


def _tiff_size(side: tuple[int, int], random: Random) -> int:
    return side[0] * side[1] * 27 // 100 + random.randrange(20_000, 60_000)


def _jpeg_size(side: tuple[int, int], random: Random) -> int:
    return side[0] * side[1] // 10 + random.randrange(8_000, 20_000)


def _png_size(side: tuple[int, int], random: Random) -> int:
    return side[0] * side[1] * 22 // 100 + random.randrange(8_000, 20_000)


def _converted(number: int, uuid: UUID, turn: int, random: Random) -> tuple[Upload, ...]:
    """A format PIMS cannot serve, and the child row of the PYRTIFF made of it."""
    del turn
    side = _side(random, 640, 1008)
    origin = _single(
        number, uuid, random, kind="converted", extension=".png", content_type="PNG",
        disk=_png_size(side, random), side=side,
    )  # fmt: skip
    child = Upload(
        number=number + 1,
        uuid=uuid,
        kind="converted",
        original_filename="visualisation.PYRTIFF",
        filename=f"upload-{uuid}/processed/visualisation.PYRTIFF",
        content_type="PYRTIFF",
        status=CONVERTED,
        size=_tiff_size(side, random),
        width=side[0],
        height=side[1],
        parent=number,
        deleted=False,
        image=False,
    )
    return origin, child


def _mrxs(number: int, uuid: UUID, turn: int, random: Random) -> tuple[Upload, ...]:
    """An unzipped multi-file upload: a directory still called .zip, named by its link (PIMS 0.7)."""
    del turn
    side = _side(random, 1024, 4096)
    return (
        Upload(
            number=number,
            uuid=uuid,
            kind="mrxs",
            original_filename=names.original(random, number, ".zip"),
            filename=f"upload-{uuid}/processed/original.MRXS",
            content_type="MRXS",
            status=DEPLOYED,
            size=random.randrange(60_000, 240_000),
            width=side[0],
            height=side[1],
            parent=None,
            deleted=False,
            image=True,
        ),
    )


def _dataset(number: int, uuid: UUID, turn: int, random: Random) -> tuple[Upload, ...]:
    """An import that links to /dataset: its pixels are in no backup of data/images."""
    del turn
    side = _side(random, 4096, 40_000)
    size = random.randrange(10**8, 10**9)
    upload = _single(
        number, uuid, random, kind="dataset", extension=".svs", content_type="SVS", disk=size, side=side,
    )  # fmt: skip
    return (replace(upload, size=size),)


def _pending(number: int, uuid: UUID, turn: int, random: Random) -> tuple[Upload, ...]:
    upload = _fileless(number, uuid, random)
    status = PENDING[turn % len(PENDING)]
    return (replace(upload, kind="pending", status=status, filename=f"/data/pims/tmp/-{uuid}"),)


def _failed(number: int, uuid: UUID, turn: int, random: Random) -> tuple[Upload, ...]:
    """An upload that ended in an error: its folder is gone; one that failed early keeps its absolute name."""
    upload = replace(_fileless(number, uuid, random), kind="failed", status=FAILED[turn % len(FAILED)])
    return (replace(upload, filename=f"/data/pims/tmp/-{uuid}") if upload.status == FAILED[0] else upload,)


def _fileless(number: int, uuid: UUID, random: Random) -> Upload:
    name = names.original(random, number, random.choice((".svs", ".zip", ".ndpi")))
    return Upload(
        number=number,
        uuid=uuid,
        kind="",
        original_filename=name,
        filename=f"upload-{uuid}/{names.on_disk(name)}",
        content_type="",
        status=0,
        size=random.randrange(10_000, 4_000_000_000),
        width=0,
        height=0,
        parent=None,
        deleted=False,
        image=False,
    )


def _archive(number: int, uuid: UUID, turn: int, random: Random) -> tuple[Upload, ...]:
    """A collection: unpacked and deleted, as today, or kept with its extracted folder, as before 2023-10."""
    name = names.original(random, number, ".zip")
    return (
        Upload(
            number=number,
            uuid=uuid,
            kind="archive",
            original_filename=name,
            filename=f"upload-{uuid}/{names.on_disk(name)}",
            content_type="ZIP",
            status=(UNPACKED, EXTRACTED)[turn % 2],
            size=random.randrange(20_000, 60_000) + envelope(uuid),
            width=0,
            height=0,
            parent=None,
            deleted=False,
            image=False,
        ),
    )


KINDS: dict[str, Callable[[int, UUID, int, Random], tuple[Upload, ...]]] = {
    "pyramid": _pyramid,
    "jpeg": _jpeg,
    "png": _png,
    "mrxs": _mrxs,
    "converted": _converted,
    "dataset": _dataset,
    "pending": _pending,
    "failed": _failed,
    "archive": _archive,
    "removed": _removed,
}
"""What makes the rows of one upload, from its number, UUID, turn among its like and random source."""
