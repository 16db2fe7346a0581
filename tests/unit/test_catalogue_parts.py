"""The parts of the catalogue that ask no server: history, cost, samples' queries, lineage, the file, how to connect."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal

import pytest

from catalogue import __main__ as command
from catalogue import costs, file, lineage, samples, verdicts
from catalogue.connections import connections
from catalogue.product import Source
from client.stack import Lake, Stack, Trino
from commands.contract_history import Outcome
from mesh.contracts.model import Publication
from mesh.contracts.read import read_contracts, read_shared_contract
from mesh.cost.estimate import estimate, stack_usage
from mesh.names import DomainName
from mesh.settings import Settings, WorkbenchSettings
from tests.sample import DOMAINS_FOLDER, MARKETING, SALES

CONTRACTS = read_contracts(DOMAINS_FOLDER, (SALES, MARKETING))
SOURCE = Source(server="prices")


def outcome(
    at: int, what: str, said: Literal["passed", "failed", "not checked"], product: str = "sales.orders"
) -> Outcome:
    return Outcome(f"2026-11-2{at} 10:00:00 UTC", product, "PostgreSQL", what, said)


def test_a_check_has_its_last_outcome_since_it_is_so_and_failed_ones_come_first():
    found = verdicts.of(
        [
            outcome(1, "key", "passed"), outcome(1, "rows", "passed"), outcome(1, "gone", "failed"),
            outcome(2, "key", "failed"), outcome(2, "rows", "passed"), outcome(2, "rows", "failed", "sales.customers"),
            outcome(3, "key", "failed"), outcome(3, "rows", "passed"), outcome(3, "age", "not checked"),
        ],
        "sales.orders",
    )  # fmt: skip
    assert [(check.what, check.outcome, check.since) for check in found.checks] == [
        ("key", "failed", "2026-11-22 10:00:00"),
        ("age", "not checked", "2026-11-23 10:00:00"),
        ("rows", "passed", "2026-11-21 10:00:00"),
    ]
    assert [(run.at[:10], run.passed, run.failed, run.not_checked) for run in found.runs] == [
        ("2026-11-21", 2, 1, 0), ("2026-11-22", 1, 1, 0), ("2026-11-23", 1, 1, 1),
    ]  # fmt: skip


def test_a_product_that_the_last_run_did_not_check_has_no_checks_any_more():
    old, new = outcome(1, "key", "passed"), outcome(2, "key", "passed", "sales.customers")
    assert verdicts.of([old, new], "sales.orders").checks == ()
    assert verdicts.of([], "sales.orders") == verdicts.Verdicts()


@pytest.mark.parametrize("workbench", [None, WorkbenchSettings(months=2)])
def test_the_months_of_all_domains_add_up_to_what_make_cost_says(workbench: WorkbenchSettings | None):
    settings = Settings(owner="ada", months=4, alert_email="ada@example.com", workbench=workbench)
    estimated = estimate(stack_usage(settings, 3))
    names = [DomainName(each) for each in ("care", "marketing", "sales")]
    cost = costs.split(settings, estimated, names, "2026-11-15", SOURCE)
    assert cost.total == pytest.approx(estimated.total) and cost.real
    assert [month.label for month in cost.months] == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert all([name for name, _ in month.domains] == names for month in cost.months)
    assert (cost.months[0].total > cost.months[-1].total) == (workbench is not None)
    assert cost.monthly_budget == 50 and cost.budget == 200
    assert {month.label for month in costs.split(settings, estimated, names, "", SOURCE).months} == {""}


def test_a_sample_is_the_first_row_that_all_consumers_see_by_columns_that_all_see_in_clear():
    customers, orders, revenue = CONTRACTS[SALES].tables
    touch = CONTRACTS[MARKETING].tables[2]
    assert samples.order(orders) == ['"order_id"']
    assert samples.order(touch) == ['"campaign_id"', '"campaign_name"', '"first_touch_at"'], "its key is personal"
    some = [Publication(consumer=MARKETING, rows="revenue > 0"), Publication(consumer=DomainName("care"))]
    assert samples.order(replace(revenue, published=tuple(some))) == [
        "CASE WHEN (revenue > 0) THEN 0 ELSE 1 END",
        '"customer_id"',
    ]
    closed = replace(customers, columns=customers.personal, key=())
    assert samples.order(closed) == []


def test_whoever_has_lost_access_is_asked_as_an_outsider():
    orders = CONTRACTS[SALES].tables[1]
    ended = replace(orders, published=(Publication(consumer=MARKETING, until=date(2020, 1, 1)),))
    contract = replace(CONTRACTS[SALES], tables=(ended,))
    asked = list(samples.readers(contract.on(date(2026, 1, 1)), [MARKETING, SALES], "sales.public"))
    assert [(each.reader, each.person) for each in asked] == [
        ("owner", "sales-analyst"), ("outsider", "marketing-analyst"), ("grafana", "grafana"),
    ]  # fmt: skip
    alone = list(samples.readers(contract.on(date(2026, 1, 1)), [SALES], "sales.public"))
    assert [each.reader for each in alone] == ["owner", "grafana"]
    events = samples.readers(read_shared_contract(DOMAINS_FOLDER), [MARKETING, SALES], "lake.events")
    assert [each.person for each in events] == ["marketing-analyst", "grafana"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (b"\x00\xff", "00ff"),
        (["a", 1], '["a", 1]'),
        ("x" * 300, "x" * 199 + "…"),
        (0, "0"),
    ],
)
def test_any_value_becomes_a_text_that_has_a_place_on_a_page(value: object, text: str):
    assert samples.text(value) == text


def test_tables_come_from_trinos_plan_and_cross_domains_when_they_are_of_two():
    plan = json.dumps(
        {
            "inputTableColumnInfos": [
                {"table": {"catalog": catalog, "schemaTable": {"schema": "public", "table": table}}}
                for catalog, table in (("sales", "orders"), ("marketing", "leads"), ("sales", "orders"))
            ]
        }
    )
    assert lineage.tables_of(plan) == ["marketing.public.leads", "sales.public.orders"]
    assert lineage.crosses(["sales.orders", "marketing.leads"])
    assert not lineage.crosses(["sales.orders", "sales.customers"]) and not lineage.crosses([])


def test_a_page_is_private_and_whole_and_says_what_it_was_made_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "folder" / "catalogue.html"
    file.write(path, "<html>\ud800</html>\n\n", "0123")
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert path.read_text().startswith("<html>&#55296;</html>\n")
    assert file.shows(path, "0123") and not file.shows(path, "4567") and not file.shows(tmp_path / "none", "0123")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        file.write(path, "another", None)
    assert file.shows(path, "0123") and list(path.parent.iterdir()) == [path], "the old page stays, and no half one"


def test_open_says_what_to_type_when_there_is_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("DATAMESH_LOCAL", str(tmp_path))
    monkeypatch.setattr("webbrowser.open", lambda _: pytest.fail("nothing is there to open"))
    assert command.main(["--stack", "local", "--open"]) == 1
    assert capsys.readouterr().err.endswith("Type: make catalogue\n")
    (tmp_path / "catalogue.html").write_text("page")
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: not opened.append(url))
    assert command.main(["--stack", "local", "--open"]) == 0
    assert opened == [(tmp_path / "catalogue.html").as_uri()]
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    assert command.main(["--stack", "local", "--open"]) == 1


@pytest.mark.parametrize("local", [True, False])
def test_the_ways_to_connect_name_the_stack_where_it_is_not_the_local_one(local: bool):
    stack = Stack(
        domains={},
        lake=Lake("bucket", "us-east-1", "lake.events.x", "events/", "http://127.0.0.1:1" if local else None),
        trino=Trino("https://127.0.0.1:8443", None if local else "kubectl port-forward", "", {"ada": "SECRET"}),
        people={},
        database_ca=Path(),
    )
    ways = {way.tool: way.text for way in connections(stack, "dev", "ada", "sales.public.orders")}
    assert ("STACK=dev" in ways["password"]) != local and ("forward" in ways) != local
    assert "SECRET" not in str(ways) and "127.0.0.1:8443" in ways["jdbc"] and "SELECT count(*)" in ways["python"]
    compile(ways["python"], "snippet", "exec")
