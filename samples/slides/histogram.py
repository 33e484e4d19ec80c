"""A slide's histogram as PIMS stores it: a Zarr v2 folder of many tiny files, dot-files among them (PIMS 0.7)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from samples.slides.pixels import Pixels

Counts = npt.NDArray[np.int64]


def write(folder: Path, pixels: Pixels) -> None:
    """Write the histogram of *pixels* into a new *folder*: of the image, its channels and its one plane."""
    folder.mkdir()
    _json(folder / ".zgroup", {"zarr_format": 2})
    _json(folder / ".zattrs", {"histogram_type": "FAST", "histogram_format": "PIMS-1.0"})
    channels = np.stack([np.bincount(pixels[..., c].ravel(), minlength=256) for c in range(pixels.shape[2])])
    bounds = np.stack([np.array([pixels[..., c].min(), pixels[..., c].max()]) for c in range(pixels.shape[2])])
    _group(folder / "image", channels.sum(axis=0), np.array([bounds.min(), bounds.max()]))
    _group(folder / "channel", channels, bounds)
    _group(folder / "plane", channels[None, None], bounds[None, None])


def _group(folder: Path, counts: Counts, bounds: npt.NDArray[np.generic]) -> None:
    folder.mkdir()
    _json(folder / ".zgroup", {"zarr_format": 2})
    _array(folder / "hist", counts.astype("<u8"))
    _array(folder / "bounds", bounds.astype("<i8"))


def _array(folder: Path, values: npt.NDArray[np.generic]) -> None:
    folder.mkdir()
    _json(
        folder / ".zarray",
        {
            "chunks": list(values.shape),
            "compressor": None,
            "dtype": values.dtype.str,
            "fill_value": 0,
            "filters": None,
            "order": "C",
            "shape": list(values.shape),
            "zarr_format": 2,
        },
    )
    (folder / ".".join("0" * values.ndim)).write_bytes(values.tobytes())


def _json(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, indent=4, sort_keys=True))
