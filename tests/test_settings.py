"""Settings: one frozen value, from the command line, variables and a file, in that order."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cytodrill.core.errors import UsageError
from cytodrill.settings import CHECKOUT, Docker, Local, Production, Settings, load

EXAMPLE = CHECKOUT / "drill.example.toml"


def test_the_command_line_wins_over_variables_and_those_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nested keys have variables too."""
    file = tmp_path / "drill.toml"
    file.write_text('engine = "local"\nmax_age = "30h"\n[production]\npostgres = "host=file"\nmongo = "file"\n')
    monkeypatch.setenv("DRILL_MAX_AGE", "40h")
    monkeypatch.setenv("DRILL_PRODUCTION__POSTGRES", "host=variable")

    found = load(file, {"engine": "docker", "max_age": None})

    assert (found.engine, found.max_age) == ("docker", timedelta(hours=40))
    assert (found.production.postgres, found.production.mongo) == ("host=variable", "file")


def test_paths_of_the_file_are_relative_to_it(tmp_path: Path) -> None:
    """So that a folder with its drill.toml can be moved."""
    (tmp_path / "drill.toml").write_text('cytomine = "instance"\nimages_copy = "/srv/images"\n')

    found = load(tmp_path / "drill.toml", {})

    assert (found.cytomine, found.images_copy) == (tmp_path / "instance", Path("/srv/images"))


def test_the_file_can_come_from_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`DRILL_CONFIG` is `--drill-config`."""
    (tmp_path / "drill.toml").write_text('engine = "local"\n')
    monkeypatch.setenv("DRILL_CONFIG", str(tmp_path / "drill.toml"))

    assert load(None, {}).engine == "local"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("engine = ", "is no TOML"),
        ('engine = "podman"', '"engine"'),
        ("unknown = 1", '"unknown"'),
        ('max_age = "soon"', '"max_age"'),
        ("[docker]\nmemry = 1", '"docker.memry"'),
        ("now = 2026-11-23T00:00:00", "time zone"),
    ],
)
def test_a_wrong_value_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    """With the key, and where it came from."""
    (tmp_path / "drill.toml").write_text(text)

    with pytest.raises(UsageError, match=words):
        load(tmp_path / "drill.toml", {})


def test_secrets_are_masked() -> None:
    """A password never shows in a representation."""
    assert "hidden" not in repr(Settings(production=Production.model_validate({"postgres_password": "hidden"})))


def test_the_example_reads_and_names_every_key() -> None:
    """What can be set is in the example, but for what only the sample may set and what is a secret."""
    text = EXAMPLE.read_text(encoding="utf-8")
    sections = {"production", "local", "docker"}
    keys = {*Settings.model_fields, *Production.model_fields, *Local.model_fields, *Docker.model_fields} - sections

    load(EXAMPLE, {})

    assert {key for key in keys if f"{key} = " not in text} == {"accept_stand_in", "postgres_password", "now"}
