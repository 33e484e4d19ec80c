"""Composes, for `run.py`: the copy of the images against the restored rows and against production's tree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cytodrill.core.claims import Finding, Judgement, Severity
from cytodrill.core.errors import UsageError
from cytodrill.core.inventory import Counted
from cytodrill.core.judge import BACK_UP_AGAIN, amount
from cytodrill.core.throwaway import PostgresThrowaway
from cytodrill.cytomine.instance import Instance
from cytodrill.images.compare import ImagesInCopy, NamedImage, TreeCompared, compare_trees, look_up
from cytodrill.images.listing import listing
from cytodrill.postgres.restored import named_images
from cytodrill.run_production import Before

COPY_AGAIN = "Copy data/images again, after the dump and with its links kept (cp -a, rsync -a), and drill the new set."


@dataclass(frozen=True)
class ImagesFacts:
    """The copy at *root*: what the restored database names in it, and how it compares with production's tree.

    *named* is None when no database was restored, for the reason *blocked*; *uncompared* says why nothing is required.
    """

    root: Path
    named: ImagesInCopy | None
    tree: TreeCompared
    blocked: str
    uncompared: str

    @property
    def counted(self) -> tuple[Counted, ...]:
        """Lines of the report: files and upload folders of copy and production, and images that the restore names."""
        tree, named = self.tree, self.named
        files = Counted(
            store="images",
            name="data/images",
            unit="files",
            archive=tree.copy_files,
            production=tree.production_files,
            required=tree.required,
            uncompared=self.uncompared,
        )
        found = named.named - named.missing if named else None
        restored = named.named if named else None
        folders = Counted(
            "images", "upload-*", "folders", archive=tree.copy_folders, production=tree.production_folders
        )
        return files, folders, Counted("images", "uploaded_file", "images", archive=found, restored=restored)


def check_copy(root: Path, instance: Instance) -> None:
    """Refuse a copy that is absent or is production's own tree. Raises `UsageError`."""
    if not root.is_dir():
        raise UsageError(f"There is no folder {root}: give the place where data/images is copied to, --images-copy.")
    if instance.images.exists() and root.resolve() == instance.images.resolve():
        raise UsageError(
            f"{root} is production's own data/images, not a copy of it: it proves nothing. Give the copy's place."
        )


def drill(
    root: Path,
    instance: Instance,
    before: Before,
    *,
    throwaway: PostgresThrowaway | None,
    database: str,
    blocked: str,
) -> ImagesFacts:
    """Look up what *database* of the *throwaway* names, and compare the trees. Raises `UsageError`."""
    named = None
    if throwaway is not None and not blocked:
        named = look_up(root, (NamedImage(row, path) for row, path in named_images(throwaway, database)))
    contents = before.contents
    listed = before.manifest is not None and contents is not None and contents.images is not None
    uncompared = "" if listed else before.why_not or "the manifest has no listing of the images"
    if not instance.images.is_dir():
        uncompared = f"production's {instance.images} is not there"
    tree = compare_trees(
        before.manifest.listing() if listed and before.manifest else None,
        contents.taken if contents else None,
        listing(instance.images) if instance.images.is_dir() else iter(()),
        listing(root),
        named.explains if named else lambda _: False,
    )
    return ImagesFacts(root, named, tree, blocked, uncompared)


def _empty(facts: ImagesFacts) -> Finding:
    return Finding(
        what="the copy is empty",
        where=str(facts.root),
        expected=f"the {facts.tree.production_files:,} files of data/images",
        found="none",
        remedy="Is its disk mounted, and is this its place? Else copy data/images again.",
    )


def named_images_are_there(facts: ImagesFacts) -> Judgement:
    """Judge the images that the restored database names: each leads to a file or folder in the copy."""
    named = facts.named
    if facts.tree.copy_files == 0 and (facts.tree.production_files or (named and named.named)):
        return Judgement((_empty(facts),), compared="the copy")
    if named is None:
        return Judgement(not_proven=facts.blocked)
    findings = []
    if named.missing:
        more = f" and {named.missing - len(named.missing_first):,} more" if named.missing > 10 else ""
        findings.append(
            Finding(
                what=f"{amount(named.missing, 'images')} that the restored database names "
                f"{'is' if named.missing == 1 else 'are'} not in the copy",
                where="images",
                expected=f"{named.named:,} images",
                found=f"{named.named - named.missing:,}; missing: {', '.join(named.missing_first)}{more}",
                remedy=COPY_AGAIN,
            )
        )
    if named.outside:
        findings.append(
            Finding(
                what=f"{amount(named.outside, 'images')} imported: the pixels lie outside data/images",
                where="images",
                expected="them in a backup of their own",
                found="links that lead out of the tree",
                remedy="Back up the dataset folder too; this drill does not look into it.",
                severity=Severity.WARNING,
            )
        )
    return Judgement(tuple(findings), compared="copy and restored database")


def other_files_are_there(facts: ImagesFacts) -> Judgement:
    """Judge all other files: what production had before the backup and still has unchanged is in the copy, as large."""
    tree, required = facts.tree, facts.tree.required
    if tree.copy_files == 0 and tree.production_files:
        return Judgement(not_proven="the copy is empty: see the claim about images that the database names")
    if facts.uncompared or required is None:
        return Judgement(not_proven=facts.uncompared)
    since = f"{required.since:%Y-%m-%d %H:%M:%S} UTC"
    findings = []
    if required.lost:
        folders = ", ".join(dict.fromkeys(required.lost_ids))
        findings.append(
            Finding(
                what=f"{amount(required.lost, 'files')} that production had before the backup "
                f"{'is' if required.lost == 1 else 'are'} not in the copy",
                where="images",
                expected=f"all {required.required:,} files of {since} still there unchanged",
                found=f"{required.required - required.lost:,}; missing in {folders}",
                remedy=COPY_AGAIN,
            )
        )
    if tree.changed:
        findings.append(
            Finding(
                what=f"{amount(tree.changed, 'files')} of another size in the copy",
                where="images",
                expected=f"the sizes of {since}, which production still has",
                found=f"others in {', '.join(dict.fromkeys(tree.changed_first))}",
                remedy=BACK_UP_AGAIN,
            )
        )
    return Judgement(tuple(findings), compared=f"manifest of {since}")
