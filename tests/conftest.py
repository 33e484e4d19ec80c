"""Markers of the suite's own tests."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers that the tests use."""
    config.addinivalue_line("markers", "docker: needs a container engine that answers")
    config.addinivalue_line("markers", "sample: builds or uses a whole sample instance")
