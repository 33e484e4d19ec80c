"""One thread of transactions on PostgreSQL, paced, with deletes that are undone some transactions later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from time import monotonic

from psycopg import IntegrityError, errors

from samples.workload import statements, transactions
from samples.workload.actor import Actor, Removed
from samples.workload.pace import Pace

_UNDONE = 0.03
_TRIES = 8
_BLOCKED = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)


def act(actor: Actor, pace: Pace, gap: tuple[float, float]) -> Counter[str]:
    """Make transactions until *pace* ends; return how many of each kind were committed or, as meant, rolled back.

    *gap* is the shortest and longest time in seconds between a delete and its undoing. A transaction stopped by a
    deadlock is tried again; one that would break a key is given up, as an application does, and counted as `refused`.
    """
    counts: Counter[str] = Counter()
    pending: list[tuple[float, list[Removed]]] = []
    kinds, weights = list(transactions.OFTEN), list(transactions.OFTEN.values())
    while pace.wait():
        due = [one for one in pending if one[0] <= monotonic()]
        if due:
            pending.remove(due[0])
            _attempt(actor, counts, "undone delete", _bringing_back(due[0][1]))
        elif actor.random.random() < _UNDONE:
            removed: list[Removed] = []
            if _attempt(actor, counts, "delete to undo", _deleting(removed)) and removed:
                pending.append((monotonic() + actor.random.uniform(*gap), removed))
        else:
            kind = actor.random.choices(kinds, weights)[0]
            _attempt(actor, counts, kind.__name__, kind)
    return counts


def _bringing_back(removed: list[Removed]) -> Callable[[Actor], None]:
    return lambda actor: statements.bring_back(actor, removed)


def _deleting(removed: list[Removed]) -> Callable[[Actor], None]:
    def delete(actor: Actor) -> None:
        own_property = actor.properties and actor.random.random() < 0.3
        removed[:] = (
            statements.delete_property(actor, actor.random.choice(actor.properties))
            if own_property
            else statements.delete_annotation(actor, actor.annotation())
        )

    return delete


def _attempt(actor: Actor, counts: Counter[str], name: str, body: Callable[[Actor], None]) -> bool:
    """Run *body* as one transaction; say whether it ended as meant."""
    for _ in range(_TRIES):
        try:
            with actor.connection.transaction():
                body(actor)
        except _BLOCKED:
            counts["tried again"] += 1
        except IntegrityError:
            counts["refused"] += 1
            return False
        else:
            counts[name] += 1
            return True
    counts["given up"] += 1
    return False
