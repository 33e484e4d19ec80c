"""Names of tables as one string, and PostgreSQL identifiers as a dump writes them."""

from __future__ import annotations

import re

IDENTIFIER = r'(?:"(?:[^"]|"")+"|[^\s".()]+)'
"""An identifier as pg_dump prints it: bare, or in double quotes with doubled quotes inside."""


def unquote(identifier: str) -> str:
    """The name behind an *identifier* as a dump writes it."""
    return identifier[1:-1].replace('""', '"') if identifier.startswith('"') else identifier


def table_name(database: str, schema: str, table: str) -> str:
    """The one string that names a table everywhere: `docker.user_annotation`, `docker.topology.layer`.

    The schema is left out where it is `public`, as operators do.
    """
    return f"{database}.{table}" if schema == "public" else f"{database}.{schema}.{table}"


def split_qualified(text: str) -> tuple[str, str]:
    """Schema and name of a *text* such as `public."group"`; the schema is `public` when absent."""
    parts = [unquote(part) for part in re.findall(IDENTIFIER, text)]
    return (parts[0], parts[1]) if len(parts) > 1 else ("public", parts[0])
