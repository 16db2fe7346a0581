"""What a contract may say of the lake's history, and who may read it in Trino."""

from typing import Any

import pytest
import yaml

from k8s.trino.access import rules
from mesh.contracts.kept import Kept
from mesh.contracts.model import Contract
from mesh.contracts.read import ContractError, parse
from mesh.names import DomainName
from mesh.people import everyone
from tests.unit.test_access import first, groups_of

SALES, MARKETING = DomainName("sales"), DomainName("marketing")


def column(name: str, kind: str = "text", **fields: Any) -> dict[str, Any]:
    logical = {"bigint": "integer", "timestamptz": "timestamp", "numeric": "number"}.get(kind, "string")
    return {
        "name": name,
        "logicalType": fields.pop("logicalType", logical),
        "physicalType": kind,
        "description": "A column.",
        "classification": "internal",
        **fields,
    }


def own(**values: Any) -> list[dict[str, Any]]:
    return [{"property": name, "value": value} for name, value in values.items() if value is not None]


KEY = column("id", "bigint", primaryKey=True, required=True)
PHONE = column("phone", classification="personal", customProperties=own(mask="phone", renamedFrom=["tel", "fax"]))


def text(kept: Any = True, columns: list[dict[str, Any]] | None = None, name: str = "port", to: Any = None) -> str:
    table = {
        "name": name,
        "physicalType": "view",
        "description": "Rows.",
        "customProperties": own(publishedTo=["marketing"] if to is None else to, keptInLake=kept),
        "properties": [
            KEY,
            PHONE,
            column("at", "timestamptz", required=True),
            column("seen", "timestamptz"),
            column("price", "numeric"),
        ]
        if columns is None
        else columns,
    }
    return yaml.safe_dump(
        {
            "apiVersion": "v3.2.0", "kind": "DataContract", "id": "sales", "version": "1.0.0", "status": "active",
            "domain": "sales", "team": {"name": "Sales"}, "description": {"purpose": "To try."}, "schema": [table],
        },
        sort_keys=False,
    )  # fmt: skip


def contract(**given: Any) -> Contract:
    return parse(text(**given), "sales", (SALES, MARKETING), "c.yaml")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (True, Kept()),
        ({}, Kept()),
        ({"keepDays": 90}, Kept(days=90)),
        ({"changedAt": "at", "keepDays": 3650}, Kept(days=3650, changed_at="at")),
        ({"formerColumns": ["zip", "name"]}, Kept(former=("name", "zip"))),
    ],
)
def test_a_contract_says_how_the_lake_keeps_a_table(said: Any, kept: Kept):
    (table,) = contract(kept=said).tables
    assert table.kept == kept
    assert table.columns[1].renamed_from == ("tel", "fax")


