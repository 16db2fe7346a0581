"""The catalogue of a mesh whose servers are silent: each is named, and what needs no server is there."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue import __main__ as command
from catalogue import asking, collect, file
from client.stack import Domain, Lake, Login, Stack, Trino
from mesh.contracts.read import read_contracts, read_shared_contract
from tests.sample import DOMAINS_FOLDER, MARKETING, SALES


@pytest.fixture
def closed() -> Iterator[int]:
    """A port on which nobody answers, and nobody else can listen meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def silent(closed: int, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack elsewhere with the sample's contracts, of which no server answers."""
    monkeypatch.setattr(asking, "read", lambda _: read_contracts(DOMAINS_FOLDER, (SALES, MARKETING)))
    monkeypatch.setattr(asking, "read_shared_contract", lambda: read_shared_contract(DOMAINS_FOLDER))
    logins = {"trino": Login("trino", "SECRET"), "grafana": Login("grafana", "SECRET")}
    return Stack(
        domains={
            name: Domain(name, "127.0.0.1", closed, name, f"{name}_db", name, f"{name}/", "arn", logins)
            for name in (MARKETING, SALES)
        },
        lake=Lake("bucket", "us-east-1", "lake.events.customer_events", "events/", None),
        trino=Trino(f"https://127.0.0.1:{closed}", "kubectl port-forward …", "", {"admin": "SECRET"}),
        people={"admin": (MARKETING, SALES), SALES.analyst: (SALES,)},
        database_ca=Path("none.pem"),
    )


def test_each_silent_server_is_a_gap_and_contracts_and_cost_are_there(silent: Stack):
    made = collect.collect(silent, "test-silent")
    assert {(gap.kind, gap.place) for gap in made.gaps} == {
        ("server", "marketing"), ("server", "sales"), ("server", "Trino"),
    }  # fmt: skip
    assert all("does not answer at 127.0.0.1" in gap.why for gap in made.gaps)
    assert len(made.products) == 7 and all(each.rows is None and not each.samples for each in made.products)
    assert made.cost and made.cost.total > 0 and not made.charts and not made.edges
    assert "SECRET" not in repr(made)


def test_the_command_writes_the_page_names_what_is_silent_and_fails(
    silent: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    page = tmp_path / "page.html"
    monkeypatch.setattr("client.stack.read_stack", lambda _: silent)
    monkeypatch.setattr(file, "place", lambda _: page)
    assert command.main(["--stack", "test-silent"]) == 1
    said = capsys.readouterr()
    assert said.out == f"{page}\n" and "sales" in page.read_text(encoding="utf-8")
    for place in ("marketing", "sales", "Trino"):
        assert f"catalogue: {place}: " in said.err
    assert "3 answers are missing; the page says which" in said.err
