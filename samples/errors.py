"""Errors of the sample's commands: one sentence that ends in the remedy, and an exit status."""

from __future__ import annotations


class SampleError(Exception):
    """A sample cannot be built, started or read; the text says why and what to do."""

    exit_code = 4


class ServerError(SampleError):
    """A server of the sample's production does not start or stop."""

    exit_code = 11
