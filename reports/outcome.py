"""The verdict and the exit status of a run (docs/exit-codes.md)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pytest

from cytodrill.core.claims import State, verdict
from cytodrill.core.errors import Exit

_DECIDED_BY_PYTEST = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}
"""Statuses that only say how the tests went; any other (2, 4, 11, 143, …) says why the run ended, and stays."""

_STATUS = {
    State.PROVEN: Exit.PROVEN,
    State.DISPROVED: Exit.DISPROVED,
    State.NOT_PROVEN: Exit.NOT_PROVEN,
    State.BROKEN: Exit.BROKEN,
}


def ended_early(status: int) -> bool:
    """Whether pytest's exit *status* says that the run did not come to its end."""
    return status not in _DECIDED_BY_PYTEST


def decide(states: Iterable[State], *, early: bool) -> State:
    """Give the verdict over *states*; a run that ended *early* proves nothing, but what it disproved stays so."""
    reached = verdict(states)
    return State.BROKEN if early and reached is not State.DISPROVED else reached


def status(reached: State, codes: Collection[Exit]) -> Exit:
    """Give the exit status of the verdict *reached*.

    *codes* are those of the broken claims: where all ask for the same one, it is given instead of 3.
    """
    if reached is State.BROKEN and len(set(codes)) == 1:
        return next(iter(codes))
    return _STATUS[reached]
