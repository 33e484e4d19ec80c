r"""Words of a sample's rows: people, labels and remarks in several scripts, with everything that breaks careless dumps.

Quotes, backslashes, tabs, newlines, COPY's own markers (``\\N``, ``\\.``), emoji, combining accents, empty strings.
"""

from __future__ import annotations

from random import Random

_PEOPLE = (
    ("Zoë", "D'Haese"), ("José", "Ñandú"), ("明", "李"), ("さくら", "山田"), ("Ólafur", "Þórsson"),
    ("Ελένη", "Παπαδοπούλου"), ("Мария", "Иванова"), ("فاطمة", "الزهراء"), ("Anaïs", "Lefèvre"),
    ("Jürgen", "Groß"), ("지우", "김"), ("Łukasz", "Żółć"), ("Anna", 'van "de" Velde'), ("Renée", "O\\Neill"),
    ("שרה", "כהן"), ("Sunniva", "Ørjasæter"),
)  # fmt: skip

_TISSUES = (
    "Tumour", "Tumeur – épithélium", "Nécrose", "腫瘍", "Στρώμα", "Лимфоциты", "Vessel", "Artefact ⚠",
    "Mitosis 🔬", "Inflammation", "Fibrosis", "Graisse", "正常组织", 'Border "inner"', "C:\\slides\\edge", "염증",
)  # fmt: skip

_REMARKS = (
    "seen at 40×", "à revoir", "確認済み", "two lines\nof text", "tab\there", "back\\slash",
    "\\N", "\\.", "it's \"quoted\"",
    "🙂👩‍🔬", "e\u0301 combined", "", " leading and trailing ", "naïve café", "50 % | 100 ‰", "<b>bold & brave</b>",
    "çğış", "\r\nwindows", "-- not a comment", "$$ dollar $tag$", '{"json": [1, null]}', "проверено",
)  # fmt: skip

_KEYS = ("stain", "Färbung", "colour", "grade", "备注", "score", "batch no.", "ключ", "lab's id", "k\\ey")


def person(number: int) -> tuple[str, str]:
    """First and last name of the person of that *number*; they repeat, user names do not."""
    return _PEOPLE[number % len(_PEOPLE)]


def tissue(number: int) -> str:
    """A term's name, unique for *number*."""
    word = _TISSUES[number % len(_TISSUES)]
    return word if number < len(_TISSUES) else f"{word} {number // len(_TISSUES) + 1}"


def remark(random: Random) -> str:
    """A short text; sometimes empty, sometimes of two lines."""
    return random.choice(_REMARKS)


def text(random: Random, remarks: int) -> str:
    """A longer text of so many *remarks*."""
    return " ".join(random.choice(_REMARKS) for _ in range(remarks))


def key(random: Random) -> str:
    """The key of a property."""
    return random.choice(_KEYS)


def colour(random: Random) -> str:
    """A colour as Cytomine writes it, `#rrggbb`."""
    return f"#{random.randrange(1 << 24):06x}"
