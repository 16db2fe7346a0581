"""A data contract as plain data: tables, columns, quality rules, latencies, and who may read what."""

from dataclasses import dataclass
from typing import Any

from mesh.names import DomainName


@dataclass(frozen=True)
class Limit:
    """A limit of a number: `operator` is one of = > >= < <=."""

    operator: str
    number: float

    def holds(self, actual: float) -> bool:
        """Whether `actual` is within the limit."""
        compared = {"=": actual == self.number, ">": actual > self.number, "<": actual < self.number}
        return any(compared[character] for character in self.operator)

    def __str__(self) -> str:
        return f"{self.operator} {self.number:g}"


@dataclass(frozen=True, kw_only=True)
class Quality:
    """A quality rule: a number about a table or a column (`metric`, or `query` in SQL), and its limits."""

    what: str
    limits: tuple[Limit, ...]
    metric: str | None = None
    columns: tuple[str, ...] = ()
    query: str | None = None
    valid_values: tuple[Any, ...] = ()
    pattern: str | None = None


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
    description: str = ""
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    reference: str | None = None
    """The `table.column` of the same contract that has every value of this column."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table or view, and the other domains (`customer-care`) whose analysts may read it."""

    name: str
    columns: tuple[Column, ...]
    consumers: tuple[DomainName, ...]
    kind: str = "table"
    """One of `rules.KINDS`."""
    description: str = ""
    key: tuple[str, ...] = ()
    quality: tuple[Quality, ...] = ()
    latency: tuple[Latency, ...] = ()

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
