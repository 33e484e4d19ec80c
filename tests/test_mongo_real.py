"""Mongo archives of the real mongodump: counted without a server, restored by the real mongorestore, sabotaged."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import psutil
import pytest
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from cytodrill.core.claims import Severity
from cytodrill.core.errors import ThrowawayError
from cytodrill.mongo import compare
from cytodrill.mongo.archive import MongoArchive, scan
from cytodrill.mongo.inventory import CollectionState, MongoUnreachable, _unreachable, read
from cytodrill.mongo.restore import MongoRestore, restore
from cytodrill.throwaway.local_mongo import LocalMongo
from tests import mongo_sample

ACTION = "cytomine/annotationAction"
RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)


@dataclass(frozen=True)
class Sample:
    """A filled server, its dump in a folder, and the archive packed of it."""

    server: LocalMongo
    folder: Path
    archive: Path
    ended: datetime


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """One sample for all tests; nobody changes it."""
    place = tmp_path_factory.mktemp("mongo")
    server = mongo_sample.open_server()
    try:
        mongo_sample.fill(server.uri())
        folder = mongo_sample.dump(server, place / "dump")
        ended = datetime.now(UTC)
        yield Sample(server, folder, mongo_sample.pack(folder, place / "sound.tar.gz"), ended)
    finally:
        server.stop()


@pytest.fixture
def throwaway() -> Iterator[LocalMongo]:
    """An empty server of one test."""
    server = mongo_sample.open_server()
    yield server
    server.stop()


Sabotage = Callable[[Callable[[Path], None]], Path]


@pytest.fixture
def sabotage(sample: Sample, tmp_path: Path) -> Sabotage:
    """Pack a changed copy of the sample's dump."""

    def pack(change: Callable[[Path], None]) -> Path:
        copy = shutil.copytree(sample.folder, tmp_path / "copy", copy_function=shutil.copy2)
        return mongo_sample.pack(copy, tmp_path / "changed.tar.gz", change)

    return pack


def restored(archive: MongoArchive, server: LocalMongo) -> tuple[MongoRestore, dict[str, CollectionState]]:
    """Restore *archive* into *server* and count that."""
    outcome = restore(archive.path, archive, server)
    return outcome, read(server.uri())


def raw_documents(uri: str, name: str) -> dict[bytes, bytes]:
    """Every document of a collection, byte for byte, by its `_id`."""
    database, _, collection = name.partition(".")
    with MongoClient[dict[str, Any]](uri) as client:
        found: Iterator[Any] = client[database].get_collection(collection, codec_options=RAW).find()
        return {bson.encode({"": document["_id"]}): document.raw for document in found}


def test_a_sound_archive_comes_back_byte_for_byte(sample: Sample, throwaway: LocalMongo) -> None:
    """Archive, restore and production agree in documents, ids, indexes, and in every byte of every document."""
    archive = scan(sample.archive)
    assert (archive.whole, archive.complete) == ((), ())
    outcome, held = restored(archive, throwaway)
    live = read(sample.server.uri())
    assert (outcome.findings, outcome.exit_status, outcome.failed) == ((), 0, 0), outcome
    assert outcome.restored == outcome.expected == 7 * mongo_sample.DOCUMENTS + 4
    assert held.keys() == live.keys() == archive.collections.keys() - {"admin.system.version"}
    for name, state in live.items():
        assert archive.collections[name].documents == held[name].documents == state.documents, name
        assert archive.collections[name].indexes == held[name].indexes == state.indexes, name
        assert held[name].ids == state.ids, name
        assert raw_documents(throwaway.uri(), name) == raw_documents(sample.server.uri(), name), name


def test_what_is_known_of_the_archive(sample: Sample) -> None:
    """Times, digest, options of indexes and TTL are read from the archive alone."""
    archive = scan(sample.archive)
    live = read(sample.server.uri())
    assert archive.size == sample.archive.stat().st_size
    assert archive.taken is not None
    assert abs(archive.taken - sample.ended) < timedelta(seconds=30)
    assert {name for name, state in live.items() if state.expires} == {
        "cytomine.lastConnection",
        "cytomine.lastUserPosition",
    }
    located = json.loads(archive.collections["cytomine.persistentUserPosition"].indexes["location_2d_image_1_slice_1"])
    assert located == {"key": {"location": "2d", "image": 1, "slice": 1}, "max": 2147483647, "min": -2147483648}
    assert list(located["key"]) == ["location", "image", "slice"]


