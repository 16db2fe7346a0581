"""The names of a contract, and those that its tables and columns have in the database."""

import re
from collections.abc import Iterator
from typing import Any

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, SchemaProperty

from mesh.contracts.document import Place

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")
_PUBLIC = "public."


def is_identifier(name: Any) -> bool:
    """Whether this is a name that tables and columns may have in the database."""
    return isinstance(name, str) and _IDENTIFIER.fullmatch(name) is not None


def physical(element: SchemaObject | SchemaProperty) -> str:
    """The name of a table or column in the database."""
    name = element.name if element.physicalName is None else element.physicalName
    name = name or ""
    return name.removeprefix(_PUBLIC) if isinstance(element, SchemaObject) else name


class Names:
    """By their names in a contract, the names that tables and columns have in the database."""

    def __init__(self, model: OpenDataContractStandard) -> None:
        self.tables = {str(table.name): physical(table) for table in model.schema_ or []}
        self.columns = {
            str(table.name): {str(column.name): physical(column) for column in table.properties or []}
            for table in model.schema_ or []
        }
        self.types = {
            (str(table.name), str(column.name)): str(column.physicalType)
            for table in model.schema_ or []
            for column in table.properties or []
        }

    def element(self, text: Any) -> str | None:
        """`table.column` of the contract as `table.column` of the database; None where there is no such column."""
        table, _, column = str(text).partition(".")
        found = self.columns.get(table, {}).get(column)
        return None if found is None else f"{self.tables[table]}.{found}"

    def type(self, text: Any) -> str:
        """The physical type of a `table.column` that is there."""
        table, _, column = str(text).partition(".")
        return self.types[table, column]


def name_problems(element: SchemaObject | SchemaProperty, place: Place) -> Iterator[tuple[Place, str]]:
    """What is wrong with the names of a table or column."""
    if element.physicalName is None:
        if not _IDENTIFIER.fullmatch(element.name or ""):
            yield (
                (*place, "name"),
                "must be lower-case letters, digits and _, as in the database, or have a physicalName beside it",
            )
        return
    if not _NAME.fullmatch(element.name or ""):
        yield (*place, "name"), "must be letters, digits, _ and -"
    if not _IDENTIFIER.fullmatch(physical(element)):
        where = ", in the schema public" if isinstance(element, SchemaObject) else ""
        yield (
            (*place, "physicalName"),
            f"must be lower-case letters, digits and _{where}: Trino and PostgreSQL would disagree on others",
        )


def repeated(items: list[SchemaObject] | list[SchemaProperty] | None, place: Place) -> Iterator[tuple[Place, str]]:
    """Names that two tables, or two columns of a table, have."""
    names: set[str] = set()
    physicals: set[str] = set()
    for number, item in enumerate(items or []):
        if item.name in names:
            yield (*place, number, "name"), f"is {item.name} for the second time"
        elif physical(item) in physicals:
            yield (*place, number, "physicalName"), f"is {physical(item)} for the second time"
        names.add(str(item.name))
        physicals.add(physical(item))
