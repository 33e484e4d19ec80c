"""psql's messages: closed list of expected ones, and never their text."""

from __future__ import annotations

import pytest

from cytodrill.postgres.messages import Kind, Message, classify


@pytest.mark.parametrize(
    ("line", "kind", "number", "sqlstate"),
    [
        ('psql:<stdin>:16: ERROR:  3D000: database "docker" does not exist', Kind.EXPECTED, 16, "3D000"),
        ('psql:<stdin>:20: ERROR:  42704: role "app engine" does not exist', Kind.EXPECTED, 20, "42704"),
        ('psql:<stdin>:9: ERROR:  42704: type "geometry" does not exist', Kind.UNEXPECTED, 9, "42704"),
        ("psql:<stdin>:7: ERROR:  55006: current user cannot be dropped", Kind.UNEXPECTED, 7, "55006"),
        ('psql:<stdin>:900: ERROR:  22P04: missing data for column "x"', Kind.UNEXPECTED, 900, "22P04"),
        (
            'psql:<stdin>:12: error: \\connect: connection to server failed: FATAL:  role "x"',
            Kind.UNEXPECTED,
            12,
            "",
        ),
        ('psql:-:5: ERROR:  0A000: extension "postgis" is not available', Kind.UNFIT, 5, "0A000"),
        ('psql:<stdin>:30: ERROR:  42809: invalid locale name: "en_US.utf8"', Kind.UNFIT, 30, "42809"),
        ("psql:<stdin>:8: FATAL:  57P01: terminating connection due to administrator command", Kind.UNFIT, 8, "57P01"),
        ("psql:<stdin>:8: server closed the connection unexpectedly", Kind.UNFIT, 8, ""),
        ("psql:<stdin>:8: error: connection to server was lost", Kind.UNFIT, 8, ""),
        ("psql:<stdin>:4: error: invalid command \\restrict", Kind.UNFIT, 4, ""),
    ],
)
def test_errors_are_told_apart(line: str, kind: Kind, number: int, sqlstate: str) -> None:
    """What a sound restore prints is expected, what the throwaway lacks is unfit, all else is unexpected."""
    message = classify(line)

    assert message is not None
    assert (message.kind, message.line, message.sqlstate) == (kind, number, sqlstate)


@pytest.mark.parametrize(
    "line",
    [
        "psql:<stdin>:16: NOTICE:  00000: something",
        "LOCATION:  get_database_oid, dbcommands.c:2900",
        'CONTEXT:  COPY t, line 3: "Doe, John"',
        "",
    ],
)
def test_what_is_no_error_is_passed_over(line: str) -> None:
    """Notices, locations and contexts, which quote rows, are not even kept."""
    assert classify(line) is None


def test_a_message_never_holds_its_text() -> None:
    """Psql quotes values of rows; only SQLSTATE, line and the condition's name remain."""
    message = classify('psql:<stdin>:3: ERROR:  22P02: invalid input syntax for type integer: "SECRET PATIENT"')

    assert message == Message(Kind.UNEXPECTED, 3, "22P02")
    assert message.condition == "InvalidTextRepresentation"
    assert "SECRET" not in repr(message)
