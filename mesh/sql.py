"""What PostgreSQL and Trino spell alike."""

from typing import Literal

Dialect = Literal["postgresql", "trino"]


def quoted(name: str) -> str:
    """A name as both servers take it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as both servers take it."""
    return "'" + text.replace("'", "''") + "'"
