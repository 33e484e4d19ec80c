"""Images: the copy holds every image that the restored database names, and production's other files."""

from __future__ import annotations

from cytodrill.core.claims import Prove
from cytodrill.run_images import ImagesFacts, named_images_are_there, other_files_are_there


def test_named_images(tree: ImagesFacts, prove: Prove) -> None:
    """Every image that the restored database names is in the copy."""
    assert prove(named_images_are_there(tree))


def test_other_files(tree: ImagesFacts, prove: Prove) -> None:
    """The copy holds as many files and bytes as production had before the backup and still has."""
    assert prove(other_files_are_there(tree))
