"""The mesh's rules for a contract, beyond the standard's models. Each function yields places and problems."""

import re
from collections.abc import Mapping
from typing import Any

from open_data_contract_standard.model import (
    CustomProperty,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
    Team,
)
from pydantic import BaseModel

from mesh.contracts.document import Place
from mesh.contracts.join_keys import join_key_problems
from mesh.contracts.published import publication_problems
from mesh.contracts.quality import Problems, column_problems, latency_problems, own_property, quality_problems
from mesh.contracts.types import LOGICAL, unreadable

KINDS = ("table", "view", "materialized view")
"""The physical types of a table in a contract."""

MASKS = ("email", "phone", "name", "hide")
"""How a personal column is shown to other domains; all but `hide` are for text."""

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def unknown_fields(model: BaseModel, data: dict[str, Any], place: Place = ()) -> Problems:
    """Fields that the standard does not have. Its models ignore them: a misspelt mask would go unnoticed."""
    fields = {field.alias or name: name for name, field in type(model).model_fields.items()}
    for key, value in data.items():
        if key not in fields:
            yield (*place, str(key)), "is not a field of the standard"
            continue
        inner = getattr(model, fields[key])
        if isinstance(inner, BaseModel) and isinstance(value, dict):
            yield from unknown_fields(inner, value, (*place, key))
        elif isinstance(inner, list) and isinstance(value, list):
            for number, (item, raw) in enumerate(zip(inner, value, strict=True)):
                if isinstance(item, BaseModel) and isinstance(raw, dict):
                    yield from unknown_fields(item, raw, (*place, key, number))


def rule_problems(model: OpenDataContractStandard, domain: str, domains: list[str]) -> Problems:
    """What is missing or wrong in the contract of `domain`, one of `domains`."""
    if not (model.apiVersion or "").startswith("v3."):
        yield ("apiVersion",), "must be a version 3 of the standard, e.g. v3.2.0"
    if model.kind != "DataContract":
        yield ("kind",), "must be DataContract"
    for field in ("id", "version"):
        if not getattr(model, field):
            yield (field,), "is missing"
    if model.domain != domain:
        yield ("domain",), f"must be {domain}, like the folder"
    if not isinstance(model.team, Team) or not model.team.name:
        yield ("team", "name"), "is missing: the team that owns the data"
    if not model.description or not model.description.purpose:
        yield ("description", "purpose"), "is missing: what the data are for"
    if not model.schema_:
        yield ("schema",), "is missing: it lists the tables"
    yield from _repeated(model.schema_, ("schema",))
    columns = {str(table.name): {str(each.name) for each in table.properties or []} for table in model.schema_ or []}
    for number, table in enumerate(model.schema_ or []):
        yield from _table_problems(table, domain, domains, ("schema", number))
        yield from quality_problems(table, columns[str(table.name)], ("schema", number))
        for at, column in enumerate(table.properties or []):
            yield from _column_problems(column, columns, ("schema", number, "properties", at))
    yield from join_key_problems(model)
    for number, sla in enumerate(model.slaProperties or []):
        yield from latency_problems(sla, columns, ("slaProperties", number))


def _table_problems(table: SchemaObject, domain: str, domains: list[str], place: Place) -> Problems:
    yield from _bad_name(table.name, place)
    if not table.description:
        yield (*place, "description"), "is missing: what one row is"
    if table.physicalType not in KINDS:
        yield (*place, "physicalType"), f"must be one of {', '.join(KINDS)}"
    if table.relationships:
        yield (*place, "relationships"), "belong to a column"
    yield from _unknown_properties(table.customProperties, "publishedTo", place)
    at, entries = own_property(table.customProperties, "publishedTo")
    for inner, problem in publication_problems(entries, domain, domains):
        yield (*place, *at, *inner), problem
    if not table.properties:
        yield (*place, "properties"), "is missing: it lists the columns"
    yield from _repeated(table.properties, (*place, "properties"))


def _column_problems(column: SchemaProperty, columns: Mapping[str, set[str]], place: Place) -> Problems:
    yield from _bad_name(column.name, place)
    yield from _unknown_properties(column.customProperties, "mask", place)
    for field in ("description", "logicalType", "physicalType"):
        if not getattr(column, field):
            yield (*place, field), "is missing"
    if column.logicalType and column.logicalType not in LOGICAL:
        yield (*place, "logicalType"), f"must be one of {', '.join(LOGICAL)}"
    if problem := unreadable(column.physicalType or ""):
        yield (*place, "physicalType"), f"is {column.physicalType}: {problem}"
    yield from quality_problems(column, set(), place)
    yield from column_problems(column, columns, place)
    at, mask = own_property(column.customProperties, "mask")
    if column.classification == "personal":
        if mask not in MASKS:
            yield (*place, *at), f"must have a property mask, which is how other domains see it: {', '.join(MASKS)}"
        elif mask != "hide" and column.logicalType != "string":
            yield (*place, *at), f"{mask} is for text, and this column is {column.logicalType}: use hide"
    elif column.classification != "internal":
        yield (*place, "classification"), "must be internal or personal"
    elif mask is not None:
        yield (*place, *at), "is given, but the column is not classified as personal"


def _bad_name(name: str | None, place: Place) -> Problems:
    if not _IDENTIFIER.fullmatch(name or ""):
        yield (*place, "name"), "must be lower-case letters, digits and _, as in the database"


def _unknown_properties(properties: list[CustomProperty] | None, allowed: str, place: Place) -> Problems:
    seen = set()
    for number, item in enumerate(properties or []):
        if item.property != allowed or item.property in seen:
            yield (
                (*place, "customProperties", number),
                f"is {item.property}: there can be one {allowed} and nothing else",
            )
        seen.add(item.property)


def _repeated(items: list[SchemaObject] | list[SchemaProperty] | None, place: Place) -> Problems:
    seen = set()
    for number, item in enumerate(items or []):
        if item.name in seen:
            yield (*place, number, "name"), f"is {item.name} for the second time"
        seen.add(item.name)
