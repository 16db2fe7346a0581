"""How a column of a port is read from PostgreSQL, and what it becomes in the lake: expressions of both, pure."""

from mesh.contracts.lake_types import lake_type
from mesh.contracts.model import Column
from mesh.contracts.types import array_of, family, postgresql, trino
from mesh.sql import quoted

_AS_IT_IS = ("boolean", "date", "time", "timestamp", "uuid")


def from_source(column: Column) -> str:
    """The column in PostgreSQL's SQL, of a type that a query of Trino's connector reads without loss.

    Such a query shows neither arrays nor types that Trino does not have.
    """
    name, physical = quoted(column.name), column.physical_type
    kind = family(physical)
    if array_of(physical):
        return f"array_to_json({name}::text[])::text"
    if kind == "integer":
        return f"{name}::{'bigint' if lake_type(physical) == 'bigint' else 'integer'}"
    if kind == "number":
        shown = trino(physical)
        return f"{name}::{shown.replace('decimal', 'numeric')}" if shown.startswith("decimal") else name
    if kind in _AS_IT_IS:
        return f"{name}::{postgresql(physical)}"
    if lake_type(physical) in ("bigint", "varbinary"):
        return f"{name}::{'bytea' if lake_type(physical) == 'varbinary' else 'bigint'}"
    if kind in ("json", "text"):
        return f"{name}::text"
    return f"CASE WHEN {name} IS NOT NULL THEN concat({name}) END"  # as it is printed; a cast of inet adds to it


def into_lake(column: Column, read: str) -> str:
    """`read`, which is what Trino reads of `from_source`, as a value of the column's type in the lake."""
    kind = lake_type(column.physical_type)
    if array_of(column.physical_type):
        items = f"CAST(json_parse({read}) AS array(varchar))"
        inner = kind.removeprefix("array(").removesuffix(")")
        return items if inner == "varchar" else f"transform({items}, item -> CAST(item AS {inner}))"
    return f"CAST({read} AS {kind})"
