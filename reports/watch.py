"""What the report sees of one session, and what it leaves behind at the session's end."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cytodrill.core.claims import State
from cytodrill.core.errors import Exit
from cytodrill.core.record import RunFacts
from reports import folder, html, outcome, terminal
from reports.claims import OUTCOME, claim, is_drill, judge, said
from reports.record import Claim, Record, to_json
from reports.scope import scope


class Watch:
    """Plugin object of one session over `drills/`."""

    def __init__(self, config: pytest.Config) -> None:
        """Send pytest's own JUnit file to the run's folder: junitxml is configured after this."""
        self.config = config
        self.started = datetime.now(UTC)
        self.folder: Path | None = config.hook.pytest_drill_folder(config=config)
        self.deselected = 0
        self.broken: list[Claim] = []
        """What is broken beside the drills themselves: a file of drills that cannot be read."""
        self.interrupted = ""
        self.junit: Path | None = None
        if self.folder is not None and not config.option.xmlpath:
            self.junit = self.folder / "junit.xml"
            config.option.xmlpath = str(self.junit)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Count the drills that a selection left aside."""
        self.deselected += sum(is_drill(item.path) for item in items)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Keep a file of drills that cannot be read as a broken claim."""
        report = yield
        if report.failed and is_drill(collector.path):
            lines = str(report.longrepr).strip().splitlines() or ["no message"]
            name = collector.path.name
            self.broken.append(
                Claim(
                    id=collector.nodeid,
                    store=collector.path.stem.removeprefix("test_"),
                    state=State.BROKEN,
                    sentence=f"The drills of {name} can be read.",
                    reason=f"{name} cannot be collected: {lines[-1].removeprefix('E').strip()}",
                )
            )
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Word the report of a drill for an operator."""
        report = yield
        if is_drill(item.path):
            judge(item, call, report)
        return report

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember why the run ended early."""
        self.interrupted = str(excinfo.value) or "interrupted from the keyboard"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Decide and report, after everything of the run was taken down and pytest has had its say."""
        result = yield
        drills = [item for item in session.items if is_drill(item.path)]
        selected = drills or self.deselected or self.broken or self.interrupted
        if not selected or session.exitstatus == pytest.ExitCode.USAGE_ERROR:
            self._forget_junit()
            return result
        record = self._record(session, drills)
        session.exitstatus = record.exit_status
        report, kept = self._leave(record)
        if not kept:
            session.exitstatus = session.exitstatus or Exit.BROKEN
        self._print(record, report)
        return result

    def _record(self, session: pytest.Session, drills: list[pytest.Item]) -> Record:
        status = int(session.exitstatus)
        early = outcome.ended_early(status) and not self.broken
        facts = self._facts()
        claims = (*self.broken, *map(claim, drills))
        verdict = outcome.decide((c.state for c in claims), early=early)
        outcomes = [item.stash[OUTCOME] for item in drills if OUTCOME in item.stash]
        codes = [o.code for o in outcomes if o.state is State.BROKEN] + [Exit.BROKEN for _ in self.broken]
        return Record(
            run_id=facts.run_id,
            verdict=verdict,
            exit_status=status if early else outcome.status(verdict, codes),
            started=facts.started,
            ended=datetime.now(UTC),
            judged_as_of=facts.judged_as_of,
            instance=facts.instance,
            scope=scope(self.config, self.deselected),
            interrupted=self.interrupted if early else "",
            notes=tuple(facts.notes),
            left_out=tuple(facts.left_out),
            claims=claims,
            inventories=tuple(facts.inventories),
            phases=dict(facts.phases),
            engines=tuple(facts.engines),
            backup_set=tuple(facts.backup_set),
        )

    def _facts(self) -> RunFacts:
        """What the engine tells, else only what is known here; claims must not be lost with it."""
        facts: RunFacts | None = None
        try:
            facts = self.config.hook.pytest_drill_facts(config=self.config)
        except Exception:  # noqa: BLE001 - whatever it is, the claims are still to be reported
            reason = said(pytest.ExceptionInfo.from_current())
            sentence = "What the run learnt can be told."
            self.broken.append(Claim("pytest_drill_facts", "run", State.BROKEN, sentence, reason=reason))
        run_id = self.folder.name if self.folder else self.started.strftime("%Y%m%dT%H%M%SZ")
        return facts or RunFacts(run_id, self.started, self.started, instance="")

    def _leave(self, record: Record) -> tuple[str, bool]:
        """Write what the run leaves behind; gives where the page is or why there is none, and whether all is well."""
        if self.folder is None:
            return "", True
        try:
            self._write(self.folder, record)
        except OSError as error:
            return f"not written, {error.strerror}: {error.filename}. Give another place with --reports.", False
        except Exception:  # noqa: BLE001 - the verdict is still to be said, and an error here would end as status 1
            return f"not written: {said(pytest.ExceptionInfo.from_current())}", False
        return _short(self.folder / "report.html"), True

    def _write(self, run_folder: Path, record: Record) -> None:
        folder.prepare(run_folder)
        folder.write(run_folder / "run.json", to_json(record))
        folder.write(run_folder / "report.html", html.render(record))
        if self.junit is not None and self.junit.exists():
            self.junit.chmod(folder.FILE_MODE)
        folder.point_latest(run_folder)

    def _forget_junit(self) -> None:
        """Nothing was drilled: leave no folder behind that holds only an empty JUnit file."""
        if self.junit is not None and self.junit.exists():
            self.junit.unlink()
            for made in (self.junit.parent, self.junit.parent.parent):
                if not any(made.iterdir()):
                    made.rmdir()

    def _print(self, record: Record, report: str) -> None:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None:
            return
        first, _, rest = terminal.render(record, report).partition("\n")
        colour = {State.PROVEN: "green", State.NOT_PROVEN: "yellow"}.get(record.verdict, "red")
        reporter.write_line("")
        reporter.write_line(first, bold=True, **{colour: True})
        reporter.write_line(rest)


def _short(path: Path) -> str:
    """Give *path* as a person at this prompt would type it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
