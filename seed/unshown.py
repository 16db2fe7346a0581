"""Values of PostgreSQL that Trino cannot read, or reads as others: where a table has some, and how many rows."""

from collections.abc import Iterator, Mapping
from contextlib import closing

from psycopg2.sql import SQL, Composed, Identifier

from client.at_once import at_once
from client.stack import Stack
from mesh.contracts.types import PRECISION, SCALE

Unshown = dict[tuple[str, str, str], int]
"""By domain, table and column, how many rows have such a value."""

_TIME = "NOT isfinite({0}) OR {0} < '0001-01-01' OR {0} >= '10000-01-01'"
_NUMBER = "{0} IN ('NaN', 'Infinity', '-Infinity')"
_MIDNIGHT = "{0} = '24:00'"
_BEYOND = f"abs({{0}}) >= 1e{PRECISION - SCALE}"
"""Of a `numeric` without a scale, of which Trino makes a decimal."""


def unshown(stack: Stack, wanted: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Unshown:
    """Such values in the columns of `wanted`: by domain, table and column, types in PostgreSQL's words."""
    found: Unshown = {}
    for each in at_once(lambda domain: dict(_of_domain(stack, *domain)), wanted.items()):
        found |= each
    return found


def said(found: Unshown) -> list[str]:
    """What a person should know of them."""
    return [
        f"{domain}.{table}, column {column}: not compared. {rows:,} row{' has' if rows == 1 else 's have'} what Trino "
        "cannot show as PostgreSQL does: infinity, NaN, 24:00, a year not of four digits, or a number from 1e20 up"
        for (domain, table, column), rows in found.items()
    ]


def _of_domain(
    stack: Stack, domain: str, tables: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[tuple[str, str, str], int]]:
    with closing(stack.connect(domain, "admin")) as connection, connection.cursor() as cursor:
        for table, types in tables.items():
            conditions = {name: condition for name, kind in types.items() if (condition := _condition(name, kind))}
            if conditions:
                counts = SQL(", ").join(SQL("count(*) FILTER (WHERE {})").format(each) for each in conditions.values())
                cursor.execute(SQL("SELECT {} FROM {}").format(counts, Identifier("public", table)))
                for name, rows in zip(conditions, cursor.fetchone() or (), strict=True):
                    if rows:
                        yield (domain, table, name), rows


def _condition(column: str, kind: str) -> Composed | None:
    """That a column has such a value; None for a type that has none."""
    items = kind.endswith("[]")
    if kind.startswith(("date", "timestamp")) and "range" not in kind:
        form = _TIME
    elif kind.startswith("numeric"):
        form = f"{_NUMBER} OR {_BEYOND}" if kind == "numeric" else _NUMBER
    elif kind.startswith("time") and kind.removesuffix("[]").endswith("without time zone"):
        form = _MIDNIGHT
    else:
        return None
    if items:
        of_each = SQL(form).format(SQL("each"))
        return SQL("EXISTS (SELECT FROM unnest({}) each WHERE {})").format(Identifier(column), of_each)
    return SQL(form).format(Identifier(column))
