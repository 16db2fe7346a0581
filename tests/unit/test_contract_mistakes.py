"""One contract: what is read of it, and every mistake in it, named with file and line."""

import shutil
from pathlib import Path

import pytest

from client.errors import CommandError
from mesh.contracts.model import Contract, Latency
from mesh.contracts.read import ContractError, declared_domains, parse, read_contracts, read_shared_contract
from mesh.names import DomainName
from seed.sources import Source
from tests.sample import DOMAINS_FOLDER, MARKETING, SALES

DOMAINS = (MARKETING, SALES)
GOOD = """\
apiVersion: v3.2.0
kind: DataContract
id: sales
version: 1.0.0
domain: sales
schema:
  - name: customers
    customProperties:
      - {property: publishedTo, value: [marketing]}
    properties:
      - name: customer_id
        logicalType: integer
        physicalType: bigint
        required: true
        classification: internal
        primaryKey: true
        description: Number.
      - name: email
        logicalType: string
        physicalType: text
        description: Address.
        classification: personal
        customProperties:
          - {property: mask, value: email}
        quality:
          - {description: No value twice., metric: duplicateValues, mustBe: 0}
      - name: revenue
        description: Money.
        logicalType: number
        physicalType: numeric(12, 2)
        classification: internal
        logicalTypeOptions: {minimum: 0}
        relationships: [{to: customers.customer_id}]
      - {name: at, description: When., logicalType: timestamp, physicalType: timestamptz, classification: internal}
    physicalType: table
    description: Rows.
    quality:
      - {description: Some rows., metric: rowCount, mustBeBetween: [1, 9]}
      - {description: A number., type: sql, query: SELECT 0, mustBeLessThan: 1}
team: {name: Sales}
description: {purpose: To try things.}
slaProperties:
  - {property: latency, element: customers.at, value: 2, unit: h}
"""
TEAM = GOOD.splitlines().index("team: {name: Sales}") + 1
"""The line after the tables."""


def contract(text: str = GOOD) -> Contract:
    return parse(text, "sales", DOMAINS, "domains/sales/contract.yaml")


def mistakes(old: str, new: str) -> list[str]:
    """What is said when `old` is replaced by `new` in the good contract."""
    assert old in GOOD, f"{old!r} is not in the contract any more"
    with pytest.raises(ContractError) as caught:
        contract(GOOD.replace(old, new, 1))
    return str(caught.value).splitlines()


def test_what_is_read_are_plain_values():
    table = contract().tables[0]
    assert (table.name, table.consumers) == ("customers", ("marketing",))
    assert [column.name for column in table.columns] == ["customer_id", "email", "revenue", "at"]
    assert [column.name for column in table.personal] == ["email"]
    assert (table.kind, table.key, table.description) == ("table", ("customer_id",), "Rows.")
    assert [rule.what for rule in table.quality] == ["Some rows", "A number", "No value twice"]
    assert table.latency == (Latency(column="at", seconds=7_200, behind=None),)
    assert (table.columns[2].options, table.columns[2].references) == ({"minimum": 0}, ("customers.customer_id",))
    assert (contract().owner, contract().purpose) == ("Sales", "To try things.")
    first = table.columns[0]
    assert (first.logical_type, first.physical_type, first.required, first.mask) == ("integer", "bigint", True, None)


@pytest.mark.parametrize("kind", ["phone", "name", "hide"])
@pytest.mark.parametrize("joined", ["unique: true", "primaryKey: true", "relationships: [{to: customers.customer_id}]"])
def test_a_key_that_masks_would_make_equal_is_not_published(kind: str, joined: str):
    key = GOOD.replace("value: email}", f"value: {kind}}}").replace("text\n", f"text\n        {joined}\n", 1)
    with pytest.raises(ContractError, match=f"line 25: .*value {kind} makes values equal or empty"):
        contract(key)
    assert contract(key.replace("value: [marketing]", "value: []")).tables[0].personal


