"""Pictures that look and compress like stained tissue, from nothing but a seed."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image

Pixels = npt.NDArray[np.uint8]
"""Height x width x 3, RGB."""

TILE = 256
"""Edge of a tile in pixels, the usual one of pyramidal TIFF."""


def tissue(seed: int, width: int, height: int) -> Pixels:
    """Paint *width* x *height* pixels: smooth patches of pink and violet on white."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, size=(max(4, height // 40), max(4, width // 40)), dtype=np.uint8)
    mask = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), dtype=np.int16)
    stain = np.array([[-70, -160, -90]], dtype=np.int16)
    depth = (np.clip(mask - 96, 0, 128) // 8 * 8)[..., None]  # few shades, so that files stay small
    painted: Pixels = np.clip(244 + depth * stain // 128, 0, 255).astype(np.uint8)
    return painted


def pyramid(pixels: Pixels, description: str) -> bytes:
    """Encode *pixels* as a tiled pyramidal BigTIFF: full size, then halves down to one tile."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file, bigtiff=True) as tiff:
        level, first = pixels, True
        while True:
            tiff.write(
                level,
                tile=(TILE, TILE),
                photometric="rgb",
                compression="zlib",
                description=description if first else None,
                subfiletype=0 if first else 1,
                software=False,
                metadata=None,
            )
            if max(level.shape[:2]) <= TILE:
                return file.getvalue()
            level, first = np.ascontiguousarray(level[::2, ::2]), False


def encoded(pixels: Pixels, content_type: str) -> bytes:
    """Encode *pixels* as the PIMS format *content_type*: JPEG, PNG, SVS or PYRTIFF."""
    if content_type in ("SVS", "PYRTIFF"):
        name = "Aperio Image Library v12.0.15" if content_type == "SVS" else "sample slide"
        return pyramid(pixels, f"{name}\n{pixels.shape[1]}x{pixels.shape[0]} |AppMag = 20|MPP = 0.4990")
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format=content_type, **({"quality": 70} if content_type == "JPEG" else {}))
    return file.getvalue()


def filled(content: bytes, size: int, seed: int) -> bytes:
    """Append seeded bytes to *content* up to *size*, so that a file has the size its row was planned with.

    Readers of TIFF, PNG and JPEG ignore what follows the image. Raises ValueError where *content* is larger already.
    """
    if len(content) > size:
        raise ValueError(f"An image of {len(content)} bytes was planned with {size}: raise its size in uploads.py.")
    return content + np.random.default_rng(seed).bytes(size - len(content))
