"""Trino's own client as one person: what it is started with."""

import dataclasses
import io
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from client.stack import parse_outputs
from commands import sql
from local.prepare import fetch
from tests.unit.everything import local

SECRET = "PASSWORD-people-sales-analyst"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """A mesh that answers; the list gets what the client is started with, and the statements that it reads."""
    seen: list[Any] = []

    def ask(command: list[str], env: dict[str, str]) -> int:
        files = [Path(word.partition("=")[2]) for word in command if word.startswith("--file=")]
        modes = {stat.S_IMODE(file.stat().st_mode) for file in files}
        assert modes <= {0o600}, "everybody can read the statements"
        seen.extend([command, env, [file.read_text() for file in files]])
        return 0

    stack = parse_outputs(local().exports)
    stack = dataclasses.replace(stack, trino=dataclasses.replace(stack.trino, authority="CERTIFICATE"))
    monkeypatch.setattr(sql, "ask", ask)
    monkeypatch.setattr(sql, "PROJECT", tmp_path)
    monkeypatch.setattr(sql, "read_stack", lambda name: stack)
    monkeypatch.setattr(type(stack), "revive", lambda self, *needed: False)
    monkeypatch.setattr(fetch, "trino_cli", lambda: Path("trino-cli.jar"))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "secret")
    return seen


def test_the_password_is_in_the_environment_alone_and_the_persons_files_are_private(
    started: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(sql.VARIABLE, "SELECT 'x'")
    assert sql.main(["--user", "sales-analyst", "--format", "csv"]) == 0
    command, env, read = started
    assert env["TRINO_PASSWORD"] == SECRET and not [key for key in env if key.startswith("PULUMI_")]
    assert SECRET not in " ".join(command) and "SELECT" not in " ".join([*command, *env.values()])
    assert {"--user=sales-analyst", "--password", "--output-format=CSV_HEADER"} <= set(command)
    assert "--truststore-type" not in " ".join(command) and "--insecure" not in command
    assert read == ["SELECT 'x'\n;"]
    folder = tmp_path / "notebooks/sales-analyst/.sql"
    assert (
        f"--history-file={folder / 'history'}" in command and f"--truststore-path={folder / 'trino-ca.pem'}" in command
    )
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == dict.fromkeys(
        ("trino-ca.pem", "config", "history"), 0o600
    )
    (folder / "history").write_text("SHOW CATALOGS\n")
    assert sql.main(["--user", "sales-analyst"]) == 0
    assert (folder / "history").read_text() == "SHOW CATALOGS\n", "what was typed before is lost"


def test_statements_come_through_standard_input_too(started: list[Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("SHOW CATALOGS"))
    assert sql.main([]) == 0
    assert started[2] == ["SHOW CATALOGS\n;"] and "--user=admin" in started[0]


@pytest.mark.parametrize("given", ["", " \n"])
def test_nothing_to_ask_is_one_message(
    started: list[Any], given: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(sql.VARIABLE, given)
    assert sql.main([]) == 1
    assert "make sql QUERY='SHOW CATALOGS'" in capsys.readouterr().err and not started


def test_a_stranger_hears_who_there_is(started: list[Any], capsys: pytest.CaptureFixture[str]):
    assert sql.main(["--user", "../x", "--query", "SELECT 1"]) == 1
    assert "no user ../x: it has ada, admin," in capsys.readouterr().err and not started


def test_at_a_terminal_the_client_has_it(started: list[Any], monkeypatch: pytest.MonkeyPatch):
    leader, follower = os.openpty()
    with os.fdopen(follower, closefd=True) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        assert sql.main([]) == 0
    os.close(leader)
    command, _, read = started
    assert read == [] and not [word for word in command if word.startswith(("--output", "--file"))]
