"""Telling psql's expected complaints from real ones, without ever repeating the data that they quote.

psql's exit status means nothing here: it is 0 after any SQL error, and a sound `pg_dumpall --clean` script always
prints some (measured on PostgreSQL 15: every DROP of a database or role that an empty cluster does not have).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from psycopg import errors

PSQL_OPTIONS = ("--no-psqlrc", "--quiet", "--set=VERBOSITY=verbose", "--set=ON_ERROR_STOP=0", "--file=-")
"""Verbose, because it is the SQLSTATE that is reported; `--file=-`, because it gives line numbers."""


class Kind(StrEnum):
    """What a message of psql means for the restore."""

    EXPECTED = "expected"
    """A sound dump gives it in an empty cluster."""
    UNEXPECTED = "unexpected"
    """The dump, or part of it, was not restored."""
    UNFIT = "unfit"
    """The throwaway lacks something that the dump needs: an extension, a locale, a newer psql."""


@dataclass(frozen=True)
class Message:
    """One error of psql: *line* of the dump (0 if unknown), *sqlstate* ("" for psql's own), never its text."""

    kind: Kind
    line: int
    sqlstate: str
    subject: str = ""
    """What an unfit throwaway lacks, in words; empty otherwise."""

    @property
    def condition(self) -> str:
        """The condition's name, such as `UniqueViolation`."""
        try:
            return errors.lookup(self.sqlstate).__name__
        except KeyError:
            return "error of psql itself" if not self.sqlstate else "error"


_ERROR = re.compile(r"^psql:[^:]*:(\d+): (?:ERROR|FATAL|PANIC):\s+([0-9A-Z]{5}): (.*)$")
_OWN = re.compile(r"^psql:(?:[^:]*:(\d+):)? ?(?:error: )?(.*)$")
_IGNORED = re.compile(r"^psql:[^:]*:\d+: (?:WARNING|NOTICE|INFO|LOG|DEBUG)")
_EXPECTED = {
    "3D000": re.compile(r'database ".*" does not exist'),
    "42704": re.compile(r'role ".*" does not exist'),
}
_UNFIT = (
    (re.compile(r'extension "([A-Za-z0-9_]+)" is not available'), 'the extension "{}"'),
    (re.compile(r'could not open extension control file ".*/([A-Za-z0-9_]+)\.control"'), 'the extension "{}"'),
    (re.compile(r'invalid (?:LC_\w+ )?locale name: "([A-Za-z0-9_.@-]+)"'), 'the locale "{}"'),
    (re.compile(r'could not access file "\$libdir/([A-Za-z0-9_.-]+)"'), 'the library "{}"'),
    (re.compile(r"invalid command \\(restrict)"), "a psql that knows \\{} (15.14, 16.10, 17.6 or newer)"),
)
_GONE = {"57P01", "57P02", "57P03"}
_LOST = ("server closed the connection unexpectedly", "connection to server was lost")
"""The server was ended under psql: its host killed it, or it crashed. That says nothing about the dump."""

_EXHAUSTED = {"53100": "free disk space", "53200": "memory", "53000": "resources of its host"}
"""Class 53 of PostgreSQL's error codes: the server's host is at its end, not the dump."""


def classify(line: str) -> Message | None:
    """What a *line* of psql's error stream means; None for what is no error (notices, details, contexts)."""
    if match := _ERROR.match(line):
        number, sqlstate, text = int(match[1]), match[2], match[3]
    elif line.startswith("psql:") and not _IGNORED.match(line) and (own := _OWN.match(line)):
        number, sqlstate, text = int(own[1] or 0), "", own[2]
    else:
        return None
    if sqlstate in _GONE or any(words in text for words in _LOST):
        return Message(Kind.UNFIT, number, sqlstate, "a server that stays up: it ended on the way, look at its memory")
    if sqlstate in _EXHAUSTED:
        return Message(Kind.UNFIT, number, sqlstate, _EXHAUSTED[sqlstate])
    for pattern, words in _UNFIT:
        if found := pattern.search(text):
            return Message(Kind.UNFIT, number, sqlstate, words.format(found[1]))
    expected = _EXPECTED.get(sqlstate)
    kind = Kind.EXPECTED if expected is not None and expected.fullmatch(text) else Kind.UNEXPECTED
    return Message(kind, number, sqlstate)
