"""Which part of the drills a command line selects."""

from __future__ import annotations

import pytest

from reports.claims import DRILLS
from reports.record import Scope

_NARROWING = {"lf": "--lf", "stepwise": "--stepwise", "ignore": "--ignore", "ignore_glob": "--ignore-glob"}


def aims_at_drills(config: pytest.Config) -> bool:
    """Whether the arguments can select a drill: `drills/`, something in it, or a folder above it."""
    return any(
        path.is_relative_to(DRILLS) or DRILLS.is_relative_to(path)
        for path in (config.invocation_params.dir.joinpath(arg.split("::")[0]).resolve() for arg in config.args)
    )


def only_lists(config: pytest.Config) -> bool:
    """Whether pytest was asked to list or plan, not to drill."""
    names = ("collectonly", "setupplan", "setuponly", "showfixtures", "show_fixtures_per_test")
    return any(getattr(config.option, name, False) for name in names)


def scope(config: pytest.Config, deselected: int) -> Scope:
    """Give the scope of this session, *deselected* drills left aside by any plugin."""
    narrowed = [
        f"{flag} {value}" for flag, value in (("-k", config.option.keyword), ("-m", config.option.markexpr)) if value
    ]
    narrowed += [flag for name, flag in _NARROWING.items() if getattr(config.option, name, None)]
    whole = any(
        "::" not in arg and DRILLS.is_relative_to(config.invocation_params.dir.joinpath(arg).resolve())
        for arg in config.args
    )
    return Scope(tuple(narrowed + ([] if whole else list(config.args))), deselected)
