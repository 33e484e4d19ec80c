"""`python -m samples.workload --dsn … --mongo …`: traffic until Ctrl-C, SIGTERM or the given time."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

import psycopg
from pymongo.errors import PyMongoError

from samples.workload import run
from samples.workload.held import utc


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m samples.workload", description=__doc__)
    parser.add_argument("--dsn", required=True, help="PostgreSQL: database docker, as its superuser")
    parser.add_argument("--mongo", required=True, help="URI of MongoDB")
    parser.add_argument("--seconds", type=float, help="end after so many seconds (default: at Ctrl-C)")
    parser.add_argument("--rate", type=float, default=60.0, help="transactions a second (default: 60)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    try:
        traffic = run(
            given.dsn, given.mongo, seed=given.seed, seconds=given.seconds, rate=given.rate, clock=utc, stop=stop
        )
    except (psycopg.OperationalError, PyMongoError) as error:
        print(
            f"Traffic ended: a server of the sample was lost or refused ({type(error).__name__});"
            " see that both run (`samples up`) and that the address and password are right.",
            file=sys.stderr,
        )
        return 1
    operations = sum(traffic.operations.values())
    print(f"{traffic.rate:.0f} transactions a second for {traffic.seconds:.0f} s, {operations} operations on MongoDB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
