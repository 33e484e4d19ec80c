"""One upload: its row of `uploaded_file`, its size on disk, the codes of its status.

Facts: PIMS 0.7 (layout, status codes, size rules).
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

DEPLOYED = 100
EXTRACTED = 102
CONVERTED = 104
UNPACKED = 106
PENDING = (0, 10, 20, 30, 40, 50, 60)
"""UPLOADED, detecting the format, extracting, converting, deploying, unpacking, checking: still in flight."""
FAILED = (11, 21, 31, 41, 51, 61)
"""Each step's error; the upload's folder is deleted with it."""


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


def envelope(uuid: UUID) -> int:
    """Bytes by which Content-Length of the upload's multipart body exceeds its file: 200 to 499."""
    return 200 + uuid.int % 300


def disk_size(upload: Upload) -> int:
    """Bytes of the upload on disk, from the size its row says.

    Rows of conversions, unzipped folders and dataset imports say the real size, others the request's (PIMS 0.7).
    """
    exact = upload.parent is not None or upload.kind in ("mrxs", "dataset")
    return upload.size if exact else upload.size - envelope(upload.uuid)
