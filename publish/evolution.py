"""How a port's table in the lake follows its contract: changes of its schema, pure. Old snapshots keep theirs."""

import re
from collections.abc import Mapping

from mesh.contracts.lake_types import lake_type
from mesh.contracts.model import Column
from mesh.sql import literal, quoted
from publish.errors import NotPublishedError
from publish.ports import Port

_WIDER = {("integer", "bigint"), ("real", "double")}
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


def alterations(port: Port, there: Mapping[str, str]) -> list[str]:
    """The statements that make the columns `there`, by name with their types, those of the port's contract.

    Raises NotPublishedError for a change of type that Iceberg cannot make, before any is made.
    """
    types = {name: kind.replace(" ", "") for name, kind in there.items()}
    orders: list[str] = []
    for column in port.table.columns:
        old = next((name for name in column.renamed_from if name in types), None)
        if column.name not in types and old:
            types[column.name] = types.pop(old)
            orders.append(f"ALTER TABLE {port.lake} RENAME COLUMN {quoted(old)} TO {quoted(column.name)}")
    wanted = {column.name: column for column in port.table.columns}
    for name, column in wanted.items():
        orders += _order(port, column, types.get(name))
    # Last: a table cannot be without any column.
    return orders + [f"ALTER TABLE {port.lake} DROP COLUMN {quoted(name)}" for name in types if name not in wanted]


def _order(port: Port, column: Column, there: str | None) -> list[str]:
    wanted = lake_type(column.physical_type)
    if there is None:
        text = literal(column.description)
        return [f"ALTER TABLE {port.lake} ADD COLUMN {quoted(column.name)} {wanted} COMMENT {text}"]
    if there == wanted.replace(" ", ""):
        return []
    if not wider(there, wanted):
        raise NotPublishedError(
            f"{port.title}.{column.name} is {there} in the lake and {wanted} by its contract ({column.physical_type}), "
            "and Iceberg cannot make the one of the other: nothing was published.\n"
            f"Give the column another name in the port and its contract: {column.name} stays in old snapshots."
        )
    return [f"ALTER TABLE {port.lake} ALTER COLUMN {quoted(column.name)} SET DATA TYPE {wanted}"]


def wider(there: str, wanted: str) -> bool:
    """Whether every value of the first type is one of the second, and Iceberg reads the files of the first as such."""
    if (there, wanted) in _WIDER:
        return True
    old, new = _DECIMAL.fullmatch(there), _DECIMAL.fullmatch(wanted)
    return bool(old and new and old[2] == new[2] and int(new[1]) >= int(old[1]))
