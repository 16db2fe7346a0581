"""What the commands of publications do where a port, a domain or a database is not as it should be: without servers."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from unittest.mock import Mock

import pytest

from client.errors import CommandError
from mesh.contracts.model import Contract
from mesh.names import DomainName
from publish import commands
from publish.__main__ import main
from publish.errors import NotPublishedError
from publish.ports import Port
from publish.state import State
from tests.unit.test_publish import NOW, SALES, port, published


@pytest.mark.parametrize("command", ["publish", "history", "rollback", "expire"])
def test_a_port_of_another_domain_is_refused_by_name(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    contracts = {
        SALES: Contract(domain="sales", tables=(port().table,)),
        DomainName("marketing"): Contract(domain="marketing", tables=()),
    }
    monkeypatch.setattr(commands, "declared_domains", lambda _: [])
    monkeypatch.setattr(commands, "read_contracts", lambda *_: contracts)
    assert main([command, "--domain", "marketing", "--port", "sales.port"]) == 1
    assert "PORT=sales.port is not of DOMAIN=marketing" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "status"), [(["--domain", "marketing"], 1), ([], 0)])
def test_where_nothing_is_kept_a_name_is_refused_and_all_is_nothing_to_do(
    words: list[str], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    contracts = {DomainName("marketing"): Contract(domain="marketing", tables=())}
    monkeypatch.setattr(commands, "declared_domains", lambda _: [])
    monkeypatch.setattr(commands, "read_contracts", lambda *_: contracts)
    monkeypatch.setattr(commands, "read_stack", None)
    assert main(["publish", *words]) == status
    said = capsys.readouterr()
    assert ("DOMAIN=marketing keeps no port in the lake" in said.err) == bool(status)
    assert ("docs/lake.md" in said.out) != bool(status)


def test_a_domain_whose_database_sleeps_keeps_no_other_from_publishing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    @contextmanager
    def alone(_: object, domain: str) -> Iterator[None]:
        if domain == "marketing":
            raise CommandError("cannot log in to the database of marketing")
        yield

    ports = [Port(DomainName("marketing"), port().table), port()]
    refused = NotPublishedError("sales.port has rows without a key of their own")
    monkeypatch.setattr(
        commands, "declared_ports", lambda *_: [*ports, Port(SALES, replace(port().table, name="other"))]
    )
    monkeypatch.setattr(commands, "read_stack", lambda _: None)
    monkeypatch.setattr(commands, "alone", alone)
    monkeypatch.setattr(commands.Lake, "end_running", lambda _: 0)
    states = {name: State(1, "") for name in ("port", "other")}
    monkeypatch.setattr(commands, "prepare", lambda *_: states)
    monkeypatch.setattr(commands, "publish", Mock(side_effect=[refused, None]))
    assert main(["publish"]) == 1
    said = capsys.readouterr()
    assert said.out == "sales.other: unchanged\n"
    assert "cannot log in to the database of marketing" in said.err and str(refused) in said.err


def test_what_was_never_published_or_sleeps_keeps_no_other_port_from_expiring(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    @contextmanager
    def settled(_: object, of: Port) -> Iterator[Port]:
        if of.domain == "marketing":
            raise CommandError("cannot log in to the database of marketing")
        yield of

    names = ("other", "port")
    every = [Port(DomainName("marketing"), port().table), *(Port(SALES, replace(port().table, name=n)) for n in names)]
    expired = Mock()
    monkeypatch.setattr(commands, "declared_ports", lambda *_: every)
    monkeypatch.setattr(commands, "_settled", settled)
    monkeypatch.setattr(commands, "_now", lambda _: NOW)
    ages = [40, *range(10, 0, -1)]
    monkeypatch.setattr(commands.ledger, "publications", lambda _, of: published(*ages) if of is every[2] else [])
    monkeypatch.setattr(commands.upkeep, "expire", expired)
    monkeypatch.setattr(commands, "_name_unkept", lambda *_: ["finance: Trino refuses"])
    monkeypatch.setattr(commands, "read_stack", lambda _: None)
    assert main(["expire"]) == 1
    said = capsys.readouterr()
    assert "sales.other was never published: nothing expires" in said.out
    assert "cannot log in to the database of marketing" in said.err and "finance: Trino refuses" in said.err
    assert [call.args[1] for call in expired.call_args_list] == [every[2]]


def test_the_past_of_a_port_that_no_contract_keeps_is_named_with_what_drops_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    there = {"publications", "port", "old", "old_as_of", "port_as_of"}
    monkeypatch.setattr(commands, "read_stack", lambda _: Mock(domains=["marketing", "sales"]))
    monkeypatch.setattr(commands, "declared_ports", lambda *_: [port()])
    monkeypatch.setattr(commands, "_settled", lambda *_: nullcontext())
    monkeypatch.setattr(commands, "_expire", lambda *_, **__: None)
    monkeypatch.setattr(commands.Lake, "tables", lambda place: there if place.domain == "sales" else set())
    monkeypatch.setattr(commands.Lake, "rows", lambda *_: [("port",), ("old",), ("dropped",)])
    assert main(["expire", "--domain", "sales"]) == 0
    said = capsys.readouterr().out
    assert "sales.old: no contract keeps it, and its past stays for ever" in said
    assert """DROP VIEW IF EXISTS "lake"."sales"."old_as_of"; DROP TABLE "iceberg"."sales"."old"'""" in said
    assert "dropped" not in said and "sales.port" not in said
