"""Where analysts have no password: the token that AWS's library signs is for this database, this port and this user."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg2
import pytest

from client.errors import CommandError
from client.stack import parse_outputs
from examples.mesh_notebook import Mesh

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
    mesh = Mesh.__new__(Mesh)
    mesh.domains, mesh.lake = {"sales": PLACE}, {"region": "eu-west-3"}
    mesh.logins = {"sales": {"user": "sales_analyst"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_CA", "ca.pem")
        mesh.tables("sales")


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
