"""The notebook from top to bottom, as the people of a running mesh."""

import base64
import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from commands import notebook
from local.servers.process import free_port, port_is_free
from tests.stack.checkout import Checkout, passwords_in


def cells(mesh: Checkout, person: str) -> list[dict[str, Any]]:
    """What each cell of code showed."""
    done = mesh.python("-m", "commands.notebook", person, "--run")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    executed = json.loads((mesh.folder / "notebooks" / person / "done.ipynb").read_text())
    return [cell for cell in executed["cells"] if cell["cell_type"] == "code"]


LOGIN, OWN_TABLES, ANSWER, BY_CAMPAIGN, OVER_TIME, UPLOAD, EVENTS, SEES, DENIED = range(9)
"""The cells of code, in their order."""


def test_it_shows_an_analyst_their_own_domain_and_what_a_denial_looks_like(mesh: Checkout):
    outputs = mesh.outputs()
    shown = [json.dumps(cell["outputs"]) for cell in cells(mesh, "sales-analyst")]
    everything = "".join(shown)
    assert "You are **sales-analyst**. Your own domains: **sales**." in shown[LOGIN]
    assert "customers" in shown[OWN_TABLES] and "campaigns" not in shown[OWN_TABLES], "PostgreSQL shows one domain"
    assert "Access Denied: Cannot access catalog marketing" in shown[ANSWER]
    assert "Alice Johnson" in shown[ANSWER], "their own rows are not shown in clear"
    assert f"s3://{outputs['lake']['bucket']}/sales/uploads/sales-analyst.csv" in shown[UPLOAD]
    assert "signup" in shown[EVENTS], "the lake's events are not shown"
    assert "marketing: no, none, closed" in shown[SEES] and "sales: yes, 3, in clear" in shown[SEES]
    assert "SHOW TABLES" in shown[DENIED] and "Access Denied: Cannot access catalog marketing" in shown[DENIED]
    assert "Spring Sale" not in everything, "a campaign of marketing is no business of theirs"
    bars = picture(shown, BY_CAMPAIGN)
    assert "Alice Johnson (4) 245.00 USD" in bars and "Alice Johnson (1) 419.99 USD" in bars, "one name, two people"
    assert "What was ordered: 1,905.62 USD in" in picture(shown, OVER_TIME)
    assert not [word for word in passwords_in(outputs["credentials"]) if word in everything]


def test_it_shows_a_consumer_masked_rows_and_the_picture_that_the_port_allows(mesh: Checkout):
    shown = [json.dumps(cell["outputs"]) for cell in cells(mesh, "marketing-analyst")]
    assert "F***" in shown[ANSWER] and "512.30" in shown[ANSWER] and "Frank Miller" not in "".join(shown)
    assert "Spring Sale 2024 1,039.99 USD" in picture(shown, BY_CAMPAIGN)
    assert "Customers by their last order (orders are closed to you): 7.00" in picture(shown, OVER_TIME)
    assert "sales: yes, 2, pseudonyms" in picture(shown, SEES) and "marketing: yes, 3, in clear" in picture(shown, SEES)
    assert "CREATE ROLE mine" in shown[DENIED] and "Cannot create role mine" in shown[DENIED]


def test_it_shows_an_administrator_the_answer_across_domains(mesh: Checkout):
    shown = [json.dumps(cell["outputs"]) for cell in cells(mesh, "admin")]
    assert "campaigns" in shown[OWN_TABLES] and "customers" in shown[OWN_TABLES]
    assert "Frank Miller" in shown[ANSWER] and "Black Friday" in shown[ANSWER] and "512.30" in shown[ANSWER]
    assert "Spring Sale 2024 1,039.99 USD" in picture(shown, BY_CAMPAIGN)
    assert "no, none, closed" not in picture(shown, SEES), "nothing is closed to them"
    assert "Cannot create role mine" in shown[DENIED]


def picture(shown: list[str], cell: int) -> str:
    """What the cell's plot says to whoever does not see it."""
    (output,) = [each for each in json.loads(shown[cell]) if "image/png" in each.get("data", {})]
    assert base64.b64decode(output["data"]["image/png"]).startswith(b"\x89PNG")
    return str(output["metadata"]["image/png"]["alt"])


