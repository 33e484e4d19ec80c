"""Names of tables and collections that Cytomine is known to have (`known.toml` beside this file)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _known() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def tables() -> tuple[str, ...]:
    """Known tables, as `docker.user_annotation`."""
    known = _known()["postgres"]
    return tuple(f"{known['database']}.{name}" for name in known["tables"])


def collections() -> tuple[str, ...]:
    """Known collections, as `cytomine.annotationAction`."""
    known = _known()["mongo"]
    return tuple(f"{known['database']}.{name}" for name in known["collections"])


def of_extension(table: str) -> bool:
    """Whether *table*, of whatever database, is filled by CREATE EXTENSION and not by the dump."""
    name = table.partition(".")[2]
    return name in _known()["postgres"]["of_extensions"] or name.startswith("tiger.")
