"""The stand-in images are built once, reused while their sources are the same, and labelled with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from samples.engines import docker_images
from tests.standin_place import images

pytestmark = pytest.mark.docker

DOCKERFILE = "ARG BASE=scratch\nFROM ${BASE}\nCOPY note /note\n"


@pytest.fixture
def engine() -> Iterator[docker.DockerClient]:
    """The engine, which the images need to be built at all."""
    images()
    client = docker.from_env()
    yield client
    client.close()


def test_the_same_sources_are_not_built_again(engine: docker.DockerClient) -> None:
    first = images()
    ids = [engine.images.get(tag).id for tag in (first.postgis, first.mongo)]
    said: list[str] = []
    again = images()
    assert again == first
    assert [engine.images.get(tag).id for tag in (again.postgis, again.mongo)] == ids
    assert said == []
    for tag in (first.postgis, first.mongo):
        assert engine.images.get(tag).labels[docker_images.LABEL] == tag.partition(":")[2]


def test_other_sources_are_another_image(engine: docker.DockerClient, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "note").write_text("one")
    said: list[str] = []
    tag = "cytodrill/test-reuse:000000000000"
    try:
        docker_images.image(tag, tmp_path, "scratch", said.append)
        built = engine.images.get(tag).id
        docker_images.image(tag, tmp_path, "scratch", said.append)
        assert len(said) == 1
        # the name alone is not enough: it could be anybody's
        assert engine.images.get(images().mongo).tag(tag)
        docker_images.image(tag, tmp_path, "scratch", said.append)
        assert len(said) == 2
        assert engine.images.get(tag).labels[docker_images.LABEL] == "000000000000"
    finally:
        engine.images.remove(tag, force=True)
    assert built
