"""Pure judgements: examples of every state, and what must hold for any numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytodrill.core import judge
from cytodrill.core.claims import Finding, Judgement, Severity, State, verdict
from cytodrill.core.inventory import Counted, Indexes, Required

NIGHT = datetime(2026, 11, 23, tzinfo=UTC)
SOUND = Required(since=NIGHT, required=90, updated_since=3, deleted_since=2, younger=7)
TABLE = Counted("postgres", "docker.t", "rows", archive=100, restored=100, production=105, required=SOUND, before=95)


def test_a_sound_table_of_a_moving_production_is_proven() -> None:
    """Rows updated, deleted and added since are no loss."""
    judgement = judge.everything_comes_back(TABLE)

    assert judgement.state is State.PROVEN
    assert judgement.compared == "manifest of 2026-11-23 00:00:00 UTC"


def test_lost_rows_are_named() -> None:
    """The finding has the table, the numbers and the ids."""
    lost = replace(SOUND, lost=12, lost_ids=tuple("1234567890"))
    judgement = judge.everything_comes_back(replace(TABLE, required=lost))

    (finding,) = judgement.findings
    assert judgement.state is State.DISPROVED
    assert finding.where == "docker.t"
    assert "90 rows" in finding.expected
    assert finding.found == "78; missing: 1, 2, 3, 4, 5, 6, 7, 8, 9, 0 and 2 more"


def test_a_restore_that_differs_from_its_archive_is_told_once() -> None:
    """One cause, one finding: rows that the restore dropped are not also called lost by the backup."""
    judgement = judge.everything_comes_back(replace(TABLE, restored=99, required=replace(SOUND, lost=1)))

    (finding,) = judgement.findings
    assert "than the archive" in finding.what


def test_undecided_rows_are_a_warning() -> None:
    """A row rewritten since, absent from the backup, may have been deleted across it: no false alarm."""
    judgement = judge.everything_comes_back(replace(TABLE, required=replace(SOUND, undecided=1, undecided_ids=("5",))))

    assert judgement.state is State.PROVEN
    assert [finding.severity for finding in judgement.findings] == [Severity.WARNING]


def test_a_table_absent_from_the_archive_is_lost_if_production_had_rows() -> None:
    """What a manifest had and production still has must be there."""
    judgement = judge.everything_comes_back(replace(TABLE, archive=None, restored=None))

    assert judgement.state is State.DISPROVED
    empty = replace(TABLE, archive=None, restored=None, before=0, required=Required(NIGHT, 0))
    assert judge.everything_comes_back(empty).state is State.DISPROVED


def test_a_table_younger_than_the_manifest_may_be_absent() -> None:
    """It was perhaps made after the backup."""
    young = replace(TABLE, archive=None, restored=None, before=None, required=Required(NIGHT, 0, younger=5))

    assert judge.everything_comes_back(young).state is State.PROVEN


def test_too_many_undecided_rows_are_not_proven() -> None:
    """A whole table rewritten since and absent from the backup is more than deletes that were undone."""
    judgement = judge.everything_comes_back(replace(TABLE, required=replace(SOUND, undecided=5000)))

    assert judgement.state is State.NOT_PROVEN


def test_a_table_that_is_nowhere_is_no_loss() -> None:
    """A known table of another Cytomine version is absent everywhere."""
    assert judge.everything_comes_back(Counted("postgres", "docker.old", "rows")).state is State.PROVEN


@pytest.mark.parametrize("archive", [None, 5])
def test_without_production_it_is_not_proven(archive: int | None) -> None:
    """Archive against restored is compared all the same."""
    counted = Counted("postgres", "docker.t", "rows", archive=archive, restored=archive, uncompared="no answer")

    judgement = judge.everything_comes_back(counted)

    assert judgement.state is State.NOT_PROVEN
    assert "no answer" in judgement.not_proven


COUNTS = st.one_of(st.none(), st.integers(0, 10**9))


@given(COUNTS, COUNTS, st.integers(0, 10**6), st.integers(0, 10**6))
def test_proven_means_equal_and_nothing_lost(
    archive: int | None, restored: int | None, required: int, lost: int
) -> None:
    """Whatever the numbers: proven only if archive and restore agree and nothing is missing."""
    lost = min(lost, required)
    if restored is None:
        lost = required
    counted = replace(TABLE, archive=archive, restored=restored, required=Required(NIGHT, required, lost))

    judgement = judge.everything_comes_back(counted)

    assert (judgement.state is State.PROVEN) == (archive is not None and archive == restored and not lost)


def test_unknown_tables_are_compared_and_named() -> None:
    """A loss in a table without its own claim disproves; a sound one only warns."""
    sound = judge.nothing_unknown([TABLE])
    lost = judge.nothing_unknown([replace(TABLE, required=replace(SOUND, lost=1, lost_ids=("1",)))])

    assert (sound.state, len(sound.findings)) == (State.PROVEN, 1)
    assert sound.findings[0].found == "docker.t"
    assert lost.state is State.DISPROVED


def test_an_index_taken_out_of_the_archive_is_named() -> None:
    """The archive agrees with its restore; only production knows that an index is missing."""
    indexes = Indexes("cytomine.c", {"_id_": "{}"}, {"_id_": "{}"}, {"_id_": "{}", "created_1": '{"key": 1}'})

    judgement = judge.indexes_come_back(indexes)

    (finding,) = judgement.findings
    assert "created_1" in finding.what
    assert judgement.state is State.DISPROVED


def test_an_index_that_changed_in_the_restore_is_the_restore_s_fault() -> None:
    """Options count: a TTL index without its seconds is another index."""
    indexes = Indexes("cytomine.c", {"ttl": "300"}, {"ttl": "60"}, {"ttl": "300"})

    (finding,) = judge.indexes_come_back(indexes).findings
    assert (finding.expected, finding.found) == ("300", "60")


@given(st.timedeltas(timedelta(0), timedelta(days=30)))
def test_fresh_is_up_to_the_limit(age: timedelta) -> None:
    """A dump is fresh exactly up to the limit."""
    assert bool(judge.fresh("a", NIGHT - age, NIGHT, timedelta(hours=26))) == (age <= timedelta(hours=26))


def test_a_dump_from_the_future_proves_nothing() -> None:
    """A clock a little ahead does not matter; a night ahead is no age at all."""
    limit = timedelta(hours=26)

    assert judge.fresh("a", NIGHT + timedelta(minutes=3), NIGHT, limit)
    assert judge.fresh("a", NIGHT + timedelta(days=1), NIGHT, limit).state is State.NOT_PROVEN


@given(st.timedeltas(timedelta(days=-9), timedelta(days=9)))
def test_one_night_is_symmetric(skew: timedelta) -> None:
    """Whichever archive is older, the limit is the same."""
    limit = timedelta(hours=6)

    assert bool(judge.same_night(NIGHT, NIGHT + skew, limit)) == (abs(skew) <= limit)


def test_the_verdict_is_the_first_that_holds() -> None:
    """Disproved, then broken, then not proven; nothing at all is never green."""
    assert verdict([]) is State.NOT_PROVEN
    assert verdict([State.PROVEN]) is State.PROVEN
    assert verdict([State.PROVEN, State.NOT_PROVEN]) is State.NOT_PROVEN
    assert verdict([State.NOT_PROVEN, State.BROKEN]) is State.BROKEN
    assert verdict([State.BROKEN, State.DISPROVED, State.PROVEN]) is State.DISPROVED


def test_a_loss_outweighs_what_could_not_be_checked() -> None:
    """A judgement with a loss disproves even where the rest is not proven."""
    loss = Finding("w", "x", "e", "f", "r")

    assert Judgement((loss,), "no production").state is State.DISPROVED
