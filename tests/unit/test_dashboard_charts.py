"""The charts of the dashboards: which there are, by the contracts alone. `tests/stack/test_dashboards.py` asks them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from k8s.grafana import chart_sql, dashboards
from mesh.contracts.model import Column, Contract, Latency, Table
from mesh.contracts.read import read_contracts
from mesh.names import DomainName
from tests.grafana.pods import MOST
from tests.sample import DOMAINS_FOLDER, EVENTS, MARKETING, SALES

CARE = DomainName("care")
NUMBER = Column(name="call_id", logical_type="integer", physical_type="bigint", required=True, mask=None)
AT = Column(name="came_at", logical_type="timestamp", physical_type="timestamptz", required=True, mask=None)
CALLS = Table(name="calls", columns=(NUMBER, AT), key=("call_id",))


def boards(contracts: Mapping[DomainName, Contract]) -> dict[str, dict[str, Any]]:
    said = dashboards.files(contracts, EVENTS, identifiers={each: each for each in contracts}, region="", monthly_usd=1)
    return {name: json.loads(text) for name, text in said.items()}


def panels(board: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {panel["title"]: panel for panel in board["panels"]}


SAMPLE = boards(read_contracts(DOMAINS_FOLDER, (SALES, MARKETING)))


def test_each_table_with_a_time_is_drawn_over_time_and_views_are_not():
    drawn = {
        name: [title for title in panels(SAMPLE[name]) if title.endswith("over time")]
        for name in ("domain-sales.json", "domain-marketing.json", "mesh.json")
    }
    assert drawn == {
        "domain-sales.json": ["customers over time", "orders over time"],
        "domain-marketing.json": ["campaigns over time", "leads over time"],
        "mesh.json": ["customer_events over time"],
    }
    shown = panels(SAMPLE["mesh.json"])["customer_events over time"]
    assert shown["datasource"] == dashboards.TRINO and "lake.events." in shown["targets"][0]["rawSQL"]


@pytest.mark.parametrize(
    ("column", "drawn"),
    [
        ({"name": "channel"}, True),
        ({"name": "order_status"}, True),
        ({"name": "reached", "logical_type": "boolean"}, True),
        ({"name": "size", "allowed": ("S", "M")}, True),
        ({"name": "size"}, False),
        ({"name": "typed"}, False),
        ({"name": "type", "logical_type": "integer"}, False),
        ({"name": "channel", "unique": True}, False),
        ({"name": "channel", "references": ("channels.name",)}, False),
        ({"name": "channel", "mask": "hide"}, False),
    ],
)
def test_a_column_of_few_values_is_drawn_by_value(column: dict[str, Any], drawn: bool):
    said: dict[str, Any] = {"logical_type": "string", "physical_type": "text", "required": True, "mask": None}
    table = replace(CALLS, columns=(CALLS.columns[0], Column(**said | column)))
    board = boards({CARE: Contract(domain=CARE, tables=(table,))})["domain-care.json"]
    assert (f"calls by {column['name']}" in panels(board)) == drawn


def test_a_large_domain_has_only_so_many_charts_and_its_dashboard_fits_into_a_config_map():
    kind = replace(CALLS.columns[0], name="kind", logical_type="string", physical_type="text")
    checked = [replace(kind, name=f"kind_{number}", unique=True) for number in range(10)]
    tables = [replace(CALLS, name=f"calls_{number}", columns=(*CALLS.columns, kind, *checked)) for number in range(100)]
    said = boards({CARE: Contract(domain=CARE, tables=tuple(tables))})["domain-care.json"]
    charts = [title for title in panels(said) if title.endswith(("over time", "by kind"))]
    assert len(charts) == 2 * chart_sql.MOST
    assert len(json.dumps(said, indent=1)) < MOST


def test_a_table_is_drawn_by_the_time_that_is_promised_else_by_one_that_every_row_has():
    ended = replace(AT, name="ended_at", required=False)
    late = Latency(column="ended_at", seconds=60, behind=None)
    for table, column in (
        (replace(CALLS, columns=(ended, AT)), "came_at"),
        (replace(CALLS, columns=(AT, ended), latency=(late,)), "ended_at"),
        (replace(CALLS, columns=(NUMBER, ended)), "ended_at"),
    ):
        (count,) = chart_sql.over_time(Contract(domain=CARE, tables=(table,)))
        assert count.column.name == column
    hidden = replace(CALLS, columns=(NUMBER, replace(AT, mask="hide")))
    assert not chart_sql.over_time(Contract(domain=CARE, tables=(hidden,)))
