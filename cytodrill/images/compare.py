"""The copy of the images against the restored database and against production's tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from cytodrill.core.inventory import Required
from cytodrill.images.listing import Entry, upload_folder
from cytodrill.keys import FIRST

IMAGES_ROOT = PurePosixPath("/data/images")
"""Where PIMS sees the tree; its links are absolute (PIMS, ROOT; cytomine CE compose file)."""
MOST_LINKS = 40
"""Links followed before a chain counts as a loop, as Linux does."""


@dataclass(frozen=True)
class NamedImage:
    """A row of `uploaded_file` that must have a file: its *id* and *path* relative to the images' root."""

    id: int
    path: str


@dataclass(frozen=True)
class ImagesInCopy:
    """Images which the restored database names, looked up in the copy; the tuples hold the first ids and folders."""

    named: int
    missing: int
    missing_first: tuple[str, ...]
    outside: int
    """Imported from a dataset: the tree holds only a link out of it."""
    missing_paths: frozenset[str] = field(repr=False, default=frozenset())
    """Paths as named, and the places in the copy that they lead to."""

    def explains(self, path: str) -> bool:
        """Whether the absence of *path* is already told by a missing image: it is one, or lies in one."""
        parts = path.split("/")
        return any("/".join(parts[:depth]) in self.missing_paths for depth in range(1, len(parts) + 1))


def locate(root: Path, path: str) -> Path | None:
    """The place in the copy at *root* which *path* leads to, its absolute links read as if mounted where PIMS is.

    None if it leads out of the tree. The place need not exist. Links are never followed by the operating system, so
    that no path of the copy can lead to a file of this host.
    """
    pending = list(PurePosixPath(path).parts)
    place: list[str] = []
    links = 0
    while pending:
        part = pending.pop(0)
        if part in {".", "/"}:
            continue
        if part == "..":
            if not place:
                return None
            place.pop()
            continue
        place.append(part)
        here = root.joinpath(*place)
        if not here.is_symlink():
            continue
        links += 1
        if links > MOST_LINKS:
            return root / "\0"
        target = PurePosixPath(here.readlink())
        place.pop()
        if target.is_absolute():
            if not target.is_relative_to(IMAGES_ROOT):
                return None
            target, place = target.relative_to(IMAGES_ROOT), []
        pending = [*target.parts, *pending]
    return root.joinpath(*place)


def _exists(place: Path) -> bool:
    try:
        found = place.lstat()
    except (OSError, ValueError):
        return False
    return place.is_dir() or found.st_size > 0


def look_up(root: Path, images: Iterable[NamedImage]) -> ImagesInCopy:
    """Look for every one of *images* in the copy at *root*: there, not empty, or imported from outside the tree."""
    named = outside = 0
    missing: list[NamedImage] = []
    paths: set[str] = set()
    for image in images:
        named += 1
        place = locate(root, image.path)
        if place is None:
            outside += 1
        elif not _exists(place):
            missing.append(image)
            paths |= {image.path, place.relative_to(root).as_posix()}
    return ImagesInCopy(
        named=named,
        missing=len(missing),
        missing_first=tuple(f"{upload_folder(image.path)} (row {image.id})" for image in missing[:FIRST]),
        outside=outside,
        missing_paths=frozenset(paths),
    )


@dataclass(frozen=True)
class TreeCompared:
    """Production's tree against the copy: files, bytes and upload folders of each, and what a manifest requires."""

    production_files: int
    production_bytes: int
    copy_files: int
    copy_bytes: int
    production_folders: int
    copy_folders: int
    required: Required | None
    required_bytes: int = 0
    changed: int = 0
    """Required, in the copy, of another size or kind."""
    changed_first: tuple[str, ...] = ()


@dataclass
class _Tally:
    required: int = 0
    required_bytes: int = 0
    lost: list[str] = field(default_factory=list)
    lost_count: int = 0
    changed: list[str] = field(default_factory=list)
    changed_count: int = 0
    deleted: int = 0
    younger: int = 0
    files: dict[str, int] = field(default_factory=lambda: {"production": 0, "copy": 0})
    bytes: dict[str, int] = field(default_factory=lambda: {"production": 0, "copy": 0})
    folders: dict[str, int] = field(default_factory=lambda: {"production": 0, "copy": 0})
    folder: dict[str, str] = field(default_factory=dict)
    """The folder that each listing is in: listings are sorted, so a new name is a new folder."""


def _merge(*streams: Iterator[Entry]) -> Iterator[tuple[Entry | None, ...]]:
    """Walk sorted listings side by side: each step gives one path's entry in every listing, or None."""
    heads = [next(stream, None) for stream in streams]
    while any(heads):
        least = min(head.order for head in heads if head)
        step = tuple(head if head and head.order == least else None for head in heads)
        yield step
        heads = [next(stream, None) if now else head for stream, head, now in zip(streams, heads, step, strict=True)]


def compare_trees(
    manifest: Iterator[Entry] | None,
    since: datetime | None,
    production: Iterator[Entry],
    copy: Iterator[Entry],
    named_elsewhere: Callable[[str], bool],
) -> TreeCompared:
    """Compare sorted listings of the same tree; none is held.

    Required is what the manifest lists and production still has with the same size and time.
    *named_elsewhere* tells paths whose absence another claim reports.
    """
    tally = _Tally()
    for then, now, copied in _merge(manifest or iter(()), production, copy):
        _count(tally, "production", now)
        _count(tally, "copy", copied)
        if then is None:
            tally.younger += now is not None
        elif now is None:
            tally.deleted += 1
        elif then == now:
            _judge(tally, now, copied, named_elsewhere)
    required = None
    if manifest is not None and since is not None:
        required = Required(
            since=since,
            required=tally.required,
            lost=tally.lost_count,
            lost_ids=tuple(tally.lost),
            deleted_since=tally.deleted,
            younger=tally.younger,
        )
    return TreeCompared(
        production_files=tally.files["production"],
        production_bytes=tally.bytes["production"],
        copy_files=tally.files["copy"],
        copy_bytes=tally.bytes["copy"],
        production_folders=tally.folders["production"],
        copy_folders=tally.folders["copy"],
        required=required,
        required_bytes=tally.required_bytes,
        changed=tally.changed_count,
        changed_first=tuple(tally.changed),
    )


def _count(tally: _Tally, origin: str, entry: Entry | None) -> None:
    if entry is not None:
        tally.files[origin] += 1
        tally.bytes[origin] += entry.size if entry.kind == "file" else 0
        if tally.folder.get(origin) != upload_folder(entry.path):
            tally.folder[origin] = upload_folder(entry.path)
            tally.folders[origin] += 1


def _judge(tally: _Tally, now: Entry, copied: Entry | None, named_elsewhere: Callable[[str], bool]) -> None:
    """One required file: counted, and noted if the copy lacks it or holds another one."""
    tally.required += 1
    tally.required_bytes += now.size if now.kind == "file" else 0
    if copied is None:
        if not named_elsewhere(now.plain):
            tally.lost_count += 1
            if len(tally.lost) < FIRST:
                tally.lost.append(upload_folder(now.path))
    elif copied.size != now.size if copied.kind == now.kind else now.kind == "file":
        tally.changed_count += 1
        if len(tally.changed) < FIRST:
            tally.changed.append(upload_folder(now.path))
