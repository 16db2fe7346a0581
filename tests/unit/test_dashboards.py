"""The dashboards: what Grafana understands of them, and what they may ask. `grafana_foundation_sdk` has its schema."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from k8s.grafana import config, dashboards
from mesh.alarms import WATCHES
from mesh.contracts.model import Column, Contract, Table
from mesh.contracts.read import read_contracts
from mesh.cost.estimate import METRICS_A_DOMAIN, METRICS_OF_THE_MESH, REFRESHES_A_HOUR
from mesh.names import DomainName
from tests.sample import DOMAINS_FOLDER, EVENTS, MARKETING, SALES

CONTRACTS = read_contracts(DOMAINS_FOLDER, (SALES, MARKETING))
CALLS = Table(
    name="calls",
    columns=(
        Column(name="call_id", logical_type="integer", physical_type="bigint", required=True, mask=None),
        Column(name="caller's", logical_type="string", physical_type="text", required=True, mask="phone"),
        Column(name="came_at", logical_type="timestamp", physical_type="timestamptz", required=True, mask=None),
    ),
    key=("call_id",),
)
SECRETIVE = replace(CALLS, name="diaries", columns=(CALLS.columns[1],))
CARE = Contract(domain="customer-care", tables=(CALLS, SECRETIVE))
SQL_FIELDS = {
    "grafana-postgresql-datasource": {"refId", "datasource", "format", "editorMode", "rawQuery", "rawSql"},
    "trino-datasource": {"refId", "datasource", "format", "rawSQL"},
}
"""What the SQL editors of both data sources write; the schema has neither."""


def boards(contracts: Mapping[DomainName, Contract] = CONTRACTS) -> dict[str, dict[str, Any]]:
    said = dashboards.files(
        contracts, EVENTS, identifiers={name: f"rds-{name}" for name in contracts}, region="eu-west-3", monthly_usd=200
    )
    assert list(said) == list(dashboards.names(contracts))
    return {name: json.loads(text) for name, text in said.items()}


ALL = boards(CONTRACTS | {DomainName("customer-care"): CARE})


def panels(board: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {panel["title"]: panel for panel in board["panels"]}


def queries(board: Mapping[str, Any]) -> Iterator[str]:
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield target.get("rawSql") or target.get("rawSQL") or ""


def lost(ours: Any, theirs: Any, place: str = "") -> Iterator[str]:
    """What of `ours` is not in `theirs`; that Grafana's types add defaults is fine."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            if key not in theirs:
                yield f"{place}.{key} is no field of Grafana's"
            else:
                yield from lost(value, theirs[key], f"{place}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from lost(one, other, f"{place}[{number}]")
    elif ours != theirs:
        yield f"{place} is {ours!r}, and Grafana reads {theirs!r}"


def not_understood(board: dict[str, Any]) -> list[str]:
    register_default_plugins()
    return list(lost(board, json.loads(json.dumps(Dashboard.from_json(board), cls=JSONEncoder))))


@pytest.mark.parametrize("name", list(ALL))
def test_grafana_understands_every_field_of_a_dashboard(name: str):
    assert not not_understood(ALL[name])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda board: board.update(refreshEvery="1m"),
        lambda board: board["panels"][0].update(gridpos={}),
        lambda board: board["panels"][0]["gridPos"].update(width=3),
        lambda board: board["panels"][-1]["fieldConfig"]["defaults"].update(units="s"),
        lambda board: board["panels"][-1]["fieldConfig"]["defaults"]["custom"].update(thresholdStyle={}),
        lambda board: board["panels"][-1]["targets"][0].update(metric="CPUUtilization"),
    ],
)
def test_a_wrong_name_of_a_field_is_noticed(spoil: Any):
    board = boards()["domain-sales.json"]
    spoil(board)
    assert not_understood(board), "a check that never complains proves nothing"


