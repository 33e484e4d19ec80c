"""Other programs, and what must outlive a signal; may be used by every module.

Every external command goes through `run` (waits for its end) or `Pipe` (streams into it, or keeps it as a server).
Both give the program a session of its own, an environment of named variables only, and end it with what it started.
"""

from __future__ import annotations

import atexit
import io
import os
import pwd
import signal
import subprocess
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from cytodrill.core.errors import DrillError

BASIC = ("PATH", "HOME", "USER", "LOGNAME", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "JAVA_HOME")
"""What every program gets of our environment: no `PG*`, `MONGO*` or `DRILL_*`, which would change what it does."""

NETWORK = tuple(
    spelling
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
    for spelling in (name, name.lower())
)
"""Besides `BASIC`, what a program needs that fetches something from behind a company's proxy."""

LINE_LIMIT = 64 * 1024
"""Bytes after which an endless line is handed over in pieces, so that no output can fill our memory."""

INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

READERS_GRACE = 10.0
"""Seconds to wait for the last output of a program that was ended but left a stranger holding its output."""

_live: weakref.WeakSet[Pipe] = weakref.WeakSet()


class CommandError(DrillError):
    """A command that could not be started, took too long, or failed; *status* is None unless it ended by itself."""

    def __init__(self, sentence: str, status: int | None = None, stderr: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.stderr = stderr


@dataclass(frozen=True)
class Finished:
    """A command that ended: its exit *status* (negative: the signal) and what it wrote, as text."""

    status: int
    stdout: str
    stderr: str


def environment(keep: Sequence[str] = BASIC, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables *keep* of ours, English messages, and *extra*."""
    kept = {name: os.environ[name] for name in keep if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8"} | dict(extra or {})


@contextmanager
def shielded() -> Iterator[None]:
    """Let what is inside end before Ctrl-C or SIGTERM interrupt us; the signal is raised again afterwards.

    Keeps a program or container from being started while nobody holds it yet, and a removal from being left half done.
    Python runs signal handlers in the main thread only, so in others there is nothing to do.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    before: dict[signal.Signals, Any] = {}
    try:
        for number in INTERRUPTIONS:
            before[number] = signal.signal(number, lambda which, _: caught.append(which))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        for signalled in dict.fromkeys(caught):
            signal.raise_signal(signalled)


def redacted(text: str, secrets: Sequence[str]) -> str:
    """*text* with every one of *secrets* masked, the longest first."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def until(ready: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Ask *ready* until it says yes (True) or *seconds* have passed (False), with pauses growing to half a second."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() >= end:
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)
    return True


def _spawn(command: Sequence[str], user: str | None, **options: object) -> subprocess.Popen[bytes]:
    if user is not None:
        entry = pwd.getpwnam(user)
        options |= {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    try:
        return subprocess.Popen(command, start_new_session=True, **options)  # type: ignore[call-overload,no-any-return]
    except OSError as error:
        raise CommandError(
            f"The program {command[0]} cannot be started: {error.strerror}. "
            "Install it, or name its place in the settings."
        ) from None


def _end(process: subprocess.Popen[bytes]) -> int:
    """Kill *process* and what it started, wait for it, and give its status (its own, if it had ended before)."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)  # not reaped yet, so the number is still its own
    return process.wait()


def run(
    command: Sequence[str],
    *,
    deadline: float,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    secrets: Sequence[str] = (),
    accept: Sequence[int] | None = (0,),
) -> Finished:
    """Run *command* for at most *deadline* seconds, as *user* (needs root) or as ourselves.

    *env* is by default `environment()`; *secrets* never appear in an error; *accept* are the exit statuses that are
    none, None for all. Raises `CommandError` with the last lines that the command wrote to its error stream.
    """
    name = redacted(Path(command[0]).name, secrets)
    process: subprocess.Popen[bytes] | None = None
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    chosen = environment() if env is None else dict(env)
    try:
        with shielded():
            process = _spawn(command, user, env=chosen, cwd=cwd, **pipes)
        out, err = process.communicate(stdin, timeout=deadline)
    except subprocess.TimeoutExpired:
        raise CommandError(
            f"{name} was ended because it took more than {deadline:g} s. Look at what keeps this machine busy."
        ) from None
    finally:
        if process is not None:
            _end(process)
            for stream in filter(None, (process.stdin, process.stdout, process.stderr)):
                stream.close()
    stderr = redacted(err.decode(errors="replace"), secrets)
    status = process.returncode
    if accept is not None and status not in accept:
        last = " / ".join(stderr.strip().splitlines()[-3:]) or "it said nothing"
        raise CommandError(f"{name} failed with exit status {status}: {last}", status, stderr)
    return Finished(status, redacted(out.decode(errors="replace"), secrets), stderr)


class Pipe:
    """A local program that is fed by streaming (`cytodrill.core.throwaway.Pipe`), or a server that just runs.

    *listener* gets each line of its output and error streams, never two at a time; an error that the listener raises
    is raised again by `finish`, after the program could go on to its end. The program ends with `abort`, with
    `end`, when our process ends, and when it sees its input closed after we were killed.
    """

    def __init__(
        self,
        command: Sequence[str],
        listener: Callable[[str], None],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
    ) -> None:
        self._listener = listener
        self._complaints: list[BaseException] = []
        self._one_at_a_time = threading.Lock()
        self._reaping = threading.Lock()
        self._readers: list[threading.Thread] = []
        self._process: subprocess.Popen[bytes] | None = None
        chosen = environment() if env is None else dict(env)
        try:
            with shielded():
                self._start(command, user, env=chosen, cwd=cwd)
        except BaseException:
            self.abort()
            raise

    def _start(self, command: Sequence[str], user: str | None, **options: object) -> None:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        self._process = process = _spawn(command, user, bufsize=0, **pipes, **options)
        _live.add(self)
        for stream in filter(None, (process.stdout, process.stderr)):
            reader = threading.Thread(target=self._read, args=(stream,), name=f"read {command[0]}", daemon=True)
            reader.start()
            self._readers.append(reader)

    def _read(self, stream: io.FileIO) -> None:
        with io.BufferedReader(stream) as lines:
            while line := lines.readline(LINE_LIMIT):
                with self._one_at_a_time:
                    tell(self._listener, line, self._complaints)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The program itself."""
        if self._process is None:
            raise CommandError("The program has not been started. This is a fault of the drill: please report it.")
        return self._process

    def ended(self) -> bool:
        """Whether the program has ended, by itself or otherwise."""
        return self._over(os.WNOHANG)

    def write(self, chunk: bytes) -> None:
        """Feed *chunk*; blocks while the program is busy; raises `BrokenPipeError` when it has ended."""
        rest = memoryview(chunk)
        try:
            while rest:
                rest = rest[cast("IO[bytes]", self.process.stdin).write(rest) :]
        except ValueError:  # closed by `abort` or `finish`
            raise BrokenPipeError from None

    def finish(self) -> int:
        """Close its input, wait for its end, and give its exit status (negative: the signal that ended it)."""
        cast("IO[bytes]", self.process.stdin).close()
        self._over()
        status = self._reap()
        if self._complaints:
            raise self._complaints[0]
        return status

    def end(self, number: signal.Signals, seconds: float) -> None:
        """Ask it to end by signal *number*, and `abort` it after *seconds*."""
        if not self.ended():
            self.process.send_signal(number)
            until(self.ended, seconds)
        self.abort()

    def abort(self) -> None:
        """End it and what it started now; safe to call after `finish`, twice, and from another thread."""
        if self._process is not None:
            self._reap()
            cast("IO[bytes]", self._process.stdin).close()

    def _over(self, how: int = 0) -> bool:
        # Without reaping it: while it is a zombie its number cannot become another program's.
        try:
            return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT | how) is not None
        except ChildProcessError:  # reaped by another thread
            return True

    def _reap(self) -> int:
        with self._reaping:
            status = _end(self.process)
        for reader in self._readers:
            reader.join(READERS_GRACE)
        _live.discard(self)
        return status


def tell(listener: Callable[[str], None], line: bytes, complaints: list[BaseException]) -> None:
    """Give *line* to *listener* as text; what it raises goes to *complaints*, so that reading goes on."""
    try:
        listener(line.decode(errors="replace").rstrip("\r\n"))
    except Exception as error:  # noqa: BLE001  (whatever it is, the program must not block on a full pipe)
        complaints.append(error)


@atexit.register
def _abort_live() -> None:
    for pipe in list(_live):
        pipe.abort()
