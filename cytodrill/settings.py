"""All settings as one frozen value; may be used by every module. Nobody reads the environment below this module.

Precedence: command line, then `DRILL_*` variables (`DRILL_PRODUCTION__POSTGRES` for nested keys), then `drill.toml`,
then the defaults here.
"""

from __future__ import annotations

import os
import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from cytodrill.core.errors import UsageError

CHECKOUT = Path(__file__).resolve().parent.parent
"""The checkout this runs in (it is an application, not an installed package)."""

_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> object:
    """Turn "26h", "90 min", "60s" or "7d" into a timedelta."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|min|m|h|d)\s*", value)):
        return timedelta(**{_UNITS[match[2]]: float(match[1])})
    raise ValueError('a time is written as "60s", "45min", "26h" or "7d"')


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Production(_Section):
    """Where production answers; found from the instance when empty."""

    postgres: str = ""
    """libpq conninfo or URL; without a password the one of cytomine.yml is used."""
    mongo: str = ""
    """MongoDB URI; without credentials those of cytomine.yml are used if the server asks for them."""
    postgres_password: SecretStr | None = None
    statement_timeout: Duration = timedelta(minutes=30)
    lock_timeout: Duration = timedelta(seconds=5)
    connect_timeout: Duration = timedelta(seconds=10)


class Local(_Section):
    """Server binaries of this host, for `--engine local`."""

    postgres_bin: str = ""
    mongo_server: tuple[str, ...] = ()
    """Command that starts a MongoDB-protocol server; `mongod` of this host when empty."""
    mongorestore: str = "mongorestore"
    accept_stand_in: bool = False
    """Count what a stand-in MongoDB server restored as proof. Only for the sample instance."""


class Docker(_Section):
    """Images used where those pinned by the instance cannot be had."""

    postgis_image: str = "postgis/postgis:15-3.3"
    mongo_image: str = "mongo:4.4"
    memory: str = "2g"
    pids: int = 512
    pull_timeout: Duration = timedelta(minutes=10)


class Settings(BaseSettings):
    """Everything a run may be told. Paths in `drill.toml` are relative to that file."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="DRILL_", env_nested_delimiter="__", extra="forbid")

    cytomine: Path | None = None
    backups: Path | None = None
    images_copy: Path | None = None
    configuration_copy: Path | None = None
    reports: Path = CHECKOUT / "reports" / "out"
    engine: Literal["auto", "docker", "local"] = "auto"
    max_age: Duration = timedelta(hours=26)
    max_backup_duration: Duration = timedelta(hours=6)
    max_skew: Duration = timedelta(hours=6)
    growing_wait: Duration = timedelta(minutes=2)
    left_out: tuple[str, ...] = ()
    strict: bool = False
    now: datetime | None = None
    """Judge as of this moment; for samples and tests, recorded in the report."""
    keep_manifests: int = 30
    production: Production = Production()
    local: Local = Local()
    docker: Docker = Docker()

    @model_validator(mode="after")
    def _now_has_a_zone(self) -> Self:
        if self.now is not None and self.now.tzinfo is None:
            raise ValueError('now needs a time zone, as in "2026-11-23T00:00:00Z"')
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line first, then environment, then the file."""
        del dotenv_settings, file_secret_settings
        file: dict[str, Any] = getattr(init_settings, "init_kwargs", {}).pop("_file", {})
        return init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=file)

    def moment(self) -> datetime:
        """The moment this run judges as of, in UTC."""
        return (self.now or datetime.now(UTC)).astimezone(UTC)


_NO_SETTINGS = ("DRILL_CONFIG", "DRILL_TEST_")
"""Variables of ours that are no settings: the file of settings, and what the suite's own tests are told."""


def _refuse_unknown_variables() -> None:
    """A misspelt variable would be a setting that is silently not made."""
    known = {f"DRILL_{name.upper()}" for name in Settings.model_fields}
    for name in os.environ:
        plain = name.upper()
        if plain.startswith("DRILL_") and plain.partition("__")[0] not in known and not plain.startswith(_NO_SETTINGS):
            raise UsageError(f"There is no setting for the variable {name}. drill.example.toml lists them all.")


_PATHS = ("cytomine", "backups", "images_copy", "configuration_copy", "reports")


def _read_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise UsageError(
            f"The settings file {path} cannot be read: {error.strerror}. Give its place with --drill-config."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The settings file {path} is no TOML: {error}. See drill.example.toml for its form."
        ) from None
    for key in _PATHS:
        if isinstance(values.get(key), str):
            values[key] = str((path.parent / values[key]).resolve())
    return values


_WORDS = {"extra_forbidden": "there is no such key"}
"""Faults by pydantic's type, where its own words speak of its models."""


def load(file: Path | None, command_line: dict[str, Any]) -> Settings:
    """Read the settings of a run.

    *file* is `drill.toml`, or None for that of `DRILL_CONFIG` if there is one; *command_line* holds only what was
    given there.
    Raises `UsageError` naming the key, the value's fault and where it came from.
    """
    if file is None and os.environ.get("DRILL_CONFIG"):
        file = Path(os.environ["DRILL_CONFIG"])
    values = _read_file(file) if file is not None else {}
    given = {key: value for key, value in command_line.items() if value is not None}
    _refuse_unknown_variables()
    try:
        return Settings(_file=values, **given)  # type: ignore[call-arg]
    except SettingsError as error:
        raise UsageError(
            f"A DRILL_* variable cannot be used: {error}. A list is written as JSON: "
            """DRILL_LEFT_OUT='["data/registry"]'."""
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "settings"
        source = "the command line" if key in given else str(file) if key in values else "DRILL_* or drill.toml"
        fault = _WORDS.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise UsageError(
            f'The setting "{key}" ({source}) cannot be used: {fault}. See drill.example.toml for its form.'
        ) from None
