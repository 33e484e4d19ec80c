"""The walk through BSON by length prefixes, against the real decoder and across every chunk border."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import bson
import pytest
from bson import Int64
from hypothesis import given
from hypothesis import strategies as st

from cytodrill.mongo.walk import LARGEST, BsonFault, Walked, walk

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    st.floats(),
    st.binary(max_size=40),
    st.text("aé漢\n", max_size=9),
)
DOCUMENTS = st.lists(
    st.dictionaries(st.text("abcé", max_size=5), VALUES | st.lists(VALUES, max_size=3), max_size=4), max_size=12
)


def encoded(documents: list[dict[str, Any]]) -> list[bytes]:
    """Each document in BSON."""
    return [bson.encode(document) for document in documents]


def pieces(data: bytes, borders: list[float]) -> list[bytes]:
    """Cut *data* at the shares *borders* of its length; pieces may be empty."""
    cuts = [0, *sorted(int(len(data) * border) for border in borders), len(data)]
    return [data[start:end] for start, end in pairwise(cuts)]


BORDERS = st.lists(st.floats(0, 1), max_size=8)


@given(documents=DOCUMENTS, borders=BORDERS)
def test_counts_like_the_decoder_whatever_the_chunks(documents: list[dict[str, Any]], borders: list[float]) -> None:
    """Borders in a length, in a document, or between two change nothing."""
    data = b"".join(encoded(documents))
    assert walk(pieces(data, borders)) == Walked(len(bson.decode_all(data)), len(data))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7])
def test_smallest_chunks(size: int) -> None:
    """Chunks smaller than a length prefix, as a slow pipe could give."""
    data = b"".join(encoded([{"_id": Int64(key)} for key in range(50)]))
    assert walk(data[at : at + size] for at in range(0, len(data), size)) == Walked(50, 900)


@given(documents=DOCUMENTS.filter(bool), share=st.floats(0, 1, exclude_max=True), borders=BORDERS)
def test_a_cut_is_seen_unless_it_is_between_documents(
    documents: list[dict[str, Any]], share: float, borders: list[float]
) -> None:
    """A cut inside a document is a fault that names its offset; between two nothing here can tell."""
    parts = encoded(documents)
    data = b"".join(parts)
    cut = data[: int(len(data) * share)]
    ends = {0}
    for part in parts:
        ends.add(max(ends) + len(part))
    if len(cut) in ends:
        assert walk(pieces(cut, borders)).size == len(cut)
    else:
        start = max(end for end in ends if end < len(cut))
        with pytest.raises(BsonFault, match=rf"at byte {start}\b"):
            walk(pieces(cut, borders))


@given(documents=DOCUMENTS.filter(bool), which=st.integers(0), borders=BORDERS, value=st.integers(1, 255))
def test_a_wrong_end_is_seen(documents: list[dict[str, Any]], which: int, borders: list[float], value: int) -> None:
    """Each document ends in NUL; anything else there is a fault at that document."""
    parts = encoded(documents)
    at = which % len(parts)
    parts[at] = parts[at][:-1] + bytes([value])
    with pytest.raises(BsonFault, match=rf"without its end at byte {sum(map(len, parts[:at]))}$"):
        walk(pieces(b"".join(parts), borders))


@pytest.mark.parametrize("length", [-1, 0, 4, LARGEST + 1, 2**31 - 1])
def test_an_impossible_length_is_seen(length: int) -> None:
    """Bounds: an empty document below, what a server stores above."""
    data = bson.encode({"a": 1}) + length.to_bytes(4, "little", signed=True) + bytes(20)
    with pytest.raises(BsonFault, match=f"impossible length {length} at byte 12"):
        walk([data])


def test_the_largest_document_crosses_many_chunks() -> None:
    """Sixteen chunks and more hold one document, and nothing of it is kept."""
    data = bson.encode({"a": bytes(LARGEST - 18)})
    assert len(data) > 16 << 20
    assert walk(pieces(data * 2, [at / 40 for at in range(40)])) == Walked(2, 2 * len(data))


def test_nothing_is_no_documents() -> None:
    """An empty collection is an empty file."""
    assert walk([]) == Walked(0, 0)
