"""Hooks that the report asks; the plugins that know the settings and drive the engine answer them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cytodrill.core.record import RunFacts


@pytest.hookspec(firstresult=True)
def pytest_drill_aimed(config: pytest.Config) -> bool | None:
    """Tell whether this session's arguments can select a drill. Answered by the report's plugin itself."""
    raise NotImplementedError(config)


@pytest.hookspec(firstresult=True)
def pytest_drill_folder(config: pytest.Config) -> Path | None:
    """Give `<reports>/<run id>`, which need not exist yet; its name is the run's id. None: nothing is written.

    Asked while pytest is configured, only where drills are to be run. May raise `pytest.UsageError`.
    """
    raise NotImplementedError(config)


@pytest.hookspec(firstresult=True)
def pytest_drill_strict(config: pytest.Config) -> bool | None:
    """Give whether a warning disproves, as a loss does."""
    raise NotImplementedError(config)


@pytest.hookspec(firstresult=True)
def pytest_drill_facts(config: pytest.Config) -> RunFacts | None:
    """Give what is known of the run at its end, None where nothing is.

    Asked once, after every fixture was torn down, also when the run was interrupted.
    """
    raise NotImplementedError(config)
