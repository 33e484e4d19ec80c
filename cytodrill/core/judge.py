"""Pure judgements: facts in, what a drill says of its claim out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cytodrill.core.claims import Finding, Judgement, Severity
from cytodrill.core.inventory import Counted, Indexes, Required

BACK_UP_AGAIN = "Keep this archive, look at the backup's log and the disk, back up again, and drill the new set."
MOST_UNDONE = 100
"""Rows of one table that can be away for a moment while a backup is taken, because a delete is undone later."""

CLOCKS = timedelta(minutes=10)
"""How far the clock of the host that backs up may be ahead of ours."""

RESTORE_FAULT = "The archive holds them, the restore does not: read the restore's findings of this run."


def _ids(ids: tuple[str, ...], total: int) -> str:
    more = f" and {total - len(ids):,} more" if total > len(ids) else ""
    return f"{', '.join(ids)}{more}"


def amount(number: int, unit: str) -> str:
    """A *number* of things in words; *unit* is their plural."""
    return f"{number:,} {unit.removesuffix('s') if number == 1 else unit}"


def _lost(counted: Counted, required: Required) -> Finding:
    unit = counted.unit
    return Finding(
        what=f"{amount(required.lost, unit)} that production had before the backup "
        f"{'is' if required.lost == 1 else 'are'} not in it",
        where=counted.name,
        expected=f"all {required.required:,} {unit} of {required.since:%Y-%m-%d %H:%M:%S} UTC still there unchanged",
        found=f"{required.required - required.lost:,}; missing: {_ids(required.lost_ids, required.lost)}",
        remedy=BACK_UP_AGAIN,
    )


def _undecided(counted: Counted, required: Required) -> Finding:
    return Finding(
        what=f"{amount(required.undecided, counted.unit)} rewritten since the backup, and not in it",
        where=counted.name,
        expected="that in the backup, unless it was deleted before it and brought back after it",
        found=f"undecided: {_ids(required.undecided_ids, required.undecided)}",
        remedy="Look one of them up in production: if it was never deleted, the backup lost it.",
        severity=Severity.WARNING,
    )


def everything_comes_back(counted: Counted) -> Judgement:
    """Judge one table or collection: archive = restored, and all that is required is in the backup."""
    name, unit, required = counted.name, counted.unit, counted.required
    compared = f"manifest of {required.since:%Y-%m-%d %H:%M:%S} UTC" if required else "archive and restore only"
    compared = counted.exempt or compared
    if counted.archive is None and counted.restored is None:
        return _absent(counted, compared)
    if counted.archive is None:
        return Judgement((_without_rows(counted),), compared=compared)
    findings: list[Finding] = []
    if counted.archive != counted.restored:
        findings.append(
            Finding(
                what=f"the restore holds another number of {unit} than the archive",
                where=name,
                expected=f"{counted.archive:,} {unit}, as counted in the archive",
                found=f"{counted.restored:,}" if counted.restored is not None else "none: it was not created",
                remedy=RESTORE_FAULT,
            )
        )
    if required and required.lost and not findings:
        findings.append(_lost(counted, required))
    if required and required.undecided:
        findings.append(_undecided(counted, required))
    if required and required.undecided > MOST_UNDONE:
        number = amount(required.undecided, unit)
        return Judgement(
            tuple(findings),
            f"{number} rewritten since are not in the backup: too many for deletes that were undone; back up again",
            compared,
        )
    return Judgement(tuple(findings), "" if required else counted.uncompared, compared)


def _without_rows(counted: Counted) -> Finding:
    now = f", of which production has {counted.production:,} now" if counted.production is not None else ""
    return Finding(
        what=f"the archive creates it without its {counted.unit}",
        where=counted.name,
        expected=f"its {counted.unit}{now}; an empty one is written down too",
        found=f"no {counted.unit} in the archive, {counted.restored or 0:,} in the restore",
        remedy=BACK_UP_AGAIN,
    )


def _absent(counted: Counted, compared: str) -> Judgement:
    required = counted.required
    if required and counted.before is not None:
        finding = Finding(
            what="it is not in the archive",
            where=counted.name,
            expected=f"it, with the {counted.before:,} {counted.unit} of {required.since:%Y-%m-%d %H:%M:%S} UTC",
            found=f"nothing of that name, with {counted.production or 0:,} {counted.unit} in production now",
            remedy=BACK_UP_AGAIN,
        )
        return Judgement((finding,), compared=compared)
    if required:
        return Judgement(compared=f"{compared}: nothing of it is as old as that")
    if counted.production is not None:
        return Judgement(not_proven=counted.uncompared, compared=compared)
    if counted.production is None and counted.uncompared:
        return Judgement(not_proven=f"it is not in the archive, and {counted.uncompared}", compared=compared)
    return Judgement(compared="there is none in production either")


def nothing_unknown(unlisted: Iterable[Counted]) -> Judgement:
    """Judge what has no claim of its own yet: compared all the same, and named."""
    findings: list[Finding] = []
    not_proven = ""
    names: list[str] = []
    for counted in unlisted:
        judgement = everything_comes_back(counted)
        findings += judgement.findings
        not_proven = not_proven or judgement.not_proven
        names.append(counted.name)
    if names:
        findings.append(
            Finding(
                what=f"{len(names):,} of them were not known before this run",
                where="backup set",
                expected="a claim of its own for each",
                found=_ids(tuple(names[:10]), len(names)),
                remedy="Nothing to do: the next run lists each by name.",
                severity=Severity.WARNING,
            )
        )
    return Judgement(tuple(findings), not_proven, "archive and restore")


def indexes_come_back(indexes: Indexes) -> Judgement:
    """Judge the indexes of a collection: as the archive has them, and all that production had before and still has."""
    findings = [
        Finding(
            what=f'the index "{name}" did not come back {"" if name not in indexes.restored else "as it was"}'.rstrip(),
            where=indexes.name,
            expected=definition,
            found=indexes.restored.get(name, "no such index"),
            remedy="Restore by hand and read mongorestore's messages; core does not create it again by itself.",
        )
        for name, definition in sorted(indexes.archive.items())
        if indexes.restored.get(name) != definition
    ]
    for name, definition in sorted((indexes.expected or {}).items()):
        if indexes.archive.get(name) != definition:
            findings.append(
                Finding(
                    what=f'the index "{name}" of production is not in the archive',
                    where=indexes.name,
                    expected=definition,
                    found=indexes.archive.get(name, "no such index"),
                    remedy="Back up again; core creates indexes only for collections that do not exist yet.",
                )
            )
    return Judgement(
        tuple(findings),
        indexes.uncompared if indexes.expected is None else "",
        "archive, restore and production" if indexes.expected is not None else "archive and restore only",
    )


def fresh(name: str, taken: datetime, now: datetime, max_age: timedelta, also: str = "") -> Judgement:
    """Judge the age of an archive, by the end of its dump. *also* tells of another one that only looks newer."""
    age = now - taken
    if age < -CLOCKS:
        return Judgement(not_proven=f"{name} holds a dump of {hours(-age)} from now: set the clocks right, and back up")
    if age <= max_age:
        return Judgement(compared="time of the archive's member")
    return Judgement(
        (
            Finding(
                what="the newest backup is stale",
                where=name,
                expected=f"a dump of the last {hours(max_age)}",
                found=f"one that ended {taken:%Y-%m-%d %H:%M} UTC, {hours(age)} ago{also}",
                remedy="A night's backup failed or was not copied: look at the container's backup.log (data/…/backup).",
            ),
        )
    )


def hours(span: timedelta) -> str:
    """A span in words: "26 h", "45 min"."""
    minutes = round(span.total_seconds() / 60)
    return f"{minutes} min" if abs(minutes) < 120 else f"{round(minutes / 60)} h"


def same_night(postgres: datetime, mongo: datetime, max_skew: timedelta) -> Judgement:
    """Judge whether both dumps are of one night, as the documentation demands ("from the same point in time")."""
    skew = abs(postgres - mongo)
    if skew <= max_skew:
        return Judgement(compared="times of the archives' members")
    older, newer = ("postgis", "mongo") if postgres < mongo else ("mongo", "postgis")
    night = max(postgres, mongo)
    return Judgement(
        (
            Finding(
                what=f"the {older} archive is of another night than the {newer} archive",
                where="backup set",
                expected=f"dumps at most {hours(max_skew)} apart",
                found=f"postgis {postgres:%Y-%m-%d %H:%M}, mongo {mongo:%Y-%m-%d %H:%M} UTC: {hours(skew)} apart",
                remedy=f"The {older} backup of {night:%Y-%m-%d} failed or was not copied: see its backup.log, and "
                "back up both again.",
            ),
        )
    )