def test_jupyterlab_opens_the_notebook_to_whoever_has_the_printed_address_until_ctrl_c(mesh: Checkout):
    words = [".venv/bin/python", "-m", "commands.notebook", "both", "--no-browser"]
    lab = subprocess.Popen(
        ["sh", "-c", '. ./.local/env; exec "$@"', "sh", *words],
        cwd=mesh.folder,
        env=os.environ | {"JUPYTER_TOKEN": "of another server"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert lab.stderr
        printed = ""
        while not (found := re.search(r"(http://127\.0\.0\.1:\d+)(/\S*)\?token=(\S+)", printed)):
            line = lab.stderr.readline()
            assert line, f"JupyterLab has ended, and printed no address with a token:\n{printed}"
            printed += line
        server, page, token = found.groups()
        assert page == "/lab/tree/mesh.ipynb", "whoever follows the address has to look for the notebook"
        with requests.Session() as stranger, requests.Session() as owner:
            for each in (stranger, owner):
                each.trust_env = False
                each.mount("http://", HTTPAdapter(max_retries=Retry(connect=20, backoff_factor=0.05)))
            assert "/login?" in stranger.get(f"{server}{page}", timeout=30).url, "it is open to everybody here"
            opened = owner.get(f"{server}{page}", params={"token": token}, timeout=30)
            assert "/login?" not in opened.url, "the printed token opens nothing"
            assert owner.get(f"{server}/api/contents/mesh.ipynb", timeout=30).json()["name"] == "mesh.ipynb"
        os.killpg(lab.pid, signal.SIGINT)  # as a terminal does, to all of the group
        printed += lab.communicate(timeout=60)[1]
    finally:
        if lab.poll() is None:
            lab.terminate()
            lab.communicate(timeout=60)
    assert lab.returncode == 0 and "Traceback" not in printed, printed
    assert port_is_free("127.0.0.1", int(server.rpartition(":")[2])), "it runs on without a terminal"
    assert not list((mesh.folder / "notebooks" / "both" / ".jupyter" / "run").glob("*.json")), "it was cut off"
    assert not [word for word in passwords_in(mesh.outputs()["credentials"]) if word in printed]


@pytest.fixture
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the stack is said to have: one person, and a Trino that does not run."""
    said: dict[str, Any] = {
        "credentials": {"people": {"ada": "x", "grafana": "x", "trino-worker": "x"}, "databases": {}},
        "people": {"ada": []},
        "trino": {
            "url": f"https://127.0.0.1:{free_port('127.0.0.1')}",
            "portForward": None,
            "authority": "CERTIFICATE",
        },
        "databaseCa": "ca.pem",
        "domains": {},
        "lake": {"bucket": "b", "region": "us-east-1", "eventsTable": "e", "eventsPrefix": "events/"},
    }
    monkeypatch.setattr(notebook, "PROJECT", tmp_path)
    monkeypatch.setattr(notebook, "read_outputs", lambda stack: said)
    return said


def test_what_somebody_has_changed_in_their_copy_stays(outputs: dict[str, Any]):
    folder, _ = notebook.prepare(outputs, "ada")
    copy = folder / "mesh.ipynb"
    assert json.loads(copy.read_text())["cells"], "it starts with the notebook of the examples"
    copy.write_text("{}")
    (folder / "mesh_notebook.py").write_text("")
    notebook.prepare(outputs, "ada")
    assert copy.read_text() == "{}"
    assert "class Mesh" in (folder / "mesh_notebook.py").read_text(), "a module is this project's, and comes anew"


@pytest.mark.parametrize("name", ["stranger", "grafana", "trino-worker"])
def test_who_is_no_person_is_told_who_there_is(
    outputs: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
):
    assert notebook.main([name, "--run"]) == 1
    assert f"there is no person {name}; there are ada" in capsys.readouterr().err
    assert not (tmp_path / "notebooks" / name).exists()


@pytest.mark.parametrize(
    ("forward", "advice"),
    [
        (None, "Type `make up`"),
        ("kubectl --context kind-datamesh port-forward", "Type `kubectl --context kind-datamesh"),
    ],
)
def test_without_trino_it_says_what_to_type_and_opens_nothing(
    outputs: dict[str, Any], capsys: pytest.CaptureFixture[str], forward: str | None, advice: str
):
    outputs["trino"]["portForward"] = forward
    assert notebook.main(["ada", "--run"]) == 1
    said = capsys.readouterr().err
    place = outputs["trino"]["url"].removeprefix("https://")
    assert f"Trino does not answer at {place}\n{advice}" in said


def test_a_stack_that_is_not_deployed_is_told_so(outputs: dict[str, Any], capsys: pytest.CaptureFixture[str]):
    outputs.clear()
    assert notebook.main(["ada", "--run"]) == 1
    assert "the selected stack has no output 'credentials'" in capsys.readouterr().err
