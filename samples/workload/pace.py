"""How fast one thread works and when it ends."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from time import monotonic


@dataclass
class Pace:
    """*rate* steps a second until *stop* is set or *seconds* have passed (None: only *stop* ends it).

    A step that took too long is made up for, so that the rate holds on average; but no more than a second's worth.
    """

    rate: float
    seconds: float | None
    stop: threading.Event
    begin: float = field(default_factory=monotonic)
    _next: float = field(default_factory=monotonic)

    def wait(self) -> bool:
        """Wait for the next step's turn; False says that it is over."""
        now = monotonic()
        self._next = max(self._next + 1 / self.rate, now - 1)
        if self.stop.wait(max(0.0, self._next - now)):
            return False
        return self.seconds is None or monotonic() - self.begin < self.seconds
