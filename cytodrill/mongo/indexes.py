"""One form for the definition of an index, whether a dump, a restore or production gave it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bson import json_util

_DROPPED = frozenset({"name", "v", "ns", "background"})
"""Version, namespace and the way it was built are no part of what an index does."""


def _normal(value: Any, *, keep_order: bool = False) -> Any:
    """Give *value* as JSON has it, 1, 1.0 and Int64(1) alike; keys sorted unless their order matters."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        items = value.items() if keep_order else sorted(value.items())
        return {str(key): _normal(inner) for key, inner in items}
    if isinstance(value, (list, tuple)):
        return [_normal(inner) for inner in value]
    return json_util.default(value, json_util.CANONICAL_JSON_OPTIONS)


def canonical(index: Mapping[str, Any]) -> str:
    """Give the keys (their order kept) and options (sorted) of *index*, as `listIndexes` has it, in JSON."""
    options = {name: _normal(value, keep_order=name == "key") for name, value in index.items() if name not in _DROPPED}
    return json.dumps(dict(sorted(options.items())), ensure_ascii=False, separators=(", ", ": "))


def by_name(indexes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Map the names of *indexes* to their canonical JSON, sorted by name."""
    return dict(sorted((str(index["name"]), canonical(index)) for index in indexes))


def expiring(indexes: Mapping[str, str]) -> str:
    """Give the name of the first index of canonical *indexes* by which documents expire (TTL), else ""."""
    return next((name for name, text in indexes.items() if "expireAfterSeconds" in json.loads(text)), "")
