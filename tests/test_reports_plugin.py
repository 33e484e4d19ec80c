"""A session over `drills/` ends in a record, its files and the documented exit status."""

from __future__ import annotations

import json
import shutil
import signal
import stat
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent

DRIVER = '''
"""Stands where the fixtures' plugin stands: it knows the run's folder and the facts."""
import signal
from datetime import datetime, timezone
from pathlib import Path

import pytest

from cytodrill.core.record import RunFacts


def pytest_drill_folder(config):
    return config.rootpath / "out" / "run-1"


def pytest_drill_strict(config):
    return config.rootpath.joinpath("strict").exists()


def pytest_configure(config):
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("stopped by SIGTERM", returncode=143))
    for store in ("postgres", "mongo"):
        config.addinivalue_line("markers", store)


def pytest_collection_finish(session):
    if session.config.rootpath.joinpath("mistake").exists():
        raise pytest.UsageError("/opt/nowhere is no instance: give --cytomine.")


def pytest_drill_facts(config):
    if config.rootpath.joinpath("facts-fail").exists():
        raise KeyError("no such relation")
    night = datetime(2026, 11, 23, tzinfo=timezone.utc)
    return RunFacts("run-1", night, night, "/opt/cytomine", phases={"postgres: restore": 12.5})
'''

HEAD = """
import pytest
from cytodrill.core.claims import Finding, Judgement, Severity
from cytodrill.core.errors import DrillError, ProductionError, ThrowawayError

LOST = Judgement((Finding("1 row lost", "image", "10 rows", "9 rows", "Run the backup again."),), compared="archive")
WARNED = Judgement((Finding("old role", "roles", "none", "1", "Drop it.", Severity.WARNING),))
OPEN = Judgement(not_proven="production does not answer")
"""

PASSING = '''
def test_rows(prove):
    """Every row came back."""
    assert prove(Judgement(compared="archive"))
'''
LOSING = '''
@pytest.mark.mongo
@pytest.mark.parametrize("table", ["image"])
def test_loss(prove, table):
    """Every row of {table} came
    back.

    More words.
    """
    assert prove(LOST)
'''
OPEN = '''
def test_open(prove):
    """It can be compared."""
    assert prove(OPEN)
'''
ERRING = '''
def test_erring(prove):
    """It can be decided."""
    raise ValueError("no such thing\\nsecret second line")
'''


@pytest.fixture
def drills(pytester: pytest.Pytester) -> Path:
    """A checkout that holds the report, the core it needs, and an empty `drills/`."""
    for name in ("reports", "cytodrill/core"):
        shutil.copytree(CHECKOUT / name, pytester.path / name, ignore=shutil.ignore_patterns("out", "__pycache__"))
    (pytester.path / "cytodrill" / "__init__.py").touch()
    pytester.makepyfile(driver=DRIVER, conftest='pytest_plugins = ("reports.plugin", "driver")')
    pytester.makepyprojecttoml(
        '[tool.pytest]\nstrict = true\ntestpaths = ["drills"]\npythonpath = ["."]\n'
        'addopts = ["-ra", "--import-mode=importlib"]\njunit_family = "xunit1"\n'
    )
    folder = pytester.path / "drills"
    folder.mkdir()
    return folder


def _run(pytester: pytest.Pytester, *bodies: str, args: tuple[str, ...] = ("drills/",)) -> pytest.RunResult:
    (pytester.path / "drills" / "test_postgres.py").write_text("\n".join((HEAD, *bodies)), encoding="utf-8")
    return pytester.runpytest_subprocess(*args)


def _record(pytester: pytest.Pytester) -> dict[str, Any]:
    text = (pytester.path / "out" / "latest" / "run.json").read_text(encoding="utf-8")
    record: dict[str, Any] = json.loads(text)
    return record


