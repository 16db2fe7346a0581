"""A data contract as plain data: tables, columns, quality rules, latencies, and who may read what.

All names are those of the database, whatever the contract calls a table or column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from mesh.contracts.kept import Kept
from mesh.names import DomainName


def shown(number: float) -> str:
    """A number in full: no two that differ look the same."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.15g}"


@dataclass(frozen=True)
class Limit:
    """A limit of a number: `operator` is one of = <> > >= < <=."""

    operator: str
    number: float

    def holds(self, actual: float) -> bool:
        """Whether `actual` is within the limit."""
        compared = {"=": actual == self.number, ">": actual > self.number, "<": actual < self.number}
        return any(compared[character] for character in self.operator)

    def __str__(self) -> str:
        return f"{self.operator} {shown(self.number)}"


@dataclass(frozen=True, kw_only=True)
class Quality:
    """A quality rule: a number about a table or a column (`metric`, or `query` in SQL), and its limits."""

    what: str
    limits: tuple[Limit, ...]
    metric: str | None = None
    columns: tuple[str, ...] = ()
    query: str | None = None
    """With `{object}` and `{property}` for the names of the table and of its column."""
    valid_values: tuple[Any, ...] = ()
    missing_values: tuple[Any, ...] = ()
    """Values that stand for a missing one; None is NULL."""
    pattern: str | None = None
    percent: bool = False
    """The number is in percent of all rows."""


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How old the newest value of `column` may be: behind the clock, or behind another column (`orders.at`)."""

    column: str
    seconds: int
    behind: str | None


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `mask` is how a personal one is shown to other domains (`rules.MASKS`); None: not personal."""

    name: str
    logical_type: str
    physical_type: str
    required: bool
    mask: str | None
    renamed_from: tuple[str, ...] = ()
    """Its former names, the newest first: old snapshots of a table that the lake keeps have them."""
    description: str = ""
    unique: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    """The limits of its values by the names of the standard's `logicalTypeOptions`, e.g. `minimum`."""
    allowed: tuple[Any, ...] = ()
    """Its only values; empty: any."""
    references: tuple[str, ...] = ()
    """The `table.column` of the same contract that have every value of this column."""


@dataclass(frozen=True, kw_only=True)
class Publication:
    """That the analysts of another domain (`customer-care`) may read a table."""

    consumer: DomainName
    until: date | None = None
    """The last day on which they may; None: without end."""
    rows: str | None = None
    """The rows that they see: a predicate over the table's columns in Trino's SQL; None: all."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table or view, and to whom it is published."""

    name: str
    columns: tuple[Column, ...]
    published: tuple[Publication, ...] = ()
    """One for each consumer, by its name."""
    kept: Kept | None = None
    """How the lake keeps its rows and their history; None: it does not."""
    kind: str = "table"
    """One of `rules.KINDS`."""
    description: str = ""
    key: tuple[str, ...] = ()
    quality: tuple[Quality, ...] = ()
    latency: tuple[Latency, ...] = ()
    stored: bool = False
    """Whether the rows of the view are kept in a table of its name."""
    orders: tuple[str, ...] = ()
    """Of a stored view the orders that it has an index for: a column, or a column and DESC."""

    @property
    def consumers(self) -> tuple[DomainName, ...]:
        """The other domains whose analysts may read it."""
        return tuple(publication.consumer for publication in self.published)

    @property
    def personal(self) -> tuple[Column, ...]:
        """The columns with personal data."""
        return tuple(column for column in self.columns if column.mask)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """The tables of one domain, and to whom each is published."""

    domain: str
    """`customer-care`, or `events` for the shared lake, which is no domain."""
    tables: tuple[Table, ...]
    owner: str = ""
    purpose: str = ""

    @property
    def consumers(self) -> tuple[DomainName, ...]:
        """The other domains whose analysts may read at least one table."""
        return tuple(sorted({consumer for table in self.tables for consumer in table.consumers}))

    @property
    def kept(self) -> tuple[Table, ...]:
        """The tables whose history the lake keeps."""
        return tuple(table for table in self.tables if table.kept)

    def on(self, day: date) -> Contract:
        """The contract without the publications that have ended before `day`."""
        return replace(
            self,
            tables=tuple(
                replace(table, published=tuple(p for p in table.published if p.until is None or p.until >= day))
                for table in self.tables
            ),
        )
