"""What the cluster's tests do to an engine's store of images, and where the tests' own servers listen."""

import ast
from pathlib import Path

import pytest

from tests.cluster import base_image
from tests.sample import ROOT


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the images that were made."""
    names: list[str] = []
    monkeypatch.setattr(base_image, "make", lambda engine, name: names.append(name))
    return names


def engine(folder: Path, *, known: bool = False, pulls: bool = False) -> str:
    """A program that answers as an engine does."""
    program = folder / "engine"
    program.write_text(
        "#!/bin/sh\necho 'the registry is out of reach' >&2\n"
        f'case "$1" in image) exit {int(not known)};; pull) exit {int(not pulls)};; esac\nexit 2\n'
    )
    program.chmod(0o755)
    return str(program)


def test_no_image_is_made_in_the_users_own_store_and_the_pulls_words_are_shown(tmp_path: Path, made: list[str]):
    with pytest.raises(AssertionError, match="the registry is out of reach"):
        base_image.ensure(engine(tmp_path), "python:3.12", apart=False)
    assert made == []


def test_a_store_of_its_own_gets_one_where_none_can_be_pulled(tmp_path: Path, made: list[str]):
    base_image.ensure(engine(tmp_path), "python:3.12", apart=True)
    assert made == ["docker.io/library/python:3.12"]


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("given", [{"known": True}, {"pulls": True}])
def test_what_is_known_or_can_be_pulled_is_taken(tmp_path: Path, made: list[str], given: dict[str, bool], apart: bool):
    base_image.ensure(engine(tmp_path, **given), "python:3.12", apart=apart)
    assert made == []


def test_the_stand_in_for_grafana_listens_on_loopback_only():
    tree = ast.parse((ROOT / "tests/grafana/http.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    places = [ast.unparse(each.args[0]) for each in calls if ast.unparse(each.func) == "ThreadingHTTPServer"]
    assert places == ["('127.0.0.1', 0)"]
