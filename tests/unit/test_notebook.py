"""The notebook: a story in prose with answers, and one sentence where a server is silent."""

import importlib
import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import psycopg2
import pytest
import requests
from trino.exceptions import Http503Error, HttpError, TrinoExternalError, TrinoUserError

from examples import connect, mesh_notebook
from examples.mesh_notebook import Answer, Mesh, SilentError
from tests.sample import ROOT


def test_two_thirds_of_it_are_prose():
    cells = json.loads((ROOT / "examples/mesh.ipynb").read_text(encoding="utf-8"))["cells"]
    lines = {kind: sum(len(c["source"]) for c in cells if c["cell_type"] == kind) for kind in ("markdown", "code")}
    assert lines["markdown"] >= 2 * lines["code"], lines
    assert not [c for c in cells if c.get("outputs")], "an answer of somebody is in it"


ANSWERED = Answer(["n"], [(7,)])
SILENCES = [
    requests.ConnectionError("Connection refused: <object at 0x7f>"),
    TrinoExternalError({"errorName": "JDBC_ERROR", "errorType": "EXTERNAL", "message": "Connection refused"}, "q"),
    psycopg2.OperationalError("Connection refused\n\tIs the server running?"),
    Http503Error("Connection refused"),
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A mesh whose server is silent as often as said, and what was started."""

    def make(silence: Exception, times: int, local: bool, code: int = 0) -> tuple[Mesh, list[Any]]:
        mesh, started, left = Mesh.__new__(Mesh), [], [silence] * times

        def answer(statement: str) -> Answer:
            if left:
                raise left.pop()
            return ANSWERED

        def run(command: list[str], cwd: str, **options: Any) -> subprocess.CompletedProcess[str]:
            started.append((command, cwd))
            return subprocess.CompletedProcess(command, code, "", "no room on the disk")

        monkeypatch.setattr(mesh, "_ask", answer)
        monkeypatch.setattr("examples.mesh_notebook.subprocess.run", run)
        monkeypatch.setattr("examples.mesh_notebook.time.sleep", lambda _: None)
        monkeypatch.delenv("MESH_START", raising=False)
        if local:
            monkeypatch.setenv("MESH_START", json.dumps([["python", "-m", "local", "start"], "/here"]))
        return mesh, started

    return make


@pytest.mark.parametrize("silence", SILENCES, ids=lambda error: type(error).__name__)
def test_silent_servers_of_a_local_stack_are_started_and_the_question_is_asked_again(asked: Any, silence: Exception):
    mesh, started = asked(silence, 3, local=True)
    assert mesh.ask("SELECT 7") is ANSWERED
    assert started == [(["python", "-m", "local", "start"], "/here")]


@pytest.mark.parametrize("silence", SILENCES, ids=lambda error: type(error).__name__)
def test_elsewhere_one_sentence_says_that_a_server_is_silent(asked: Any, silence: Exception):
    mesh, started = asked(silence, 1, local=False)
    with pytest.raises(SilentError) as silent:
        mesh.ask("SELECT 7")
    said = "Trino does not answer (Connection refused). Wait a minute, then run this cell again."
    assert silent.value._render_traceback_() == [said], "a notebook shows this in the place of a traceback"
    assert started == []


def test_local_servers_that_do_not_start_say_why(asked: Any):
    mesh, _ = asked(SILENCES[0], 1, local=True, code=1)
    with pytest.raises(SilentError, match="The local servers did not start: no room on the disk"):
        mesh.ask("SELECT 7")


def refusing(error: Exception) -> Mesh:
    """A mesh whose Trino answers every statement with this error."""

    class Refusing:
        def cursor(self) -> "Refusing":
            return self

        def execute(self, _: str) -> None:
            raise error

    mesh = Mesh.__new__(Mesh)
    vars(mesh)["_trino"] = Refusing()
    return mesh


def test_what_trino_refuses_is_an_answer_that_shows_as_text():
    refused = refusing(
        TrinoUserError({"errorName": "PERMISSION_DENIED", "errorType": "USER_ERROR", "message": "No <b>"}, "q")
    ).ask("SELECT 1")
    assert not refused and refused._repr_html_() == "<blockquote>No &lt;b&gt;</blockquote>"


def test_a_password_that_trino_does_not_take_is_one_sentence_that_says_when_it_will(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MESH_START", json.dumps([["false"], "/"]))
    with pytest.raises(SilentError, match=r"does not take the password of this notebook\. Wait two minutes"):
        refusing(HttpError("error 401: b'Access Denied: Invalid credentials'")).ask("SELECT 1")


PICTURES = (
    *("matplotlib", "matplotlib.dates", "matplotlib.pyplot", "matplotlib.axes", "matplotlib.figure"),
    *("IPython", "IPython.display"),
)
"""What the notebook's own environment has, and this one lacks."""


def test_the_walk_asks_for_a_catalog_that_is_a_word_of_sql_in_quotes(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    domain = SimpleNamespace(host="h", port=1, catalog="order", lake_prefix="order/")
    stack: Any = SimpleNamespace(domains={"order": domain}, lake=SimpleNamespace(events_table="lake.events.e"))

    def refused(*_: object) -> None:
        raise connect.RefusedError("no")

    def ask(_: object, query: str, __: str) -> connect.Answer:
        asked.append(query)
        return connect.Answer([], [])

    monkeypatch.setattr(connect, "federated_answer", refused)
    monkeypatch.setattr(connect, "ask", ask)
    monkeypatch.setattr(connect, "count_customers", lambda *_: "")
    monkeypatch.setattr(connect, "upload", lambda *_: "")
    connect.walk(stack, connect.Visitor("order-analyst", "order"))
    assert asked[0] == 'SHOW TABLES FROM "order".public'


def test_a_catalog_that_is_a_word_of_sql_is_asked_for_in_quotes(monkeypatch: pytest.MonkeyPatch):
    mesh, asked = Mesh.__new__(Mesh), []
    mesh.domains = {"order": {"catalog": "order"}}
    mesh.lake, mesh.logins, mesh.me = {"eventsTable": "lake.events.e"}, {"order": {}}, "ada"

    def ask(statement: str) -> Answer:
        asked.append(statement)
        rows = {"SHOW CATALOGS": [("order",)], 'SHOW TABLES FROM "order".public': [("t",)]}
        return Answer(["n"], rows.get(statement, [("public", "t", "email")]))

    monkeypatch.setattr(mesh, "ask", ask)
    for name in PICTURES:
        monkeypatch.setitem(sys.modules, name, MagicMock())
    monkeypatch.setitem(sys.modules, "mesh_notebook", mesh_notebook)
    monkeypatch.delitem(sys.modules, "examples.mesh_pictures", raising=False)
    pictures = importlib.import_module("examples.mesh_pictures")
    monkeypatch.delitem(sys.modules, "examples.mesh_pictures")
    mesh.own_rows()
    pictures._seen(mesh, "order")
    monkeypatch.setattr(mesh, "ask", lambda _: Answer(["n"]))
    asked.append(pictures.something_closed(mesh))
    assert len(named := [each for each in asked if "order" in each]) == 6
    assert all('FROM "order".' in each or 'TABLE "order".' in each for each in named), named
    for emails, seen in ([(True,)], "in clear"), ([(None,)], "no e-mails"), ([], "closed"), ([(False,)], "pseudonyms"):
        monkeypatch.setattr(
            mesh, "ask", lambda text, rows=emails: Answer(["n"], rows if "bool_or" in text else ask(text).rows)
        )
        assert pictures._seen(mesh, "order")[-1][1] == seen


def test_values_of_an_answer_are_text_and_a_long_one_is_cut():
    shown = Answer(["<i>"], [("<script>",), (None,), *[(n,) for n in range(30)]])._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown and "<th>&lt;i&gt;</th>" in shown
    assert "<td></td>" in shown and "… 32 rows in all" in shown
