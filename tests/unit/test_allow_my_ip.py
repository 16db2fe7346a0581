"""`make allow-my-ip`: the present address is added, and nobody else's range is taken away for it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from commands import allow_my_ip


class Answer:
    def __init__(self, text: str) -> None:
        self.text = text

    def raise_for_status(self) -> None:
        """It was a success."""


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the project, with no stack's file."""
    monkeypatch.setattr(allow_my_ip, "PROJECT", tmp_path)
    return tmp_path


def answers(monkeypatch: pytest.MonkeyPatch, text: str) -> list[list[str]]:
    """Lets the internet say `text`; returns the commands that are run then."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(requests, "get", lambda *_, **__: Answer(text))
    monkeypatch.setattr(subprocess, "run", run)
    return commands


OFFICE, HOME = "198.51.100.0/24", "192.0.2.7/32"


@pytest.mark.parametrize(
    ("given", "at", "said"),
    [
        ([], 0, "may reach"),
        ([HOME], 0, f"takes the place of {HOME}"),
        ([OFFICE], 1, "may reach"),
        ([OFFICE, HOME], 2, "may reach"),
        ([HOME, "192.0.2.8/32"], 2, "may reach"),
        ([HOME, "203.0.113.0/28"], None, "nothing was changed"),
        (["203.0.113.9/32"], None, "nothing was changed"),
    ],
)
def test_the_present_address_takes_no_place_but_of_one_that_stands_alone(
    given: list[str],
    at: int | None,
    said: str,
    there: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    (there / "Pulumi.dev.yaml").write_text(f"config: {{datamesh:allowedCidrs: {json.dumps(given)}}}\n")
    commands = answers(monkeypatch, "203.0.113.9\n")
    assert allow_my_ip.main(["--stack", "dev"]) == 0
    shown = capsys.readouterr().out
    assert said in shown and ("takes the place" in shown) is (given == [HOME])
    assert [command[-2:] for command in commands] == (
        [] if at is None else [[f"datamesh:allowedCidrs[{at}]", "203.0.113.9/32"]]
    )


def test_an_address_takes_the_place_of_the_one_that_this_machine_had_before(
    there: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    commands = answers(monkeypatch, "203.0.113.9")
    for given, text in (([OFFICE], "203.0.113.9"), ([OFFICE, "203.0.113.9/32", HOME], "203.0.113.77")):
        (there / "Pulumi.dev.yaml").write_text(f"config: {{datamesh:allowedCidrs: {json.dumps(given)}}}\n")
        monkeypatch.setattr(requests, "get", lambda *_, text=text, **__: Answer(text))
        assert allow_my_ip.main(["--stack", "dev"]) == 0
    assert [command[-2] for command in commands] == ["datamesh:allowedCidrs[1]"] * 2
    assert "203.0.113.77/32 takes the place of 203.0.113.9/32" in capsys.readouterr().out


def test_what_is_no_list_of_addresses_is_refused_and_left(
    there: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (there / "Pulumi.dev.yaml").write_text("config: {datamesh:allowedCidrs: 192.0.2.7/32}\n")
    commands = answers(monkeypatch, "203.0.113.9")
    assert allow_my_ip.main(["--stack", "dev"]) == 1
    assert not commands and "is no list: type `pulumi config rm allowedCidrs" in capsys.readouterr().err


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("text", ["<html>", "2001:db8::1", "10.0.0.7", ""])
def test_an_answer_that_is_no_public_ipv4_address_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
):
    commands = answers(monkeypatch, text)
    assert allow_my_ip.main(["--stack", "dev"]) == 1
    assert not commands
    assert "By hand: pulumi config set --stack dev" in capsys.readouterr().err


@pytest.mark.usefixtures("there")
def test_without_internet_the_command_by_hand_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fails(*_: Any, **__: Any) -> None:
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests, "get", fails)
    assert allow_my_ip.main(["--stack", "dev"]) == 1
    assert "By hand" in capsys.readouterr().err
