"""The one error of this package."""

from __future__ import annotations

from samples.errors import SampleError


class EngineSetupError(SampleError):
    """Something the servers need is missing here; the text names it and the command that brings it.

    *output* is all that a failed command wrote.
    """

    exit_code = 11

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output
