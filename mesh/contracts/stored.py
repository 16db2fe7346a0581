"""Whether the rows of a view are kept in a table: the customProperty `stored`.

It is `true`, or a mapping with the orders that consumers ask for: `{orderedBy: [revenue DESC, last_order_at]}`.
"""

from collections.abc import Iterator
from typing import Any

from open_data_contract_standard.model import SchemaObject

from mesh.contracts.document import Place
from mesh.contracts.naming import physical
from mesh.names import EVENTS


def stored_problems(value: Any, table: SchemaObject, domain: str) -> Iterator[tuple[Place, str]]:
    """What is wrong with the value of `stored` of `table`, and where in it."""
    if value is None or value is False:
        return
    if value is not True and not isinstance(value, dict):
        yield (), "must be true, or a mapping such as {orderedBy: [revenue DESC]}"
        return
    if domain == EVENTS:
        yield (), "is for views of a domain's database"
    elif table.physicalType != "view":
        yield (), f"is for a view, and {table.name} is a {table.physicalType}: its rows are stored anyway"
    elif not any(column.primaryKey for column in table.properties or []):
        yield (), "needs a primaryKey: it tells the rows of the view apart"
    if isinstance(value, dict):
        for key in value.keys() - {"orderedBy"}:
            yield (str(key),), "is not known here: there is orderedBy"
        yield from _order_problems(value.get("orderedBy"), table)


def orders(value: Any) -> tuple[str, ...]:
    """The orders of a value without problems: `revenue DESC`, or `revenue` for the least first."""
    return tuple(" ".join(each.split()) for each in value["orderedBy"]) if isinstance(value, dict) else ()


def _order_problems(entries: Any, table: SchemaObject) -> Iterator[tuple[Place, str]]:
    if not isinstance(entries, list) or not entries:
        yield ("orderedBy",), "must be a list of columns, e.g. [revenue DESC]"
        return
    columns = {physical(column) for column in table.properties or []}
    seen = set()
    for number, entry in enumerate(entries):
        words = entry.split() if isinstance(entry, str) else []
        if not words or words[0] not in columns or words[1:] not in ([], ["DESC"]):
            yield ("orderedBy", number), f"is {entry!r}: it must be a column of this view, or a column and DESC"
        elif tuple(words) in seen:
            yield ("orderedBy", number), f"is {entry} for the second time"
        seen.add(tuple(words))
