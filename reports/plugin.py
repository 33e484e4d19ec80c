"""pytest plugin: turns a session over `drills/` into a record, its files, and the exit status.

It acts only where drills are to be run: sessions over `tests/` and `--collect-only` pass it by.
See `reports.hooks` for what other plugins are asked.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from cytodrill.core.claims import Judgement, Prove, Severity, State
from reports import hooks
from reports.keys import JUDGEMENT
from reports.scope import aims_at_drills, only_lists
from reports.watch import Watch


@pytest.fixture
def prove(request: pytest.FixtureRequest) -> Prove:
    """What a drill asserts of a judgement: it is recorded, and what cannot be proven is skipped."""
    strict = request.config.hook.pytest_drill_strict(config=request.config)

    def record(judgement: Judgement) -> Judgement:
        if strict:
            losses = tuple(replace(finding, severity=Severity.LOSS) for finding in judgement.findings)
            judgement = replace(judgement, findings=losses)
        earlier = request.node.stash.get(JUDGEMENT, Judgement())
        judgement = Judgement(
            findings=earlier.findings + judgement.findings,
            not_proven=earlier.not_proven or judgement.not_proven,
            compared=judgement.compared or earlier.compared,
        )
        request.node.stash[JUDGEMENT] = judgement
        if judgement.state is State.NOT_PROVEN:
            pytest.skip(judgement.not_proven)
        return judgement

    return record


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Offer the hook that the plugin which drives the engine answers."""
    pluginmanager.add_hookspecs(hooks)


def pytest_drill_aimed(config: pytest.Config) -> bool:
    """Tell whether this session's arguments can select a drill."""
    return aims_at_drills(config)


def pytest_configure(config: pytest.Config) -> None:
    """Watch the session if it is to run drills."""
    if aims_at_drills(config) and not only_lists(config):
        config.pluginmanager.register(Watch(config), "drill-report")
