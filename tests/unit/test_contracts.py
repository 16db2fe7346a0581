"""The contracts: the seed's own are sound and agree with schema.sql, and every mistake is named with file and line."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pulumi
import pytest

from mesh.contracts.model import Contract, Latency
from mesh.contracts.read import ContractError, declared_domains, parse, read_contracts, read_shared_contract
from mesh.names import DomainName
from program.configure import configure
from tests.sample import DOMAINS_FOLDER, MARKETING, ROOT, SALES

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
    physicalType: table
    description: Rows.
    quality:
      - {description: Some rows., metric: rowCount, mustBeBetween: [1, 9]}
      - {description: A number., type: sql, query: SELECT 0, mustBeLessThan: 1}
team: {name: Sales}
description: {purpose: To try things.}
slaProperties:
  - {property: latency, element: customers.email, value: 2, unit: h}
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


def test_the_seeds_contracts_are_sound_and_only_sales_publishes_customers_and_revenue_to_marketing():
    contracts = read_contracts(DOMAINS_FOLDER, DOMAINS)
    published = {(d, t.name): t.consumers for d, c in contracts.items() for t in c.tables if t.consumers}
    assert published == {("sales", "customers"): ("marketing",), ("sales", "customer_revenue"): ("marketing",)}
    assert contracts[SALES].consumers == ("marketing",)
    assert contracts[MARKETING].consumers == ()


def test_the_personal_columns_of_the_seed_are_those_that_lead_to_a_person():
    contracts = read_contracts(DOMAINS_FOLDER, DOMAINS)
    personal = {
        (t.name, column.name): column.mask for c in contracts.values() for t in c.tables for column in t.personal
    }
    assert personal == {
        ("customers", "customer_name"): "name",
        ("customers", "email"): "email",
        ("customers", "phone"): "phone",
        ("customer_revenue", "customer_name"): "name",
        ("customer_revenue", "email"): "email",
        ("leads", "email"): "email",
        ("lead_first_touch", "email"): "email",
    }


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_contract_has_the_tables_columns_types_and_nullability_of_schema_sql(domain: DomainName):
    """A column that is only in the database would be published unmasked: nobody said that it is personal."""
    sql = (DOMAINS_FOLDER / domain / "schema.sql").read_text(encoding="utf-8")
    tables = {}
    for name, body in re.findall(r"CREATE TABLE (\w+) \(\n(.*?)\n\);", sql, re.DOTALL):
        columns = re.findall(r"^    ([a-z_]+) +([a-z]+(?:\([\d, ]+\))?)(.*)$", body, re.MULTILINE)
        tables[name] = [(column, kind, "NOT NULL" in rest or "PRIMARY KEY" in rest) for column, kind, rest in columns]
    assert tables, "no CREATE TABLE was found: this test reads nothing"
    promised = {
        table.name: [(column.name, column.physical_type, column.required) for column in table.columns]
        for table in read_contracts(DOMAINS_FOLDER, DOMAINS)[domain].tables
        if table.kind == "table"
    }
    assert promised == tables


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_contract_has_the_views_of_schema_sql_and_their_columns(domain: DomainName):
    sql = (DOMAINS_FOLDER / domain / "schema.sql").read_text(encoding="utf-8")
    views = {}
    for name, listed in re.findall(r"CREATE VIEW (\w+) AS\nSELECT\s+(.*?)\nFROM", sql, re.DOTALL):
        flat = re.sub(r"\((?:[^()]|\([^()]*\))*\)", "", listed)  # no commas but those between columns
        views[name] = [re.split(r"[.\s]", item.strip())[-1] for item in flat.split(",")]
    assert views, "no CREATE VIEW was found: this test reads nothing"
    tables = [table for table in read_contracts(DOMAINS_FOLDER, DOMAINS)[domain].tables if table.kind == "view"]
    assert {table.name: [column.name for column in table.columns] for table in tables} == views


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_contract_has_the_keys_and_references_of_schema_sql(domain: DomainName):
    sql = (DOMAINS_FOLDER / domain / "schema.sql").read_text(encoding="utf-8")
    keys = {name: key for name, key in re.findall(r"CREATE TABLE (\w+) \(\n    (\w+) [^\n]*PRIMARY KEY", sql)}
    references = set(re.findall(r"^    (\w+) [^\n]*REFERENCES (\w+)", sql, re.MULTILINE))
    tables = [table for table in read_contracts(DOMAINS_FOLDER, DOMAINS)[domain].tables if table.kind == "table"]
    assert {table.name: table.key for table in tables} == {name: (key,) for name, key in keys.items()}
    promised = {(c.name, c.reference) for table in tables for c in table.columns if c.reference}
    assert promised == {(column, f"{table}.{keys[table]}") for column, table in references}


def test_the_folder_of_the_lakes_events_is_no_domain():
    assert declared_domains(DOMAINS_FOLDER) == ["marketing", "sales"]
    assert (DOMAINS_FOLDER / "events" / "contract.yaml").is_file()
    assert read_shared_contract().domain == "events"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("physicalType: date", "physicalType: timestamptz", "event_date must have a physicalType of Glue's: bigint"),
        (
            "physicalType: string\n        required: true\n        classification: internal",
            "physicalType: string\n        required: true\n        classification: personal\n"
            "        customProperties: [{property: mask, value: hide}]",
            "event_type is personal, and everybody reads the lake's events in clear",
        ),
    ],
)
def test_the_lakes_contract_can_promise_only_what_a_lake_can_keep(tmp_path: Path, old: str, new: str, said: str):
    text = (DOMAINS_FOLDER / "events" / "contract.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "contract.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContractError, match=re.escape(said)):
        read_shared_contract(tmp_path)


def test_what_is_read_are_plain_values():
    table = contract().tables[0]
    assert (table.name, table.consumers) == ("customers", ("marketing",))
    assert [column.name for column in table.columns] == ["customer_id", "email", "revenue"]
    assert [column.name for column in table.personal] == ["email"]
    assert (table.kind, table.key, table.description) == ("table", ("customer_id",), "Rows.")
    assert [rule.what for rule in table.quality] == ["Some rows", "A number", "No value twice"]
    assert table.latency == (Latency(column="email", seconds=7_200, behind=None),)
    assert (table.columns[2].minimum, table.columns[2].reference) == (0, "customers.customer_id")
    assert (contract().owner, contract().purpose) == ("Sales", "To try things.")
    first = table.columns[0]
    assert (first.logical_type, first.physical_type, first.required, first.mask) == ("integer", "bigint", True, None)


def test_a_mistake_is_named_with_file_line_and_field():
    assert mistakes("classification: personal", "classification: personnal") == [
        "domains/sales/contract.yaml, line 22: schema[0].properties[1].classification must say internal or personal"
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("classification: internal", "classificaton: internal", 15, "classificaton is not a field of the standard"),
        ("        classification: internal\n", "", 11, "classification must say internal or personal"),
        ("{property: mask, value: email}", "{property: mask, value: mail}", 24, "email, phone, name, hide"),
        ("{property: mask, value: email}", "{property: maks, value: email}", 24, "is maks: there can be one mask"),
        ("{property: mask, value: email}", "{property: mask, value: [email]}", 24, "must have a property mask"),
        ("logicalType: string", "logicalType: integer", 24, "email is for text, and this column is integer: use hide"),
        ("classification: personal", "classification: internal", 24, "is not classified as personal"),
        ("value: [marketing]", "value: [markting]", 9, "'markting', which is no domain of this mesh; there are"),
        ("value: [marketing]", "value: [[marketing]]", 9, "no domain of this mesh"),
        ("value: [marketing]", "value: [sales]", 9, "names sales itself"),
        ("value: [marketing]", "value: marketing", 9, "must be a list of domains"),
        ("publishedTo", "published", 9, "there can be one publishedTo and nothing else"),
        ("name: customer_id", "name: Customer ID", 11, "lower-case letters, digits and _"),
        ("name: customer_id", "name: email", 18, "is email for the second time"),
        ("        physicalType: bigint\n", "", 11, "physicalType is missing"),
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
        ("physicalType: table", "physicalType: tables", 34, "must be one of table, view, materialized view"),
        ("logicalType: number", "logicalType: decimal", 29, "logicalType must be one of array, boolean, date"),
        ("{minimum: 0}", "{minimum: '0'}", 32, "minimum must be a number"),
        ("{minimum: 0}", "{minLength: 2}", 32, "minLength is not checked by anything"),
        ("to: customers.customer_id", "to: customers.id", 33, "to is customers.id: it must be table.column"),
        ("metric: duplicateValues", "metric: rowCount", 26, "must be one of nullValues, duplicateValues, invalid"),
        ("metric: duplicateValues", "metric: invalidValues", 26, "must have validValues or pattern"),
        ("{description: No value twice., ", "{", 26, "description is missing: it is how a breach is named"),
        ("metric: duplicateValues, mustBe: 0", "metric: nullValues", 26, "has no limit: mustBe, "),
        ("mustBeBetween: [1, 9]", "mustBeBetween: [9, 1]", 37, "must be two numbers, the lower first"),
        ("mustBeBetween: [1, 9]", "mustBe: none", 37, "mustBe must be a number"),
        ("mustBeBetween: [1, 9]", "mustBe: 1, unit: percent", 37, "unit must be rows"),
        ("type: sql, query: SELECT 0", "type: sql", 38, "query is missing: a SELECT of one number"),
        ("type: sql, query: SELECT 0", "type: text", 38, "type is text, which nothing checks"),
        ("mustBeLessThan: 1", "mustNotBe: 1, mustBe: 0", 38, "mustNotBe is given, and nothing checks it"),
        ("property: latency", "property: retention", 42, "is retention, which nothing checks: there is latency"),
        ("element: customers.email", "element: customers", 42, "element is customers: it must be table.column"),
        ("unit: h", "unit: m", 42, "unit must be one of s, min, h, d"),
        ("value: 2", "value: -2", 42, "value must be a number, 0 or more"),
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
    with pytest.raises(ContractError, match="line 1: the document is no contract: one begins with apiVersion"):
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


def test_a_program_is_refused_with_the_mistakes_of_its_domains_and_of_the_lake(tmp_path: Path):
    shutil.copytree(DOMAINS_FOLDER, tmp_path, dirs_exist_ok=True)
    for folder in ("sales", "events"):
        path = tmp_path / folder / "contract.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("kind: DataContract", "kind: X"), encoding="utf-8")
    with pytest.raises(pulumi.RunError) as refused:
        configure(tmp_path)
    for folder in ("sales", "events"):
        assert re.search(rf"{folder}/contract\.yaml, line \d+: kind must be DataContract", str(refused.value))


def test_seeding_and_asking_start_without_pulumis_sdk():
    program = "import sys, seed.__main__, commands.contracts, commands.query; sys.exit('pulumi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
