"""Types of PostgreSQL in an Iceberg table of the lake: what they become there, and which it cannot hold."""

from mesh.contracts.types import Family, array_of, family, postgresql, trino

_IN_ITEMS: tuple[Family | None, ...] = ("boolean", "date", "integer", "number", "text", "uuid", None)
"""What arrays are of whose items the lake can hold; None: types that are not PostgreSQL's own, kept as text."""


def lake_type(physical: str) -> str:
    """The type in Trino of a column of the lake that holds values of this type of PostgreSQL.

    It is the port's own type in Trino, but for those that Iceberg does not have: texts have no length, JSON is text,
    the smallest integer has 32 bits, and times have microseconds.
    """
    if item := array_of(physical):
        return f"array({lake_type(item)})"
    kind, shown = family(physical), trino(physical)
    if shown.startswith("char") or kind in ("json", "text"):
        return "varchar"
    if kind == "time":
        return "time(6)"
    if kind == "timestamp":
        return "timestamp(6) with time zone" if shown.endswith("zone") else "timestamp(6)"
    return "integer" if shown == "smallint" else shown


def unkeepable(physical: str) -> str | None:
    """Why an Iceberg table cannot hold values of this type, and what to use; None where it can."""
    if postgresql(physical).endswith("with time zone") and trino(physical).startswith("time("):
        return "the lake has no time of day with a zone: use time or timestamptz"
    if (item := array_of(physical)) and family(item) not in _IN_ITEMS:
        return f"the lake has no arrays of {item}: use an array of text"
    return None
