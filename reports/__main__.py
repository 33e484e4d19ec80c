"""Make `report.html` again from a `run.json`: `python -m reports RUN.json`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cytodrill.core.errors import UsageError
from reports import folder, html
from reports.record import from_json


def main(arguments: list[str] | None = None) -> int:
    """Write `report.html` beside each given `run.json`; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__)
    parser.add_argument("run", type=Path, nargs="+", help="run.json of a run, or its folder")
    for given in parser.parse_args(arguments).run:
        path = given / "run.json" if given.is_dir() else given
        try:
            page = path.with_name("report.html")
            folder.write(page, html.render(from_json(path.read_text(encoding="utf-8"))))
        except OSError as error:
            print(f"{error.filename or path}: {error.strerror}. Give the run.json of a run.", file=sys.stderr)
            return UsageError.exit_code
        except (UsageError, UnicodeDecodeError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            return UsageError.exit_code
        print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
