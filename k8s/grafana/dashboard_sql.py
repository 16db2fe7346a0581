"""The queries of the dashboards: pure functions of contracts; no query names what Grafana may not read."""

import re
from collections.abc import Iterable, Mapping

from mesh.contracts.model import Contract, Table
from mesh.contracts.questions import Question, questions
from mesh.names import DomainName
from mesh.sql import literal, quoted

_ALL_COLUMNS = re.compile(r"(\bselect|,|\.)\s*\*", re.IGNORECASE)
_TIMES = ("timestamp", "date")

REVENUE = (DomainName("sales"), "customer_revenue", {"email", "revenue"})
FIRST_TOUCH = (DomainName("marketing"), "lead_first_touch", {"email", "campaign_name"})
"""The output ports that revenue by campaign joins: domain, table, required columns."""


def row_counts(contract: Contract) -> str | None:
    """A query for the rows of each table, in PostgreSQL: `table`, `rows`; None where Grafana may read no table."""
    return _union(
        " ".join(("SELECT", literal(table.name), 'AS "table", count(*) AS "rows" FROM', place(table.name)))
        for table in _open_tables(contract)
    )


def newest_values(contract: Contract) -> str | None:
    """A query for the newest value of each date and time, in PostgreSQL: `column`, `newest`; None without one."""
    return _union(
        " ".join(
            (
                *("SELECT", literal(f"{table.name}.{column.name}"), 'AS "column",'),
                *(f"CAST(max({quoted(column.name)}) AS timestamptz)", "AS newest FROM", place(table.name)),
            )
        )
        for table in _open_tables(contract)
        for column in table.columns
        if not column.mask and column.logical_type in _TIMES
    )


def lags(contract: Contract) -> list[tuple[str, str, int]]:
    """The contract's latencies: a title, a PostgreSQL query for `seconds`, and the most that the contract allows."""
    readable = []
    for table in contract.tables:
        for latency in table.latency:
            behind = _newest(latency.behind) if latency.behind else "now()"
            newest = _newest(f"{table.name}.{latency.column}")
            query = " ".join(("SELECT", f"extract(epoch FROM {behind} - {newest})::double precision", "AS seconds"))
            if may_read(contract, query):
                what = f"{table.name}.{latency.column} behind {latency.behind or 'the clock'}"
                readable.append((what, query, latency.seconds))
    return readable


def contract_checks(contract: Contract) -> str | None:
    """A query for the results of all checks that read no personal column, in PostgreSQL; None where there is none.

    Its columns are `table`, `check`, `actual`, `expected`, `passed` (1 or 0).
    """
    return _union(
        _checked(table, question)
        for table in _open_tables(contract)
        for question in questions(table, "postgresql", place)
        if may_read(contract, question.query)
    )


def revenue_by_campaign(contracts: Mapping[DomainName, Contract]) -> str | None:
    """A query for the revenue by the campaign of first touch, in Trino: `campaign`, `revenue`, the largest first.

    Joins on the pseudonyms of `k8s.trino.access`. None in a mesh without both output ports.
    """
    if not all(_has(contracts, *port) for port in (REVENUE, FIRST_TOUCH)):
        return None
    sales, marketing = (f"{domain.identifier}.public.{table}" for domain, table, _ in (REVENUE, FIRST_TOUCH))
    return " ".join(
        (
            *(
                "SELECT coalesce(t.campaign_name, 'no campaign') AS campaign,",
                "CAST(sum(r.revenue) AS double) AS revenue",
            ),
            *("FROM", sales, "r LEFT JOIN", marketing, "t ON t.email = r.email"),
            "GROUP BY t.campaign_name ORDER BY revenue DESC",
        )
    )


def _open_tables(contract: Contract) -> list[Table]:
    """The tables with a column that Grafana may read; of others it cannot even count the rows."""
    return [table for table in contract.tables if len(table.personal) < len(table.columns)]


def may_read(contract: Contract, query: str) -> bool:
    """Whether a query names no column or table that is closed to Grafana, in whatever table it is closed."""
    closed = {column.name for table in contract.tables for column in table.personal}
    closed |= {table.name for table in contract.tables} - {table.name for table in _open_tables(contract)}
    words = set(re.findall(r"\w+", query.lower()))
    return not words & closed and not _ALL_COLUMNS.search(query)


def _checked(table: Table, question: Question) -> str:
    limits = " AND ".join(f"actual {limit.operator} {limit.number!r}" for limit in question.limits)
    return " ".join(
        (
            *("SELECT", literal(table.name), 'AS "table",', literal(question.what), 'AS "check", actual,'),
            *(literal(" and ".join(map(str, question.limits))), "AS expected,"),
            *(f"CASE WHEN {limits} THEN 1 ELSE 0 END", "AS passed"),
            *("FROM (SELECT", f"({question.query}\n)::double precision", "AS actual) q"),  # it may end with a comment
        )
    )


def _has(contracts: Mapping[DomainName, Contract], domain: DomainName, name: str, columns: set[str]) -> bool:
    tables = contracts[domain].tables if domain in contracts else ()
    return any(table.name == name and columns <= {column.name for column in table.columns} for table in tables)


def _newest(element: str) -> str:
    table, column = element.split(".")
    return " ".join(("(SELECT CAST(max(", quoted(column), ") AS timestamptz) FROM", f"{place(table)})"))


def place(table: str) -> str:
    """A table in PostgreSQL."""
    return f"public.{quoted(table)}"


def _union(parts: Iterable[str]) -> str | None:
    return "\nUNION ALL\n".join(parts) or None