def test_a_column_that_another_one_refers_to_is_not_published_under_a_mask():
    referred = GOOD.replace("{to: customers.customer_id}", "{to: customers.email}")
    assert contract(referred), "an e-mail is a pseudonym, which can be joined"
    with pytest.raises(ContractError, match="hide makes values equal or empty"):
        contract(referred.replace("value: email}", "value: hide}"))


def test_a_mistake_is_named_with_file_line_and_field():
    assert mistakes("classification: personal", "classification: personnal") == [
        "domains/sales/contract.yaml, line 22: schema[0].properties[1].classification must be internal or personal"
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("classification: internal", "classificaton: internal", 15, "classificaton is not a field of the standard"),
        ("        classification: internal\n", "", 11, "classification must be internal or personal"),
        ("{property: mask, value: email}", "{property: mask, value: mail}", 24, "email, phone, name, hide"),
        (
            "{property: mask, value: email}",
            "{property: maks, value: email}",
            24,
            "is maks: there can be one mask, one renamedFrom",
        ),
        ("{property: mask, value: email}", "{property: mask, value: [email]}", 24, "must have a property mask"),
        ("physicalType: text", "physicalType: varchar(31)", 24, "a pseudonym of 32 characters, and this column has 31"),
        ("logicalType: string", "logicalType: integer", 19, "logicalType is integer, and the physicalType is text"),
        ("classification: personal", "classification: internal", 24, "is not classified as personal"),
        ("value: [marketing]", "value: [markting]", 9, "'markting', which is no domain of this mesh; there are"),
        ("value: [marketing]", "value: [[marketing]]", 9, "no domain of this mesh"),
        ("value: [marketing]", "value: [sales]", 9, "names sales itself"),
        ("value: [marketing]", "value: marketing", 9, "must be a list of domains"),
        ("publishedTo", "published", 9, "there can be one publishedTo, one keptInLake, one stored and nothing else"),
        ("name: customer_id", "name: Customer ID", 11, "lower-case letters, digits and _"),
        ("name: customer_id", "name: email", 18, "is email for the second time"),
        ("        physicalType: bigint\n", "", 11, "physicalType is missing"),
        ("physicalType: bigint", "physicalType: bit(8)", 13, "physicalType is bit(8): Trino cannot read it: use"),
        ("physicalType: bigint", "physicalType: numeric[]", 13, "give precision and scale, as numeric(12, 2)[]"),
        ("required: true", "required: perhaps", 14, "required does not fit the standard"),
        ("required: true", "required: true\n        required: false", 15, "required is written twice"),
        ("domain: sales", "domain: sale", 5, "domain must be sales, like the folder"),
        ("apiVersion: v3.2.0", "apiVersion: v2.2.0", 1, "must be a version 3 of the standard"),
        ("kind: DataContract", "kind: Contract", 2, "kind must be DataContract"),
        ("id: sales\n", "", 1, "id is missing"),
        ("version: 1.0.0", "version: 1.0", 4, "version does not fit the standard"),
        ("id: sales", "id: sales\nowner: sales", 4, "owner does not fit the standard"),
        ("schema:", "schema: [", 7, "not YAML"),
        ("team: {name: Sales}", "team: [{name: Ada}]", TEAM, "team.name is missing: the team that owns the data"),
        ("{purpose: To try things.}", "{usage: None.}", TEAM + 1, "description.purpose is missing"),
        ("    description: Rows.\n", "", 7, "schema[0].description is missing: what one row is"),
        ("        description: Money.\n", "", 27, "properties[2].description is missing"),
        ("physicalType: table", "physicalType: tables", 35, "must be one of table, view, materialized view"),
        ("logicalType: number", "logicalType: decimal", 29, "logicalType must be one of array, boolean, date"),
        ("{minimum: 0}", "{minimum: '0'}", 32, "minimum must be a number"),
        ("{minimum: 0}", "{minLength: 2}", 32, "minLength is for text, and this column is numeric(12, 2)"),
        ("to: customers.customer_id", "to: customers.id", 33, "to is customers.id: it must be table.column"),
        ("metric: duplicateValues", "metric: rowCount", 26, "must be one of nullValues, missingValues, dup"),
        ("metric: duplicateValues", "metric: invalidValues", 26, "must have validValues or pattern"),
        ("{description: No value twice., ", "{", 26, "description is missing: it names the check in every report"),
        ("metric: duplicateValues, mustBe: 0", "metric: nullValues", 26, "has no limit: mustBe, "),
        ("mustBeBetween: [1, 9]", "mustBeBetween: [9, 1]", 38, "must be two numbers, the lower first"),
        ("mustBeBetween: [1, 9]", "mustBe: none", 38, "mustBe must be a number"),
        ("mustBeBetween: [1, 9]", "mustBe: 1, unit: percent", 38, "unit must be rows"),
        ("type: sql, query: SELECT 0", "type: sql", 39, "query is missing: a SELECT of one number"),
        ("type: sql, query: SELECT 0", "type: text", 39, "type is text, which nothing checks"),
        ("mustBeLessThan: 1", "mustNotBeBetween: [1, 2], mustBe: 0", 39, "mustNotBeBetween must be left out: use two"),
        ("property: latency", "property: retention", 43, "is retention, which nothing checks: there is latency"),
        ("element: customers.at", "element: customers", 43, "element is customers: it must be table.column"),
        ("unit: h", "unit: m", 43, "unit must be one of s, min, h, d"),
        ("value: 2", "value: -2", 43, "value must be a number, 0 or more"),
    ],
)
def test_each_kind_of_mistake_has_its_line_and_its_words(old: str, new: str, line: int, said: str):
    found = mistakes(old, new)
    assert any(f", line {line}: " in each and said in each for each in found), found


