"""What mongorestore says, kept without what it quotes: its error lines repeat keys and values of documents.

Its exit status alone means little: it is 0 after duplicate keys and after whole collections that were not there
(tried with mongo-tools 100.9). Its totals are what counts, and its absence of them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_TOTALS = re.compile(r"(\d+) document\(s\) restored successfully\. (\d+) document\(s\) failed to restore\.$")
_FINISHED = re.compile(r"finished restoring (\S+) \((\d+) documents?, (\d+) failures?\)$")
_NAMESPACE = re.compile(r"\b(cytomine\.[A-Za-z0-9_]+)")
_CODE = re.compile(r"\b(E\d{4,5})\b|\(((?:[A-Z][a-z0-9]+){1,6})\)")
UNREACHED = "the server cannot be reached"
UNKNOWN_OPTION = "it does not know an option"
_CONDITIONS = (
    ("error connecting to", UNREACHED),
    ("server selection error", UNREACHED),
    ("socket was unexpectedly closed", UNREACHED),
    ("connection refused", UNREACHED),
    ("connection reset", UNREACHED),
    ("can't create session", UNREACHED),
    ("error parsing command line", UNKNOWN_OPTION),
    ("duplicate key", "duplicate key"),
    ("error creating indexes", "index not created"),
    ("error creating collection", "collection not created"),
    ("CRC mismatch", "the stream's checksum does not agree"),
    ("corruption found in archive", "the stream is damaged"),
    ("error demultiplexing archive", "the stream is damaged"),
    ("archive finished before", "the stream ended early"),
    ("reading bson input", "a document cannot be read"),
    ("don't know what to do with", "it skipped something"),
    ("continuing through error", "a document was refused"),
    ("Failed:", "it gave up"),
    ("error", "error"),
)


@dataclass(frozen=True)
class Message:
    """One kind of complaint: its *condition* in our words, the *namespace* and *code* where named, *times* said."""

    condition: str
    namespace: str
    code: str
    times: int = 1

    def __str__(self) -> str:
        """Give it in words."""
        told = [self.namespace and f"in {self.namespace}", self.code and f"({self.code})"]
        times = f"{self.times} times" if self.times > 1 else ""
        return " ".join(filter(None, (self.condition, *told, times)))


class Heard:
    """Listens to mongorestore: *restored* and *failed* are its totals, None until it says them."""

    def __init__(self) -> None:
        self.restored: int | None = None
        self.failed: int | None = None
        self.collections: dict[str, tuple[int, int]] = {}
        """What it says of each collection: documents restored and failed."""
        self._complaints: Counter[tuple[str, str, str]] = Counter()

    def __call__(self, line: str) -> None:
        """Take in one line of its output."""
        text = line.partition("\t")[2] or line
        if totals := _TOTALS.search(text):
            self.restored, self.failed = int(totals[1]), int(totals[2])
        elif finished := _FINISHED.search(text):
            self.collections[finished[1]] = int(finished[2]), int(finished[3])
        else:
            self._complain(text)

    def _complain(self, text: str) -> None:
        condition = next((words for mark, words in _CONDITIONS if mark in text), "")
        if condition:
            namespace, code = _NAMESPACE.search(text), _CODE.search(text)
            named = (namespace[1] if namespace else "", (code[1] or code[2]) if code else "")
            self._complaints[condition, *named] += 1

    def unfit(self) -> str:
        """Give how the throwaway, not the archive, failed; else ""."""
        conditions = {condition for condition, _, _ in self._complaints}
        return next((said for said in (UNREACHED, UNKNOWN_OPTION) if said in conditions), "")

    def messages(self) -> tuple[Message, ...]:
        """Give what it complained of, each kind once."""
        return tuple(Message(*what, times) for what, times in self._complaints.items())
