"""`cytomine.yml`: the values a restore needs.

Its form is `global.<namespace>.{constant|auto}.<KEY>`; after a deployment generated secrets stand under `constant`
(Cytomine-installer 5.2.2, README; cytomine CE 2025.1 template).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cytodrill.core.errors import UsageError


@dataclass(frozen=True)
class Account:
    """How a service logs in to a store. The password never appears in a representation."""

    service: str
    user: str
    database: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Configuration:
    """What a drill takes from `cytomine.yml`.

    *postgres* are the accounts of PostgreSQL (core, and app-engine where there is one), *mongo* MongoDB's root
    account or None; *images* maps service names in capitals (POSTGIS, MONGO, …) to pinned images; *data* is
    PROJECT_DATA_PATH.
    """

    postgres: tuple[Account, ...]
    mongo: Account | None
    images: dict[str, str]
    data: str


def _constants(values: dict[str, Any], namespace: str) -> dict[str, str]:
    found = (values.get("global") or {}).get(namespace) or {}
    constants = found.get("constant") if isinstance(found, dict) else None
    if not isinstance(constants, dict):
        return {}
    return {key: str(value) for key, value in constants.items() if value is not None}


def parse(text: str, place: str) -> Configuration:
    """Read the *text* of a `cytomine.yml` found at *place*. Raises `UsageError` when it is none."""
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise UsageError(f"{place} is no YAML{line}: restore it from a copy that reads.") from None
    if not isinstance(values, dict) or not isinstance(values.get("global"), dict):
        raise UsageError(f'{place} is no cytomine.yml: it has no section "global". Check the path.')
    accounts = []
    for namespace, service, default in (
        ("postgres", "core", "docker"),
        ("postgres-appengine", "app-engine", "appengine"),
        ("postgres-iam", "iam", "iam"),
    ):
        constants = _constants(values, namespace)
        if "PASS" in constants:
            user = constants.get("USER", default)
            accounts.append(Account(service, user, constants.get("DB_NAME", default), constants["PASS"]))
    mongo = _constants(values, "mongodb")
    root = Account("mongo", mongo.get("USER", "mongoadmin"), "admin", mongo["PASS"]) if "PASS" in mongo else None
    paths = {**_constants(values, "aaa_config"), **_constants(values, "host_paths")}
    return Configuration(tuple(accounts), root, _constants(values, "images"), paths.get("PROJECT_DATA_PATH", "./data"))


def read(path: Path) -> Configuration:
    """Read the `cytomine.yml` at *path*. Raises `UsageError` when it cannot be read or is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8: restore it from a copy that reads.") from None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}. Run the drill as a user that may read it."
        ) from None
    return parse(text, str(path))