def test_both_layouts_and_a_prelude(sample: Sample, tmp_path: Path) -> None:
    """Names without "./", and the versions that newer tools write down, are read too."""
    path = tmp_path / "plain.tar.gz"
    prelude = tmp_path / "prelude.json"
    prelude.write_text('{"ServerVersion": "4.4.18", "ToolVersion": "100.12.0"}')
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for name in ("admin", "cytomine"):
            tar.add(sample.folder / name, name)
        tar.add(prelude, "prelude.json")
    archive = scan(path)
    assert (archive.whole, archive.complete) == ((), ())
    assert (archive.server_version, archive.tool_version) == ("4.4.18", "100.12.0")
    assert len([name for name in archive.collections if name.startswith("cytomine.")]) == 9


def _remove(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return change


@pytest.mark.parametrize(
    ("removed", "what", "where"),
    [
        (f"{ACTION}.bson", "its documents are missing", "cytomine.annotationAction"),
        (f"{ACTION}.metadata.json", "its metadata are missing", "cytomine.annotationAction"),
        ("cytomine", 'the database "cytomine" is missing', "changed.tar.gz"),
        ("admin", "the folder admin/ is missing", "changed.tar.gz"),
    ],
)
def test_a_missing_part_is_named(sabotage: Sabotage, removed: str, what: str, where: str) -> None:
    """It exits 0 without a .bson, a .metadata.json or a database; the archive alone shows each."""
    archive = scan(sabotage(_remove(removed)))
    assert archive.whole == ()
    (finding,) = archive.complete
    assert finding.what == what
    assert where in finding.where
    assert finding.severity is Severity.LOSS


def test_leftovers_are_warnings(sabotage: Sabotage) -> None:
    """The vendor's script packs what a failed run left: it loses nothing, and is named."""

    def change(folder: Path) -> None:
        for end in ("bson", "metadata.json"):
            old = folder / f"cytomine/forgotten.{end}"
            shutil.copy2(folder / f"{ACTION}.{end}", old)
            os.utime(old, (1_700_000_000, 1_700_000_000))
        (folder / "cytomine" / "core.1234").write_bytes(b"x")

    archive = scan(sabotage(change))
    assert [finding.severity for finding in archive.complete] == [Severity.WARNING, Severity.WARNING]
    assert {finding.where.rpartition(": ")[2] for finding in archive.complete} == {
        "cytomine.forgotten",
        "cytomine/core.1234",
    }


def _cut_document(folder: Path) -> None:
    path = folder / f"{ACTION}.bson"
    os.truncate(path, path.stat().st_size - 7)


def _flip_length(folder: Path) -> None:
    with (folder / f"{ACTION}.bson").open("r+b") as file:
        file.seek(3)
        file.write(b"\x7f")


def _break_metadata(folder: Path) -> None:
    (folder / f"{ACTION}.metadata.json").write_text('{"indexes": [')


@pytest.mark.parametrize("change", [_cut_document, _flip_length, _break_metadata])
def test_broken_contents_of_a_sound_tar_are_found(sabotage: Sabotage, change: Callable[[Path], None]) -> None:
    """A whole .tar.gz of a broken dump is no whole dump; one cause gives one finding."""
    archive = scan(sabotage(change))
    (finding,) = archive.whole
    assert ACTION in finding.where
    assert archive.complete == ()


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda data: data[: len(data) * 6 // 10], "the archive is truncated"),
        (lambda data: data[:5000] + bytes([data[5000] ^ 0xFF]) + data[5001:], "the archive is damaged"),
        (lambda _: b"", "the archive is empty"),
        (lambda _: b"mongodump: command not found\n", "it is no backup archive"),
    ],
    ids=["cut", "flipped", "empty", "text"],
)
def test_a_broken_file_is_one_finding(
    sample: Sample, tmp_path: Path, damage: Callable[[bytes], bytes], what: str
) -> None:
    """Nothing is said of what a cut archive lacks: nobody knows."""
    path = tmp_path / "broken.tar.gz"
    path.write_bytes(damage(sample.archive.read_bytes()))
    archive = scan(path)
    assert [finding.what for finding in archive.whole if "archive" in finding.what] == [what]
    assert archive.complete == ()
    assert archive.sha256 == ""


