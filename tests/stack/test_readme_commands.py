"""Every command of the README runs here as it stands there, or it is said where it runs or what it needs."""

import re

import pytest

from tests.sample import ROOT
from tests.stack.checkout import Checkout

README = (ROOT / "README.md").read_text(encoding="utf-8")
TOOLS = ("make", "pulumi", "python", "trino")

RUNS = {
    "make audit": "sales-analyst",
    "make authority": "BEGIN CERTIFICATE",
    "make authority > trino-ca.pem": "",
    "make contracts": "checks passed",
    "make cost": "USD",
    "make drill DOMAIN=sales": "every table is as it was",
    "make footprint": "memory",
    "make password USER=sales-analyst": "",
    "make preview": "unchanged",
    "make query": "419.99",
    "make query USER=marketing-analyst": "419.99",
    "make seed": "Trino reads the same rows",
    "make start": "Every server runs already",
    "make status": "trino-coordinator",
    "pulumi preview --diff": "unchanged",
    "pulumi stack output": "domains",
    "pulumi stack output domains": "datamesh-sales",
    "pulumi stack output trino": "https://127.0.0.1",
    "python -m examples.connect": "4. Trino: the lake's table",
    "python -m examples.connect --as sales-analyst": "refused",
}
"""What is run on the shared mesh, and what it must say."""

ELSEWHERE = {
    "make": "test_make",
    "make check": ".ci/run",
    "make down": "test_zz_life",
    "make load DOMAIN=sales TABLE=orders FILE=orders.csv": "seed/test_load",
    "make migration DOMAIN=sales NAME=add_currency": "seed/test_drafts",
    "make notebook": "test_notebook",
    "make password USER=ada": "as for sales-analyst, once ada is configured",
    "make notebook USER=sales-analyst": "test_notebook",
    "make preflight": "unit/test_preflight",
    "make preview STACK=dev-check": "engine/test_dry_run",
    "make query USER=sales-analyst": "test_a_refused_question_says_so, below",
    "make sql": "test_readme_clients",
    "make sql USER=sales-analyst": "test_readme_clients",
    "make test": ".ci/run",
    "make up": "test_mesh",
    "trino --server https://127.0.0.1:PORT --truststore-path trino-ca.pem --user sales-analyst --password":
        "test_readme_clients",
    ". .local/env && python -m bench.federated": "a measurement, by hand",
    ". .local/env && python -m bench.load": "a measurement, by hand",
}  # fmt: skip
NEEDS_A_CLUSTER = {
    "make images", "make ports", "make test-cluster", "make test-cluster KUBECONFIG=/path/to/kubeconfig",
}  # fmt: skip


def commands() -> set[str]:
    """Every command line in blocks of code and between backticks, without its comment."""
    blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```", README, re.S | re.M))
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", README, flags=re.S | re.M))
    lines = [line.split(" #")[0].strip() for line in [*blocks.splitlines(), *inline]]
    return {line for line in lines if line.removeprefix(". .local/env && ").split(" ")[0] in TOOLS} - set(TOOLS[1:])


def needs_aws(command: str) -> bool:
    """Whether it is for a stack on AWS, or changes the one that is selected."""
    changes = r"pulumi (up|destroy|cancel|login|preview|config|stack init|state)\b"
    return bool(re.search(rf"STACK=dev\b|{changes}|people on AWS", command)) and command not in RUNS


def test_every_command_of_the_readme_is_known_here():
    known = RUNS.keys() | ELSEWHERE.keys() | NEEDS_A_CLUSTER
    new = {command for command in commands() if not needs_aws(command)} - known
    assert not new, f"let them run here, or say where they do: {sorted(new)}"
    gone = known - commands()
    assert not gone, f"the README has them no more: {sorted(gone)}"


@pytest.mark.parametrize("command", RUNS)
def test_a_command_of_the_readme_does_what_it_says(mesh: Checkout, command: str):
    line = command.replace("make ", "make VENV=: ") if command.startswith("make ") else command
    done = mesh.command("sh", "-c", line.replace("python ", ".venv/bin/python "))
    assert done.returncode == 0, done.stdout + done.stderr
    assert RUNS[command] in done.stdout + done.stderr, done.stdout + done.stderr


def test_a_refused_question_says_so(mesh: Checkout):
    done = mesh.command("make", "VENV=:", "query", "USER=sales-analyst")
    assert done.returncode and "Access Denied" in done.stderr
