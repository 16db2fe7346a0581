"""Which engine runs the program: the user's own, else the installer's, else one that is built."""

import os
from pathlib import Path

import pytest

from local import paths
from local.prepare import engine
from local.prepare.engine import Engine


def program(file: Path, says: str = "") -> Path:
    """A program that prints `says`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)
    return file


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_pulumi_with_its_python_host_is_used(tmp_path: Path) -> None:
    program(tmp_path / "bin/pulumi", "v3.272.0")
    program(tmp_path / "bin/pulumi-language-python")
    assert engine.on_path(str(tmp_path / "bin")) == Engine(tmp_path / "bin", built=False)


def test_the_host_may_lie_beside_what_a_link_points_to(tmp_path: Path) -> None:
    program(tmp_path / "cellar/pulumi", "v3.272.0")
    program(tmp_path / "cellar/pulumi-language-python")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/pulumi").symlink_to(tmp_path / "cellar/pulumi")
    assert engine.on_path(str(tmp_path / "bin")) == Engine(tmp_path / "bin", built=False)


@pytest.mark.parametrize("says", ["v3.199.0", "v2.25.1", "what a surprise"])
def test_an_old_or_strange_pulumi_is_left_alone(says: str, tmp_path: Path) -> None:
    program(tmp_path / "bin/pulumi", says)
    program(tmp_path / "bin/pulumi-language-python")
    assert engine.on_path(str(tmp_path / "bin")) is None


def test_a_pulumi_without_a_python_host_is_left_alone(tmp_path: Path) -> None:
    program(tmp_path / "bin/pulumi", "v3.272.0")
    assert engine.on_path(str(tmp_path / "bin")) is None, "it could not run the program"


def test_what_a_sourced_environment_put_on_path_does_not_count(tmp_path: Path) -> None:
    built = program(paths.engine() / "pulumi", "v3.259.0").parent
    host = program(tmp_path / "checkout/local/bin/language/pulumi-language-python").parent
    assert engine.on_path(os.pathsep.join([str(built), str(host)])) is None, "it is ours and has no language host"
    assert engine.in_cache() == Engine(paths.engine(), built=True)


def test_an_installed_engine_brings_its_own_host(tmp_path: Path) -> None:
    program(paths.engine() / "bin/pulumi", "v3.259.0")
    assert engine.in_cache() == Engine(paths.engine() / "bin", built=False)


def test_only_where_the_installer_fails_is_the_engine_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    done: list[str] = []

    def install(root: Path) -> bool:
        done.append("install")
        return False

    def build(work: Path) -> None:
        done.append("build")
        program(work / "bin/pulumi", "v3.259.0").parent.rename(paths.engine())

    monkeypatch.setattr(engine, "_install", install)
    monkeypatch.setattr(engine, "_build", build)
    assert engine.ensure() == Engine(paths.engine(), built=True)
    assert engine.ensure() == Engine(paths.engine(), built=True)
    assert done == ["install", "build"], "the second run finds what the first made"