@pytest.mark.parametrize(
    ("given", "where", "said"),
    [
        ({"kept": False}, "customProperties[1].value", "must be true, or a mapping with some of keepDays, changedAt"),
        ({"kept": "yes"}, "customProperties[1].value", "must be true, or a mapping"),
        ({"kept": {"days": 3}}, "customProperties[1].value.days", "is not known here: there are keepDays"),
        ({"kept": {"keepDays": 0}}, "value.keepDays", "must be a number of days, 1 to 3650"),
        ({"kept": {"keepDays": 3651}}, "value.keepDays", "must be a number of days, 1 to 3650"),
        ({"kept": {"keepDays": True}}, "value.keepDays", "must be a number of days"),
        ({"kept": {"changedAt": "nothing"}}, "value.changedAt", "is nothing, which is no column of this table"),
        ({"kept": {"changedAt": "id"}}, "value.changedAt", "must be a timestamptz with required: true"),
        ({"kept": {"changedAt": "seen"}}, "value.changedAt", "must be a timestamptz with required: true"),
        (
            {"kept": {"changedAt": "at"}, "columns": [KEY, column("at", "timestamp", required=True)]},
            "value.changedAt",
            "must be a timestamptz",
        ),
        ({"kept": {"changedAt": ["at"]}}, "value.changedAt", "which is no column of this table"),
        ({"kept": {"formerColumns": "zip"}}, "value.formerColumns", "must be a list of names of columns"),
        ({"kept": {"formerColumns": ["at"]}}, "value.formerColumns[0]", "the name of a column of today"),
        ({"kept": {"formerColumns": ["tel"]}}, "[1].customProperties[1].value[0]", "which is a former name already"),
        ({"kept": {"formerColumns": ["A b"]}}, "value.formerColumns[0]", "lower-case letters, digits and _"),
        ({"name": "publications"}, "customProperties[1].value", "cannot be of a table publications: that is a name"),
        ({"name": "publisher_x"}, "customProperties[1].value", "cannot be of a table publisher_x"),
        ({"columns": [column("id", "bigint")]}, "customProperties[1].value", "needs a key"),
        ({"columns": [column("id", "bigint", primaryKey=True)]}, "primaryKey", "must be required: true too"),
        ({"columns": [KEY, column("x", "jsonb[]", logicalType="array")]}, "physicalType", "the lake has no arrays"),
        ({"columns": [{**KEY, "physicalType": "real", "logicalType": "number"}]}, "physicalType", "compared exactly"),
        ({"to": [{"domain": "marketing", "rowFilter": "id = 1"}]}, "[1].value", "cannot be beside a rowFilter"),
        ({"columns": [KEY, column("x", customProperties=own(renamedFrom="id"))]}, "[1].customPro", "column of today"),
        ({"columns": [KEY, column("x", customProperties=own(renamedFrom=[3]))]}, "value[0]", "lower-case letters"),
        (
            {"kept": None, "columns": [KEY, column("x", customProperties=own(renamedFrom="y"))]},
            "properties[1].customProperties[0].value",
            "is for tables with keptInLake",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it_is_told_with_its_line_and_nothing_is_kept(given: dict[str, Any], where: str, said: str):
    with pytest.raises(ContractError) as caught:
        contract(**given)
    lines = str(caught.value).splitlines()
    assert any(line.startswith("c.yaml, line ") and where in line and said in line for line in lines), lines


def rule(user: str, table: str, catalog: str = "iceberg", **given: Any) -> dict[str, Any]:
    contracts = {SALES: contract(**given), MARKETING: Contract(domain="marketing", tables=())}
    said = rules(contracts, everyone((SALES, MARKETING), {}))
    return first(said["tables"], user, groups_of(user), catalog=catalog, schema="sales", table=table)


@pytest.mark.parametrize("catalog", ["iceberg", "lake"])
def test_a_consumer_reads_the_history_with_masks_under_every_name_that_a_column_had(catalog: str):
    found = rule("marketing-analyst", "port", catalog, kept={"formerColumns": ["zip"]})
    assert found["privileges"] == ["SELECT"]
    shown = {column["name"]: column for column in found["columns"]}
    assert {name for name in shown if "mask" in shown[name]} == {"phone", "tel", "fax"}
    assert '"tel"' in shown["tel"]["mask"] and '"phone"' not in shown["tel"]["mask"]
    closed = {"zip", "$path", "$partition", "$file_modified_time"}
    assert {name for name in shown if shown[name].get("allow") is False} == closed


@pytest.mark.parametrize("user", ["marketing-analyst", "grafana"])
@pytest.mark.parametrize("table", ["port$files", "port$snapshots", "publisher_x", "portx"])
@pytest.mark.parametrize("catalog", ["iceberg", "lake"])
def test_nothing_beside_a_kept_table_is_for_outsiders(user: str, table: str, catalog: str):
    assert rule(user, table, catalog) == {}


def test_the_owners_read_all_of_it_in_clear_and_nobody_but_the_publisher_writes():
    for table in ("port", "port$files", "publications"):
        assert rule("sales-analyst", table)["privileges"] == rule("admin", table)["privileges"] == ["SELECT"]
        assert "columns" not in rule("sales-analyst", table)
        assert "OWNERSHIP" in rule("publisher", table)["privileges"]
    assert rule("grafana", "port")["columns"], "as everywhere, Grafana reads no personal column in clear"
    assert rule("publisher", "port", "sales") == {}, "in a database it reads the schema public only"


def test_a_port_that_is_kept_no_longer_is_its_owners_alone():
    assert rule("marketing-analyst", "port", kept=None, columns=[KEY]) == {}
    assert rule("sales-analyst", "port", kept=None, columns=[KEY])["privileges"] == ["SELECT"]


def test_a_port_is_not_kept_under_the_name_of_another_ones_view(name: str = "port_as_of"):
    data = yaml.safe_load(text())
    data["schema"].append(yaml.safe_load(text(name=name))["schema"][0])
    with pytest.raises(ContractError, match=f"cannot be of a table {name}: that is a name of the publisher"):
        parse(yaml.safe_dump(data), "sales", (SALES, MARKETING), "c.yaml")


@pytest.mark.parametrize("user", ["marketing-analyst", "grafana"])
def test_readers_see_when_what_they_read_was_published_and_nothing_of_other_ports(user: str):
    found = rule(user, "publications")
    assert found["filter"] == "port IN ('port')"
    closed = {column["name"] for column in found["columns"] if column["allow"] is False}
    assert closed >= {"added", "changed", "removed", "digest"}
    assert rule(user, "port_as_of", "lake")["privileges"] == ["SELECT"]
    assert "columns" not in rule(user, "port_as_of", "lake"), "the view would mask what is masked"
    assert rule(user, "publications", to=[]) == {} or user == "grafana"


@pytest.mark.parametrize("user", ["sales-analyst", "marketing-analyst", "grafana", "admin"])
def test_every_rule_of_a_reader_has_a_filter_without_which_trino_lets_readers_expire_snapshots(user: str):
    """Trino's file access control asks nothing at ALTER TABLE ... EXECUTE; a row filter makes Trino refuse it."""
    plain = [{**KEY}, column("price", "numeric")]
    for columns in (None, plain):
        assert rule(user, "port", columns=columns)["filter"] == "TRUE"
