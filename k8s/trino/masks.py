"""What takes the place of a personal column in Trino: SQL expressions, each of exactly the column's type."""

import re

from mesh.contracts.model import Column
from mesh.contracts.types import trino
from mesh.pseudonyms import DIGITS, pseudonym
from mesh.sql import quoted


def mask(column: Column, kind: str | None = None) -> str:
    """The SQL expression that other domains get for a personal column; NULL where the column is NULL.

    An e-mail is shown as its pseudonym, of other texts something is left, and what cannot be shown is NULL.
    `kind` is the column's type in Trino where it is another than that of its database.
    """
    if column.mask == "email":
        return pseudonymous(column, kind) or "NULL"
    kind = kind or _type(column)
    text = f"trim(TRAILING ' ' FROM CAST({quoted(column.name)} AS varchar))" if _padded(kind) else quoted(column.name)
    shown = {
        "phone": f"'***' || if(length({text}) > 6, substr({text}, -2), '')",
        "name": f"substr({text}, 1, 1) || '***'",
    }
    return _of_type(column, kind, shown[column.mask]) if column.mask in shown else "NULL"


def pseudonymous(column: Column, kind: str | None = None) -> str | None:
    """The SQL expression for the pseudonym of an e-mail; None for a column that is none, or too short for one."""
    kind = kind or _type(column)
    width = re.search(r"\d+", kind)
    if column.mask != "email" or (width and int(width[0]) < DIGITS):
        return None
    return _of_type(column, kind, pseudonym(quoted(column.name), "trino", _padded(kind)))


def _of_type(column: Column, kind: str, expression: str) -> str:
    return f"if({quoted(column.name)} IS NOT NULL, CAST({expression} AS {kind}))"


def _type(column: Column) -> str:
    return trino(column.physical_type) or "varchar"


def _padded(kind: str) -> bool:
    return kind.startswith("char(")
