"""What README and documentation tell people to type is there."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paper_commands import ELSEWHERE, NEEDS_A_CLUSTER, RUNS, all_commands, needs_aws
from tests.papers import PAPERS, name
from tests.sample import ROOT

_CODE = re.compile(r"```.*?```|`[^`]+`", re.DOTALL)


def targets(makefile: str) -> set[str]:
    return {name for line in re.findall(r"^([a-z][a-z -]*):", makefile, re.MULTILINE) for name in line.split()}


def commands(paper: str) -> Iterator[str]:
    """Every `make TARGET` and `python -m MODULE` that stands as code."""
    for code in _CODE.findall(paper):
        for line in code.strip("`").splitlines():
            for found in re.finditer(r"(?:^|&& |; )(make (?:[A-Z_]+=\S+ )*[a-z][a-z-]*)", line.strip()):
                yield found[1]
            for found in re.finditer(r"python -m [a-z_][a-z_.]*", line):
                yield found[0]


def is_there(command: str) -> bool:
    last = command.split()[-1]
    if command.startswith("make"):
        return last in targets((ROOT / "Makefile").read_text(encoding="utf-8"))
    top, module = last.partition(".")[0], ROOT.joinpath(*last.split("."))
    if not (ROOT / top).exists():
        return importlib.util.find_spec(top) is not None  # a tool of others, such as pytest
    return module.with_suffix(".py").is_file() or (module / "__main__.py").is_file()


@pytest.mark.parametrize("paper", PAPERS, ids=name)
def test_every_command_of_a_paper_is_there(paper: Path):
    missing = [command for command in commands(paper.read_text(encoding="utf-8")) if not is_there(command)]
    assert not missing, f"{name(paper)} says to type what is not there: {', '.join(missing)}"


def test_commands_are_found_in_code_and_a_missing_one_is_noticed():
    paper = "Type `make up` or make trouble:\n```\nmake venv && pulumi login\n.venv/bin/python -m seed --scale 2\n```\n"
    paper += "or `make cost STACK=dev`, `make fly`, `python -m commands.fly`, `python -m pytest`"
    found = list(commands(paper))
    assert found == [
        "make up", "make venv", "python -m seed", "make cost", "make fly", "python -m commands.fly",
        "python -m pytest",
    ]  # fmt: skip
    assert [command for command in found if not is_there(command)] == ["make fly", "python -m commands.fly"]


def test_every_command_of_a_paper_is_known_here():
    known, written = RUNS.keys() | ELSEWHERE.keys() | NEEDS_A_CLUSTER, all_commands()
    new = {command for command in written if not needs_aws(command)} - known
    assert not new, (
        f"let them run on the mesh of the tests, or say in tests/paper_commands.py where they do: {sorted(new)}"
    )
    gone = known - written
    assert not gone, f"no paper has them any more: {sorted(gone)}"
    lost = {place for place in ELSEWHERE.values() if place.endswith(".py") and not (ROOT / "tests" / place).is_file()}
    assert not lost, f"said to run in a file that is not there: {sorted(lost)}"
