import subprocess
from typing import Any

import pytest
import requests

from commands import allow_my_ip, audit, cost


class Answer:
    def __init__(self, text: str) -> None:
        self.text = text

    def raise_for_status(self) -> None:
        """It was a success."""


def answers(monkeypatch: pytest.MonkeyPatch, text: str) -> list[list[str]]:
    """Lets the internet say `text`; returns the commands that are run then."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(requests, "get", lambda *_, **__: Answer(text))
    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_the_present_address_goes_into_the_first_place(monkeypatch: pytest.MonkeyPatch):
    commands = answers(monkeypatch, "203.0.113.9\n")
    assert allow_my_ip.main(["--stack", "dev"]) == 0
    assert commands[0][1:4] == ["pulumi", "config", "set"]
    assert commands[0][-2:] == ["datamesh:allowedCidrs[0]", "203.0.113.9/32"]


@pytest.mark.parametrize("text", ["<html>", "2001:db8::1", "10.0.0.7", ""])
def test_an_answer_that_is_no_public_ipv4_address_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
):
    commands = answers(monkeypatch, text)
    assert allow_my_ip.main(["--stack", "dev"]) == 1
    assert not commands
    assert "By hand: pulumi config set --stack dev" in capsys.readouterr().err


def test_without_internet_the_command_by_hand_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fails(*_: Any, **__: Any) -> None:
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests, "get", fails)
    assert allow_my_ip.main(["--stack", "dev"]) == 1
    assert "By hand" in capsys.readouterr().err


def test_the_cost_of_the_documents_own_stack_is_shown(capsys: pytest.CaptureFixture[str]):
    assert cost.main(["--stack", "dev"]) == 0
    shown = capsys.readouterr().out
    assert any(line.startswith("total") and line.endswith("122.94") for line in shown.splitlines())
    assert "195.78" in shown


AMAZON = (
    "2026-11-23 14:00:01 UTC:198.51.100.7(51234):sales_trino@sales_db:[123]:LOG:  duration: 2.500 ms  "
    "execute <unnamed>: SELECT 1 FROM orders /*trino user=sales-analyst query=20261123_140000_00001_abcde*/",
    "2026-11-23 14:00:02 UTC:198.51.100.7(51235):dm_admin@sales_db:[124]:LOG:  connection authorized: user=dm_admin",
    "2026-11-23 14:00:03 UTC:198.51.100.7(51236):sales_trino@sales_db:[125]:LOG:  connection authorized: user=x",
    "2026-11-23 14:00:04 UTC::@:[1]:LOG:  checkpoint starting: time",
)


def test_the_audit_reads_the_log_as_amazon_writes_it():
    first, second = audit.events("sales", AMAZON)
    assert (first.who, first.what) == (
        "sales-analyst (Trino 20261123_140000_00001_abcde)",
        "SELECT 1 FROM orders [2 ms]",
    )
    assert (second.time, second.who, second.what) == ("2026-11-23 14:00:02", "dm_admin", "logged in")
