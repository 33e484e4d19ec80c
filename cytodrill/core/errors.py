"""Errors that end a run, each a sentence with its remedy and a documented exit status.

    DrillError
    ├── UsageError      4   settings or usage: a folder that is no instance, a file that cannot be read
    ├── ProductionError 10  production out of reach: what needs it is not proven
    └── ThrowawayError  11  no engine, or a throwaway that failed

What a backup set did wrong is never an error but a finding (`cytodrill.core.claims`).
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit statuses of a run (design: they are documented API, see docs/exit-codes.md)."""

    PROVEN = 0
    DISPROVED = 1
    INTERRUPTED = 2
    BROKEN = 3
    USAGE = 4
    NOT_PROVEN = 10
    NO_ENGINE = 11
    TERMINATED = 143


class DrillError(Exception):
    """Something that keeps a run from deciding; its text is one sentence that ends in the remedy."""

    exit_code: Exit = Exit.BROKEN


class UsageError(DrillError):
    """The settings or the places they name cannot be used."""

    exit_code = Exit.USAGE


class ProductionError(DrillError):
    """Production cannot be reached or read."""

    exit_code = Exit.NOT_PROVEN


class ThrowawayError(DrillError):
    """No engine answers, an image or binary is missing, or a throwaway failed."""

    exit_code = Exit.NO_ENGINE
