"""What one table, collection or image folder holds, counted at every origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Required:
    """One table, collection or tree compared with production by a manifest from before the backup began.

    Required is what was in the manifest and is still in production unchanged: it must be in the backup.
    All numbers count rows, documents or files; the tuples hold the first ids only, for the operator.
    """

    since: datetime
    """When the manifest was taken."""
    required: int
    """Must be in the backup."""
    lost: int = 0
    """Required, and absent from the restore."""
    lost_ids: tuple[str, ...] = ()
    undecided: int = 0
    """In the manifest and in production, rewritten since, absent from the restore: lost, or deleted and brought
    back across the backup."""
    undecided_ids: tuple[str, ...] = ()
    updated_since: int = 0
    deleted_since: int = 0
    """In the manifest, no longer in production."""
    younger: int = 0
    """In production, not in the manifest."""


@dataclass(frozen=True)
class Counted:
    """One table, collection or image tree at its three origins; None where that origin has no such thing.

    *store* is "postgres", "mongo" or "images"; *unit* is "rows", "documents" or "files".
    For images *archive* is the copy and *restored* what the restored database names.
    *before* is what the manifest counted, None where it had no such thing or there is none.
    *uncompared* says why there is no comparison with production, or "" if *required* is there; *exempt* is the rule by
    which none is due.
    """

    store: str
    name: str
    unit: str
    archive: int | None = None
    restored: int | None = None
    production: int | None = None
    required: Required | None = None
    uncompared: str = ""
    exempt: str = ""
    before: int | None = None


@dataclass(frozen=True)
class Indexes:
    """The indexes of one collection: name to canonical JSON of keys and options, at each origin.

    *expected* holds those that production had before the backup and still has; None when that is unknown, for the
    reason *uncompared*.
    """

    name: str
    archive: dict[str, str] = field(default_factory=dict)
    restored: dict[str, str] = field(default_factory=dict)
    expected: dict[str, str] | None = None
    uncompared: str = ""
