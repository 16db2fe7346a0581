"""The notebook from top to bottom, as the people of a running mesh."""

import base64
import json
from typing import Any

import pytest

from tests.stack.checkout import Checkout, passwords_in


def cells(mesh: Checkout, person: str) -> list[dict[str, Any]]:
    """What each cell of code showed."""
    done = mesh.python("-m", "tools.notebook", person, "--run")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    notebook = json.loads((mesh.folder / "notebooks" / person / "done.ipynb").read_text())
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_it_shows_an_analyst_their_own_domain_and_what_a_denial_looks_like(mesh: Checkout):
    outputs = mesh.outputs()
    shown = [json.dumps(cell["outputs"]) for cell in cells(mesh, "sales-analyst")]
    everything = "".join(shown)
    assert "You are sales-analyst. Domains: sales." in shown[0]
    assert "customers" in shown[1] and "campaigns" not in shown[1], "PostgreSQL shows the tables of one domain"
    assert "Access Denied" in shown[2] and "marketing" in shown[2]
    assert "Alice Johnson" in shown[2], "their own rows are not shown in clear"
    assert f"s3://{outputs['lake']['bucket']}/sales/uploads/sales-analyst.csv" in shown[4]
    assert "signup" in shown[5], "the lake's events are not shown"
    assert "Access Denied" in shown[6]
    assert "Spring Sale" not in everything, "a campaign of marketing is no business of theirs"
    picture(shown)
    assert not [word for word in passwords_in(outputs["credentials"]) if word in everything]


def test_it_shows_an_administrator_the_answer_across_domains(mesh: Checkout):
    shown = [json.dumps(cell["outputs"]) for cell in cells(mesh, "admin")]
    assert "campaigns" in shown[1] and "customers" in shown[1]
    assert "Frank Miller" in shown[2] and "Black Friday" in shown[2] and "512.30" in shown[2]
    assert "Nothing is denied to you" in shown[6]
    picture(shown)


def picture(shown: list[str]) -> None:
    """The fourth cell is a plot."""
    (output,) = [each for each in json.loads(shown[3]) if "image/png" in each.get("data", {})]
    assert base64.b64decode(output["data"]["image/png"]).startswith(b"\x89PNG")


def test_what_somebody_has_changed_in_their_copy_stays(mesh: Checkout):
    copy = mesh.folder / "notebooks" / "marketing-analyst" / "mesh.ipynb"
    copy.parent.mkdir(parents=True)
    copy.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    done = mesh.python("-m", "tools.notebook", "marketing-analyst", "--run")
    assert done.returncode == 0, done.stderr
    assert json.loads(copy.read_text())["cells"] == []


@pytest.mark.parametrize("name", ["stranger", "grafana", "trino-worker"])
def test_who_is_no_person_is_told_who_there_is(mesh: Checkout, name: str):
    done = mesh.python("-m", "tools.notebook", name, "--run")
    assert done.returncode == 1
    assert f"nobody is called {name}; there are " in done.stderr and "sales-analyst" in done.stderr
