"""Outlines as annotators draw them, each written twice from the same numbers: as EWKB and as JTS writes WKT.

SRID 0, two dimensions, pixel coordinates with the origin at the bottom left (core, Liquibase).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
_MOST = 3_000


@dataclass(frozen=True)
class Shape:
    """One geometry: *ewkb* in hexadecimal, *wkt*, and area and perimeter in square pixels and pixels."""

    ewkb: str
    wkt: str
    area: float
    perimeter: float


def draw(random: np.random.Generator, number: int, width: int, height: int) -> Shape:
    """Draw annotation *number* on an image of *width* × *height* pixels.

    Polygons of 5 to 3,000 points (few are long, every 2,500th is as long as can be), some with a hole; also points,
    lines and multi-polygons. Valid geometries all of them.
    """
    kind = number % 60
    if kind == 17:
        return _point(random, width, height)
    if kind == 31:
        return _line(random, width, height)
    points = _MOST if number % 2_500 == 1_249 else int(np.clip(random.lognormal(np.log(26), 1.0), 5, _MOST))
    outer, centre, radius = _outline(random, points, width, height)
    if kind == 43:
        far = outer + np.array([2.5 * radius + width, 0.0])
        return _polygons([[outer], [far]])
    if kind in (7, 52):
        hole = _decimals(random, centre + (outer[::-1] - centre) * 0.4)
        hole[-1] = hole[0]
        return _polygons([[outer, hole]])
    return _polygons([[outer]])


def _outline(random: np.random.Generator, points: int, width: int, height: int) -> tuple[Ring, Ring, float]:
    """A closed star-shaped ring: angles rise strictly and lines stay far longer than the rounding, so it is simple."""
    side = min(width, height)
    radius = side * (0.06 + 0.34 * min(1.0, points / 300)) * random.uniform(0.7, 1.0)
    centre = np.array([random.uniform(radius, width - radius), random.uniform(radius, height - radius)])
    angles = np.linspace(0, 2 * np.pi, points - 1, endpoint=False) + random.uniform(0, 1)
    lobes = random.integers(2, 6)
    distance = radius * (0.85 + 0.1 * np.sin(lobes * angles) + random.uniform(-0.02, 0.02, points - 1))
    ring = np.empty((points, 2))
    ring[:-1, 0] = centre[0] + distance * np.cos(angles)
    ring[:-1, 1] = centre[1] + distance * np.sin(angles)
    ring[-1] = ring[0]
    return _decimals(random, ring), centre, radius


def _decimals(random: np.random.Generator, ring: Ring) -> Ring:
    """Most clients send two decimals, some all that a double has."""
    exact: Ring = ring if random.random() < 0.15 else np.round(ring * 100) / 100
    return exact


def _numbers(ring: Ring) -> str:
    """As JTS writes ordinates: shortest form that reads back the same, whole numbers without a point."""
    return ", ".join(f"{_number(x)} {_number(y)}" for x, y in ring.tolist())


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def _polygons(polygons: list[list[Ring]]) -> Shape:
    area = sum(abs(_area(rings[0])) - sum(abs(_area(hole)) for hole in rings[1:]) for rings in polygons)
    length = sum(_length(ring) for rings in polygons for ring in rings)
    texts = ["(" + ", ".join(f"({_numbers(ring)})" for ring in rings) + ")" for rings in polygons]
    blobs = [_binary(rings) for rings in polygons]
    if len(polygons) == 1:
        return Shape(blobs[0].hex().upper(), "POLYGON " + texts[0], area, length)
    head = struct.pack("<BII", 1, 6, len(polygons))
    return Shape((head + b"".join(blobs)).hex().upper(), f"MULTIPOLYGON ({', '.join(texts)})", area, length)


def _binary(rings: list[Ring]) -> bytes:
    body = b"".join(struct.pack("<I", len(ring)) + ring.astype("<f8").tobytes() for ring in rings)
    return struct.pack("<BII", 1, 3, len(rings)) + body


def _area(ring: Ring) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2


def _length(ring: Ring) -> float:
    return float(np.hypot(*np.diff(ring, axis=0).T).sum())


def _point(random: np.random.Generator, width: int, height: int) -> Shape:
    place = _decimals(random, random.uniform((0, 0), (width, height)).reshape(1, 2))
    ewkb = struct.pack("<BI", 1, 1) + place.astype("<f8").tobytes()
    return Shape(ewkb.hex().upper(), f"POINT ({_numbers(place)})", 0.0, 0.0)


def _line(random: np.random.Generator, width: int, height: int) -> Shape:
    points = int(random.integers(2, 40))
    x = np.sort(random.uniform(0, width, points))
    line = _decimals(random, np.column_stack((x, random.uniform(0, height, points))))
    ewkb = struct.pack("<BII", 1, 2, points) + line.astype("<f8").tobytes()
    return Shape(ewkb.hex().upper(), f"LINESTRING ({_numbers(line)})", 0.0, _length(line))