def test_an_index_taken_out_of_the_metadata_is_found(sample: Sample, sabotage: Sabotage, throwaway: LocalMongo) -> None:
    """The real mongorestore cannot know of it; production, as the manifest saw it, does."""

    def change(folder: Path) -> None:
        path = folder / "cytomine/lastConnection.metadata.json"
        metadata = json.loads(path.read_text())
        metadata["indexes"] = [index for index in metadata["indexes"] if index["name"] == "_id_"]
        path.write_text(json.dumps(metadata))

    archive, live = scan(sabotage(change)), read(sample.server.uri())
    outcome, held = restored(archive, throwaway)
    name = "cytomine.lastConnection"
    found = compare.indexes(name, archive=archive, restored=held, production=live, manifest_indexes=live[name].indexes)
    assert outcome.findings == ()
    assert found.archive.keys() == found.restored.keys() == {"_id_"}
    assert found.expected is not None
    assert found.expected.keys() == {"_id_", "date_2"}


def test_a_document_taken_out_is_named(sample: Sample, sabotage: Sabotage, throwaway: LocalMongo) -> None:
    """One document less in archive and restore alike: only what production had before shows it, with its id."""
    taken = 1234

    def change(folder: Path) -> None:
        path = folder / f"{ACTION}.bson"
        documents = bson.decode_all(path.read_bytes(), RAW)
        path.write_bytes(b"".join(entry.raw for entry in documents if entry["_id"] != taken))

    archive, live = scan(sabotage(change)), read(sample.server.uri())
    _, held = restored(archive, throwaway)
    name = "cytomine.annotationAction"
    counted = compare.counted(
        name,
        archive=archive,
        restored=held,
        production=live,
        manifest_ids=live[name].ids,
        since=mongo_sample.WHEN,
    )
    assert counted.archive == counted.restored == mongo_sample.DOCUMENTS - 1
    assert counted.required is not None
    assert (counted.required.lost, counted.required.lost_ids) == (1, (str(taken),))


def test_duplicate_documents_fail_the_restore(sabotage: Sabotage, throwaway: LocalMongo) -> None:
    """Duplicate keys give exit status 0; the totals do not lie, and no key is repeated in what is kept."""

    def change(folder: Path) -> None:
        with (folder / f"{ACTION}.bson").open("r+b") as file:
            first = file.read(4)
            document = first + file.read(int.from_bytes(first, "little") - 4)
            file.seek(0, os.SEEK_END)
            file.write(document)

    outcome, _ = restored(scan(sabotage(change)), throwaway)
    assert outcome.failed == 1
    (finding,) = outcome.findings
    assert "1 failed" in finding.found
    assert "duplicate key" in finding.found
    assert "_id:" not in str(finding)


def test_an_archive_that_changes_meanwhile_is_found(sample: Sample, sabotage: Sabotage, throwaway: LocalMongo) -> None:
    """The restore reads the file again; if it is another by then, that is said."""
    archive = scan(sample.archive)
    other = sabotage(_remove(f"{ACTION}.metadata.json"))
    (finding,) = restore(other, archive, throwaway).findings
    assert "changed while it was read" in finding.found


def test_a_server_that_dies_is_the_throwaways_fault(sample: Sample, throwaway: LocalMongo) -> None:
    """A server killed meanwhile disproves nothing: the drill could not decide."""
    archive = scan(sample.archive)
    servers = [child for child in psutil.Process().children(recursive=True) if child.name() == "java"]
    port = throwaway.uri().rpartition(":")[2].partition("/")[0]
    (server,) = [child for child in servers if any(at.laddr.port == int(port) for at in child.net_connections())]

    def kill(fed: int) -> None:
        if fed > 1_000_000:
            server.kill()

    with pytest.raises(ThrowawayError, match="cannot be reached"):
        restore(sample.archive, archive, throwaway, kill)


@pytest.mark.parametrize(("code", "refused"), [(13, True), (18, True), (59, False)])
def test_another_account_is_told_from_other_failures(code: int, refused: bool) -> None:  # noqa: FBT001
    """Code 13 and 18 want an account (MongoDB docs); the server's own text, which may quote it, is not repeated."""
    found = _unreachable("mongodb://docker:p@ss@here:27017/admin", OperationFailure("Secret", code))
    assert found.refused is refused
    assert f"here:27017 {'refused' if refused else 'cannot'}" in str(found)
    assert "Secret" not in str(found)
    assert "p@ss" not in str(found)


def test_an_unreachable_server_is_a_sentence_without_secrets() -> None:
    """No traceback, no password."""
    with pytest.raises(MongoUnreachable) as caught:
        read("mongodb://docker:hunter2@127.0.0.1:1/?directConnection=true", connect_timeout=timedelta(seconds=0.3))
    assert "127.0.0.1:1" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert not caught.value.refused
