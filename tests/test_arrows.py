"""Arrows between the folders point one way (docs/architecture.md)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
DRIVERS = {"docker", "psycopg", "pymongo", "testcontainers"}
OURS = {"drills", "fixtures", "cytodrill", "reports", "samples", "tests"}
MAY_IMPORT = {
    "drills": {"cytodrill"},
    "fixtures": {"fixtures", "cytodrill"},
    "reports": {"reports", "cytodrill.core"},
    "samples": {"samples", "cytodrill"},
    "cytodrill": {"cytodrill"},
    "cytodrill/core": {"cytodrill.core"},
    **{
        f"cytodrill/{folder}": {
            f"cytodrill.{folder}",
            "cytodrill.core",
            "cytodrill.archive",
            "cytodrill.inflate",
            "cytodrill.keys",
            "cytodrill.process",
            "cytodrill.settings",
        }
        for folder in ("cytomine", "images", "mongo", "postgres", "throwaway")
    },
}


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if node.module in OURS else {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def _within(module: str, allowed: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_arrows_point_one_way(folder: str) -> None:
    """A folder imports of ours only what stands below it."""
    pattern = "*.py" if folder == "cytodrill" else "**/*.py"
    for path in (CHECKOUT / folder).glob(pattern):
        wrong = {
            name for name in _imported(path) if name.split(".")[0] in OURS and not _within(name, MAY_IMPORT[folder])
        }

        assert not wrong, f"{path.relative_to(CHECKOUT)} imports {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("folder", ["drills", "fixtures", "reports", "cytodrill/core"])
def test_drivers_stay_in_their_folders(folder: str) -> None:
    """Neither drills nor fixtures nor reports nor the pure core know a driver."""
    for path in (CHECKOUT / folder).glob("**/*.py"):
        drivers = {name for name in _imported(path) if name.split(".")[0] in DRIVERS}

        assert not drivers, f"{path.relative_to(CHECKOUT)} imports {', '.join(sorted(drivers))}"


def test_only_the_engine_s_neighbours_know_pytest() -> None:
    """The engine knows nothing of pytest."""
    for path in (CHECKOUT / "cytodrill").glob("**/*.py"):
        assert not any(name.split(".")[0] in {"pytest", "_pytest"} for name in _imported(path)), path
