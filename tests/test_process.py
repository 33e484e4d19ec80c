"""Other programs: started in a session of their own, fed without deadlock, ended with all they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from cytodrill import process
from cytodrill.process import CommandError, Pipe, run, shielded

MEBIBYTE = 1 << 20
MARK = "mark-of-a-secret"


def sleepers(seconds: str) -> list[psutil.Process]:
    """The processes that sleep for exactly *seconds*, an odd number that no other test uses."""
    found = psutil.process_iter(["cmdline", "status"])
    return [
        one for one in found if one.info["cmdline"] == ["sleep", seconds] and one.info["status"] != psutil.STATUS_ZOMBIE
    ]


def gone(seconds: str) -> bool:
    """Whether those end within a moment."""
    return process.until(lambda: not sleepers(seconds), 5)


def test_a_command_gives_its_status_and_what_it_wrote() -> None:
    """Output, error stream and exit status arrive apart."""
    finished = run(["sh", "-c", "cat; echo no >&2; exit 3"], deadline=10, stdin=b"yes\n", accept=(3,))

    assert finished == process.Finished(3, "yes\n", "no\n")


def test_a_command_that_fails_says_its_last_words_and_no_secret() -> None:
    """The error quotes the error stream, with secrets masked."""
    with pytest.raises(CommandError) as raised:
        run(["sh", "-c", f"echo 'cannot open {MARK}' >&2; exit 7"], deadline=10, secrets=[MARK])

    assert "sh failed with exit status 7: cannot open ***" in str(raised.value)
    assert (raised.value.status, MARK in raised.value.stderr) == (7, False)


def test_a_command_over_its_deadline_ends_with_all_it_started() -> None:
    """A deadline leaves no grandchild behind."""
    with pytest.raises(CommandError, match=r"more than 0\.5 s"):
        run(["sh", "-c", "sleep 7771.1 & sleep 7771.1"], deadline=0.5)

    assert gone("7771.1")


def test_a_program_that_is_missing_is_named() -> None:
    """A missing program is a sentence, not a traceback."""
    with pytest.raises(CommandError, match="no-such-program cannot be started: No such file"):
        run(["no-such-program"], deadline=1)


def test_a_program_sees_none_of_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only named variables are handed on: no `PG*`, no `DRILL_*`."""
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
    monkeypatch.setenv("DRILL_PRODUCTION__POSTGRES_PASSWORD", MARK)

    seen = run(["env"], deadline=10).stdout

    assert "PGOPTIONS" not in seen
    assert MARK not in seen
    assert "LC_ALL=C.UTF-8" in seen


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may run a program as somebody else")
def test_root_runs_a_program_as_another_user() -> None:
    """User and groups are given up, as PostgreSQL asks of root."""
    assert run(["id", "-un"], deadline=10, user="nobody").stdout == "nobody\n"
    assert run(["id", "-G"], deadline=10, user="nobody").stdout.split() != ["0"]


def test_a_pipe_takes_fifty_mebibytes() -> None:
    """What is written arrives whole."""
    heard: list[str] = []
    pipe = Pipe(["wc", "-c"], heard.append)
    for _ in range(50):
        pipe.write(bytes(MEBIBYTE))

    assert pipe.finish() == 0
    assert heard == [str(50 * MEBIBYTE)]


def test_a_program_that_floods_both_streams_does_not_block_us() -> None:
    """Both streams are read while we write, so no full pipe locks us up."""
    lines = 200_000
    heard = {"out": 0, "err": 0}

    def count(line: str) -> None:
        heard[line] += 1

    script = "import sys\nfor line in sys.stdin: print('out'); print('err', file=sys.stderr)"
    pipe = Pipe([sys.executable, "-c", script], count)
    for _ in range(lines // 1000):
        pipe.write(b"x\n" * 1000)

    assert pipe.finish() == 0
    assert heard == {"out": lines, "err": lines}


def test_an_endless_line_comes_in_pieces() -> None:
    """A line without an end cannot fill our memory."""
    longest = 0

    def measure(line: str) -> None:
        nonlocal longest
        longest = max(longest, len(line))

    assert Pipe(["head", "-c", str(3 * MEBIBYTE), "/dev/zero"], measure).finish() == 0
    assert 0 < longest <= process.LINE_LIMIT


def test_feeding_a_program_that_has_ended_is_a_broken_pipe() -> None:
    """Writing tells that nobody reads any more, and the status says how it ended."""
    pipe = Pipe(["false"], print)
    with pytest.raises(BrokenPipeError):
        pipe.write(bytes(100 * MEBIBYTE))

    assert pipe.finish() == 1


def test_abort_frees_a_writer_that_waits_and_ends_what_was_started() -> None:
    """Aborting from another thread ends the wait of the one that feeds."""
    pipe = Pipe(["sh", "-c", "sleep 7771.2 & sleep 7771.2"], print)
    outcome: list[BaseException] = []

    def feed() -> None:
        try:
            pipe.write(bytes(50 * MEBIBYTE))
        except BrokenPipeError as error:
            outcome.append(error)

    writer = threading.Thread(target=feed)
    writer.start()
    time.sleep(0.3)
    pipe.abort()
    writer.join(5)
    pipe.abort()

    assert len(outcome) == 1
    assert pipe.finish() == -signal.SIGKILL
    assert gone("7771.2")


def test_an_error_of_the_listener_comes_out_of_finish() -> None:
    """The program goes on to its end, and the first error is raised then."""

    def refuse(line: str) -> None:
        raise ValueError(line)

    pipe = Pipe(["seq", "100000"], refuse)
    with pytest.raises(ValueError, match=r"^1$"):
        pipe.finish()


def test_a_program_that_daemonises_away_its_output_does_not_outlive_finish() -> None:
    """What a program leaves running in its session is ended with it."""
    pipe = Pipe(["sh", "-c", "sleep 7771.3 & exit 5"], print)

    assert pipe.finish() == 5
    assert gone("7771.3")


INTERRUPTED = """
import signal, sys, time
from cytodrill.process import Pipe
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
pipe = Pipe(["sleep", "7771.4"], print)
print("started", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signalled_end_takes_the_program_along(number: signal.Signals, status: int) -> None:
    """Neither Ctrl-C nor SIGTERM leaves a program of ours."""
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parent.parent,
    ) as ours:
        assert ours.stdout is not None
        assert ours.stdout.readline() == b"started\n"
        ours.send_signal(number)
        left = ours.wait(10)

    assert left in (status, -number)
    assert gone("7771.4")


def test_what_is_shielded_is_done_before_the_interruption_is_raised() -> None:
    """A signal waits for the action's end, and the handlers are as before."""
    done: list[bool] = []

    def interrupted() -> None:
        with shielded(), shielded():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)
            done.append(True)

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert done == [True]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
