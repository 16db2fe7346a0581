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

from tests.stack.checkout import Checkout, Door

FINANCE = '    Domain("finance", surroundings, on_aws),\n'
CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: finance
name: Finance
version: 1.0.0
status: active
domain: finance
team:
  name: Finance
description:
  purpose: What was paid.
schema:
  - name: payments
    physicalType: table
    description: One row for each payment.
    properties:
      - name: payment_id
        description: Identifies the payment.
        logicalType: integer
        physicalType: bigint
        primaryKey: true
        required: true
        classification: internal
      - name: payer
        description: Who paid.
        logicalType: string
        physicalType: varchar(100)
        classification: personal
        customProperties:
          - property: mask
            value: name
"""


def steps(printed: str) -> dict[str, list[str]]:
    """What an `up` did: names of resources by sign (`+`, `~`, `-`, `+-`)."""
    found: dict[str, list[str]] = {}
    for sign, name in re.findall(r"^ *([+~-]+) +\S+ (\S+) (?:creat|updat|delet|replac)", printed, re.MULTILINE):
        found.setdefault(sign, []).append(name)
    return found


def test_a_domain_is_one_line_and_one_folder_and_touches_only_what_it_must(mesh: Checkout, door: Door):
    before = mesh.running()
    program = mesh.folder / "__main__.py"
    text = program.read_text()
    marketing = '    Domain("marketing", surroundings, on_aws),\n'
    assert marketing in text
    program.write_text(text.replace(marketing, marketing + FINANCE))
    folder = mesh.folder / "seed" / "finance"
    folder.mkdir()
    (folder / "contract.yaml").write_text(CONTRACT)
    (folder / "schema.sql").write_text("CREATE TABLE payments (payment_id bigint PRIMARY KEY, payer varchar(100));\n")
    (folder / "payments.csv").write_text("payment_id,payer\n1,Alice Johnson\n2,Bob Smith\n")

    done = steps(mesh.must("pulumi", "up", "--yes", "--skip-preview"))
    assert ("finance",) in door.rows("admin", "SHOW CATALOGS"), "the first query after a start has to be answered"
    touched = {name for names in done.values() for name in names}
    assert "finance-db" in touched, f"no database was made: {done}"
    assert not [name for name in touched if name.startswith(("sales-", "marketing-", "network-"))], done
    after = mesh.running()
    databases = [name for name in before if name.startswith("datamesh-")]
    assert {name: after.get(name) for name in databases} == {name: before[name] for name in databases}
    assert after["trino-coordinator"] != before["trino-coordinator"], "Trino knows new catalogs only from its start"

    assert "payments 2 rows" in mesh.must(".venv/bin/python", "-m", "seed", "finance", "--no-lake")
    walk = mesh.must(".venv/bin/python", "examples/connect.py", "--as", "finance-analyst")
    assert "as finance_analyst: payments 2 rows" in walk

    kept = mesh.must(".venv/bin/python", "-m", "seed.contracts")
    for server in ("PostgreSQL", "Trino"):
        assert re.search(rf"finance\.payments +{server} .* kept", kept), f"{server} was not asked:\n{kept}"


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