def test_a_table_without_columns_and_a_document_without_tables_are_mistakes():
    tables_from = GOOD.index("schema:")
    with pytest.raises(ContractError, match="schema is missing: it lists the tables"):
        contract(GOOD[:tables_from])
    with pytest.raises(ContractError, match=r"schema\[0\].properties is missing: it lists the columns"):
        contract(GOOD[:tables_from] + "schema:\n  - name: customers\n")


@pytest.mark.parametrize("text", ["", "just words", "- a\n- list\n"])
def test_a_file_that_is_no_contract_at_all_says_how_one_begins(text: str):
    with pytest.raises(ContractError, match="line 1: the document is not a contract: it must begin with apiVersion"):
        contract(text)


def test_the_mistakes_of_all_files_come_together(tmp_path: Path):
    for domain, text in (("sales", GOOD.replace("kind: DataContract", "kind: X")), ("marketing", GOOD)):
        (tmp_path / domain).mkdir()
        (tmp_path / domain / "contract.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        read_contracts(tmp_path, (DomainName("finance"), MARKETING, SALES))
    said = str(caught.value)
    assert f"{tmp_path / 'finance' / 'contract.yaml'} is missing" in said
    assert "marketing/contract.yaml, line 5: domain must be marketing" in said
    assert "sales/contract.yaml, line 2: kind must be DataContract" in said


def test_what_is_wrong_with_a_folder_or_file_of_contracts_is_one_message(tmp_path: Path):
    shutil.copytree(DOMAINS_FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "Sales_EU").mkdir()
    shutil.copy(tmp_path / "sales/contract.yaml", tmp_path / "Sales_EU")
    with pytest.raises(ContractError, match=r"Sales_EU: rename the folder"):
        declared_domains(tmp_path)
    with pytest.raises(CommandError, match=r"Sales_EU: rename the folder"):
        _ = Source("sales", tmp_path / "sales").contract
    (tmp_path / "sales/contract.yaml").write_bytes("kind: Données".encode("latin-1"))
    with pytest.raises(ContractError, match=r"sales/contract\.yaml is not UTF-8 \(at byte 10\)"):
        read_contracts(tmp_path, (SALES,))
    events = tmp_path / "events/contract.yaml"
    events.unlink()
    with pytest.raises(ContractError, match=r"events/contract\.yaml is missing"):
        read_shared_contract(tmp_path)
