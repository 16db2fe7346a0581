"""The plan of a mesh with many domains: `python -m bench.many_domains 40` adds them to a copy, and previews it on AWS.

Prints the time and the number of resources, or the program's reasons to refuse it. Nothing of this checkout is changed.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from local import paths
from mesh.contracts.read import declared_domains

DOMAINS = "domains = [\n"
CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {name}
version: 1.0.0
status: active
domain: {name}
description:
  purpose: One of many.
  usage: None.
team:
  name: {name}
schema:
  - name: facts
    physicalType: table
    description: One row for each fact.
    properties:
      - name: fact_id
        description: Identifies the fact.
        logicalType: integer
        physicalType: bigint
        primaryKey: true
        required: true
        classification: internal
"""
SCHEMA = "CREATE TABLE facts (fact_id bigint PRIMARY KEY);\n"
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".local", "Pulumi.*.yaml", "__pycache__", ".pytest_cache")


def long_names(count: int) -> list[str]:
    """Names of `count` domains, of 20 characters each: the longest that are allowed."""
    return [f"quality-assurance{number:03}" for number in range(1, count + 1)]


def write_domains(folder: Path, names: Sequence[str]) -> None:
    """Makes `folder`/<name> of each name: a contract and a schema of one table."""
    for name in names:
        (folder / name).mkdir()
        (folder / name / "contract.yaml").write_text(CONTRACT.format(name=name), encoding="utf-8")
        (folder / name / "schema.sql").write_text(SCHEMA, encoding="utf-8")
        (folder / name / "facts.csv").write_text("fact_id\n1\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Preview once for each count; the exit status of the last."""
    parser = argparse.ArgumentParser(prog="python -m bench.many_domains", description=__doc__)
    parser.add_argument("count", type=int, nargs="+", help="domains of the mesh, with those that it has")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a setting, e.g. acceptCost=true"
    )
    options = parser.parse_args(arguments)
    status = 0
    for count in options.count:
        status = _preview(count, options.set)
    return status


def _preview(count: int, settings: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="datamesh-many-") as folder:
        checkout = Path(folder) / "datamesh"
        shutil.copytree(paths.checkout(), checkout, ignore=LEFT_OUT)
        (checkout / ".venv").symlink_to(paths.checkout() / ".venv")
        grow(checkout, count)
        stack = checkout / "local/stack/dev-check.yaml"
        lines = [f"  datamesh:{key}: {value}\n" for key, _, value in (each.partition("=") for each in settings)]
        stack.write_text(stack.read_text(encoding="utf-8") + "".join(lines), encoding="utf-8")
        began = time.monotonic()
        run = [sys.executable, "-m", "local", "dry-run"]
        done = subprocess.run(run, cwd=checkout, capture_output=True, text=True, check=False)
        took = time.monotonic() - began
    text = done.stdout + done.stderr
    if done.returncode == 0:
        made = re.search(r"(\d+) to create", text)
        print(f"{count} domains: accepted, {made[1] if made else '?'} resources, {took:.0f} s")
    else:
        print(f"{count} domains: refused, {took:.0f} s\n{text.strip()}")
    return done.returncode


def grow(checkout: Path, count: int) -> None:
    """Adds domains to those of a checkout, up to `count`."""
    folder = checkout / "domains"
    names = long_names(count - len(declared_domains(folder)))
    write_domains(folder, names)
    program = checkout / "__main__.py"
    lines = "".join(f'    Domain("{name}", surroundings, on_aws),\n' for name in names)
    text = program.read_text(encoding="utf-8")
    if text.count(DOMAINS) != 1:
        raise SystemExit(f"{program.name} must say `{DOMAINS.strip()}` once: there the domains are added")
    program.write_text(text.replace(DOMAINS, DOMAINS + lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
