"""From where to where the values of a column go, as the database orders them."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Identifier

from scaffold.keys import place
from scaffold.model import Table

_AT_ONCE = 800
"""Columns of a question, whose answer has 1,664 values at most."""
_ORDERED = ("integer", "bigint", "numeric", "double precision", "date", "time")


def with_ranges(cursor: Cursor, table: Table) -> Table:
    """The table, whose columns of numbers and times say from where to where they go; personal ones and keys do not."""
    known = {*table.key, *(name for reference in table.references for name in reference.columns)}
    ranged = [
        column
        for column in table.columns
        if column.type.startswith(_ORDERED) and not column.personal and column.name not in known
    ]
    if not ranged or not table.rows:
        return table
    found: list[Any] = []
    for start in range(0, len(ranged), _AT_ONCE):
        some = ranged[start : start + _AT_ONCE]
        limits = SQL(", ").join(SQL("min({0}), max({0})").format(Identifier(column.name)) for column in some)
        cursor.execute(SQL("SELECT {} FROM {}").format(limits, place(table.name)))
        found += cursor.fetchone() or ()
    said = {column.name: _said(*found[2 * at : 2 * at + 2]) for at, column in enumerate(ranged)}
    columns = tuple(replace(column, seen=said.get(column.name, column.seen)) for column in table.columns)
    return replace(table, columns=columns)


def _said(low: Any, high: Any) -> str:
    if low is None:
        return ""
    return f"From {_text(low)} to {_text(high)}." if low != high else f"Always {_text(low)}."


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date | time) else f"{value}"
