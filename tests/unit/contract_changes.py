"""For `test_contract_fields.py`: where each model of the standard is in a contract, and a change for each effect."""

from typing import Any

from open_data_contract_standard import model as odcs
from pydantic import BaseModel

from mesh.contracts.document import Place

QUALITY = ("schema", 0, "properties", 1, "quality", 0)
TABLE, ID, EMAIL, REVENUE, AT = ("schema", 0), *(("schema", 0, "properties", number) for number in range(4))
PLACES: dict[type[BaseModel], Place] = {
    odcs.OpenDataContractStandard: (),
    odcs.Description: ("description",),
    odcs.Team: ("team",),
    odcs.SchemaObject: TABLE,
    odcs.SchemaProperty: ID,
    odcs.DataQuality: QUALITY,
    odcs.EnumValue: (*REVENUE, "enum", 0),
    odcs.Relationship: (*REVENUE, "relationships", 0),
    odcs.ServiceLevelAgreementProperty: ("slaProperties", 0),
    odcs.CustomProperty: (*EMAIL, "customProperties", 0),
    odcs.AuthoritativeDefinition: ("authoritativeDefinitions", 0),
    odcs.Support: ("support", 0),
    odcs.Pricing: ("price",),
    odcs.TeamMember: ("team", "members", 0),
    odcs.Synonym: (*ID, "synonyms", 0),
    odcs.Context: ("context",),
    odcs.VerifiedStatement: ("context", "verifiedStatements", 0),
    odcs.Constraint: ("context", "constraints", 0),
}
"""A place of each model in the contract of these tests."""

OTHERWISE: dict[tuple[type[BaseModel], str], tuple[Place, Any]] = {
    (odcs.OpenDataContractStandard, "description"): (("description", "purpose"), "Another."),
    (odcs.OpenDataContractStandard, "schema"): (("schema", 1, "name"), "calls"),
    (odcs.OpenDataContractStandard, "team"): (("team", "name"), "Others"),
    (odcs.OpenDataContractStandard, "slaProperties"): (("slaProperties",), []),
    (odcs.Description, "purpose"): (("description", "purpose"), "Another."),
    (odcs.Team, "name"): (("team", "name"), "Others"),
    (odcs.SchemaObject, "name"): (("schema", 1, "name"), "calls"),
    (odcs.SchemaObject, "physicalName"): ((*TABLE, "physicalName"), "public.clients"),
    (odcs.SchemaObject, "physicalType"): ((*TABLE, "physicalType"), "view"),
    (odcs.SchemaObject, "description"): ((*TABLE, "description"), "Other rows."),
    (odcs.SchemaObject, "properties"): ((*EMAIL, "unique"), True),
    (odcs.SchemaObject, "quality"): ((*TABLE, "quality"), []),
    (odcs.SchemaObject, "customProperties"): ((*TABLE, "customProperties"), []),
    (odcs.SchemaProperty, "name"): (("schema", 1, "properties", 0, "name"), "url"),
    (odcs.SchemaProperty, "physicalName"): ((*EMAIL, "physicalName"), "mail"),
    (odcs.SchemaProperty, "physicalType"): ((*ID, "physicalType"), "integer"),
    (odcs.SchemaProperty, "logicalType"): ((*ID, "logicalType"), "number"),
    (odcs.SchemaProperty, "logicalTypeOptions"): ((*ID, "logicalTypeOptions"), {"maximum": 9}),
    (odcs.SchemaProperty, "description"): ((*ID, "description"), "Another."),
    (odcs.SchemaProperty, "primaryKey"): ((*ID, "primaryKey"), False),
    (odcs.SchemaProperty, "primaryKeyPosition"): (("schema", 1, "properties", 0, "primaryKeyPosition"), 2),
    (odcs.SchemaProperty, "required"): ((*ID, "required"), False),
    (odcs.SchemaProperty, "unique"): ((*ID, "unique"), True),
    (odcs.SchemaProperty, "enum"): ((*ID, "enum"), [{"value": 1}]),
    (odcs.SchemaProperty, "classification"): ((*AT, "customProperties"), [{"property": "mask", "value": "hide"}]),
    (odcs.SchemaProperty, "relationships"): (
        (*REVENUE, "relationships"),
        [{"to": "customers.customer_id"}, {"to": "customers.revenue"}],
    ),
    (odcs.SchemaProperty, "quality"): ((*EMAIL, "quality"), []),
    (odcs.SchemaProperty, "customProperties"): ((*EMAIL, "customProperties", 0, "value"), "hide"),
    (odcs.DataQuality, "description"): ((*QUALITY, "description"), "Other words."),
    (odcs.DataQuality, "type"): ((*TABLE, "quality", 1), {"metric": "rowCount", "description": "A.", "mustBe": 1}),
    (odcs.DataQuality, "metric"): ((*QUALITY, "metric"), "nullValues"),
    (odcs.DataQuality, "arguments"): (("schema", 1, "properties", 0, "quality", 0, "arguments"), {"pattern": "^y"}),
    (odcs.DataQuality, "query"): ((*TABLE, "quality", 1, "query"), "SELECT 1"),
    (odcs.DataQuality, "unit"): ((*QUALITY, "unit"), "percent"),
    **{
        (odcs.DataQuality, operator): ((*QUALITY, operator), 7)
        for operator in odcs.DataQuality.model_fields
        if operator.startswith("must") and "Between" not in operator
    },
    (odcs.DataQuality, "mustBeBetween"): ((*QUALITY, "mustBeBetween"), [0, 7]),
    (odcs.EnumValue, "value"): ((*REVENUE, "enum", 0, "value"), 4),
    (odcs.Relationship, "to"): ((*REVENUE, "relationships", 0, "to"), "customers.revenue"),
    (odcs.ServiceLevelAgreementProperty, "value"): (("slaProperties", 0, "value"), 5),
    (odcs.ServiceLevelAgreementProperty, "unit"): (("slaProperties", 0, "unit"), "min"),
    (odcs.ServiceLevelAgreementProperty, "element"): (("slaProperties", 0, "element"), "visits.at"),
    (odcs.ServiceLevelAgreementProperty, "customProperties"): (
        ("slaProperties", 0, "customProperties"),
        [{"property": "behind", "value": "visits.at"}],
    ),
    (odcs.CustomProperty, "value"): ((*EMAIL, "customProperties", 0, "value"), "hide"),
}
"""By field: a change of the contract below, at this or another place, that must change what is read."""

ALSO: dict[tuple[type[BaseModel], str], list[tuple[Place, Any]]] = {
    (odcs.SchemaProperty, "primaryKeyPosition"): [(("schema", 1, "properties", 1, "primaryKeyPosition"), 1)],
    (odcs.SchemaProperty, "classification"): [((*AT, "classification"), "personal")],
}
"""What must change with it."""

FIXED: dict[tuple[type[BaseModel], str], Any] = {
    (odcs.OpenDataContractStandard, "apiVersion"): "v2.2.2",
    (odcs.OpenDataContractStandard, "kind"): "Contract",
    (odcs.OpenDataContractStandard, "domain"): "marketing",
    (odcs.OpenDataContractStandard, "status"): "draft",
    (odcs.SchemaObject, "logicalType"): "array",
    (odcs.SchemaProperty, "semanticType"): "measure",
    (odcs.DataQuality, "severity"): "warning",
    (odcs.Relationship, "type"): "link",
    (odcs.ServiceLevelAgreementProperty, "property"): "retention",
    (odcs.CustomProperty, "property"): "masked",
}
"""Fields whose effect is that everything else is refused: a value that is."""
