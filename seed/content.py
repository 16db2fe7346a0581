"""One expression that PostgreSQL and Trino compute alike: how many rows a table has, and a sum over their digests."""

from dataclasses import dataclass

from mesh.sql import Dialect, quoted

# Types that both servers hold exactly, and spell the same when cast to text.
_ALIKE = ("smallint", "integer", "bigint", "numeric(", "boolean", "date", "uuid", "text", "character varying")
HASHED = "h"
"""What the digests of `fingerprint_query` begin with; those of older loads are numbers alone."""
_TIMES = ("timestamp without time zone", "timestamp with time zone")


@dataclass(frozen=True)
class Column:
    """A column by its name and its type in PostgreSQL's words."""

    name: str
    type: str


@dataclass(frozen=True)
class Content:
    """What a table holds: rows, and the sum of their digests, which no order of the rows changes."""

    rows: int
    digest: str


def comparable(column: Column) -> bool:
    """Whether both servers spell this column's values the same."""
    return column.type in _TIMES or (column.type.startswith(_ALIKE) and not column.type.endswith("[]"))


def content_query(table: str, columns: list[Column], dialect: Dialect) -> str:
    """A query for the `Content` of a table (written as it goes into the query), over these columns of it."""
    return digest_query(table, [f"coalesce({text_of(column, dialect)}, '~')" for column in columns], dialect)


def fingerprint_query(table: str) -> str:
    """A query for the `Content` of a table for PostgreSQL alone, in a third of the time.

    It depends on the session's time zone and style of dates, which the loader sets.
    """
    hashed = 'hashtextextended(CAST(t.* AS text) COLLATE "C", 0)'
    return " ".join((f"SELECT count(*), '{HASHED}' || coalesce(sum(", hashed, "), 0) FROM", table, "t"))


def digest_query(table: str, texts: list[str], dialect: Dialect) -> str:
    """A query for the `Content` of a table whose rows are told apart by these texts."""
    row = " || chr(31) || ".join(texts) or "''"
    if dialect == "postgresql":
        number = f"('x' || substr(md5({row}), 1, 15))::bit(60)::bigint"
    else:
        number = f"CAST(from_base(substr(to_hex(md5(to_utf8({row}))), 1, 15), 16) AS decimal(38, 0))"
    return " ".join(("SELECT count(*), coalesce(sum(", number, "), 0) FROM", table))


def text_of(column: Column, dialect: Dialect) -> str:
    """A column's value as text, the same in both servers where it is `comparable`."""
    value = quoted(column.name)
    if column.type.endswith("with time zone"):
        value = f"({value} AT TIME ZONE 'UTC')"
    if column.type in _TIMES:
        value = (
            # of an infinite time, to_char makes nothing
            f"coalesce(to_char({value}, 'YYYY-MM-DD HH24:MI:SS.US'), CAST({value} AS varchar))"
            if dialect == "postgresql"
            else f"CAST(CAST({value} AS timestamp(6)) AS varchar)"
        )
    return f"CAST({value} AS varchar)"
