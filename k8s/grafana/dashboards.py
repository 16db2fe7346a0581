"""Grafana's dashboards: one a domain, made from its contract alone, and one of the whole mesh; pure functions."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from k8s.grafana import chart_panels, dashboard_sql
from mesh.alarms import WATCHES
from mesh.contracts.model import Contract, Table
from mesh.names import ACCOUNT_REGION, EVENTS, DomainName

Panel = dict[str, Any]
Row = tuple[int, Sequence[Panel]]
"""The height of the panels, and those panels side by side."""

_WIDTH = 24
"""Columns of a dashboard."""
_SCHEMA = 42
"""The version of the dashboard format that Grafana 12.4 writes."""
_METRICS = (
    ("CPUUtilization", "Processor", "percent"),
    ("DatabaseConnections", "Connections", "short"),
    ("FreeStorageSpace", "Free disk", "bytes"),
)
TRINO = {"type": "trino-datasource", "uid": "trino"}
CLOUDWATCH = {"type": "cloudwatch", "uid": "cloudwatch"}
_LINK = {
    **{"title": "Dashboards of the mesh", "type": "dashboards", "tags": ["datamesh"], "asDropdown": True},
    **{"icon": "external link", "tooltip": "", "targetBlank": False, "keepTime": False, "includeVars": False},
}
"""To the other dashboards; Grafana's own types know none of its fields as optional."""
OVERVIEW = "mesh"
"""The overview's `uid` and the name of its file."""


def names(contracts: Mapping[DomainName, Contract]) -> dict[str, str]:
    """By file name of a dashboard, what the name of its ConfigMap ends with."""
    return {f"{OVERVIEW}.json": "", **{f"domain-{domain}.json": f"-{domain}" for domain in contracts}}


def files(
    contracts: Mapping[DomainName, Contract],
    events: Table,
    *,
    identifiers: Mapping[DomainName, str],
    region: str,
    monthly_usd: float,
) -> dict[str, str]:
    """The dashboards as JSON by file name.

    `events` is the table of the shared lake; `identifiers` are those of the domains' RDS instances.
    """
    boards = [overview(contracts, events, monthly_usd=monthly_usd)]
    for domain, contract in contracts.items():
        boards.append(domain_dashboard(contract, identifier=identifiers[domain], region=region))
    return {f"{board['uid']}.json": json.dumps(board, indent=1) for board in boards}


def database_source(domain: str) -> dict[str, str]:
    """The reference of panels to the data source of a domain's database."""
    return {"type": "grafana-postgresql-datasource", "uid": f"postgresql-{domain}"}


def domain_dashboard(contract: Contract, *, identifier: str, region: str) -> dict[str, Any]:
    """The dashboard of a domain: rows, freshness, charts, checks of the contract, and the server's metrics."""
    source = database_source(contract.domain)
    tables = [
        _table(title, source, query)
        for title, query in (
            ("Rows", dashboard_sql.row_counts(contract)),
            ("Newest values", dashboard_sql.newest_values(contract)),
        )
        if query
    ]
    lags = [_lag(what, source, query, most) for what, query, most in dashboard_sql.lags(contract)]
    checks = dashboard_sql.contract_checks(contract)
    server = [_metric(title, metric, unit, identifier, region) for metric, title, unit in _METRICS]
    target = partial(_postgresql, source)
    charts = _charts(chart_panels.of(contract, "postgresql", target))
    rows: list[Row] = [(8, tables), (4, lags), *charts, (12, [_checks(source, checks)] if checks else []), (8, server)]
    return _board(f"domain-{contract.domain}", f"Domain: {contract.domain}", contract.purpose, rows, "now-24h")


def overview(contracts: Mapping[DomainName, Contract], events: Table | None, *, monthly_usd: float) -> dict[str, Any]:
    """The dashboard of the mesh: revenue by campaign, freshness of each domain, this month's bill from AWS.

    `events` is the table of the shared lake; with None its charts are left out.
    """
    lake = Contract(domain=EVENTS, tables=(events,) if events else ())
    revenue = dashboard_sql.revenue_by_campaign(contracts)
    newest = [
        _table(f"Freshness: {domain}", database_source(domain), query)
        for domain, contract in contracts.items()
        if (query := dashboard_sql.newest_values(contract))
    ]
    rows: list[Row] = [(9, [*([_revenue(revenue)] if revenue else []), _bill(monthly_usd)])]
    rows += _charts(chart_panels.of(lake, "trino", _trino))
    rows += [(8, newest[start : start + 2]) for start in range(0, len(newest), 2)]
    description = "Revenue by campaign, the lake's events, how new each domain's data is, and this month's bill."
    return _board(OVERVIEW, "Data mesh", description, rows, "now-30d")


def _board(uid: str, title: str, description: str, rows: Sequence[Row], start: str) -> dict[str, Any]:
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["datamesh"],
        "schemaVersion": _SCHEMA,
        "editable": False,
        "timezone": "browser",
        "time": {"from": start, "to": "now"},
        "refresh": "",  # every refresh of the checks reads whole tables
        "links": [_LINK],
        "panels": _placed(rows),
    }


