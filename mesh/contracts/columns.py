"""The mesh's rules for a column of a contract: types, limits of values, references, and how others see it."""

from collections.abc import Iterator
from typing import Any

from open_data_contract_standard.model import SchemaProperty

from mesh.contracts import values
from mesh.contracts.document import Place
from mesh.contracts.fields import OPTIONS
from mesh.contracts.naming import Names, name_problems
from mesh.contracts.properties import own_property, unknown_properties
from mesh.contracts.quality import Problems, pattern_problem, quality_problems
from mesh.contracts.types import LOGICAL, family, holds, postgresql, spelled, unreadable
from mesh.sql import Dialect

MASKS = ("email", "phone", "name", "hide")
"""How a personal column is shown to other domains; all but `hide` are for text."""

_LENGTHS = ("minLength", "maxLength")
_ITEMS = ("minItems", "maxItems")


def column_problems(column: SchemaProperty, names: Names, dialect: Dialect, place: Place) -> Problems:
    """What is missing or wrong in a column."""
    yield from name_problems(column, place)
    yield from unknown_properties(column.customProperties, ("mask", "renamedFrom"), place)
    for field in ("description", "logicalType", "physicalType"):
        if not (getattr(column, field) or "").strip():
            yield (*place, field), "is missing"
    if column.semanticType not in (None, "column"):
        yield (*place, "semanticType"), "must be column: the mesh serves columns of a database"
    known = list(_type_problems(column, place))
    yield from known
    if not known and column.physicalType:
        yield from _option_problems(column, column.physicalType, place)
        yield from _allowed_problems(column, column.physicalType, place)
        yield from quality_problems(column, names, dialect, place)
        yield from _mask_problems(column, column.physicalType, place)
    yield from _relation_problems(column, names, place)


def _type_problems(column: SchemaProperty, place: Place) -> Problems:
    logical, physical = column.logicalType, column.physicalType
    if logical and logical not in LOGICAL:
        yield (*place, "logicalType"), f"must be one of {', '.join(LOGICAL)}"
    if not physical:
        return
    if not spelled(physical):
        yield (*place, "physicalType"), "must be a type of PostgreSQL, such as numeric(12, 2)"
    elif problem := unreadable(physical):
        yield (*place, "physicalType"), f"is {physical}: {problem}"
    elif logical in LOGICAL and not holds(physical, logical):
        yield (*place, "logicalType"), f"is {logical}, and the physicalType is {physical}"


def _option_problems(column: SchemaProperty, physical: str, place: Place) -> Problems:
    for key, value in (column.logicalTypeOptions or {}).items():
        at = (*place, "logicalTypeOptions", str(key))
        option = OPTIONS.get(key)
        if option is None:
            yield at, "is not an option of the standard"
        elif option.kind == "refused":
            yield at, option.text
        elif problem := _option_problem(key, value, physical):
            yield at, problem


def _option_problem(key: str, value: Any, physical: str) -> str | None:
    kind = family(physical)
    if key in (*_LENGTHS, *_ITEMS):
        if kind not in (("text", None) if key in _LENGTHS else ("array",)):
            return f"is for {'text' if key in _LENGTHS else 'arrays'}, and this column is {physical}"
        return None if values.number(value) and isinstance(value, int) and value >= 0 else "must be an integer from 0"
    if key == "pattern":
        return pattern_problem(value) if kind in ("text", None) else f"is for text, and this column is {physical}"
    if key == "multipleOf":
        if kind not in ("integer", "number") or postgresql(physical) in ("real", "double precision", "double"):
            return f"is for integers and decimals, and this column is {physical}"
        return None if values.number(value) and value > 0 else "must be a number above 0"
    if kind not in values.ORDERED and not (kind is None and values.number(value)):
        return f"is for numbers, dates and times, and this column is {physical}"
    if kind == "integer":  # 0.5 is a limit of integers too
        return None if values.number(value) else f"must be {values.EXPECTED['number']}"
    return values.problem(value, physical)


def _allowed_problems(column: SchemaProperty, physical: str, place: Place) -> Problems:
    if column.enum is not None and not column.enum:
        yield (*place, "enum"), "is empty: no value would be allowed"
    for number, each in enumerate(column.enum or []):
        if problem := values.problem(each.value, physical):
            yield (*place, "enum", number, "value"), problem


def _mask_problems(column: SchemaProperty, physical: str, place: Place) -> Problems:
    at, mask = own_property(column.customProperties, "mask")
    at = (*place, *at)
    if column.classification == "personal":
        if mask not in MASKS:
            yield at, f"must have a property mask, which is how other domains see it: {', '.join(MASKS)}"
        elif mask != "hide" and column.logicalType != "string":
            yield at, f"{mask} is for text, and this column is {column.logicalType}: use hide"
        elif mask != "hide" and family(physical) not in ("text", None):
            yield at, f"{mask} is for text, and this column is {physical}: use hide"
    elif column.classification != "internal":
        yield (*place, "classification"), "must be internal or personal"
    elif mask is not None:
        yield at, "is given, but the column is not classified as personal"


def _relation_problems(column: SchemaProperty, names: Names, place: Place) -> Iterator[tuple[Place, str]]:
    seen = set()
    for number, relation in enumerate(column.relationships or []):
        at = (*place, "relationships", number)
        if relation.type not in (None, "foreignKey"):
            yield (*at, "type"), "must be foreignKey"
        if not isinstance(relation.to, str) or names.element(relation.to) is None:
            yield (*at, "to"), f"is {relation.to}: it must be table.column of this contract"
        elif relation.to in seen:
            yield (*at, "to"), f"is {relation.to} for the second time"
        seen.add(str(relation.to))
