"""Which uploads a sample instance holds: the one plan that database and image tree are both written from.

Facts: cytomine.md §4 (layout, status codes, size rules); PIMS 0.7 `importer` and `listeners` (a conversion's child
row is CONVERTED and has the real size, its parent is DEPLOYED and owns the abstract image).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Protocol
from uuid import UUID

DEPLOYED = 100
EXTRACTED = 102
CONVERTED = 104
UNPACKED = 106
PENDING = (0, 10, 20, 30, 40, 50, 60)
"""UPLOADED, detecting the format, extracting, converting, deploying, unpacking, checking: still in flight."""
FAILED = (11, 21, 31, 41, 51, 61)
"""Each step's error; the upload's folder is deleted with it."""


class HasUploads(Protocol):
    """What a plan needs to know of a scale."""

    @property
    def uploads(self) -> int:
        """How many files users uploaded; conversions add a row each."""


@dataclass(frozen=True)
class Upload:
    """One row of `uploaded_file` and what belongs to it on disk.

    *number* counts from 0 in order of creation. *kind* is pyramid, jpeg, png, mrxs, converted, dataset, failed,
    pending, archive or removed. *filename* is relative to data/images, absolute while pending. *content_type* is the
    PIMS format identifier. *size* is what the row says, in bytes. *parent* is the number of the upload a conversion
    came from. *image* says that an abstract image with its slice exists.
    """

    number: int
    uuid: UUID
    kind: str
    original_filename: str
    filename: str
    content_type: str
    status: int
    size: int
    width: int
    height: int
    parent: int | None
    deleted: bool
    image: bool

    @property
    def folder(self) -> str:
        """Name of the upload's directory in data/images (conversions live in their parent's)."""
        return f"upload-{self.uuid}"


_MANY = ("pyramid",) * 14 + ("jpeg",) * 8 + ("png",) * 6 + ("mrxs",) * 4 + ("converted",) * 5 + ("dataset",) * 2
_SOME = ("archive",) * 2 + ("removed",) * 4 + ("pending",) * len(PENDING) + ("failed",) * len(FAILED)
_BLOCK = _MANY + _SOME + ("pyramid",) * 2
"""What sixty uploads are; the small scale is one such block, so it holds every kind and every status."""


def plan(scale: HasUploads, seed: int) -> Iterator[Upload]:
    """Yield the uploads of a *scale*, conversions right after their origin, the same for the same *seed*.

    `scale.uploads` counts what users uploaded; the child row of each conversion comes on top of it.
    """
    number = 0
    block: list[tuple[str, int]] = []
    for position in range(scale.uploads):
        if not block:
            block = _block(Random(f"{seed}:block:{position}"))
        kind, turn = block.pop()
        for upload in _planned(kind, turn, number, Random(f"{seed}:upload:{position}")):
            yield upload
            number += 1


def _block(random: Random) -> list[tuple[str, int]]:
    """Sixty kinds in an order of their own, each with its turn among its like (which picks status or form)."""
    turns: dict[str, int] = {}
    kinds = []
    for kind in _BLOCK:
        kinds.append((kind, turns.get(kind, 0)))
        turns[kind] = turns.get(kind, 0) + 1
    random.shuffle(kinds)
    return kinds


def _planned(kind: str, turn: int, number: int, random: Random) -> tuple[Upload, ...]:
    from samples.upload_kinds import KINDS  # it makes what this module defines

    uuid = UUID(int=random.getrandbits(128), version=4)
    return KINDS[kind](number, uuid, turn, random)


def envelope(uuid: UUID) -> int:
    """Bytes by which Content-Length of the upload's multipart body exceeds its file: 200 to 499."""
    return 200 + uuid.int % 300


def disk_size(upload: Upload) -> int:
    """Bytes of the upload on disk, from the size its row says.

    Rows of conversions, unzipped folders and dataset imports say the real size, others the request's (cytomine.md §4).
    """
    exact = upload.parent is not None or upload.kind in ("mrxs", "dataset")
    return upload.size if exact else upload.size - envelope(upload.uuid)