def _placed(rows: Sequence[Row]) -> list[Panel]:
    """The panels with their ids and positions; those of a row share its width."""
    panels: list[Panel] = []
    y = 0
    for height, row in rows:
        for index, panel in enumerate(row):
            width = _WIDTH // len(row)
            place = {"x": index * width, "y": y, "w": width, "h": height}
            panels.append({"id": len(panels) + 1, "gridPos": place, **panel})
        y += height if row else 0
    return panels


def _table(title: str, source: Mapping[str, str], query: str) -> Panel:
    return {"type": "table", "title": title, "datasource": source, "targets": [_postgresql(source, query)]}


def _postgresql(source: Mapping[str, str], query: str) -> dict[str, Any]:
    return {
        **{"refId": "A", "datasource": source, "format": "table"},
        **{"editorMode": "code", "rawQuery": True, "rawSql": query},
    }


def _trino(query: str) -> dict[str, Any]:
    return {"refId": "A", "datasource": TRINO, "format": 1, "rawSQL": query}  # 1: a table


def _charts(panels: Sequence[Panel]) -> list[Row]:
    return [(8, panels[start : start + 2]) for start in range(0, len(panels), 2)]


def _lag(what: str, source: Mapping[str, str], query: str, most: int) -> Panel:
    limits = {"mode": "absolute", "steps": [{"value": None, "color": "green"}, {"value": most + 1, "color": "red"}]}
    return {
        **_table(f"Lag: {what}", source, query),
        "type": "stat",
        "description": f"The contract allows {most:,} s.",
        "fieldConfig": {"defaults": {"unit": "s", "thresholds": limits}, "overrides": []},
        "options": {"reduceOptions": {"calcs": ["lastNotNull"], "values": False}, "colorMode": "value"},
    }


def _checks(source: Mapping[str, str], query: str) -> Panel:
    shown = {"0": {"text": "failed", "color": "red"}, "1": {"text": "passed", "color": "green"}}
    coloured = [
        {"id": "mappings", "value": [{"type": "value", "options": shown}]},
        {"id": "custom.cellOptions", "value": {"type": "color-text"}},
    ]
    return {
        **_table("Contract checks", source, query),
        "description": "Without the checks that read personal columns; `make contracts` runs all of them.",
        "fieldConfig": {
            "defaults": {},
            "overrides": [{"matcher": {"id": "byName", "options": "passed"}, "properties": coloured}],
        },
    }


def _revenue(query: str) -> Panel:
    return {
        **{"type": "barchart", "title": "Revenue by campaign", "datasource": TRINO},
        "description": "What customers bought, by the campaign that reached them first. Trino joins on pseudonyms "
        "of their e-mails. Shows an error where the data source's plugin could not be downloaded.",
        "targets": [_trino(query)],
        "fieldConfig": {"defaults": {"unit": "currencyUSD"}, "overrides": []},
        "options": {"xField": "campaign", "orientation": "horizontal", "showValue": "always"},
    }


def _metric(title: str, metric: str, unit: str, identifier: str, region: str) -> Panel:
    alarm = next(watch for watch in WATCHES if watch.metric == metric)
    above = alarm.comparison == "GreaterThanThreshold"
    target = _cloudwatch(region, "AWS/RDS", metric, {"DBInstanceIdentifier": identifier}, "Average", 300)
    return _line(title, unit, target, alarm.threshold, "green" if above else "red", "red" if above else "green")


def _bill(monthly_usd: float) -> Panel:
    target = _cloudwatch(ACCOUNT_REGION, "AWS/Billing", "EstimatedCharges", {"Currency": "USD"}, "Maximum", 21_600)
    return {
        **_line("Bill of this month, and the budget", "currencyUSD", target, monthly_usd, "green", "red"),
        "description": "The account's bill for this month; the line is a month's share of the budget. Needs "
        "`Receive CloudWatch billing alerts` in the account's billing preferences.",
    }


def _line(title: str, unit: str, target: Mapping[str, Any], limit: float, below: str, above: str) -> Panel:
    """A metric over time, with a line at `limit`."""
    steps = [{"value": None, "color": below}, {"value": limit, "color": above}]
    shown = {"unit": unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
    custom = {
        "thresholdsStyle": {"mode": "line"},
        "axisSoftMax": round(limit * 1.1),
    }  # else the line may be above the picture
    return {
        **{"type": "timeseries", "title": title, "datasource": CLOUDWATCH, "targets": [target]},
        "fieldConfig": {"defaults": {**shown, "custom": custom}, "overrides": []},
    }


def _cloudwatch(
    region: str, namespace: str, metric: str, dimensions: Mapping[str, str], statistic: str, seconds: int
) -> dict[str, Any]:
    return {
        **{"refId": "A", "datasource": CLOUDWATCH, "id": "", "expression": "", "queryMode": "Metrics"},
        **{"metricQueryType": 0, "metricEditorMode": 0},  # search, with the builder
        **{"region": region, "namespace": namespace, "metricName": metric, "dimensions": dimensions},
        **{"matchExact": True, "statistic": statistic, "period": str(seconds)},
    }
