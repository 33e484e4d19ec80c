"""The streaming reader of `.tar.gz` archives, on archives of the real `tar` and `gzip` and on every cut of them."""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cytodrill.archive import ArchiveFault, Seal, members

FILES = {"dump/a.bson": b"a" * 3000, "dump/empty": b"", "b" * 150 + "/ü.sql": bytes(range(256)) * 9000}
WHEN = 1_790_000_000


def tar_bytes(files: dict[str, bytes], layout: int = tarfile.GNU_FORMAT) -> bytes:
    """Give an uncompressed tar of *files*."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=layout) as tar:
        for name, data in files.items():
            header = tarfile.TarInfo(name)
            header.size, header.mtime = len(data), WHEN
            tar.addfile(header, io.BytesIO(data))
    return out.getvalue()


def read(path: Path) -> tuple[dict[str, bytes], Seal]:
    """Read all of *path*."""
    seal = Seal()
    return {member.name: b"".join(member.chunks()) for member in members(path, seal)}, seal


def fault(path: Path) -> ArchiveFault:
    """Give the fault which reading *path* ends in."""
    with pytest.raises(ArchiveFault) as caught:
        read(path)
    return caught.value


@pytest.mark.parametrize("layout", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_reads_what_was_packed(tmp_path: Path, layout: int) -> None:
    """Names longer than a header, empty files and binary contents come back as packed, and the seal is right."""
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(tar_bytes(FILES, layout)))
    files, seal = read(path)
    assert files == FILES
    assert seal == Seal(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    assert [int(member.mtime.timestamp()) for member in members(path)] == [WHEN] * 3


def test_reads_an_archive_of_tar(tmp_path: Path) -> None:
    """`tar -czf target ./*`, as the vendor's script packs, with directories and dot-slash names."""
    (tmp_path / "in" / "cytomine").mkdir(parents=True)
    (tmp_path / "in" / "cytomine" / "x.bson").write_bytes(b"\5\0\0\0\0")
    subprocess.run(["tar", "-czf", tmp_path / "x.tar.gz", "./cytomine"], cwd=tmp_path / "in", check=True)
    found = [(member.name, member.size, member.directory) for member in members(tmp_path / "x.tar.gz")]
    assert found == [("cytomine", 0, True), ("cytomine/x.bson", 5, False)]


def test_chunks_are_bounded_and_skippable(tmp_path: Path) -> None:
    """Contents come in pieces no larger than asked for; what is not read is skipped."""
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(tar_bytes(FILES)))
    for member in members(path):
        first = next(iter(member.chunks(7)), b"")
        assert FILES[member.name].startswith(first)
        assert len(first) == min(7, member.size)


def test_concatenated_gzip_members_are_one_stream(tmp_path: Path) -> None:
    """A gzip file may be several (RFC 1952); every one's trailer counts."""
    data = tar_bytes(FILES)
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(data[:5000]) + gzip.compress(data[5000:]))
    assert read(path)[0] == FILES


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_cut_is_found_wherever_it_is(tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    """Every proper prefix of the file is a fault, and only the shortest ones are not called truncated."""
    whole = gzip.compress(tar_bytes(FILES))
    cut = whole[: int(len(whole) * share)]
    path = tmp_path_factory.mktemp("cut") / "x.tar.gz"
    path.write_bytes(cut)
    assert fault(path).kind == ("empty" if not cut else "foreign" if len(cut) == 1 else "truncated")


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_tar_cut_before_it_was_compressed_is_found(tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    """A whole gzip of a cut tar is a fault, down to a cut inside the end mark."""
    whole = tar_bytes(FILES)
    end = len(whole.rstrip(b"\0"))
    end += -end % 512 + 1024
    path = tmp_path_factory.mktemp("cut") / "x.tar.gz"
    path.write_bytes(gzip.compress(whole[: int(end * share)], 1))
    found = fault(path)
    assert found.kind in ({"truncated"} if end * share >= 512 else {"empty", "foreign"})


@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found(tmp_path_factory: pytest.TempPathFactory, share: float, bit: int) -> None:
    """One flipped bit anywhere behind gzip's header is a fault: the CRC-32 sees it if nothing before does.

    But for the bits that pad DEFLATE's last byte, before the eight of the trailer: they hold nothing (RFC 1951).
    """
    whole = bytearray(gzip.compress(tar_bytes(FILES)))
    at = 10 + int((len(whole) - 10) * share)
    assume(at != len(whole) - 9)
    whole[at] ^= 1 << bit
    path = tmp_path_factory.mktemp("flip") / "x.tar.gz"
    path.write_bytes(whole)
    assert fault(path).kind in {"damaged", "truncated", "foreign"}


def test_a_damaged_header_does_not_end_the_archive_quietly(tmp_path: Path) -> None:
    """`tarfile` stops without a word at a bad header in the middle; this must not."""
    data = bytearray(tar_bytes(FILES))
    at = 512 + 3072
    data[at : at + 5] = b"xxxxx"
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(data))
    assert fault(path).kind == "damaged"
    assert f"byte {at}" in str(fault(path))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"-- PostgreSQL database cluster dump\n", "foreign"),
        (gzip.compress(b""), "empty"),
        (gzip.compress(b"-- a gzip, but no tar\n" * 99), "foreign"),
        (gzip.compress(tar_bytes(FILES)) + b"more", "damaged"),
        (gzip.compress(tar_bytes(FILES) + b"more"), "damaged"),
        (gzip.compress(tar_bytes({"../up": b""})), "foreign"),
        (gzip.compress(tar_bytes({"/etc/x": b""})), "foreign"),
    ],
    ids=["no-bytes", "text", "empty-gzip", "no-tar", "behind-gzip", "behind-tar", "up", "absolute"],
)
def test_bad_input_is_named(tmp_path: Path, content: bytes, kind: str) -> None:
    """Each kind of bad archive has its word, and a remedy."""
    path = tmp_path / "x.tar.gz"
    path.write_bytes(content)
    found = fault(path)
    assert found.kind == kind
    assert found.finding(path.name).remedy


def test_links_are_refused(tmp_path: Path) -> None:
    """No backup writes links, and a link can leave the archive."""
    (tmp_path / "link").symlink_to("/etc/passwd")
    subprocess.run(["tar", "-czf", "x.tar.gz", "link"], cwd=tmp_path, check=True)
    assert fault(tmp_path / "x.tar.gz").kind == "foreign"


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    """No traceback for a path that is wrong."""
    with pytest.raises(ArchiveFault, match="gone, or a link to nothing"):
        read(tmp_path / "absent.tar.gz")