@pytest.mark.usefixtures("drills")
@pytest.mark.parametrize(
    ("bodies", "verdict", "status"),
    [
        ((PASSING,), "proven", 0),
        ((PASSING, LOSING, OPEN, ERRING), "disproved", 1),
        ((PASSING, OPEN, ERRING), "broken", 3),
        ((PASSING, OPEN), "not proven", 10),
        ((PASSING, "def test_warned(prove):\n    assert prove(WARNED)"), "proven", 0),
        ((PASSING, "def test_skips():\n    pytest.skip('no archive')"), "not proven", 10),
        ((PASSING, "def test_forgot(prove):\n    prove(LOST)"), "disproved", 1),
        ((PASSING, "def test_died(prove):\n    prove(LOST)\n    raise ValueError('x')"), "disproved", 1),
        (("def test_a():\n    raise ThrowawayError('no engine answers')",), "broken", 11),
        (("def test_a():\n    raise ThrowawayError('no engine')", ERRING), "broken", 3),
        (("def test_a():\n    raise ProductionError('production is down')",), "not proven", 10),
        (("def test_a():\n    assert 1 == 2",), "broken", 3),
        (("import nowhere",), "broken", 3),
    ],
)
def test_verdict_and_status_follow_from_the_claims(
    pytester: pytest.Pytester, bodies: tuple[str, ...], verdict: str, status: int
) -> None:
    """Verdict and exit status are the first that hold in the documented order."""
    result = _run(pytester, *bodies)

    record = _record(pytester)
    assert (record["verdict"], result.ret, record["exit_status"]) == (verdict, status, status)
    assert verdict.upper() in result.stdout.str()


@pytest.mark.usefixtures("drills")
def test_claims_say_what_was_checked(pytester: pytest.Pytester) -> None:
    """A claim has its docstring's first paragraph with parameters filled in, its store, findings and comparison."""
    _run(pytester, PASSING, LOSING, OPEN, ERRING)

    passed, lost, still_open, erring = _record(pytester)["claims"]
    assert (lost["sentence"], lost["store"], lost["compared"]) == ("Every row of image came back.", "mongo", "archive")
    assert lost["findings"][0]["remedy"] == "Run the backup again."
    assert (passed["store"], passed["state"]) == ("postgres", "proven")
    assert still_open["reason"] == "production does not answer"
    assert erring["reason"].startswith("ValueError: no such thing (drills/test_postgres.py:")


@pytest.mark.usefixtures("drills")
def test_junit_holds_the_findings_and_no_traceback(pytester: pytest.Pytester) -> None:
    """JUnit's message is what the operator reads, once for the loss, and nothing of the code around it."""
    result = _run(pytester, LOSING, OPEN, ERRING)

    suite = ET.parse(pytester.path / "out/run-1/junit.xml").getroot()[0]  # noqa: S314 - written a moment ago by pytest
    failure, broken = suite.iter("failure")
    assert failure.get("message") == "image: 1 row lost; expected 10 rows, found 9 rows. Run the backup again."
    assert failure.get("message") == failure.text
    assert next(suite.iter("skipped")).get("message") == "production does not answer"
    assert "secret second line" not in (broken.text or "")
    for text in (result.stdout.str(), failure.text or ""):
        assert "Traceback" not in text
        assert "assert prove" not in text


@pytest.mark.usefixtures("drills")
def test_setup_decides_where_a_fixture_skips_or_fails(pytester: pytest.Pytester) -> None:
    """A fixture that skips leaves its drills not proven; one that fails leaves them broken, in one sentence."""
    fixtures = """
@pytest.fixture(scope="module")
def server():
    raise ThrowawayError("No engine answers: start docker.")

@pytest.fixture
def archive():
    pytest.skip("the archive cannot be restored")

def test_server(server, prove): ...

def test_archive(archive, prove): ...
"""
    _run(pytester, fixtures)

    server, archive = _record(pytester)["claims"]
    assert (server["state"], server["reason"]) == ("broken", "No engine answers: start docker.")
    assert (archive["state"], archive["reason"]) == ("not proven", "the archive cannot be restored")


@pytest.mark.usefixtures("drills")
def test_teardown_that_fails_breaks_a_proven_claim_only(pytester: pytest.Pytester) -> None:
    """What is left running is no proof, but a loss stays a loss."""
    fixtures = """
@pytest.fixture
def server():
    yield
    raise OSError("still running")

def test_proven(server, prove):
    assert prove(Judgement())

def test_lost(server, prove):
    assert prove(LOST)
"""
    _run(pytester, fixtures)

    assert [claim["state"] for claim in _record(pytester)["claims"]] == ["broken", "disproved"]


