"""`run.json` gives back exactly what was recorded, and is the documented form."""

from __future__ import annotations

import json
import re
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cytodrill.core.claims import State
from cytodrill.core.errors import UsageError
from cytodrill.core.inventory import Counted, Required
from cytodrill.core.record import SetPart
from reports.record import Claim, Record, from_json, to_json
from tests.test_reports_examples import EXAMPLES, disproved

_DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "run-json.md"
_SECONDS = st.floats(min_value=0, max_value=1e9)
_TIME = st.datetimes(timezones=st.just(UTC))
_RECORDS = st.builds(
    Record,
    started=_TIME,
    ended=_TIME,
    judged_as_of=_TIME,
    claims=st.lists(st.builds(Claim, seconds=_SECONDS), max_size=3).map(tuple),
    inventories=st.lists(
        st.builds(Counted, required=st.none() | st.builds(Required, since=_TIME)),
        max_size=4,
        unique_by=lambda counted: (counted.store, counted.name),
    ).map(lambda counted: tuple(sorted(counted, key=lambda one: one.store))),
    phases=st.dictionaries(st.text(), _SECONDS, max_size=3),
    backup_set=st.lists(st.builds(SetPart, taken=st.none() | _TIME, age=st.none() | _SECONDS), max_size=2).map(tuple),
)


@given(_RECORDS)
def test_record_comes_back_as_it_was(record: Record) -> None:
    """Every record survives being written and read."""
    assert from_json(to_json(record)) == record


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_key_is_documented(name: str) -> None:
    """docs/run-json.md names each key of a record and of what it holds."""
    values = json.loads(to_json(EXAMPLES[name]()))
    values["phases"] = {}
    values["inventories"] = [one for names in values["inventories"].values() for one in names.values()]
    documented = set(re.findall(r"`(\w+)`", _DOCUMENT.read_text(encoding="utf-8")))

    assert _keys(values) <= documented


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()


def test_counts_are_found_by_store_name_and_origin() -> None:
    """A program reads a count by its store, its name and its origin."""
    values = json.loads(to_json(disproved()))

    counted = values["inventories"]["postgres"]["docker.public.user_annotation"]
    assert (counted["production"], counted["archive"], counted["restored"]) == (88_423, 88_409, 88_409)
    assert (counted["required"]["required"], counted["required"]["lost_ids"]) == (88_410, ["4711"])


def test_file_name_that_is_no_text_stays_readable() -> None:
    """A path with bytes that are no UTF-8 is written with visible escapes, not refused."""
    record = disproved()
    part = SetPart("mongo", "/backups/caf\udce9.tar.gz", 1, "", None, None)

    read = from_json(to_json(Record(**{**vars(record), "backup_set": (part,)})))

    assert read.backup_set[0].path == r"/backups/caf\udce9.tar.gz"


def test_keys_of_a_later_release_are_passed_over() -> None:
    """New keys may be added at any time without breaking this reader."""
    values = json.loads(to_json(disproved()))
    values["trend"] = [1, 2]
    values["claims"][0]["owner"] = "somebody"

    assert from_json(json.dumps(values)) == disproved()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no record of a run"),
        ("[]", "no record of a run"),
        ('{"schema": 2}', "schema 2, this reads 1"),
        ('{"schema": 1, "inventories": {}}', '"run_id" is wrong'),
        ('{"schema": 1, "inventories": [1]}', "no record of a run"),
    ],
)
def test_what_is_no_record_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    """Reading something else ends in what is wrong and what to give."""
    with pytest.raises(UsageError, match=sentence):
        from_json(text)


def test_part_of_the_drills_is_no_full_proof() -> None:
    """Only a proven run over everything that came to its end counts as the last full proof."""
    proofs = {name: example().full_proof for name, example in EXAMPLES.items()}

    assert proofs == {"proven": True, "disproved": False, "not_proven": False, "broken": False}
    assert State.PROVEN.value in to_json(EXAMPLES["proven"]())
