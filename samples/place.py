"""Where a sample is kept between runs: in the checkout, where user postgres may enter it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cytodrill.settings import CHECKOUT

ELSEWHERE = Path("/var/tmp/cytomine-restore-drills")  # noqa: S108  # a folder of root's own is made in it


def kept(name: str) -> Path:
    """The folder of the sample *name*.

    As root PostgreSQL runs as user postgres, who may not enter a checkout below a closed folder such as /root; then
    it lies in `ELSEWHERE`, in a folder for this checkout.
    """
    parents = (CHECKOUT, *CHECKOUT.parents)
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in parents):
        return CHECKOUT / "samples" / "out" / name
    return ELSEWHERE / hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:12] / name
