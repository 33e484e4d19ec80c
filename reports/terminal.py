"""The end of a run on the terminal and in a mail of cron: plain text."""

from __future__ import annotations

from cytodrill.core.claims import Finding, Severity, State
from reports.record import Record
from reports.wording import age, claims_of, counted, duration, headline, moment, night, reasons, restores, shown

MARKS = {State.PROVEN: "✓", State.DISPROVED: "✗", State.NOT_PROVEN: "?", State.BROKEN: "!"}

NAMED = 3
"""How many ids of claims with one reason are named before the rest is counted."""


def render(record: Record, report: str = "") -> str:
    """Give the summary of *record*; *report* is the path of the page, or "" where none was written."""
    blocks = [
        _verdict(record),
        *(_finding(finding) for _, finding in record.findings(Severity.LOSS)),
        *(_finding(finding) for _, finding in record.findings(Severity.WARNING)),
        *_open(record, State.BROKEN),
        *_open(record, State.NOT_PROVEN),
        _stores(record),
        [f"report: {report}"] if report else [],
    ]
    return "\n\n".join("\n".join(shown(line) for line in block) for block in blocks if block)


def _verdict(record: Record) -> list[str]:
    notes = f"  [{'; '.join(record.notes)}]" if record.notes else ""
    lines = [f"{MARKS[record.verdict]} {record.verdict.upper()}{notes}", f"  {headline(record)}"]
    if dated := night(record):
        took = sum(restores(record).values())
        lines.append(f"  Backup of {dated}" + (f"; a restore takes {duration(took)}." if took else "."))
    if record.interrupted:
        lines.append(f"  Ended early: {record.interrupted.rstrip('.')}.")
    if not record.scope.full:
        lines.append(f"  Not a full proof: {record.scope}.")
    if record.left_out:
        lines.append(f"  Left out by the settings: {', '.join(record.left_out)}.")
    return lines


def _finding(finding: Finding) -> list[str]:
    mark = MARKS[State.DISPROVED] if finding.severity is Severity.LOSS else "warning"
    return [
        f"{mark} {finding.where}: {finding.what}",
        f"    expected {finding.expected}",
        f"    found    {finding.found}",
        f"    {finding.remedy}",
    ]


def _open(record: Record, state: State) -> list[list[str]]:
    blocks = []
    for reason, claims in reasons(record, state):
        ids = [claim.id.removeprefix("drills/") for claim in claims]
        more = [f"and {len(ids) - NAMED} more"] if len(ids) > NAMED else []
        named = ", ".join([*ids[:NAMED], *more])
        blocks.append([f"{MARKS[state]} {state}: {claims_of(claims)}", f"    {reason}", f"    {named}"])
    return blocks


def _stores(record: Record) -> list[str]:
    counts, seconds = counted(record), restores(record)
    lines = []
    for part in record.backup_set:
        facts = [part.path, f"{moment(part.taken)}, {age(part.age)}" if part.taken else ""]
        facts += [counts.get(part.part, "")]
        facts += [f"restored in {duration(seconds[part.part])}" if part.part in seconds else ""]
        lines.append(f"{part.part:14}{' · '.join(fact for fact in facts if fact)}")
    return lines
