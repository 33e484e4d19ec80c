"""The page of a run: one file, no network, no JavaScript."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from cytodrill.core.claims import Severity, State
from reports import wording
from reports.record import Claim, Record
from reports.terminal import MARKS


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_escaped,
    )
    names = ("number", "amount", "size", "duration", "age", "moment", "differs", "claims_of")
    environment.filters |= {name: getattr(wording, name) for name in names}
    return environment.get_template("report.html.jinja")


def _escaped(value: object) -> object:
    """Escape control characters of plain text; what is markup already stays."""
    return wording.shown(value) if type(value) is str else value


def render(record: Record) -> str:
    """Give the page of *record*."""
    return _template().render(
        run=record,
        mark=MARKS,
        State=State,
        headline=wording.headline(record),
        oldest=wording.oldest(record),
        restores=wording.restores(record),
        counted=wording.counted(record),
        losses=record.findings(Severity.LOSS),
        warnings=record.findings(Severity.WARNING),
        open_reasons=[
            (state, reason, claims)
            for state in (State.BROKEN, State.NOT_PROVEN)
            for reason, claims in wording.reasons(record, state)
        ],
        stores=_by_store(record),
        counts=_counts(record),
    )


def _by_store(record: Record) -> dict[str, list[Claim]]:
    """Claims by store in the order an operator reads them, those not proven first."""
    order = {state: rank for rank, state in enumerate((State.DISPROVED, State.BROKEN, State.NOT_PROVEN))}
    known = [*wording.STORES, *(claim.store for claim in record.claims)]
    return {
        store: sorted(claims, key=lambda claim: order.get(claim.state, len(order)))
        for store in dict.fromkeys(known)
        if (claims := [claim for claim in record.claims if claim.store == store])
    }


def _counts(record: Record) -> dict[str, list[Any]]:
    """Counts by store, those that differ first."""
    return {
        store: sorted(
            (item for item in record.inventories if item.store == store),
            key=lambda item: not wording.differs(item),
        )
        for store in dict.fromkeys(item.store for item in record.inventories)
    }
