"""docs/troubleshooting.md: each symptom is a message that the code prints."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.papers import read
from tests.sample import ROOT

PAGE = read("docs/troubleshooting.md")
PACKAGES = ("client", "commands", "components", "k8s", "local", "mesh", "preflight", "program", "seed")
TRINOS = {"Access Denied": "stack/test_paper_commands.py"}
"""Messages of Trino itself, and the test that meets each on a running mesh."""


def symptoms(page: str) -> list[str]:
    """The message in the first column of each row."""
    return re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)


def rendered(node: ast.expr) -> str:
    """A text of the source as it is printed, with `…` for what is put in."""
    match node:
        case ast.Constant(value=str() as value):
            return value
        case ast.JoinedStr(values=values):
            return "".join(rendered(value) for value in values)
        case _:
            return "…"


@cache
def texts() -> tuple[str, ...]:
    """Every text in the source, on one line and without backticks."""
    found = [(ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", "")]
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            found += _texts_of(ast.parse(path.read_text(encoding="utf-8")))
    return tuple(" ".join(text.replace("`", "").split()) for text in found)


def _texts_of(tree: ast.AST) -> Iterator[str]:
    described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if id(node) not in described and isinstance(node, ast.JoinedStr | ast.Constant):
            yield rendered(node)


def is_printed(message: str) -> bool:
    """Whether one text of the source has all parts of a message, in its order; `…` in it is anything."""
    parts = [re.escape(part.strip()) for part in message.split("…") if part.strip()]
    return bool(parts) and any(re.search(".*".join(parts), text) for text in texts())


@pytest.mark.parametrize("message", symptoms(PAGE))
def test_every_symptom_is_a_message_that_the_code_prints(message: str):
    assert message in TRINOS or is_printed(message), "no text of the source is this message"


def test_every_row_of_the_page_begins_with_a_message():
    rows = [row for row in re.findall(r"^\| .*$", PAGE, re.MULTILINE) if not row.startswith(("| message", "|---"))]
    assert len(rows) == len(symptoms(PAGE)) > 30, [row for row in rows if not symptoms(row)]


def test_a_message_that_nobody_prints_is_noticed():
    assert is_printed("There is no local stack") and is_printed("Another make works on this stack (process …)")
    assert not is_printed("There was no local stack") and not is_printed("…")
    assert not is_printed("wait until it has ended … Another make works"), "the order counts"
