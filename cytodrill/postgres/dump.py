"""Reading a `pg_dumpall` script as it streams by: rows of every COPY block, databases, extensions, trailers.

Needs no server. What psql would see is what counts: strings, dollar quotes and comments that span lines are
followed, so that a function body which contains a line like `COPY … FROM stdin;` is not taken for one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from cytodrill.postgres.names import IDENTIFIER, split_qualified, table_name, unquote

CLUSTER_TRAILER = "-- PostgreSQL database cluster dump complete"
DATABASE_TRAILER = "-- PostgreSQL database dump complete"

_COPY = re.compile(rf"COPY ({IDENTIFIER}(?:\.{IDENTIFIER})?)\s*(?:\(.*\))? FROM stdin;")
_CONNECT = re.compile(rf"\\connect\s+(?:-reuse-previous=on\s+)?({IDENTIFIER})")
_CONNECT_STRING = re.compile(r"dbname='((?:[^'\\]|\\.)+)'")
_EXTENSION = re.compile(rf"CREATE EXTENSION IF NOT EXISTS ({IDENTIFIER})")
_DATABASE = re.compile(rf"CREATE DATABASE ({IDENTIFIER}) ")
_SPATIAL = re.compile(rf"CREATE INDEX ({IDENTIFIER}) ON ({IDENTIFIER}(?:\.{IDENTIFIER})?) USING gist ")
_VERSION = re.compile(r"-- Dumped from database version (\S+)")

_TOKEN = re.compile(rb"""'|"|--|/\*|\*/|\$[A-Za-z_\x80-\xff][A-Za-z_0-9\x80-\xff]*\$|\$\$|\b[eE]'""")


@dataclass
class DumpFacts:
    """What a dump holds, filled while it streams. Tables are named as `cytodrill.postgres.names.table_name` does."""

    rows: dict[str, int] = field(default_factory=dict)
    """Rows per table, as many as complete lines between COPY and its end."""
    databases: list[str] = field(default_factory=list)
    """Databases that the dump connects to, in order."""
    completed: set[str] = field(default_factory=set)
    """Databases whose own trailer was seen."""
    extensions: dict[str, list[str]] = field(default_factory=dict)
    spatial_indexes: dict[str, list[str]] = field(default_factory=dict)
    """Names of GiST indexes per table."""
    server_version: str = ""
    complete: bool = False
    """Whether the trailer of the whole cluster was seen."""
    lines: int = 0
    preamble: int = 0
    """Lines before the first database is connected to: where databases and roles are dropped and created."""
    open_copy: str = ""
    """The table whose COPY block was not ended, or ""."""
    places: list[tuple[int, str]] = field(default_factory=list)
    """First line of each database or COPY block, and its name: what a message of psql at a line is about."""

    def place(self, line: int) -> str:
        """The database or table that *line* (1-based) of the dump belongs to."""
        index = bisect_right(self.places, line, key=lambda entry: entry[0]) - 1
        return self.places[index][1] if index >= 0 else "roles and databases"

    def present(self) -> list[str]:
        """Databases that must have a trailer: all that were connected to."""
        return list(dict.fromkeys(self.databases))


class DumpScanner:
    """Fed with the chunks of a dump in order; `facts` are complete after `end`."""

    def __init__(self) -> None:
        self.facts = DumpFacts()
        self._tail = b""
        self._table = ""  # the COPY block we are in
        self._open = b""  # the string, quote or comment that is open across lines
        self._database = ""

    def feed(self, chunk: bytes) -> None:
        """Read the next *chunk*."""
        data = self._tail + chunk if self._tail else chunk
        position = 0
        while position < len(data):
            if self._table:
                position, ended = self._rows(data, position)
                if not ended:
                    break
            else:
                newline = data.find(b"\n", position)
                if newline < 0:
                    break
                self._line(data[position:newline])
                position = newline + 1
        self._tail = data[position:]

    def end(self) -> DumpFacts:
        """The facts, once everything was fed. A last line without newline still counts."""
        if self._tail and not self._table:
            self._line(self._tail)
        self._tail = b""
        self.facts.open_copy = self._table
        return self.facts

    def _rows(self, data: bytes, position: int) -> tuple[int, bool]:
        """Count rows from *position*; give the position after what was used, and whether the block ended."""
        if data.startswith(b"\\.\n", position):
            stop, after, ended = position, position + 3, True
        elif (found := data.find(b"\n\\.\n", position)) >= 0:
            stop, after, ended = found + 1, found + 4, True
        else:
            stop = after = data.rfind(b"\n", position) + 1 or position
            ended = False
        rows = data.count(b"\n", position, stop)
        self.facts.rows[self._table] += rows
        self.facts.lines += rows + ended
        if ended:
            self._table = ""
            self.facts.places.append((self.facts.lines + 1, f"database {self._database}"))
        return after, ended

    def _line(self, line: bytes) -> None:
        self.facts.lines += 1
        inside = bool(self._open)
        self._follow(line)
        if inside or self._open or not line:
            return
        text = line.decode("utf-8", "replace")
        if text.startswith("COPY "):
            self._begin_copy(text)
        elif text.startswith("\\connect"):
            self._connect(text)
        elif text.startswith("--"):
            self._comment(text)
        elif text.startswith("CREATE "):
            self._create(text)

    def _begin_copy(self, text: str) -> None:
        if match := _COPY.fullmatch(text):
            schema, table = split_qualified(match[1])
            self._table = table_name(self._database, schema, table)
            self.facts.rows.setdefault(self._table, 0)
            self.facts.places.append((self.facts.lines, self._table))

    def _connect(self, text: str) -> None:
        if match := _CONNECT_STRING.search(text):
            self._database = re.sub(r"\\(.)", r"\1", match[1])
        elif match := _CONNECT.match(text):
            self._database = unquote(match[1])
        if not self.facts.databases:
            self.facts.preamble = self.facts.lines
        self.facts.databases.append(self._database)
        self.facts.places.append((self.facts.lines, f"database {self._database}"))

    def _comment(self, text: str) -> None:
        stripped = text.rstrip()
        if stripped == CLUSTER_TRAILER:
            self.facts.complete = True
        elif stripped == DATABASE_TRAILER:
            self.facts.completed.add(self._database)
        elif match := _VERSION.match(text):
            self.facts.server_version = match[1]

    def _create(self, text: str) -> None:
        if match := _EXTENSION.match(text):
            self.facts.extensions.setdefault(self._database, []).append(unquote(match[1]))
        elif match := _SPATIAL.match(text):
            schema, table = split_qualified(match[2])
            name = table_name(self._database, schema, table)
            self.facts.spatial_indexes.setdefault(name, []).append(unquote(match[1]))

    def _follow(self, line: bytes) -> None:
        """Keep track of what stays open at the end of *line*: a string, an identifier, a dollar quote, a comment."""
        position = 0
        while True:
            if self._open:
                closed = self._close(line, position)
                if closed < 0:
                    return
                position, self._open = closed, b""
            match = _TOKEN.search(line, position)
            if match is None or match[0] == b"--":
                return
            position = match.end()
            if match[0] != b"*/":
                self._open = match[0].lower()

    def _close(self, line: bytes, position: int) -> int:
        """The position behind the end of what is open, or -1 if it stays open. Doubled quotes simply reopen."""
        if self._open == b"/*":
            found = line.find(b"*/", position)
            return found + 2 if found >= 0 else -1
        if self._open == b"e'":
            match = re.compile(rb"(?:[^'\\]|\\.)*'").match(line, position)
            return match.end() if match else -1
        found = line.find(self._open, position)
        return found + len(self._open) if found >= 0 else -1
