"""A product of the catalogue: a table or view of a contract, and what the running mesh said of it.

`catalogue/model.py` says what holds for all texts, times and figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Server = Literal["PostgreSQL", "Trino", "S3", "contract", "history", "log", "prices"]
"""Who answered: three servers, the contracts' files, the history of their checks, Trino's log, the table of prices."""

Kind = Literal["table", "view", "materialized view", "lake"]
"""Of a product; `lake` is a table of files."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a figure comes from, so that anybody can ask for it again."""

    server: Server
    login: str = ""
    """As whom it was asked: a role of PostgreSQL or a user of Trino; empty for files."""
    place: str = ""
    """The database (`sales_db`), the catalog, or the bucket with the prefix."""
    query: str = ""
    """The SQL that gives the figure, fit to be typed as it stands; of S3, the call."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a product, by its contract and as the database has it."""

    name: str
    logical_type: str
    """The standard's word: string, integer, number, date, timestamp, …"""
    physical_type: str
    """What the contract promises, e.g. `numeric(12, 2)`."""
    found_type: str | None
    """What the server says it is, spelled as promised where it is the same; None: not there, or could not be asked."""
    description: str
    key: int
    """Its place in the primary key from 1 on; 0: it is not part of it."""
    required: bool
    unique: bool
    mask: str | None
    """How others see a personal column: `email`, `phone`, `name` or `hide`; None: not personal."""
    allowed: tuple[str, ...] = ()
    """Its only values; empty: any."""
    references: tuple[str, ...] = ()
    """The `table.column` of the same contract that have every value of this one."""

    @property
    def personal(self) -> bool:
        """Whether its values are about a person."""
        return self.mask is not None


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """A domain whose analysts may read a product of another one."""

    domain: str
    until: str | None
    """The last day, `2027-06-30`; None: without end."""
    rows: str | None
    """The rows that they see, as a predicate in SQL; None: all."""
    ended: bool
    """Whether that day is over: the next `make up` takes the right away."""


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How new one date or time of a product is."""

    column: str
    newest: str | None
    """The newest value; None: there is none."""
    lag: float | None
    """Seconds between it and what it is compared with, at the time of asking; infinite for `-infinity`."""
    behind: str | None
    """The `table.column` that it is compared with; None: the clock."""
    allowed: int | None
    """The most seconds that the contract allows; None: it promises nothing."""
    source: Source

    @property
    def late(self) -> bool:
        """Whether it is older than the contract allows."""
        return self.allowed is not None and self.lag is not None and self.lag > self.allowed


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value as a reader saw it."""

    kind: Literal["value", "null", "closed"]
    """A value, a missing one, or a column that the reader may not name."""
    text: str = ""
    """The value; empty for the other kinds."""
    masked: bool = False
    """Whether the column is personal and the reader is none of its own analysts."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One row of a product as one reader sees it through Trino; for all readers the same row where they see it."""

    reader: Literal["owner", "consumer", "outsider", "grafana"]
    """An analyst of the product's own domain (of the lake: of any), of a consumer, of another domain, or Grafana."""
    domain: str
    """The reader's domain; empty for Grafana."""
    person: str
    """The user of Trino."""
    cells: tuple[Cell, ...]
    """In the order of the product's columns; empty: refused, or no row."""
    refusal: str | None
    """The server's words where it refused all or some of the columns; None: it refused nothing."""
    source: Source


@dataclass(frozen=True, kw_only=True)
class Check:
    """The last outcome of one check of a contract."""

    what: str
    server: str
    """`PostgreSQL`, `Trino`, `as marketing`, …"""
    outcome: Literal["passed", "failed", "not checked"]
    since: str
    """The first run from which on the outcome was the same."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """How the checks of a product, or of all, ended in one run of `make contracts`."""

    at: str
    passed: int
    failed: int
    not_checked: int


@dataclass(frozen=True, kw_only=True)
class Product:
    """A table or view of a contract, and what the running mesh said of it."""

    id: str
    """`sales.orders`: unique on the page, and what edges name."""
    domain: str
    name: str
    kind: Kind
    address: str
    """Its name in Trino: `sales.public.orders`."""
    description: str
    columns: tuple[Column, ...]
    undocumented: tuple[str, ...] = ()
    """Columns that the server has and the contract does not name."""
    consumers: tuple[Consumer, ...] = ()
    rows: int | None = None
    rows_source: Source | None = None
    bytes: int | None = None
    """On disk with indexes, or in the lake; None for a view, which stores nothing."""
    bytes_source: Source | None = None
    files: int | None = None
    """In the lake; None elsewhere."""
    freshness: tuple[Freshness, ...] = ()
    samples: tuple[Sample, ...] = ()
    """The owner first, then consumers by name, one outsider, Grafana."""
    checks: tuple[Check, ...] = ()
    """Failed ones first; empty: `make contracts` has not run."""
    runs: tuple[Run, ...] = ()
    """The last ones, the oldest first."""

    @property
    def output_port(self) -> bool:
        """Whether another domain may read it."""
        return any(not consumer.ended for consumer in self.consumers)
