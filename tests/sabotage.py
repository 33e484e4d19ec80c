"""Damages to a copy of a sound backup set, each one thing only, times of members and files kept."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from samples.layout import Layout

Change = Callable[[str, bytes], bytes | None]
"""Gets a member's name and contents; gives its new contents, or None to leave it out."""


@dataclass(frozen=True)
class BackupSet:
    """A backup set that a test may damage."""

    root: Path

    @property
    def archives(self) -> Path:
        """Where its archives are."""
        return self.root / "archives"

    @property
    def images(self) -> Path:
        """Its copy of the images."""
        return self.root / "images"

    @property
    def configuration(self) -> Path:
        """Its copy of cytomine.yml."""
        return self.root / "cytomine.yml"

    def newest(self, word: str) -> Path:
        """Its newest archive of "postgis" or "mongo"."""
        found = self.archives.rglob(f"cytomine_{word}_backup_*.tar.gz")
        return max((path for path in found if "month" not in path.name), key=lambda path: path.stat().st_mtime)


def copy_of(layout: Layout, root: Path) -> BackupSet:
    """Copy the sample's backup set below *root*, times and links kept."""
    copy = BackupSet(root)
    for name, source in (("postgis", layout.postgres_backups), ("mongo", layout.mongo_backups)):
        shutil.copytree(source, copy.archives / name)
    shutil.copytree(layout.images_copy, copy.images, symlinks=True)
    shutil.copy2(layout.configuration_copy, copy.configuration)
    return copy


def rewrite(archive: Path, change: Change) -> None:
    """Write *archive* anew with *change* applied to each of its files."""
    state, fresh = archive.stat(), archive.with_suffix(".new")
    with tarfile.open(archive) as old, tarfile.open(fresh, "w:gz", compresslevel=1) as new:
        for member in old:
            data = old.extractfile(member)
            contents = change(member.name.removeprefix("./"), data.read()) if data else b""
            if contents is not None:
                member.size = len(contents)
                new.addfile(member, io.BytesIO(contents) if data else None)
    fresh.replace(archive)
    os.utime(archive, ns=(state.st_atime_ns, state.st_mtime_ns))


def take_row(archive: Path, table: str, key: int) -> None:
    """Take the row whose first column is *key* out of *table* of database docker."""

    def change(_name: str, script: bytes) -> bytes:
        begin = script.index(f"COPY public.{table} (".encode(), script.index(b"\\connect docker"))
        end = script.index(b"\n\\.\n", begin)
        block, count = re.subn(rb"\n%d\t[^\n]*(?=\n)" % key, b"", script[begin : end + 1])
        assert count == 1, f"row {key} is not in {table}"
        return script[:begin] + block + script[end + 1 :]

    rewrite(archive, change)


def rows_of(archive: Path, table: str) -> list[list[str]]:
    """The rows of *table* of database docker in *archive*, as COPY's columns."""
    with tarfile.open(archive) as tar:
        (member,) = tar.getmembers()
        data = tar.extractfile(member)
        assert data is not None
        script = data.read()
    begin = script.index(f"COPY public.{table} (".encode(), script.index(b"\\connect docker"))
    lines = script[script.index(b"\n", begin) + 1 : script.index(b"\n\\.\n", begin)]
    return [line.split("\t") for line in lines.decode().split("\n")]


def cut(archive: Path, share: float) -> None:
    """Cut the file *archive* to *share* of its size."""
    state = archive.stat()
    os.truncate(archive, int(state.st_size * share))
    os.utime(archive, ns=(state.st_atime_ns, state.st_mtime_ns))


def cut_script(archive: Path, share: float) -> None:
    """Cut the SQL in *archive* at a line's end, and pack it again as a sound tar.gz."""
    rewrite(archive, lambda _, script: script[: script.rindex(b"\n", 0, int(len(script) * share)) + 1])


def leave_out(archive: Path, names: Iterable[str]) -> None:
    """Leave members *names* out of *archive*."""
    unwanted = set(names)
    rewrite(archive, lambda name, contents: None if name in unwanted else contents)


def take_index(archive: Path, member: str) -> str:
    """Take the last index out of the metadata file *member*, and give its name."""
    taken: list[str] = []

    def change(name: str, contents: bytes) -> bytes:
        if name != member:
            return contents
        metadata = json.loads(contents)
        taken.append(metadata["indexes"].pop()["name"])
        return json.dumps(metadata).encode()

    rewrite(archive, change)
    return taken[0]


def change_password(configuration: Path, namespace: str) -> None:
    """Change the password of *namespace* in a cytomine.yml, leaving its form alone."""
    text = configuration.read_text(encoding="utf-8")
    begin = re.search(rf"^\s*{namespace}:", text, re.MULTILINE)
    assert begin is not None
    fresh, count = re.subn(r"(PASS: *).*", r"\1changed-by-hand", text[begin.start() :], count=1)
    assert count == 1
    configuration.write_text(text[: begin.start()] + fresh, encoding="utf-8")
