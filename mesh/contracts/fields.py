"""Every field of the Open Data Contract Standard, and what the mesh makes of it: the only such list.

`tests/unit/test_contract_fields.py` walks the standard's own models and holds that none is missing here, that what has
an effect changes the contract that is read, and that docs/contract.md says the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import open_data_contract_standard.model as odcs
from pydantic import BaseModel

from mesh.contracts.document import Place


@dataclass(frozen=True)
class Field:
    """`effect`: checked or enforced. `told`: for people, without any effect. `refused`: `text` says what to do."""

    kind: Literal["effect", "told", "refused"]
    text: str = ""


def _fields(told: str, effect: Mapping[str, str], refused: Mapping[str, str]) -> dict[str, Field]:
    return {
        **{name: Field("told") for name in told.split()},
        **{name: Field("effect", text) for name, text in effect.items()},
        **{name: Field("refused", text) for name, text in refused.items()},
    }


_UNCHECKED = "is not checked by anything: leave it out"
_OWN = "must be left out: the mesh knows none here"
_ELEMENT = "id authoritativeDefinitions businessName deprecated synonyms tags"

FIELDS: dict[type[BaseModel], dict[str, Field]] = {
    odcs.OpenDataContractStandard: _fields(
        "id version name tenant tags dataProduct support price authoritativeDefinitions context contractCreatedTs",
        {
            "apiVersion": "a version 3 of the standard, e.g. v3.2.0",
            "kind": "DataContract",
            "domain": "the name of the folder",
            "status": "active or deprecated; a draft or retired contract is not served",
            "description": "its purpose is in the stack's outputs",
            "schema": "the tables and views",
            "team": "its name owns the data",
            "slaProperties": "how old data may be",
        },
        {
            "servers": "must be left out: the mesh makes its servers, and the stack's outputs name them",
            "roles": "must be left out: rights come from publishedTo of each table, and from the option people",
            "slaDefaultElement": "must be left out: name the element in each of slaProperties",
            "customProperties": _OWN,
        },
    ),
    odcs.Description: _fields(
        "usage limitations authoritativeDefinitions",
        {"purpose": "what the data are for; must be there"},
        {"customProperties": _OWN},
    ),
    odcs.Team: _fields(
        "id description members tags authoritativeDefinitions",
        {"name": "the owner; must be there"},
        {"customProperties": _OWN},
    ),
    odcs.SchemaObject: _fields(
        f"{_ELEMENT} dataGranularityDescription context",
        {
            "name": "its name in this contract, and in the database where there is no physicalName",
            "physicalName": "its name in the database, in the schema public",
            "physicalType": "table, view or materialized view, compared with the database",
            "logicalType": "object, or nothing",
            "description": "what one row is; must be there",
            "properties": "the columns; there are no others in the database",
            "quality": "checks of rows",
            "customProperties": "publishedTo: who may read it, until when, and which rows; keptInLake: its history; "
            "stored: its rows are kept in a table",
        },
        {"relationships": "must be left out: give each column its own"},
    ),
    odcs.SchemaProperty: _fields(
        f"{_ELEMENT} criticalDataElement examples transformSourceObjects transformLogic transformDescription",
        {
            "name": "its name in this contract, and in the database where there is no physicalName",
            "physicalName": "its name in the database",
            "physicalType": "its type in the database, compared there and in Trino",
            "logicalType": "must be able to hold the physicalType",
            "logicalTypeOptions": "checks of values, see below",
            "semanticType": "column, or nothing",
            "description": "must be there",
            "primaryKey": "compared with the database; of a view, checked on rows",
            "primaryKeyPosition": "1, 2, … in the order of the key",
            "required": "NOT NULL, compared with the database; of a view, checked on rows",
            "unique": "checked on rows",
            "enum": "the only values, checked on rows",
            "classification": "internal, or personal: masked for other domains",
            "relationships": "every value is in another column, checked on rows",
            "quality": "checks of rows",
            "customProperties": "mask: how other domains see a personal column; renamedFrom: its former names",
        },
        {
            "partitioned": _UNCHECKED,
            "partitionKeyPosition": _UNCHECKED,
            "encryptedName": "must be left out: the mesh encrypts no column",
            "properties": "must be left out: what is within a value is not checked",
            "items": "must be left out: the physicalType says of what the array is",
            "map": "must be left out: there are no maps in PostgreSQL",
        },
    ),
    odcs.DataQuality: _fields(
        "id name authoritativeDefinitions businessImpact dimension method tags",
        {
            "description": "names the check in every report; where there is none, the name does",
            "type": "library or sql",
            "metric": "nullValues, missingValues, invalidValues, duplicateValues or rowCount",
            "arguments": "of the metric: missingValues, validValues, pattern, properties",
            "query": "a SELECT of one number, in PostgreSQL (of the lake, in Trino); {object} and {property} are names",
            "unit": "rows or percent",
            "severity": "error, or nothing: a check that fails is an error",
            "mustBe": "a number",
            "mustNotBe": "a number",
            "mustBeGreaterThan": "a number",
            "mustBeGreaterOrEqualTo": "a number",
            "mustBeLessThan": "a number",
            "mustBeLessOrEqualTo": "a number",
            "mustBeBetween": "two numbers, both allowed",
        },
        {
            "mustNotBeBetween": "must be left out: use two other limits",
            "rule": "must be left out: use metric",
            "engine": _UNCHECKED,
            "implementation": _UNCHECKED,
            "schedule": "must be left out: make contracts checks when it is called",
            "scheduler": "must be left out: make contracts checks when it is called",
            "customProperties": _OWN,
        },
    ),
    odcs.EnumValue: _fields(
        "id label description tags authoritativeDefinitions",
        {"value": "a value of the column's type"},
        {"customProperties": _OWN},
    ),
    odcs.Relationship: _fields(
        "id",
        {"type": "foreignKey, or nothing", "to": "table.column of this contract"},
        {"from": "must be left out: it is this column", "customProperties": _OWN},
    ),
    odcs.ServiceLevelAgreementProperty: _fields(
        "id driver description authoritativeDefinitions",
        {
            "property": "latency",
            "value": "a number, 0 or more",
            "unit": "s, min, h or d",
            "element": "table.column of this contract, a date or a time",
            "customProperties": "behind: the table.column that it is compared with, in the place of the clock",
        },
        {
            "valueExt": _UNCHECKED,
            "schedule": "must be left out: make contracts checks when it is called",
            "scheduler": "must be left out: make contracts checks when it is called",
        },
    ),
    odcs.CustomProperty: _fields("id description vendor", {"property": "its name", "value": "its value"}, {}),
    # What is below is in fields for people.
    odcs.AuthoritativeDefinition: _fields("id url type description", {}, {}),
    odcs.Support: _fields("id channel url description tool scope invitationUrl customProperties", {}, {}),
    odcs.Pricing: _fields("id priceAmount priceCurrency priceUnit", {}, {}),
    odcs.TeamMember: _fields(
        "id username name description role dateIn dateOut replacedByUsername tags customProperties "
        "authoritativeDefinitions",
        {},
        {},
    ),
    odcs.Synonym: _fields("id synonym description locale source status customProperties", {}, {}),
    odcs.Context: _fields("instructions verifiedStatements constraints", {}, {}),
    odcs.VerifiedStatement: _fields("id question answer tags customProperties authoritativeDefinitions", {}, {}),
    odcs.Constraint: _fields("id constraint tags customProperties authoritativeDefinitions", {}, {}),
}

_GIVEN_BY_TYPE = "must be left out: the physicalType says it"
OPTIONS: dict[str, Field] = {
    "minimum": Field("effect", "of numbers, dates and times: the least value"),
    "maximum": Field("effect", "of numbers, dates and times: the greatest value"),
    "exclusiveMinimum": Field("effect", "of numbers, dates and times: every value is greater"),
    "exclusiveMaximum": Field("effect", "of numbers, dates and times: every value is less"),
    "multipleOf": Field("effect", "of integers and decimals: every value is a multiple"),
    "minLength": Field("effect", "of text: the least number of characters"),
    "maxLength": Field("effect", "of text: the greatest number of characters"),
    "pattern": Field("effect", "of text: a regular expression that is found in every value"),
    "minItems": Field("effect", "of arrays: the least number of items"),
    "maxItems": Field("effect", "of arrays: the greatest number of items"),
    "format": Field("refused", "is not checked by anything: use pattern, or another physicalType"),
    "uniqueItems": Field("refused", _UNCHECKED),
    "timezone": Field("refused", _GIVEN_BY_TYPE),
    "defaultTimezone": Field("refused", _GIVEN_BY_TYPE),
    **{name: Field("refused", _UNCHECKED) for name in ("minProperties", "maxProperties", "required")},
    **{
        name: Field("refused", _UNCHECKED)
        for name in (
            *("dimensions", "elementType", "distanceMetric"),
            *("embeddingModel", "embeddingModelVersion", "normalized"),
        )
    },
}
"""The standard's `logicalTypeOptions`, of all logical types."""


def field_problems(model: BaseModel, data: dict[Any, Any], place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Fields that the standard does not have, and those that the mesh refuses.

    The standard's models ignore unknown fields: a misspelt mask would go unnoticed.
    """
    names = {field.alias or name: name for name, field in type(model).model_fields.items()}
    for key, value in data.items():
        if key not in names:
            yield (*place, str(key)), "is not a field of the standard"
            continue
        field = FIELDS[type(model)][key]
        if field.kind == "refused":
            if value not in (None, [], {}):
                yield (*place, key), field.text
            continue
        inner = getattr(model, names[key])
        if isinstance(inner, BaseModel) and isinstance(value, dict):
            yield from field_problems(inner, value, (*place, key))
        elif isinstance(inner, list) and isinstance(value, list):
            for number, (item, raw) in enumerate(zip(inner, value, strict=True)):
                if isinstance(item, BaseModel) and isinstance(raw, dict):
                    yield from field_problems(item, raw, (*place, key, number))
