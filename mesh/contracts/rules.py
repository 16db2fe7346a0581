"""The mesh's rules for a contract and its tables, beyond the standard's models: places, and what is wrong there."""

from collections.abc import Collection

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, Team

from mesh.contracts.columns import column_problems
from mesh.contracts.document import Place
from mesh.contracts.join_keys import join_key_problems
from mesh.contracts.kept import kept_problems, views
from mesh.contracts.naming import Names, name_problems, repeated
from mesh.contracts.properties import own_property, unknown_properties
from mesh.contracts.published import publication_problems
from mesh.contracts.quality import Problems, latency_problems, quality_problems
from mesh.contracts.stored import stored_problems
from mesh.names import EVENTS
from mesh.sql import Dialect

KINDS = ("table", "view", "materialized view")
"""The physical types of a table in a contract."""

VERSIONS = ("v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0")
"""Of the standard."""

STATUSES = ("active", "deprecated")


def rule_problems(model: OpenDataContractStandard, domain: str, domains: Collection[str]) -> Problems:
    """What is missing or wrong in the contract of `domain`, one of `domains`."""
    yield from _document_problems(model, domain)
    yield from repeated(model.schema_, ("schema",))
    names = Names(model)
    dialect: Dialect = "trino" if domain == EVENTS else "postgresql"
    for number, table in enumerate(model.schema_ or []):
        place = ("schema", number)
        yield from _table_problems(table, place)
        at, entries = own_property(table.customProperties, "publishedTo")
        for inner, problem in publication_problems(entries, table, domain, domains):
            yield (*place, *at, *inner), problem
        for inner, problem in kept_problems(table, domain, views(model.schema_ or [])):
            yield (*place, *inner), problem
        at, value = own_property(table.customProperties, "stored")
        for inner, problem in stored_problems(value, table, domain):
            yield (*place, *at, *inner), problem
        yield from quality_problems(table, names, dialect, place)
        for position, column in enumerate(table.properties or []):
            yield from column_problems(column, names, dialect, (*place, "properties", position))
    yield from join_key_problems(model)
    for number, sla in enumerate(model.slaProperties or []):
        yield from latency_problems(sla, names, ("slaProperties", number))


def _document_problems(model: OpenDataContractStandard, domain: str) -> Problems:
    if model.apiVersion not in VERSIONS:
        yield ("apiVersion",), "must be a version 3 of the standard, e.g. v3.2.0"
    if model.kind != "DataContract":
        yield ("kind",), "must be DataContract"
    for field in ("id", "version"):
        if not getattr(model, field):
            yield (field,), "is missing"
    if model.status not in (None, *STATUSES):
        yield ("status",), f"is {model.status}, and the mesh serves what is here: it must be {' or '.join(STATUSES)}"
    if model.domain != domain:
        yield ("domain",), f"must be {domain}, like the folder"
    if not isinstance(model.team, Team) or not (model.team.name or "").strip():
        yield ("team", "name"), "is missing: the team that owns the data"
    if not model.description or not (model.description.purpose or "").strip():
        yield ("description", "purpose"), "is missing: what the data are for"
    if not model.schema_:
        yield ("schema",), "is missing: it lists the tables"


def _table_problems(table: SchemaObject, place: Place) -> Problems:
    yield from name_problems(table, place)
    if not (table.description or "").strip():
        yield (*place, "description"), "is missing: what one row is"
    if table.physicalType not in KINDS:
        yield (*place, "physicalType"), f"must be one of {', '.join(KINDS)}"
    if table.logicalType not in (None, "object"):
        yield (*place, "logicalType"), "must be object"
    yield from unknown_properties(table.customProperties, ("publishedTo", "keptInLake", "stored"), place)
    if not table.properties:
        yield (*place, "properties"), "is missing: it lists the columns"
    yield from repeated(table.properties, (*place, "properties"))
    yield from _key_problems(table, place)


def _key_problems(table: SchemaObject, place: Place) -> Problems:
    key = [column for column in table.properties or [] if column.primaryKey]
    positions = [column.primaryKeyPosition for column in key]
    for number, column in enumerate(table.properties or []):
        at = (*place, "properties", number, "primaryKeyPosition")
        if column.primaryKeyPosition is None:
            if column.primaryKey and any(positions):
                yield at, "is missing: other columns of the key have theirs"
        elif not column.primaryKey:
            yield at, "is given, and the column has no primaryKey: true"
        elif not 1 <= column.primaryKeyPosition <= len(key) or positions.count(column.primaryKeyPosition) > 1:
            yield at, f"must be one of 1 to {len(key)}, each once"
