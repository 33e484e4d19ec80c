"""`python -m samples`: build, start, stop and use the sample instance; docs/sample.md describes it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from samples import mongo_server, notes, processes, production
from samples.build import Wanted, build
from samples.errors import SampleError
from samples.layout import Layout
from samples.notes import Notes
from samples.scale import SCALES


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m samples", description="The sample Cytomine instance.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = commands.add_parser("build", help="make a sample in DIR, or bring the one there up to today")
    made.add_argument("--scale", choices=sorted(SCALES), default="small", help="how much it holds (default: small)")
    made.add_argument("--seed", type=int, default=1, help="the same seed makes the same sample (default: 1)")
    made.add_argument("--nights", type=_nights, default=2, help="backups of how many nights, 1 to 7 (default: 2)")
    made.add_argument("--force", action="store_true", help="build anew whatever sample is there")
    made.add_argument("--up", action="store_true", help="leave production running")
    made.add_argument("--no-manifest", action="store_true", help="nights of a cron line that writes no manifest")
    commands.add_parser("up", help="start the sample's production")
    commands.add_parser("down", help="stop it")
    commands.add_parser("status", help="say what runs")
    moved = commands.add_parser("traffic", help="keep production moving, as during a working day")
    moved.add_argument("--seconds", type=float, default=0, help="how long (default: until interrupted)")
    moved.add_argument("--rate", type=float, default=60, help="transactions a second (default: 60)")
    for command in commands.choices.values():
        command.add_argument("dir", type=Path, metavar="DIR", help="folder of the sample")
    return parser


def _nights(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 7:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not 1 to 7: archives are named by weekday, so a week is all there is")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status. Errors are one sentence on stderr."""
    given = _parser().parse_args(arguments)
    layout = Layout(given.dir.resolve())
    signal.signal(signal.SIGTERM, _terminated)
    os.umask(0o022)  # user postgres must be able to enter what root makes here
    try:
        _COMMANDS[given.command](layout, given)
    except SampleError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except PermissionError as error:
        print(
            f"{error.filename} may not be written or read by this user: choose another DIR, or run as the owner.",
            file=sys.stderr,
        )
        return 4
    except KeyboardInterrupt:
        return 130
    return 0


def _terminated(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise SystemExit(143)


def _build(layout: Layout, given: argparse.Namespace) -> None:
    began = time.monotonic()
    wanted = Wanted(
        scale=given.scale, seed=given.seed, nights=given.nights, force=given.force,
        manifest=not given.no_manifest, up=given.up,
    )  # fmt: skip
    print(f"Sample {wanted.scale}, seed {wanted.seed}, in {layout.root}", flush=True)
    build(layout, wanted)
    print(f"  done            {time.monotonic() - began:6.1f} s")
    _status(layout, given)


def _up(layout: Layout, given: argparse.Namespace) -> None:
    production.up(layout)
    _status(layout, given)


def _down(layout: Layout, given: argparse.Namespace) -> None:
    production.down(layout)
    _status(layout, given)


def _status(layout: Layout, given: argparse.Namespace) -> None:
    del given
    for name, value in production.status(layout).items():
        print(f"  {name:<18}{value}")


def _traffic(layout: Layout, given: argparse.Namespace) -> None:
    """Run the workload against production, then save what MongoDB holds: the stand-in keeps it in memory only."""
    from samples import workload

    addresses = production.addresses(production.up(layout))
    _note_lived(layout)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    signal.signal(signal.SIGINT, lambda _number, _frame: stop.set())
    workload.run(
        addresses.postgres, addresses.mongo, seed=int(time.time()), seconds=given.seconds or None,
        rate=given.rate, clock=lambda: datetime.now(UTC), stop=stop,
    )  # fmt: skip
    found = _note_lived(layout)
    if processes.alive(found.mongo):
        mongo_server.save(layout, production.programs().mongodump, found)


def _note_lived(layout: Layout) -> Notes:
    """Note that production has seen this moment; read anew, as another command may have stopped it meanwhile."""
    return notes.write(layout, replace(notes.read(layout), lived=datetime.now(UTC).isoformat()))


_COMMANDS = {"build": _build, "up": _up, "down": _down, "status": _status, "traffic": _traffic}

if __name__ == "__main__":
    sys.exit(main())
