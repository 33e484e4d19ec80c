"""Running `pytest drills/` as an operator does, and reading what it left behind."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cytodrill.settings import CHECKOUT
from samples.layout import Layout
from tests.sabotage import BackupSet

SCRATCH = Path(tempfile.mkdtemp(prefix="whole-runs-"))
"""Where local throwaways of these runs are made: what is left there is theirs, not another run's of this host."""

SCRATCH.chmod(0o755)
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)


def environment(**more: str) -> dict[str, str]:
    """The environment of a run: ours without what would change it, its throwaways in `SCRATCH`, and *more*."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DRILL_", "PYTEST_"))}
    return {**kept, "TMPDIR": str(SCRATCH), **more}


@dataclass(frozen=True)
class Ended:
    """A run that ended: its exit status, its output, and its record."""

    status: int
    output: str
    record: dict[str, Any]

    def claims(self, state: str) -> dict[str, dict[str, Any]]:
        """Claims in one *state*, by their short id."""
        return {claim["id"].rpartition("/")[2]: claim for claim in self.record["claims"] if claim["state"] == state}

    def findings(self, claim: str) -> str:
        """All words of the findings of *claim*."""
        return json.dumps(self.claims("disproved")[claim]["findings"], ensure_ascii=False)


def drill(layout: Layout, reports: Path, *options: str, backup_set: BackupSet | None = None, **variables: str) -> Ended:
    """Drill the sample of *layout*, or *backup_set* in its place, with environment *variables*, under *reports*."""
    command = [sys.executable, "-m", "pytest", "drills/", "-p", "no:cacheprovider"]
    if "--drill-config" not in options:
        command += ["--drill-config", str(layout.drill_config)]
    if backup_set is not None:
        command += ["--backups", str(backup_set.archives), "--images-copy", str(backup_set.images)]
        command += ["--configuration-copy", str(backup_set.configuration)]
    before = set(reports.glob("*/run.json"))
    done = subprocess.run(
        [*command, "--reports", str(reports), *options],
        cwd=CHECKOUT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    new = set(reports.glob("*/run.json")) - before
    record = json.loads(new.pop().read_text(encoding="utf-8")) if new else {}
    return Ended(done.returncode, done.stdout + done.stderr, record)
