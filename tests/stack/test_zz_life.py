"""A mesh changes, survives and goes away; runs last, because it changes what the other tests look at."""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.engine import bench
from tests.stack import own_domain
from tests.stack.checkout import Checkout, leaks


def steps(printed: str) -> dict[str, list[str]]:
    """What an `up` did: names of resources by sign (`+`, `~`, `-`, `+-`)."""
    found: dict[str, list[str]] = {}
    for sign, name in re.findall(r"^ *([+~-]+) +\S+ (\S+) (?:creat|updat|delet|replac)", printed, re.MULTILINE):
        found.setdefault(sign, []).append(name)
    return found


def test_a_domain_is_one_line_and_one_folder_and_a_preview_touches_only_what_it_must_and_shows_no_secret(
    mesh: Checkout, secrets: set[str], tmp_path: Path
):
    own_domain.add(mesh.folder, "legal")
    log = tmp_path / "events"
    words = ("pulumi", "preview", "--diff", "--non-interactive", "--event-log", str(log))
    told = mesh.command(*words, env={"PULUMI_DEBUG_COMMANDS": "true"})
    own_domain.remove(mesh.folder, "legal")
    assert told.returncode == 0, told.stderr
    assert "legal-db" in told.stdout and leaks(told.stdout + told.stderr, secrets) == 0

    run = bench.read(log)
    for name in ("legal", "legal-db", "legal-analyst"):
        assert set(run.of(name)) == {"create"}
    for name in ("sales", "sales-db", "marketing-db", "finance-db", "network"):
        assert set(run.of(name)) == {"same"}
    touched = {name for operation, name in run.steps if operation != "same"}
    assert "trino-coordinator" in touched, "Trino knows new catalogs only from its start"
    assert not [name for name in touched if name.startswith(("sales", "marketing", "finance", "network"))], touched


def test_after_a_power_cut_make_up_brings_everything_back_with_its_data_and_changes_nothing(mesh: Checkout):
    def held() -> list[Path]:
        return [path for path in (mesh.local / "state" / ".pulumi" / "locks").rglob("*.json") if path.is_file()]

    before = mesh.running()
    assert len(before) >= 5
    engine = subprocess.Popen(
        ["sh", "-c", ". ./.local/env; exec pulumi refresh --yes --skip-preview"],
        cwd=mesh.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    while not held():
        assert engine.poll() is None, "the engine never took its lock"
        time.sleep(0.02)
    os.killpg(engine.pid, signal.SIGKILL)
    engine.wait()
    for pid in before.values():
        for process in [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
    assert held(), "the lock is gone with its owner: there is nothing to mend"

    done = mesh.python("-m", "local", "up")
    assert done.returncode == 0, done.stderr
    after = mesh.running()
    assert after.keys() == before.keys() and not set(after.values()) & set(before.values())
    assert "Started again" in done.stderr and "Alice Johnson" in done.stdout
    assert "orders 13 rows, unchanged" in done.stdout, "the rows were loaded anew, not kept"
    assert re.search(r"^ +\d+ unchanged$", done.stdout, re.MULTILINE) and not steps(done.stdout), done.stdout


def test_make_down_leaves_nothing_behind_and_can_be_repeated(tmp_path: Path, mesh: Checkout):
    processes = [psutil.Process(pid) for pid in mesh.running().values()]
    for _ in range(2):
        mesh.must(".venv/bin/python", "-m", "local", "down")
        assert not mesh.local.exists()
        assert not (mesh.folder / "Pulumi.local.yaml").exists()
    assert not [process for process in processes if process.is_running()]
    shutil.rmtree(tmp_path)