@pytest.mark.parametrize(
    ("args", "narrowed"),
    [
        (("drills/",), []),
        ((), []),
        (("drills/", "-k", "rows"), ["-k rows"]),
        (("drills/", "-m", "not mongo"), ["-m not mongo"]),
        (("drills/test_postgres.py",), ["drills/test_postgres.py"]),
        (("drills/test_postgres.py::test_rows",), ["drills/test_postgres.py::test_rows"]),
        (("drills/", "--deselect", "drills/test_postgres.py::test_loss"), []),
    ],
)
@pytest.mark.usefixtures("drills")
def test_narrowed_run_is_no_full_proof(pytester: pytest.Pytester, args: tuple[str, ...], narrowed: list[str]) -> None:
    """Whatever narrows the selection is recorded, and only the whole of `drills/` counts as a full proof."""
    losing = LOSING if len(args) > 1 else ""
    result = _run(pytester, PASSING, losing, args=args)

    record = _record(pytester)
    assert narrowed == record["scope"]["narrowed_by"]
    assert (len(args) <= 1 and not narrowed) is record["scope"]["full"] is record["full_proof"]
    assert result.ret == 0


@pytest.mark.usefixtures("drills")
def test_nothing_selected_is_not_proven(pytester: pytest.Pytester) -> None:
    """A selection that matches nothing is never green."""
    result = _run(pytester, PASSING, args=("drills/", "-k", "nothing"))

    assert (result.ret, _record(pytester)["verdict"]) == (10, "not proven")


@pytest.mark.parametrize(
    "args", [("drills/", "--collect-only"), ("tests/",), ("drills/", "--setup-plan"), ("nowhere/",), ("--help",)]
)
@pytest.mark.usefixtures("drills")
def test_nothing_is_written_where_nothing_is_drilled(pytester: pytest.Pytester, args: tuple[str, ...]) -> None:
    """Lists, plans, mistakes and the suite's own tests leave no folder and pytest's own status."""
    own = pytester.path / "tests"
    own.mkdir()
    own.joinpath("test_own.py").write_text("def test_own():\n    assert True\n", encoding="utf-8")

    result = _run(pytester, PASSING, args=args)

    assert (4 if args == ("nowhere/",) else 0) == result.ret
    assert not (pytester.path / "out").exists()


@pytest.mark.usefixtures("drills")
def test_wrong_settings_leave_one_sentence(pytester: pytest.Pytester) -> None:
    """Settings found wrong after the collection end in the sentence and status 4, with no report of drills not run."""
    (pytester.path / "mistake").touch()

    result = _run(pytester, PASSING)

    assert result.ret == 4
    assert not (pytester.path / "out").exists()
    result.stderr.fnmatch_lines(["ERROR: /opt/nowhere is no instance: give --cytomine."])
    result.stdout.no_fnmatch_line("*BROKEN*")


@pytest.mark.usefixtures("drills")
def test_strict_turns_a_warning_into_a_loss(pytester: pytest.Pytester) -> None:
    """With the strict setting a warning disproves."""
    (pytester.path / "strict").touch()

    result = _run(pytester, "def test_warned(prove):\n    assert prove(WARNED)")

    assert result.ret == 1


