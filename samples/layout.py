"""Where everything of a sample lies below its folder DIR."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The folders and files of the sample in *root*: instance, off-site copy, settings of the drill, notes."""

    root: Path

    @property
    def instance(self) -> Path:
        """The Cytomine folder, as the installer leaves it (Cytomine-installer 5.2.2)."""
        return self.root / "cytomine"

    @property
    def data(self) -> Path:
        """The instance's `data/`, host side of every volume."""
        return self.instance / "data"

    @property
    def configuration(self) -> Path:
        """The instance's `cytomine.yml`."""
        return self.instance / "cytomine.yml"

    @property
    def pgdata(self) -> Path:
        """Data directory of PostgreSQL; the archives lie in it, as they do at Cytomine."""
        return self.data / "postgis" / "data"

    @property
    def postgres_backups(self) -> Path:
        """Archives that `backup` of the postgis image leaves."""
        return self.pgdata / "backup"

    @property
    def mongo(self) -> Path:
        """Data directory of MongoDB."""
        return self.data / "mongo"

    @property
    def mongo_backups(self) -> Path:
        """Archives that `backup` of the mongo image leaves."""
        return self.mongo / "backup"

    @property
    def mongo_saved(self) -> Path:
        """What the stand-in held when it was last stopped: it keeps nothing on disk itself."""
        return self.mongo / "standin" / "saved.archive"

    @property
    def images(self) -> Path:
        """PIMS' tree of uploads."""
        return self.data / "images"

    @property
    def offsite(self) -> Path:
        """What the operator copies each night beside the archives."""
        return self.root / "offsite"

    @property
    def images_copy(self) -> Path:
        """The operator's copy of the images."""
        return self.offsite / "images"

    @property
    def configuration_copy(self) -> Path:
        """The operator's copy of `cytomine.yml`."""
        return self.offsite / "cytomine.yml"

    @property
    def drill_config(self) -> Path:
        """Settings with which `pytest drills/ --drill-config` drills this sample."""
        return self.root / "drill.toml"

    @property
    def notes(self) -> Path:
        """Our own notes: what was built, on which ports it answers, which processes are running."""
        return self.root / "sample.json"

    @property
    def logs(self) -> Path:
        """Output of the servers."""
        return self.root / "logs"
