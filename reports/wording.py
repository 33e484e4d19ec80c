"""Numbers, times and outcomes in the words of an operator; shared by the page and the terminal."""

from __future__ import annotations

import textwrap
import unicodedata
from collections import Counter
from datetime import UTC, datetime

import humanize

from cytodrill.core.claims import Severity, State
from cytodrill.core.inventory import Counted
from cytodrill.core.record import SetPart
from reports.record import Claim, Record

STORES = ("archives", "postgres", "mongo", "images", "configuration", "coverage")
"""Stores in the order in which an operator reads them."""

RESTORE = ": restore"
"""A phase named `<store>: restore` is what restoring that store took."""


def shown(text: str) -> str:
    """Give *text* with control and direction characters as visible escapes: names come from untrusted archives."""
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char
        for char in text
    )


def number(value: int | None) -> str:
    """Give *value* with thousands separated, a dash for None."""
    return "–" if value is None else f"{value:,}"


def amount(value: int, unit: str) -> str:
    """Give "1 row", "2 rows", …; *unit* is the plural."""
    return f"{value:,} {unit.removesuffix('s') if value == 1 else unit}"


def size(value: int | None) -> str:
    """Give *value* bytes in decimal units."""
    return "–" if value is None else humanize.naturalsize(value)


def duration(seconds: float) -> str:
    """Give *seconds* as "0.4 s", "48 s", "12 min 5 s" or "2 h 5 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def age(seconds: float | None) -> str:
    """Give an age in *seconds* as "12 min", "7 h" or "9 days"."""
    if seconds is None:
        return "of unknown age"
    if seconds < 5400:
        return f"{max(round(seconds / 60), 0)} min old"
    return f"{round(seconds / 3600)} h old" if seconds < 48 * 3600 else f"{round(seconds / 86400)} days old"


def moment(value: datetime | None) -> str:
    """Give a time in UTC, with its weekday: archives are named after it."""
    return "–" if value is None else value.astimezone(UTC).strftime("%a %d %b %Y %H:%M UTC")


def oldest(record: Record) -> SetPart | None:
    """The part of the backup set that lies furthest back: what a disaster now would bring you back to."""
    dated = [part for part in record.backup_set if part.taken is not None and part.age is not None]
    return max(dated, key=lambda part: part.age or 0.0, default=None)


def night(record: Record) -> str:
    """Give the moment and the age of the backup set, or ""."""
    part = oldest(record)
    return f"{moment(part.taken)}, {age(part.age)}" if part else ""


def restores(record: Record) -> dict[str, float]:
    """Seconds that restoring took, by store."""
    return {name.removesuffix(RESTORE): seconds for name, seconds in record.phases.items() if name.endswith(RESTORE)}


def counted(record: Record) -> dict[str, str]:
    """What came back, in words, by store: rows, documents, images that rows name, files of their copy."""
    words = {}
    for store in dict.fromkeys(item.store for item in record.inventories):
        items = [item for item in record.inventories if item.store == store]
        if all(item.restored is None for item in items):
            continue  # only its archive was read
        totals = [
            amount(sum(_back(item) for item in items if item.unit == unit), unit)
            for unit in dict.fromkeys(item.unit for item in items)
        ]
        places = {"postgres": "tables", "mongo": "collections"}.get(store)
        words[store] = ", ".join(totals) + (f" in {amount(len(items), places)}" if places else "")
    return words


def _back(item: Counted) -> int:
    """How much of *item* came back; files of the images' copy are not restored but there."""
    return (item.archive if item.store == "images" else item.restored) or 0


def differs(item: Counted) -> bool:
    """Whether the counts of *item* show a loss, or a restore that is not its archive."""
    if item.required and item.required.lost:
        return True
    # Files of the images' copy are not restored: what is compared is what the restored database names.
    return item.unit not in {"files", "folders"} and item.archive is not None and item.archive != item.restored


def reasons(record: Record, state: State) -> list[tuple[str, list[Claim]]]:
    """The claims in *state* by their reason, the commonest reason first."""
    groups: dict[str, list[Claim]] = {}
    for claim in record.claims:
        if claim.state is state:
            groups.setdefault(claim.reason or "no reason was given", []).append(claim)
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def claims_of(claims: list[Claim]) -> str:
    """Give "60 claims of postgres, 7 of mongo"."""
    stores = Counter(claim.store for claim in claims)
    first, *rest = [(n, store) for store, n in stores.items()]
    return ", ".join([f"{amount(first[0], 'claims')} of {first[1]}", *(f"{n} of {s}" for n, s in rest)])


def headline(record: Record) -> str:
    """One sentence: what the verdict means tonight."""
    total = len(record.claims)
    if record.verdict is State.PROVEN:
        return _proven(record)
    if record.verdict is State.DISPROVED:
        lost = record.findings(Severity.LOSS)
        more = f", and {amount(len(lost) - 1, 'differences')} more" if len(lost) > 1 else ""
        first = f": {lost[0][1].where}: {lost[0][1].what}{more}" if lost else ""
        number = record.count(State.DISPROVED)
        verb = "does" if number == 1 else "do"
        return f"{number} of {amount(total, 'claims')} about this backup {verb} not hold{first}."
    if record.verdict is State.BROKEN:
        if record.interrupted:
            return "The run ended before it could decide, so it says nothing about the backup."
        groups = reasons(record, State.BROKEN)
        because = f": {_short(groups[0][0])}" if groups else ""
        return f"The drill itself failed, so it says nothing about the backup{because}."
    if not total:
        return "Nothing was proven: no drill was selected."
    groups = reasons(record, State.NOT_PROVEN)
    reason, claims = groups[0]
    because = f"{len(claims)} because of this: {_short(reason)}" if len(groups) > 1 else _short(reason)
    checked = f"{record.count(State.NOT_PROVEN)} of {amount(total, 'claims')} could not be checked"
    return f"Nothing speaks against the backup, but {checked}: {because}."


def _short(reason: str) -> str:
    """Give *reason* as the end of a sentence; whole it stands further down."""
    return textwrap.shorten(reason.rstrip("."), 240, placeholder=" …")


def _proven(record: Record) -> str:
    what = ", ".join(counted(record).values())
    if not record.scope.full:
        return f"{amount(len(record.claims), 'selected claims')} hold; the rest of the drills was not asked."
    restored = f"came back complete: {what}" if what else "holds every claim that was checked"
    return f"The backup {restored}."
