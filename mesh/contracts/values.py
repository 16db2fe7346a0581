"""Values in a contract that are compared with a column's: whether they are of its type, and how SQL spells them."""

import uuid
from datetime import date, datetime, time
from typing import Any

from mesh.contracts.types import GLUE, family, postgresql, with_zone
from mesh.sql import Dialect, literal

EXPECTED = {
    "boolean": "true or false",
    "date": "a date such as 2027-06-30",
    "integer": "an integer",
    "number": "a number",
    "text": "text: put it in quotes",
    "time": "a time such as '23:59:59', in quotes",
    "timestamp": "a time such as 2027-06-30T23:59:59, with Z or another zone where the column has one, and only there",
    "uuid": "a UUID, in quotes",
}
"""By family of types, what a value must be; values of the others but text cannot be compared."""

_GREATEST = 1e100

ORDERED = ("date", "integer", "number", "time", "timestamp")
"""The families whose values have the same order in PostgreSQL and in Trino."""


def problem(value: Any, physical: str) -> str | None:
    """What a value must be to be compared with a column of this type; None where it is that."""
    kind = family(physical)
    if kind in ("array", "json"):
        return f"is of a column that is {physical}: its values cannot be compared"
    return None if text(value, physical) is not None else f"must be {EXPECTED.get(kind or '', 'text, in quotes')}"


def text(value: Any, physical: str) -> str | None:
    """A value as text that PostgreSQL reads as the type; None where it is not of the type."""
    kind = family(physical)
    if kind == "boolean":
        return str(value).lower() if isinstance(value, bool) else None
    if kind == "integer":
        return str(value) if number(value) and isinstance(value, int) and abs(value) < 2**63 else None
    if kind == "number":
        return repr(value) if number(value) else None
    if kind in ("date", "time", "timestamp"):
        return _time(value, kind, physical)
    if kind == "uuid":
        return _uuid(value)
    if kind is None and number(value):  # a domain may be of numbers
        return repr(value)
    return value if isinstance(value, str) else None


def constant(value: Any, physical: str, dialect: Dialect) -> str:
    """SQL for a value that is of the column's type; no digit is rounded and no character cut."""
    shown = text(value, physical)
    if shown is None:
        raise ValueError(f"{value!r} is no {physical}")
    kind = family(physical)
    if kind in ("boolean", "integer") or (kind == "number" and postgresql(physical) != "real"):
        return shown
    # PostgreSQL gives a text the type of the column that it is compared with.
    if dialect == "postgresql" or kind == "text":
        return literal(shown)
    return f"CAST({literal(shown)} AS {GLUE[physical]})"


def number(value: Any) -> bool:
    """Whether it is a finite number, of a size that both servers take."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _GREATEST


def _time(value: Any, kind: str, physical: str) -> str | None:
    """In ISO form, with a zone where the type has one."""
    if isinstance(value, str):
        try:
            value = {"date": date, "time": time, "timestamp": datetime}[kind].fromisoformat(value)
        except ValueError:
            return None
    if kind == "date":
        return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else None
    if kind == "timestamp" and isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, time if kind == "time" else datetime):
        return None
    return (
        value.isoformat(*(" ",) if kind == "timestamp" else ()) if bool(value.tzinfo) == with_zone(physical) else None
    )


def _uuid(value: Any) -> str | None:
    try:
        return str(uuid.UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None
