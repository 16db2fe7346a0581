"""What is known of a new domain: tables and columns, and why each is what it is."""

from dataclasses import dataclass

from seed.rowfile import RowFile


@dataclass(frozen=True, kw_only=True)
class Personal:
    """Why a column is thought to be personal, and how other domains see it then (`mesh.contracts.columns.MASKS`)."""

    why: str
    mask: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: `original` is what the file or database calls it, `type` is PostgreSQL's."""

    name: str
    original: str
    type: str
    why: str
    seen: str = ""
    """What its values are like, without a value that may be of a person."""
    missing: int = 0
    required: bool = False
    personal: Personal | None = None
    bytes: int = 0
    """Of its longest value as text; 0 where it was not looked at."""
    emails: bool = False
    """Every value is an e-mail address."""
    allowed: tuple[str, ...] = ()
    """Its only values; empty: any."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A foreign key: every value of these columns is in the other table's."""

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; `rows` is what its file has, None where they were not counted."""

    name: str
    origin: str
    """What people call where it comes from: `invoices.csv`."""
    columns: tuple[Column, ...]
    rows: int | None
    file: RowFile | None
    """Its rows, under the names of the columns; None where there is no file of them."""
    size: int = 0
    """Bytes of the rows as CSV."""
    sample: bool = True
    """Whether the rows go into the domain's folder; otherwise they stay where they are."""
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person should know or decide."""

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, kw_only=True)
class PortColumn:
    """A column of an output port: its SQL, and the description and type that the contract gives it."""

    name: str
    sql: str
    type: str
    description: str
    required: bool = False
    source: Column | None = None
    """The column that it shows, where it shows one."""


@dataclass(frozen=True, kw_only=True)
class Port:
    """A view for other domains: one row for each `key`."""

    name: str
    description: str
    query: str
    columns: tuple[PortColumn, ...]
    key: str
    checks: tuple[tuple[str, str], ...]
    """Descriptions, and queries whose answer is 0."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A domain that is not written yet."""

    name: str
    tables: tuple[Table, ...]
    """Each after those that it refers to."""
    port: Port | None = None
    notes: tuple[str, ...] = ()
