"""Where analysts have no password: the token that AWS's library signs is for this database, this port and this user."""

import ast
import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import psycopg2
import pytest

from client.errors import CommandError
from client.stack import parse_outputs
from tests.sample import ROOT

PLACE = {"host": "sales.example.com", "port": 5433, "database": "sales_db"}


def by_client() -> None:
    outputs = {
        "domains": {
            "sales": {
                **PLACE,
                "identifier": "datamesh-sales-1",
                "catalog": "sales",
                "lakePrefix": "sales/",
                "analystRoleArn": "arn",
            }
        },
        "credentials": {"databases": {"sales": {}}, "people": {}},
        "lake": {"bucket": "b", "region": "eu-west-3", "eventsTable": "e", "eventsPrefix": "events/"},
        "trino": {"url": "https://127.0.0.1:1", "portForward": None, "authority": ""},
        "people": {},
        "databaseCa": "data/rds-root-cas.pem",
    }
    parse_outputs(outputs).connect("sales", "analyst")


def by_notebook() -> None:
    cells = json.loads((ROOT / "examples/mesh.ipynb").read_text(encoding="utf-8"))["cells"]
    (cell,) = [text for each in cells if "psycopg2.connect" in (text := "".join(each["source"]))]
    functions = [node for node in ast.parse(cell).body if isinstance(node, ast.FunctionDef)]
    names: dict[str, Any] = {
        "mesh": {"domains": {"sales": PLACE}},
        "logins": {"sales": {"user": "sales_analyst"}},
        "lake": {"region": "eu-west-3"},
        "os": SimpleNamespace(environ={"DATABASE_CA": "ca.pem"}),
        "psycopg2": psycopg2,
        "boto3": boto3,
    }
    exec(compile(ast.Module(list(functions), []), "mesh.ipynb", "exec"), names)
    names["tables"]("sales")


@pytest.mark.parametrize("client", [by_client, by_notebook], ids=["client", "notebook"])
def test_the_token_is_for_the_database_that_is_logged_in_to(client: Any, monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMOCK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    asked: dict[str, Any] = {}

    def connect(**arguments: Any) -> None:
        asked.update(arguments)
        raise psycopg2.OperationalError("nobody answers")

    monkeypatch.setattr(psycopg2, "connect", connect)
    with pytest.raises((CommandError, psycopg2.OperationalError), match="nobody answers"):
        client()
    assert (asked["host"], asked["port"]) == (PLACE["host"], PLACE["port"])
    assert (asked["user"], asked["dbname"]) == ("sales_analyst", "sales_db")
    token = urlsplit(f"//{asked['password']}")
    said = parse_qs(token.query)
    assert (token.hostname, token.port) == (PLACE["host"], PLACE["port"])
    assert (said["Action"], said["DBUser"]) == (["connect"], ["sales_analyst"])
    assert "/eu-west-3/rds-db/" in said["X-Amz-Credential"][0] and "hush" not in asked["password"]
