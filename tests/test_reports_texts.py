"""The page and the terminal say the verdict, what differs, and nothing that could hurt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import pytest

from cytodrill.core.claims import Finding, State
from cytodrill.core.inventory import Counted
from reports import html, terminal, wording
from reports.record import Claim, Record
from tests.test_reports_examples import EXAMPLES, NIGHT, broken, disproved, not_proven, proven

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = '"><script>alert(1)</script>\x1b[2J\u202egpj.exe'


class _Text(HTMLParser):
    """Keeps the text and the names of the elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element's name."""
        del attrs
        self.elements.add(tag)

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.words.append(data)

    def text(self) -> str:
        """All text, spaces folded."""
        return " ".join(" ".join(self.words).split())


def _page(record: Record) -> _Text:
    parser = _Text()
    parser.feed(html.render(record))
    return parser


@pytest.mark.parametrize("name", EXAMPLES)
def test_page_and_terminal_say_the_same(name: str) -> None:
    """Verdict, headline, notes and every finding are in both."""
    record = EXAMPLES[name]()
    page, text = _page(record).text(), terminal.render(record, "out/report.html")

    findings = [part for c in record.claims for f in c.findings for part in (f.what, f.expected, f.found, f.remedy)]
    for words in (wording.headline(record), *record.notes, *findings, *record.left_out):
        assert words in page
        assert words in text
    assert record.verdict.upper() in text.splitlines()[0]
    assert text.splitlines()[-1] == "report: out/report.html"


@pytest.mark.parametrize("name", EXAMPLES)
def test_page_needs_nothing_but_itself(name: str) -> None:
    """No script, no other file, no address: it opens from a mail attachment on a machine without network."""
    source = html.render(EXAMPLES[name]())

    assert not _page(EXAMPLES[name]()).elements & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert not re.search(r"https?://|\burl\(|@import|\bsrc=|\bhref=", source)


def test_proven_names_what_came_back() -> None:
    """A proven run says how much came back, of which night, and how long a restore takes."""
    page = _page(proven()).text()

    assert "1,605,630 rows in 66 tables, 58,408 documents in 7 collections, 1,284 files" in page
    assert "Mon 23 Nov 2026 02:03 UTC" in page
    assert "6 h old" in page
    assert "4 min 36 s" in page


def test_names_of_an_archive_cannot_take_over() -> None:
    """Markup, control and direction characters from names are shown, not obeyed."""
    finding = Finding(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    claim = Claim("drills/x", HOSTILE, State.DISPROVED, HOSTILE, (finding,), reason=HOSTILE)
    counted = Counted("postgres", HOSTILE, "rows", 1, 1, 1, uncompared=HOSTILE)
    record = replace(disproved(), claims=(claim,), inventories=(counted,), notes=(HOSTILE,), instance=HOSTILE)

    assert "script" not in _page(record).elements
    assert r"\x1b[2J\u202egpj.exe" in _page(record).text()
    for text in (html.render(record), terminal.render(record)):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_one_cause_is_told_once() -> None:
    """Sixty claims that one cause left open are one paragraph, with the number of them."""
    text = terminal.render(not_proven())

    assert text.count("start it, or name it with [production] postgres\n    test_postgres.py") == 1
    assert "not proven: 66 claims of postgres" in text
    assert "and 63 more" in text


def test_differences_come_first_in_the_counts() -> None:
    """Where archive and restore differ, or a row is lost, the row is marked and on top."""
    rows = re.findall(r'<tr class="differs">.*?</tr>', html.render(disproved()), re.DOTALL)

    assert [re.findall(r"public\.(\w+)", row)[0] for row in rows] == ["term", "user_annotation"]
    body = html.render(disproved()).split("<tbody>")[1]
    assert body.lstrip().startswith('<tr class="differs">')
    assert "differs" not in html.render(proven()).split("<body>")[1]


def test_images_named_by_the_database_need_not_be_all_of_the_copy() -> None:
    """A copy that holds more than the restored database names is no difference."""
    assert not wording.differs(Counted("images", "images", "files", archive=10, restored=7, production=10))
    assert wording.differs(Counted("postgres", "image", "rows", archive=10, restored=None, production=10))


def test_engine_that_is_not_the_real_one_is_named() -> None:
    """A stand-in and an image that is not the pinned one are named where the evidence is."""
    assert "not the real server: FerretDB" in _page(not_proven()).text()
    assert "pinned by the instance, not used cytomine/postgis:1.5.1" in _page(disproved()).text()


def test_what_is_not_compared_says_why() -> None:
    """Below the counts stands why some have no comparison, and by which rule none is due."""
    ruled = Counted("postgres", "databasechangelog", "rows", 3, 3, 3, exempt="rewritten at every start")
    page = _page(replace(not_proven(), inventories=(*not_proven().inventories, ruled))).text()

    assert "Not compared with production, 66 of 67: production's PostgreSQL" in page
    assert "No comparison with production is due, 1 of 67: rewritten at every start" in page


def test_part_and_interruption_are_said() -> None:
    """A run over a part, or one that was ended, cannot be read as a full one."""
    ended = replace(broken(), interrupted="stopped by SIGTERM", claims=())

    for text in (_page(ended).text(), terminal.render(ended)):
        assert "narrowed by -k mongo" in text
        assert "stopped by SIGTERM" in text
        assert "says nothing about the backup" in text


def test_nothing_known_still_makes_a_page() -> None:
    """A run that learnt nothing says so."""
    nothing = Record("run", State.NOT_PROVEN, 10, NIGHT, NIGHT + timedelta(seconds=1), NIGHT)

    assert "no drill was selected" in _page(nothing).text()
    assert "no drill was selected" in terminal.render(nothing)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min"), (61, "1 min 1 s"),
        (3599.7, "1 h"), (7500, "2 h 5 min"), (86_400, "24 h"),
    ],
)  # fmt: skip
def test_durations_read_as_people_say_them(seconds: float, words: str) -> None:
    """Durations have two units at most, and never sixty of one."""
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "of unknown age"),
        (90, "2 min old"),
        (7200, "2 h old"),
        (26.4 * 3600, "26 h old"),
        (9 * 86_400, "9 days old"),
    ],
)
def test_ages_read_as_people_say_them(seconds: float | None, words: str) -> None:
    """An age is exact to the hour as long as hours matter."""
    assert wording.age(seconds) == words


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page of the system's Chromium that may not reach any network."""
    chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=[*flags, "--disable-sync"])
        yield browser.new_context(java_script_enabled=False, offline=True).new_page()
        browser.close()


@pytest.mark.parametrize("width", [1280, 420])
@pytest.mark.parametrize("name", EXAMPLES)
def test_browser_shows_the_verdict_without_scrolling(page: Page, tmp_path: Path, name: str, width: int) -> None:
    """Wide or on a phone: verdict, age and restore time are on the first screen, and nothing is cut off."""
    record = EXAMPLES[name]()
    file = tmp_path / "report.html"
    file.write_text(html.render(record), encoding="utf-8")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(file.as_uri())

    assert page.locator("h1").inner_text().upper().endswith(record.verdict.upper())
    for seen in ("h1", ".headline", ".figure:nth-child(1) .big", ".figure:nth-child(2) .big"):
        box = page.locator(seen).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 900
        assert box["x"] + box["width"] <= width
    whole = page.locator("html").bounding_box()
    assert whole is not None
    assert whole["width"] == width
    assert complaints == []
