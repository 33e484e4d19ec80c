"""From pytest's items and reports to claims and their states."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from cytodrill.core.claims import State
from cytodrill.core.errors import DrillError, Exit
from reports.keys import JUDGEMENT
from reports.record import Claim
from reports.wording import STORES

CHECKOUT = Path(__file__).resolve().parent.parent
DRILLS = CHECKOUT / "drills"
LONGEST = 500
"""Characters of a foreign exception's message that a report keeps."""
NOT_REACHED = "the run ended before this claim was checked"


@dataclass(frozen=True)
class Outcome:
    """What became of one drill; *code* is the exit status that a broken one asks for."""

    state: State
    reason: str = ""
    seconds: float = 0.0
    code: Exit = Exit.BROKEN


OUTCOME = pytest.StashKey[Outcome]()


def is_drill(path: Path) -> bool:
    """Whether *path* lies in the checkout's `drills/`."""
    return path.resolve().is_relative_to(DRILLS)


def judge(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Keep the outcome of one phase of *item*, and word *report* as the operator shall read it.

    A loss that a drill recorded outweighs whatever happens after it.
    """
    before = item.stash.get(OUTCOME, None)
    outcome = _outcome(item, call, report)
    if outcome is None or (before is not None and before.state is State.DISPROVED):
        return
    item.stash[OUTCOME] = outcome
    if outcome.state is State.NOT_PROVEN and not report.skipped:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: {outcome.reason}")
    elif outcome.state is State.DISPROVED:
        report.outcome = "failed"
        report.longrepr = "\n".join(str(finding) for finding in item.stash[JUDGEMENT].findings)
    elif outcome.state is State.BROKEN and not item.config.option.fulltrace:
        report.longrepr = f"{outcome.reason}\nFor the traceback run it again with --full-trace."


def _outcome(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> Outcome | None:
    """What this phase decides, or None where it decides nothing."""
    judgement = item.stash.get(JUDGEMENT, None)
    raised = call.excinfo.value if call.excinfo else None
    if report.when == "call" and judgement is not None and judgement.state is State.DISPROVED:
        return Outcome(State.DISPROVED, seconds=call.duration)
    if report.skipped:
        return Outcome(State.NOT_PROVEN, _skip_reason(report), call.duration)
    if isinstance(raised, DrillError) and raised.exit_code is Exit.NOT_PROVEN:
        return Outcome(State.NOT_PROVEN, str(raised), call.duration)
    if call.excinfo is not None and report.failed:
        code = raised.exit_code if isinstance(raised, DrillError) else Exit.BROKEN
        return Outcome(State.BROKEN, said(call.excinfo), call.duration, code)
    if report.when == "call":
        return Outcome(State.PROVEN, seconds=call.duration)
    return None


def _skip_reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr or "skipped")
    return text.removeprefix("Skipped: ")


def said(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """One line of what was raised, and where in the checkout."""
    raised = excinfo.value
    if isinstance(raised, DrillError):
        return str(raised)
    frames = [(Path(entry.path), entry.lineno + 1) for entry in excinfo.traceback]
    ours = [(p, line) for p, line in frames if p.is_relative_to(CHECKOUT) and ".venv" not in p.parts]
    place = f" ({ours[-1][0].relative_to(CHECKOUT)}:{ours[-1][1]})" if ours else ""
    return f"{type(raised).__name__}: {_message(raised)}{place}"


def _message(raised: BaseException) -> str:
    """The message of *raised*; of a database's error only its code, because servers quote data in messages."""
    for name in ("sqlstate", "code"):
        code = getattr(raised, name, None)
        if code is not None and type(raised).__module__.split(".")[0] in {"psycopg", "pymongo"}:
            return f"{name} {code}"
    lines = str(raised).splitlines() or ["no message"]
    return lines[0][:LONGEST]


def claim(item: pytest.Item) -> Claim:
    """Give the claim of one selected drill at the end of the session."""
    outcome = item.stash.get(OUTCOME, Outcome(State.NOT_PROVEN, NOT_REACHED))
    judgement = item.stash.get(JUDGEMENT, None)
    return Claim(
        id=item.nodeid,
        store=_store(item),
        state=outcome.state,
        sentence=_sentence(item),
        findings=judgement.findings if judgement is not None else (),
        seconds=round(outcome.seconds, 3),
        compared=judgement.compared if judgement is not None else "",
        reason=outcome.reason,
    )


def _store(item: pytest.Item) -> str:
    """The store by marker, else by the module's name."""
    marked = (mark.name for mark in item.iter_markers() if mark.name in STORES)
    return next(marked, item.path.stem.removeprefix("test_"))


def _sentence(item: pytest.Item) -> str:
    """The first paragraph of the drill's docstring, `{parameter}` filled in."""
    text = inspect.getdoc(getattr(item, "obj", None)) or item.name.replace("_", " ")
    callspec = getattr(item, "callspec", None)
    params = dict(callspec.params) if callspec else {}

    def filled(match: re.Match[str]) -> str:
        value = params.get(match[1], match[0])
        return value if isinstance(value, str) else callspec.id if callspec and len(params) == 1 else str(value)

    paragraph = " ".join(text.split("\n\n")[0].split())
    return re.sub(r"\{(\w+)\}", filled, paragraph)
