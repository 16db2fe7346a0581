"""Everything that the catalogue shows, as plain data: what was asked, of whom, and the answers.

The page is made of this module and of `catalogue/product.py` alone. Every text is data: it comes from contracts, tables
and servers, and a page must escape all of it, names and addresses included. Fields of type Literal are words of these
modules, which a page translates. Times are UTC, written `2026-12-31 23:59:59`; PostgreSQL's `infinity` and years BC are
such texts too. Money is in US dollars. None is said of what could not be asked, and then a Gap says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from catalogue.product import Product, Run, Source


@dataclass(frozen=True, kw_only=True)
class Gap:
    """What could not be asked, and is missing on the page for that."""

    kind: Literal["server", "table", "column", "question"]
    """A server that is silent, a table or column of a contract that is not there, a question without an answer."""
    place: str
    """`sales`, `sales.orders`, `sales.orders.order_id`; `Trino`, `lake`; the title of a chart."""
    why: str
    """In the words of the server or of the client."""


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A domain, or the shared lake."""

    name: str
    """`customer-care`; `events` for the lake."""
    owner: str
    """The team."""
    purpose: str
    address: str
    """`host:port` of its database; of the lake, the bucket with its prefix."""
    catalog: str
    """In Trino."""
    people: tuple[str, ...]
    """Its own analysts, as they log in; of the lake, everyone who may read it."""
    products: tuple[Product, ...]
    undocumented: tuple[str, ...] = ()
    """Tables and views that the server has and the contract does not name."""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """That `target`, a view, is made of `source`: both are ids of products, or `domain.table` of one in no contract."""

    source: str
    target: str
    evidence: Source


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query that reads products of more than one domain."""

    name: str
    """`examples/federated_query.sql`, the title of a chart, or the names of the people who asked it."""
    kind: Literal["repository", "dashboard", "log"]
    """A file of the repository, a panel of Grafana, or one that people asked by themselves."""
    reads: tuple[str, ...]
    """Ids of products, or addresses of tables in no contract."""
    asked: int
    """How often people asked it, by Trino's log; 0: never, or the log is not kept so long. Of a panel always 0."""
    last: str | None
    """When it was asked last; None: it is not in the log."""
    evidence: Source


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One panel of Grafana and the answer to its own query, asked with Grafana's own login."""

    title: str
    description: str
    kind: Literal["bar", "time"]
    """`bar`: a label and a number a row. `time`: a time and a number a row, the oldest first."""
    unit: str
    """Grafana's word: `currencyUSD`, `short` (a plain number)."""
    columns: tuple[str, str]
    """The names of label or time, and of the number."""
    rows: tuple[tuple[str, float], ...]
    """In the order of the answer. A time is `2024-03-01 00:00:00`, the beginning of its day, month or year."""
    domain: str
    """Whose dashboard it is on; empty: on that of the mesh."""
    source: Source


@dataclass(frozen=True, kw_only=True)
class Month:
    """What one month costs on AWS by the table of prices."""

    number: int
    """From 1 on."""
    label: str
    """`2026-12`; empty where the stack has no first day."""
    domains: tuple[tuple[str, float], ...]
    """USD by domain: its database, disk, address and secrets."""
    shared: float
    """USD of the rest: lake, alarms, logs, transfer, workbench."""

    @property
    def total(self) -> float:
        """USD."""
        return self.shared + sum(usd for _, usd in self.domains)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the stack costs on AWS; of a local stack, what the same program would cost there."""

    real: bool
    """False for a local stack, which costs nothing."""
    region: str
    months: tuple[Month, ...]
    monthly_budget: float
    """A month's share of the budget."""
    budget: float
    """Of the whole project."""
    source: Source

    @property
    def total(self) -> float:
        """USD of all months."""
        return sum(month.total for month in self.months)


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How to connect with one tool, without any password."""

    tool: Literal["python", "jdbc", "dbeaver", "cli", "make", "notebook", "password", "certificate", "forward"]
    """`make` is `make sql`. `password`, `certificate` and `forward` are the commands that the others need first."""
    language: Literal["python", "shell", "text"]
    text: str
    """The lines to type or to copy."""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """One page."""

    stack: str
    local: bool
    """Whether it is the stack of one machine."""
    asked_at: str
    address: str
    """`host:port` of Trino, where clients connect with TLS."""
    person: str
    """The analyst whom the examples of connections name."""
    domains: tuple[Domain, ...]
    """By name, without the lake."""
    lake: Domain
    edges: tuple[Edge, ...]
    queries: tuple[Query, ...]
    charts: tuple[Chart, ...]
    runs: tuple[Run, ...]
    """Of all checks, the oldest first."""
    cost: Cost | None
    connections: tuple[Connection, ...]
    gaps: tuple[Gap, ...]
    """Empty: everything was answered."""

    @property
    def products(self) -> tuple[Product, ...]:
        """All products, those of the lake last."""
        return tuple(product for domain in (*self.domains, self.lake) for product in domain.products)
