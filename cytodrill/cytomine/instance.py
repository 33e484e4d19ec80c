"""One Cytomine installation on disk: where its configuration, its data and its archives are."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cytodrill.core.errors import UsageError
from cytodrill.cytomine import configuration
from cytodrill.settings import Settings

COMPOSE_FILES = ("compose.yaml", "docker-compose.yml")


@dataclass(frozen=True)
class Instance:
    """An installation: *root* holds `cytomine.yml` (or only a compose file), *data* is its data folder."""

    root: Path
    data: Path
    configuration: configuration.Configuration

    @property
    def key(self) -> str:
        """A short name for the folder of its manifests."""
        return hashlib.sha256(os.fsencode(self.root.resolve())).hexdigest()[:12]

    @property
    def images(self) -> Path:
        """Production's image tree (CE: `data/images`, mounted at /data/images in PIMS)."""
        return self.data / "images"

    @property
    def backup_folders(self) -> dict[str, tuple[Path, ...]]:
        """Where archives may be, per store: the real places, and those that the documentation names.

        Source: Cytomine-postgis 1.5.1 and Cytomine-mongo 1.0.0 write below their data volumes; the backup page of
        the admin guide names `data/mongo/backup` in one place and `data/mongo/data/backup` in another.
        """
        return {
            "postgres": (self.data / "postgis" / "data" / "backup", self.data / "postgis" / "backup"),
            "mongo": (self.data / "mongo" / "backup", self.data / "mongo" / "data" / "backup"),
        }


def open_instance(settings: Settings) -> Instance:
    """The instance that *settings* name.

    Raises `UsageError` where nothing is configured, the folder is absent or no instance, or its cytomine.yml cannot
    be read.
    """
    root = settings.cytomine
    if root is None:
        raise UsageError(
            "No instance was given: run `pytest drills/ --cytomine /opt/cytomine` or give --drill-config drill.toml "
            "(see drill.example.toml); `tox run -e demo` drills a sample instance."
        )
    if not root.is_dir():
        raise UsageError(f"There is no folder {root}: give the instance's folder, which holds cytomine.yml.")
    place = root / "cytomine.yml"
    if not place.exists():
        if any((root / name).exists() for name in COMPOSE_FILES):
            raise UsageError(
                f"{root} holds a compose file but no cytomine.yml: deployments without one are not supported yet."
            )
        raise UsageError(f"{root} is no Cytomine instance: it holds no cytomine.yml. Give its folder with --cytomine.")
    values = configuration.read(place)
    return Instance(root, (root / values.data).resolve(), values)
