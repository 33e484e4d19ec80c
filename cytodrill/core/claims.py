"""What a drill says: findings, judgements, states of a claim, and the verdict of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The state of a claim; also the words of a run's verdict."""

    PROVEN = "proven"
    DISPROVED = "disproved"
    NOT_PROVEN = "not proven"
    BROKEN = "broken"


class Severity(StrEnum):
    """A loss disproves the claim; a warning needs action but loses nothing."""

    LOSS = "loss"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One difference, worded for an operator. Never holds row contents or secrets.

    *what* names the kind of difference, *where* the archive, table, collection or folder,
    *expected* and *found* the two sides in words and numbers, *remedy* what to do.
    """

    what: str
    where: str
    expected: str
    found: str
    remedy: str
    severity: Severity = Severity.LOSS

    def __str__(self) -> str:
        """One sentence per part, in the order an operator reads."""
        return f"{self.where}: {self.what}; expected {self.expected}, found {self.found}. {self.remedy}"


@dataclass(frozen=True)
class Judgement:
    """What a pure judgement says of a claim.

    *findings* hold losses and warnings; *not_proven* is the reason why the claim could not be checked, or "";
    *compared* says which way it was compared ("manifest of …", "archive only", …).
    A judgement is true when the claim is proven, so that a drill can assert it.
    """

    findings: tuple[Finding, ...] = ()
    not_proven: str = ""
    compared: str = ""

    @property
    def state(self) -> State:
        """A loss disproves, whatever else could not be checked."""
        if any(finding.severity is Severity.LOSS for finding in self.findings):
            return State.DISPROVED
        return State.NOT_PROVEN if self.not_proven else State.PROVEN

    def __bool__(self) -> bool:
        """Whether the claim is proven."""
        return self.state is State.PROVEN


Prove = Callable[[Judgement], Judgement]
"""What a drill asserts: records a judgement for the report and gives it back, true when the claim is proven."""


def verdict(states: Iterable[State]) -> State:
    """The verdict over the *states* of all selected claims: the first that holds of disproved, broken, not proven.

    Nothing proven is never green: no claims at all is *not proven*.
    """
    seen = set(states)
    for state in (State.DISPROVED, State.BROKEN, State.NOT_PROVEN):
        if state in seen:
            return state
    return State.PROVEN if seen else State.NOT_PROVEN