@pytest.mark.usefixtures("drills")
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 2), (signal.SIGTERM, 143)])
def test_interrupted_run_proves_nothing(pytester: pytest.Pytester, sent: signal.Signals, status: int) -> None:
    """A signal leaves its exit status, and a record that says broken with what was not reached."""
    waiting = """
def test_waits():
    import pathlib, time
    pathlib.Path("waiting").touch()
    time.sleep(60)
"""
    source = HEAD + PASSING + waiting
    (pytester.path / "drills" / "test_postgres.py").write_text(source, encoding="utf-8")
    run = subprocess.Popen([sys.executable, "-m", "pytest", "drills/"], cwd=pytester.path, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not (pytester.path / "waiting").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    run.send_signal(sent)
    output = run.communicate(timeout=30)[0].decode()

    record = _record(pytester)
    assert (status, "broken", status) == (run.returncode, record["verdict"], record["exit_status"])
    assert [claim["state"] for claim in record["claims"]] == ["proven", "not proven"]
    assert "ended before this claim" in record["claims"][1]["reason"]
    assert record["interrupted"]
    assert "BROKEN" in output


@pytest.mark.usefixtures("drills")
def test_files_are_private_and_describe_themselves(pytester: pytest.Pytester) -> None:
    """The folder is for owner and group, `latest` moves, and generated files say so."""
    out = pytester.path / "out"
    (out / "manifests").mkdir(parents=True)

    _run(pytester, PASSING)
    driver = pytester.path / "driver.py"
    driver.write_text(driver.read_text(encoding="utf-8").replace("run-1", "run-2"), encoding="utf-8")
    _run(pytester, PASSING)

    assert (out / "latest").readlink() == Path("run-2")
    assert {"README.md", ".gitignore", "CACHEDIR.TAG", "latest", "manifests", "run-1", "run-2"} == {
        p.name for p in out.iterdir()
    }
    for run in ("run-1", "run-2"):
        assert stat.S_IMODE((out / run).stat().st_mode) == 0o750
        assert {"run.json", "report.html", "junit.xml"} == {p.name for p in (out / run).iterdir()}
        assert {0o640} == {stat.S_IMODE(p.stat().st_mode) for p in (out / run).iterdir()}


@pytest.mark.usefixtures("drills")
def test_folder_that_is_somebodys_own_is_left_as_it_is(pytester: pytest.Pytester) -> None:
    """A reports folder that holds other things gets no .gitignore and no tag that keeps it from being backed up."""
    out = pytester.path / "out"
    out.mkdir()
    (out / "thesis.odt").touch()

    _run(pytester, PASSING)

    assert {"thesis.odt", "run-1", "latest"} == {p.name for p in out.iterdir()}


@pytest.mark.usefixtures("drills")
def test_report_that_cannot_be_written_is_said_and_not_green(pytester: pytest.Pytester) -> None:
    """A run whose report cannot be kept still says its verdict, and does not pass unnoticed."""
    (pytester.path / "out").write_text("in the way", encoding="utf-8")

    result = _run(pytester, PASSING, args=("drills/", "--junitxml=own.xml"))

    assert result.ret == 3
    result.stdout.fnmatch_lines(["*PROVEN*", "*report: not written*"])


@pytest.mark.usefixtures("drills")
@pytest.mark.parametrize(("body", "verdict", "status"), [(PASSING, "broken", 3), (LOSING, "disproved", 1)])
def test_claims_outlive_an_engine_that_cannot_tell(
    pytester: pytest.Pytester, body: str, verdict: str, status: int
) -> None:
    """Where the facts of a run cannot be had, its claims are still reported, and it is not green."""
    (pytester.path / "facts-fail").touch()

    result = _run(pytester, body)

    assert (result.ret, _record(pytester)["verdict"]) == (status, verdict)
    result.stdout.fnmatch_lines(["*KeyError: 'no such relation' (driver.py:*"])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.usefixtures("drills")
def test_page_is_made_again_from_the_record(pytester: pytest.Pytester) -> None:
    """`python -m reports` gives the same page; what is no record is refused in a sentence."""
    _run(pytester, LOSING)
    page = pytester.path / "out/run-1/report.html"
    before = page.read_text(encoding="utf-8")
    page.unlink()

    assert pytester.run(sys.executable, "-m", "reports", "out/run-1/run.json").ret == 0
    assert before == page.read_text(encoding="utf-8")

    (pytester.path / "other.json").write_text("{}", encoding="utf-8")
    refused = pytester.run(sys.executable, "-m", "reports", "other.json", "out/nowhere.json")
    assert refused.ret == 4
    refused.stderr.fnmatch_lines(["other.json: It is no record of a run.*"])
    refused.stderr.no_fnmatch_line("*Traceback*")