@pytest.mark.parametrize("name", list(ALL))
def test_every_panel_has_a_place_of_its_own_and_a_query_to_its_data_source(name: str):
    board = ALL[name]
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and place["x"] + place["w"] <= 24, f"{panel['title']} covers another panel"
        taken |= cells
        (target,) = panel["targets"]
        assert target["datasource"] == panel["datasource"]
        fields = SQL_FIELDS.get(panel["datasource"]["type"])
        assert fields is None or set(target) == fields, panel["title"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_a_domain_has_its_dashboard_from_its_contract_alone():
    shown = panels(ALL["domain-customer-care.json"])
    assert set(shown) == {
        "Rows", "Newest values", "calls over time", "Contract checks", "Processor", "Connections", "Free disk",
    }  # fmt: skip
    assert shown["Rows"]["datasource"]["uid"] == "postgresql-customer-care"
    assert '"came_at"' in shown["Newest values"]["targets"][0]["rawSql"]
    assert "Freshness: customer-care" in panels(ALL["mesh.json"])


def test_a_table_of_personal_columns_alone_is_left_out():
    assert not [query for query in queries(ALL["domain-customer-care.json"]) if "diaries" in query], (
        "PostgreSQL counts no rows for a role that reads no column"
    )


@pytest.mark.parametrize("domain", [SALES, MARKETING])
def test_no_query_to_postgresql_names_a_personal_column(domain: DomainName):
    personal = {column.name for table in CONTRACTS[domain].tables for column in table.personal}
    for query in queries(ALL[f"domain-{domain}.json"]):
        assert not set(re.findall(r"\w+", query)) & personal
        assert "*" not in query.replace("count(*)", ""), "all columns are personal ones too"


def test_checks_that_need_no_personal_column_are_all_there():
    query = panels(ALL["domain-sales.json"])["Contract checks"]["targets"][0]["rawSql"]
    for check in ("There are orders", "Every customer is there", "at most 0 s behind orders.ordered_at"):
        assert check in query
    assert "No two customers share an e-mail" not in query


def test_a_check_over_all_columns_of_a_table_is_left_out():
    (rule,) = CONTRACTS[SALES].tables[1].quality
    asks = replace(rule, what="All of it", metric=None, query="SELECT count(*) FROM (SELECT o.* FROM orders o) x")
    orders = replace(CONTRACTS[SALES].tables[1], quality=(rule, asks))
    board = boards({SALES: replace(CONTRACTS[SALES], tables=(orders,))})["domain-sales.json"]
    query = panels(board)["Contract checks"]["targets"][0]["rawSql"]
    assert "There are orders" in query and "All of it" not in query


def test_a_quote_in_a_name_stays_in_its_place():
    table = replace(CALLS, name="it's", columns=CALLS.columns[:1])
    board = boards({DomainName("care"): Contract(domain="care", tables=(table,))})["domain-care.json"]
    assert "SELECT 'it''s' AS" in panels(board)["Rows"]["targets"][0]["rawSql"]


def test_a_latency_of_the_contract_is_shown_with_its_limit():
    shown = panels(ALL["domain-sales.json"])["Lag: customer_revenue.last_order_at behind orders.ordered_at"]
    assert [step["value"] for step in shown["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [None, 1]


def test_the_servers_charts_have_the_limits_of_the_alarms():
    limits = {watch.metric: watch.threshold for watch in WATCHES}
    for title in ("Processor", "Connections", "Free disk"):
        panel = panels(ALL["domain-sales.json"])[title]
        (target,) = panel["targets"]
        assert target["dimensions"] == {"DBInstanceIdentifier": "rds-sales"} and target["region"] == "eu-west-3"
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] == limits[target["metricName"]]


def test_the_estimate_counts_each_metric_that_the_dashboards_read():
    counted = {
        name: sum(
            panel["datasource"]["type"] == "cloudwatch" for panel in panels(board).values() if "datasource" in panel
        )
        for name, board in ALL.items()
    }
    assert counted.pop("mesh.json") == METRICS_OF_THE_MESH
    assert set(counted.values()) == {METRICS_A_DOMAIN}
    assert re.search(r"min_refresh_interval ?= ?1m", config.server()), f"{REFRESHES_A_HOUR} times an hour"


def test_the_bill_is_read_where_aws_keeps_it_and_has_the_budget_as_a_line():
    panel = panels(ALL["mesh.json"])["Bill of this month, and the budget"]
    (target,) = panel["targets"]
    assert (target["region"], target["namespace"], target["metricName"]) == (
        "us-east-1", "AWS/Billing", "EstimatedCharges",
    )  # fmt: skip
    assert target["dimensions"] == {"Currency": "USD"} and target["statistic"] == "Maximum"
    shown = panel["fieldConfig"]["defaults"]
    assert shown["thresholds"]["steps"][1]["value"] == 200
    assert shown["custom"]["thresholdsStyle"] == {"mode": "line"}
    assert shown["custom"]["axisSoftMax"] > 200, "the line would be above the picture"


def test_revenue_by_campaign_is_there_only_with_both_output_ports():
    assert "Revenue by campaign" in panels(ALL["mesh.json"])
    for left in ({SALES: CONTRACTS[SALES]}, {DomainName("customer-care"): CARE}, {}):
        assert "Revenue by campaign" not in panels(boards(left)["mesh.json"])
    tables = tuple(table for table in CONTRACTS[MARKETING].tables if table.name != "lead_first_touch")
    without = CONTRACTS | {MARKETING: replace(CONTRACTS[MARKETING], tables=tables)}
    assert "Revenue by campaign" not in panels(boards(without)["mesh.json"])


def test_the_dashboards_find_each_other():
    for board in ALL.values():
        (link,) = board["links"]
        assert set(link["tags"]) <= set(board["tags"])
