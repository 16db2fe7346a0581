"""The local stack's outputs are asked of Pulumi once for each state, and kept where only their owner reads them."""

import json
import os
import stat
from pathlib import Path

import pytest

from client import outputs
from client.errors import CommandError

PULUMI = '#!/bin/sh\necho asked >>"$DATAMESH_LOCAL/asked"\n{change}\necho \'{{"secret": "{word}"}}\'\n'
STATE = "state/.pulumi/stacks/datamesh/local.json"


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a local stack, selected as by its env file."""
    folder = tmp_path / "a folder"
    (folder / STATE).parent.mkdir(parents=True)
    (folder / STATE).write_text("{}")
    monkeypatch.setenv("DATAMESH_LOCAL", str(folder))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{str(folder).replace(' ', '%20')}/state")
    monkeypatch.setenv("PULUMI_STACK", "local")
    monkeypatch.delenv("DATAMESH_OUTPUTS", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    says(tmp_path, "one")
    return folder


def says(place: Path, word: str, change: str = "") -> None:
    (place / "pulumi").write_text(PULUMI.format(word=word, change=change))
    (place / "pulumi").chmod(0o755)


def asked(folder: Path) -> int:
    return len((folder / "asked").read_text().splitlines())


def test_pulumi_is_asked_again_only_when_the_state_is_another(stack: Path) -> None:
    assert [outputs.read_outputs()["secret"] for _ in range(3)] == ["one"] * 3
    assert asked(stack) == 1
    says(stack.parent, "two")
    (stack / STATE).write_text('{"changed": 1}')
    assert outputs.read_outputs("local") == {"secret": "two"} and outputs.read_outputs() == {"secret": "two"}
    assert asked(stack) == 2


def test_what_is_kept_is_private_and_nothing_lies_beside_it(stack: Path) -> None:
    outputs.read_outputs()
    (kept,) = [file for file in stack.iterdir() if "outputs" in file.name]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"state": "other", "outputs": {}}', "\udcff"])
def test_a_damaged_memory_is_passed_by(stack: Path, damage: str) -> None:
    outputs.read_outputs()
    (stack / "outputs.json").write_text(damage, errors="surrogateescape")
    assert outputs.read_outputs() == {"secret": "one"} and asked(stack) == 2


def test_outputs_read_in_the_middle_of_an_update_are_not_kept(stack: Path) -> None:
    says(stack.parent, "old", change=f'echo more >>"$DATAMESH_LOCAL/{STATE}"')
    assert outputs.read_outputs() == {"secret": "old"}
    assert not (stack / "outputs.json").exists()


@pytest.mark.parametrize(
    "other",
    [{"PULUMI_STACK": "dev"}, {"PULUMI_BACKEND_URL": "file:///elsewhere/state"}, {"PULUMI_BACKEND_URL": "s3://bucket"}],
)
def test_another_stack_or_backend_is_asked_of_pulumi_each_time(
    stack: Path, other: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs.read_outputs()
    for name, value in other.items():
        monkeypatch.setenv(name, value)
    assert [outputs.read_outputs() for _ in range(2)] == [{"secret": "one"}] * 2
    assert asked(stack) == 3 and "one" in json.dumps(outputs.read_outputs())


def test_a_stack_that_is_gone_is_not_answered_from_memory(stack: Path) -> None:
    outputs.read_outputs()
    (stack / STATE).unlink()
    says(stack.parent, "", change="echo 'no stack named local found' >&2; exit 255")
    with pytest.raises(CommandError, match="no stack named"):
        outputs.read_outputs()
