"""Quoting that PostgreSQL and Trino share."""

from typing import Literal

Dialect = Literal["postgresql", "trino"]


def quoted(name: str) -> str:
    """`name` as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as a string literal."""
    return "'" + text.replace("'", "''") + "'"
