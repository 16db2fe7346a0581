"""What to open: the table at the end of `make up` and in `make status`."""

from pathlib import Path

import pytest

from client.stack import parse_outputs
from commands.addresses import rows, shown
from tests.sample import ROOT


def stack(port_forward: str | None, endpoint: str | None):
    domain = {
        "host": "127.0.0.1", "port": 5432, "database": "sales_db", "catalog": "sales", "lakePrefix": "sales/",
        "identifier": "datamesh-sales-1", "analystRoleArn": "arn:aws:iam::000000000000:role/x",
    }  # fmt: skip
    return parse_outputs(
        {
            "domains": {"sales": domain},
            "credentials": {"databases": {"sales": {}}, "people": {"sales-analyst": "secret"}},
            "lake": {"bucket": "b", "region": "us-east-1", "eventsTable": "lake.events.x", "eventsPrefix": "events/"}
            | ({"endpoint": endpoint} if endpoint else {}),
            "trino": {"url": "https://127.0.0.1:8443", "portForward": port_forward, "authority": "PEM"},
            "people": {"admin": ["sales"], "sales-analyst": ["sales"]},
            "databaseCa": "/ca.pem",
        }
    )


def test_a_local_stack_has_the_clients_address_of_trino_the_notebook_and_its_page(tmp_path: Path):
    local = stack(None, "http://127.0.0.1:9")
    without = dict((what, (where, how)) for what, where, how in rows(local, tmp_path / "catalogue.html"))
    assert without["Trino, for every client"] == ("https://127.0.0.1:8443", "make sql USER=sales-analyst")
    assert without["database of sales"][0] == "127.0.0.1:5432/sales_db"
    assert without["a person's password"] == ("admin, sales-analyst", "make password USER=sales-analyst")
    assert "the page of the mesh" not in without, "it is not made yet"
    (tmp_path / "catalogue.html").write_text("")
    assert ("the page of the mesh", str(tmp_path / "catalogue.html")) in [
        row[:2] for row in rows(local, tmp_path / "catalogue.html")
    ]


def test_a_stack_elsewhere_is_named_in_every_command(tmp_path: Path):
    found = list(rows(stack("kubectl port-forward x", None), tmp_path, " STACK=dev"))
    typed = [how for _, _, how in found if how.startswith("make ")]
    assert typed and all("STACK=dev" in how for how in typed)
    assert "secret" not in str(found)


@pytest.mark.parametrize("width", [None, 200, 60, 20])
def test_what_is_to_be_copied_is_whole_however_narrow_the_terminal(tmp_path: Path, width: int | None):
    found = list(rows(stack(None, "http://127.0.0.1:9"), tmp_path))
    lines = "\n".join(shown(found, width))
    assert all(where in lines and how in lines for _, where, how in found)
    assert len(lines.splitlines()) == (len(found) + 2 if width in (None, 200) else 3 * len(found))


def test_make_up_ends_with_it():
    text = (ROOT / "local" / "__main__.py").read_text(encoding="utf-8")
    assert text.index('"commands.contract_verdict"') < text.index('"commands.addresses"')
