"""A mesh changes, survives and goes away; runs last, because it changes what the other tests look at."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.stack import own_domain
from tests.stack.checkout import Checkout


def steps(printed: str) -> dict[str, list[str]]:
    """What an `up` did: names of resources by sign (`+`, `~`, `-`, `+-`)."""
    found: dict[str, list[str]] = {}
    for sign, name in re.findall(r"^ *([+~-]+) +\S+ (\S+) (?:creat|updat|delet|replac)", printed, re.MULTILINE):
        found.setdefault(sign, []).append(name)
    return found


def test_a_domain_is_one_line_and_one_folder_and_touches_only_what_it_must(mesh: Checkout):
    own_domain.add(mesh.folder, "legal")
    done: dict[str, set[str]] = {}
    planned = json.loads(mesh.must("pulumi", "preview", "--json"))
    for step in planned["steps"]:
        if step["op"] != "same":
            done.setdefault(step["op"], set()).add(step["urn"].rpartition("::")[2])
    assert {"legal", "legal-db", "legal-analyst"} <= done["create"], done
    touched = set.union(*done.values())
    assert "trino-coordinator" in touched, "Trino knows new catalogs only from its start"
    assert not [name for name in touched if name.startswith(("sales", "marketing", "finance", "network"))], done
    assert planned["changeSummary"]["same"] > 100
    own_domain.remove(mesh.folder, "legal")


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
    deadline = time.monotonic() + 60
    while not held():
        assert time.monotonic() < deadline, "the engine never took its lock"
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
