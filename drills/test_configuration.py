"""Configuration: the copied cytomine.yml reads, and its passwords open what was restored."""

from __future__ import annotations

from cytodrill.core.claims import Prove
from cytodrill.core.errors import UsageError
from cytodrill.cytomine.configuration import Configuration
from cytodrill.cytomine.judge import configuration_reads, password_opens
from cytodrill.run_postgres import LogIn


def test_reads(copied: Configuration | UsageError, prove: Prove) -> None:
    """The copied cytomine.yml reads and holds the passwords of both stores."""
    assert prove(configuration_reads(copied))


def test_password(log_in: LogIn, prove: Prove) -> None:
    """The password of {service} in the copied cytomine.yml opens the restored PostgreSQL."""
    assert prove(password_opens(log_in.service, log_in.user, log_in.database, log_in.refused))
