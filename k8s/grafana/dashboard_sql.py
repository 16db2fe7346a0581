"""What the dashboards ask the databases: pure functions of contracts, and of nothing that Grafana may not read."""

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
"""The output ports that revenue by campaign joins: domain, table, columns."""


def row_counts(contract: Contract) -> str | None:
    """Rows of each table, in PostgreSQL: `table`, `rows`; None where Grafana may read no table."""
    return _union(
        " ".join(("SELECT", literal(table.name), 'AS "table", count(*) AS "rows" FROM', _place(table.name)))
        for table in _open_tables(contract)
    )


def newest_values(contract: Contract) -> str | None:
    """The newest of each date and time, in PostgreSQL: `column`, `newest`; None where there is none."""
    return _union(
        " ".join(
            (
                *("SELECT", literal(f"{table.name}.{column.name}"), 'AS "column",'),
                *(f"CAST(max({quoted(column.name)}) AS timestamptz)", "AS newest FROM", _place(table.name)),
            )
        )
        for table in _open_tables(contract)
        for column in table.columns
        if not column.mask and column.logical_type in _TIMES
    )


def lags(contract: Contract) -> list[tuple[str, str, int]]:
    """The contract's latencies: what lags behind what, a query for `seconds` in PostgreSQL, and the most allowed."""
    found = []
    for table in contract.tables:
        for promise in table.latency:
            behind = _newest(promise.behind) if promise.behind else "now()"
            newest = _newest(f"{table.name}.{promise.column}")
            query = " ".join(("SELECT", f"extract(epoch FROM {behind} - {newest})::double precision", "AS seconds"))
            if _may_read(contract, query):
                what = f"{table.name}.{promise.column} behind {promise.behind or 'the clock'}"
                found.append((what, query, promise.seconds))
    return found


def promises(contract: Contract) -> str | None:
    """Every promise that can be checked without personal columns, in PostgreSQL.

    A row each: `table`, `promise`, `found`, `must be`, `kept` (1 or 0). None where there is none.
    """
    return _union(
        _checked(table, question)
        for table in _open_tables(contract)
        for question in questions(table, "postgresql", _place)
        if _may_read(contract, question.query)
    )


def revenue_by_campaign(contracts: Mapping[DomainName, Contract]) -> str | None:
    """What the customers of each first campaign bought, in Trino: `campaign`, `revenue`, the most first.

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
    """Without one open column a table cannot even be counted."""
    return [table for table in contract.tables if len(table.personal) < len(table.columns)]


def _may_read(contract: Contract, query: str) -> bool:
    """Whether a query names nothing that is closed to Grafana. A word that is closed in one table counts in all."""
    closed = {column.name for table in contract.tables for column in table.personal}
    closed |= {table.name for table in contract.tables} - {table.name for table in _open_tables(contract)}
    words = set(re.findall(r"\w+", query.lower()))
    return not words & closed and not _ALL_COLUMNS.search(query)


def _checked(table: Table, question: Question) -> str:
    limits = " AND ".join(f"found {limit.operator} {limit.number!r}" for limit in question.limits)
    return " ".join(
        (
            *("SELECT", literal(table.name), 'AS "table",', literal(question.what), "AS promise, found,"),
            *(literal(" and ".join(map(str, question.limits))), 'AS "must be",'),
            *(f"CASE WHEN {limits} THEN 1 ELSE 0 END", "AS kept"),
            *("FROM (SELECT", f"({question.query})::double precision", "AS found) q"),
        )
    )


def _has(contracts: Mapping[DomainName, Contract], domain: DomainName, name: str, columns: set[str]) -> bool:
    tables = contracts[domain].tables if domain in contracts else ()
    return any(table.name == name and columns <= {column.name for column in table.columns} for table in tables)


def _newest(element: str) -> str:
    table, column = element.split(".")
    return " ".join(("(SELECT CAST(max(", quoted(column), ") AS timestamptz) FROM", f"{_place(table)})"))


def _place(table: str) -> str:
    return f"public.{quoted(table)}"


def _union(parts: Iterable[str]) -> str | None:
    return "\nUNION ALL\n".join(parts) or None
