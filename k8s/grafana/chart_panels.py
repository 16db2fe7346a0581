"""The panels of the dashboards' charts: rows over time, and by the values of a column; pure functions."""

from collections.abc import Callable, Mapping
from typing import Any

from k8s.grafana import chart_sql
from k8s.grafana.chart_sql import Count
from mesh.contracts.model import Contract
from mesh.sql import Dialect

Panel = dict[str, Any]


def of(contract: Contract, dialect: Dialect, target: Callable[[str], dict[str, Any]]) -> list[Panel]:
    """The charts of a domain in PostgreSQL, or of the lake in Trino; `target` makes a query one of a data source."""
    panels = [_over_time(count, target(count.query)) for count in chart_sql.over_time(contract, dialect)]
    return panels + [_by_value(count, target(count.query)) for count in chart_sql.by_value(contract, dialect)]


def _over_time(count: Count, target: Mapping[str, Any]) -> Panel:
    shown = {"unit": "short", "min": 0, "custom": {"drawStyle": "bars", "fillOpacity": 60}}
    return {
        **{"type": "timeseries", "title": f"{count.table.name} over time", "datasource": target["datasource"]},
        "description": f"{_sentence(count.table.description)} By {count.column.name}: {count.column.description}",
        "targets": [target],
        "fieldConfig": {"defaults": shown, "overrides": []},
    }


def _by_value(count: Count, target: Mapping[str, Any]) -> Panel:
    name = count.column.name
    return {
        **{"type": "barchart", "title": f"{count.table.name} by {name}", "datasource": target["datasource"]},
        "description": f"{_sentence(count.table.description)} The {chart_sql.SHOWN} most frequent values at most "
        f"of {name}: {count.column.description}",
        "targets": [target],
        "fieldConfig": {"defaults": {"unit": "short"}, "overrides": []},
        "options": {"xField": name, "orientation": "horizontal", "showValue": "always"},
    }


def _sentence(text: str) -> str:
    return f"{text.rstrip('.')}."
