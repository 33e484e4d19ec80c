"""The record of a run: what `run.json` holds (docs/run-json.md), and nothing else reaches a report."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cytodrill.core.claims import Finding, Severity, State
from cytodrill.core.errors import UsageError
from cytodrill.core.inventory import Counted
from cytodrill.core.record import SetPart
from cytodrill.core.throwaway import Engine

SCHEMA = 1
"""Grows only when a reader of the old form would be misled; new keys may be added at any time."""


@dataclass(frozen=True)
class Claim:
    """One drill and what became of it.

    *reason* says why it is not proven or broken, else ""; *compared* which way it was compared, or "";
    *seconds* is the time of its own check, without what it shares with others (a restore).
    """

    id: str
    store: str
    state: State
    sentence: str
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    compared: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Scope:
    """Which part of the drills was selected; *narrowed_by* holds the options and paths that narrowed it."""

    narrowed_by: tuple[str, ...] = ()
    deselected: int = 0

    @property
    def full(self) -> bool:
        """Whether every drill was selected."""
        return not self.narrowed_by and not self.deselected

    def __str__(self) -> str:
        """The selection in words."""
        if self.full:
            return "full"
        return f"narrowed by {' '.join(self.narrowed_by) or f'{self.deselected} deselected'}"


@dataclass(frozen=True)
class Record:
    """One run. Times are UTC, *phases* seconds by name in order of their start."""

    run_id: str
    verdict: State
    exit_status: int
    started: datetime
    ended: datetime
    judged_as_of: datetime
    instance: str = ""
    scope: Scope = Scope()
    interrupted: str = ""
    """Why the run ended early, or ""."""
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    inventories: tuple[Counted, ...] = ()
    phases: dict[str, float] = field(default_factory=dict)
    engines: tuple[Engine, ...] = ()
    backup_set: tuple[SetPart, ...] = ()

    @property
    def full_proof(self) -> bool:
        """Whether this run may count as the last full proof."""
        return self.verdict is State.PROVEN and self.scope.full and not self.interrupted

    def findings(self, severity: Severity) -> tuple[tuple[Claim, Finding], ...]:
        """All findings of *severity*, each with its claim."""
        return tuple((c, f) for c in self.claims for f in c.findings if f.severity is severity)

    def count(self, state: State) -> int:
        """How many claims are in *state*."""
        return sum(claim.state is state for claim in self.claims)


_RECORD: TypeAdapter[Record] = TypeAdapter(Record)


def to_json(record: Record) -> str:
    """Give *record* as the text of `run.json`: UTF-8, indented, keys in the documented order."""
    values: dict[str, Any] = {"schema": SCHEMA, **_RECORD.dump_python(record)}
    values["full_proof"] = record.full_proof
    values["scope"] = {"full": record.scope.full, **values["scope"]}
    values["inventories"] = _by_store_and_name(values["inventories"])
    return json.dumps(_plain(values), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str) -> Record:
    """Read the text of a `run.json`; keys that are not known are passed over.

    Raises `UsageError` where it is no record of this schema.
    """
    try:
        values = json.loads(text)
        schema = values.pop("schema")
        if schema != SCHEMA:
            raise UsageError(f"The run has schema {schema}, this reads {SCHEMA}. Use the release that wrote it.")
        values["inventories"] = list(_flat(values["inventories"]))
        return _RECORD.validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UsageError(f'"{key}" is wrong: {first["msg"]}. Give a run.json that a run wrote.') from None
    except (ValueError, KeyError, AttributeError, TypeError):
        raise UsageError("It is no record of a run. Give a run.json that a run wrote.") from None


def _by_store_and_name(counted: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    stores: dict[str, dict[str, Any]] = {}
    for values in counted:
        store, name = values.pop("store"), values.pop("name")
        stores.setdefault(store, {})[name] = values
    return stores


def _flat(stores: dict[str, dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for store, names in stores.items():
        for name, values in names.items():
            yield {"store": store, "name": name, **values}


def _plain(value: Any) -> Any:
    """Bring *value* to what JSON knows; a file name that is no UTF-8 keeps its bytes as visible escapes."""
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str):
        return str(value).encode("utf-8", "backslashreplace").decode()
    return value
