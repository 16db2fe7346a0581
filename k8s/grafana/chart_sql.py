"""The queries of the dashboards' charts: pure functions of contracts; no query names what Grafana may not read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from k8s.grafana.dashboard_sql import may_read, place
from mesh.contracts.model import Column, Contract, Table
from mesh.contracts.types import with_zone
from mesh.names import EVENTS, LAKE
from mesh.sql import Dialect, quoted

MOST = 6
"""Charts of each kind on a dashboard: more are no help, and each is a query of the database at every look."""
SHOWN = 20
"""Values in a chart."""
_FEW = re.compile(
    r"(.*_)?(category|channel|class|country|currency|gender|kind|language|level|plan|priority|reason|region|role|"
    r"segment|source|stage|state|status|tier|type)"
)
"""Names of columns that have few values, each of them often."""
_YEARS, _MONTHS = 3_650, 92
"""Days beyond which a chart has a bar a year, and a bar a month."""


@dataclass(frozen=True)
class Count:
    """A chart of the rows of a table: `query` gives `time` or the column's name, and `rows`."""

    table: Table
    column: Column
    query: str


def over_time(contract: Contract, dialect: Dialect = "postgresql") -> list[Count]:
    """The rows of each table by one of its dates or times: by day, by month, or by year, as long as they reach.

    Of the lake in Trino, of a domain in PostgreSQL. Rows without that time, or with an infinite one, are left out.
    """
    found = ((table, column) for table in _tables(contract) if (column := _time(table)))
    return list(_readable(contract, (Count(*each, _by_time(*each, dialect)) for each in found)))


def by_value(contract: Contract, dialect: Dialect = "postgresql") -> list[Count]:
    """The rows of each table by each column of few values (an enum, a boolean, a type or status), the most first."""
    found = ((table, column) for table in _tables(contract) for column in table.columns if _has_few(table, column))
    return list(_readable(contract, (Count(*each, _by_value(*each, dialect)) for each in found)))


def _tables(contract: Contract) -> list[Table]:
    """Views are left out: they have the rows of their tables, and can be slow."""
    return [table for table in contract.tables if table.kind == "table"]


def _readable(contract: Contract, counts: Iterator[Count]) -> list[Count]:
    return [count for count in counts if may_read(contract, count.query)][:MOST]


def _time(table: Table) -> Column | None:
    """The date or time by which a table is read: one that must be recent, else one that every row has, else any."""
    promised = {latency.column for latency in table.latency}
    times = [column for column in table.columns if not column.mask and column.logical_type in ("date", "timestamp")]
    return min(times, key=lambda column: (column.name not in promised, not column.required), default=None)


def _has_few(table: Table, column: Column) -> bool:
    if column.mask or column.unique or column.references or column.name in table.key:
        return False
    named = column.logical_type == "string" and _FEW.fullmatch(column.name)
    return bool(column.allowed or column.logical_type == "boolean" or named)


def _by_time(table: Table, column: Column, dialect: Dialect) -> str:
    rows, time = _rows(table, dialect), _moment(column)
    finite = f"isfinite({quoted(column.name)})" if dialect == "postgresql" else f"{quoted(column.name)} IS NOT NULL"
    days = "extract(day FROM b.last - b.first)" if dialect == "postgresql" else "date_diff('day', b.first, b.last)"
    step = f"CASE WHEN {days} > {_YEARS} THEN 'year' WHEN {days} > {_MONTHS} THEN 'month' ELSE 'day' END"
    return " ".join(
        (
            *("SELECT", f'date_trunc({step}, a.moment) AS "time", count(*) AS "rows"'),
            *("FROM (SELECT", time, "AS moment FROM", rows, "WHERE", finite, ") a CROSS JOIN"),
            *("(SELECT", f"min({time}) AS first, max({time}) AS last", "FROM", rows, "WHERE", finite, ") b"),
            "GROUP BY 1 ORDER BY 1",
        )
    )


def _by_value(table: Table, column: Column, dialect: Dialect) -> str:
    text = "text" if dialect == "postgresql" else "varchar"
    value = f"coalesce(CAST({quoted(column.name)} AS {text}), 'no value')"
    return " ".join(
        (
            *("SELECT", value, "AS", f'{quoted(column.name)}, count(*) AS "rows" FROM', _rows(table, dialect)),
            f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {SHOWN}",
        )
    )


def _moment(column: Column) -> str:
    """The column as a time without zone, in UTC."""
    if with_zone(column.physical_type):
        return f"({quoted(column.name)} AT TIME ZONE 'UTC')"
    return f"CAST({quoted(column.name)} AS timestamp)"


def _rows(table: Table, dialect: Dialect) -> str:
    return place(table.name) if dialect == "postgresql" else f"{LAKE}.{EVENTS}.{quoted(table.name)}"
