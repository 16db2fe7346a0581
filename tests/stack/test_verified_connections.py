"""The clients of the databases against a real PostgreSQL: one that cannot prove its name is not logged in to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.sql
import pytest
import trustme

from client.errors import CommandError
from client.stack import parse_outputs
from examples.mesh_notebook import Mesh
from local.servers import certificates, postgres
from tests.stack.servers_here import stack_in_a_folder

NAME = "datamesh-sales-0001"
LOGIN = {"user": "dm_admin", "password": "Throwaway7Password"}


@dataclass
class Place:
    """Where a client looks for the database: under which name, and whom it believes."""

    host: str
    port: int
    authority: Path


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with stack_in_a_folder():
        yield postgres.create(NAME, host="127.0.0.1", database="sales_db", **LOGIN)


def by_client(place: Place) -> Any:
    """What the client of seed, commands and examples sees."""
    outputs = {
        "domains": {
            "sales": {
                "host": place.host,
                "port": place.port,
                "identifier": NAME,
                "database": "sales_db",
                "catalog": "sales",
                "lakePrefix": "sales/",
                "analystRoleArn": "arn",
            }
        },
        "credentials": {"databases": {"sales": {"admin": LOGIN}}, "people": {}},
        "lake": {"bucket": "b", "region": "us-east-1", "eventsTable": "e", "eventsPrefix": "events/"},
        "trino": {"url": "https://127.0.0.1:1", "portForward": None, "authority": ""},
        "people": {},
        "databaseCa": str(place.authority),
    }
    connection = parse_outputs(outputs).connect("sales", "admin")
    try:
        return connection.info.ssl_in_use
    finally:
        connection.close()


def by_notebook(place: Place) -> Any:
    """What the notebook's own `tables` sees."""
    mesh = Mesh.__new__(Mesh)
    mesh.domains = {"sales": {"host": place.host, "port": place.port, "database": "sales_db"}}
    mesh.logins = {"sales": LOGIN}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_CA", str(place.authority))
        return mesh.tables("sales") == {}


CLIENTS = pytest.mark.parametrize("client", [by_client, by_notebook], ids=["client", "notebook"])


@CLIENTS
def test_a_database_that_proves_its_name_is_logged_in_to(client: Callable[[Place], Any], port: int):
    assert client(Place("127.0.0.1", port, certificates.ca())) is True


@CLIENTS
def test_a_database_of_another_name_is_refused(
    client: Callable[[Place], Any], port: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")  # what somebody does who answers for the name in its place
    with pytest.raises((CommandError, psycopg2.OperationalError), match="does not match host name"):
        client(Place("sales.example.com", port, certificates.ca()))


@CLIENTS
def test_a_database_of_another_authority_is_refused(client: Callable[[Place], Any], port: int, tmp_path: Path):
    theirs = tmp_path / "theirs.pem"
    trustme.CA().cert_pem.write_to_path(str(theirs))
    with pytest.raises((CommandError, psycopg2.OperationalError), match="certificate verify failed"):
        client(Place("127.0.0.1", port, theirs))
