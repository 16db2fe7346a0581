"""The contracts: the seed's own are sound and agree with schema.sql, and every mistake is named with file and line."""

import re
from pathlib import Path

import pytest

from components.contracts import Contract, ContractError, parse, read

SEED = Path(__file__).parents[2] / "seed"
DOMAINS = ("marketing", "sales")

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
      - name: email
        logicalType: string
        physicalType: text
        classification: personal
        customProperties:
          - {property: mask, value: email}
"""


def contract(text: str = GOOD) -> Contract:
    return parse(text, "sales", DOMAINS, "seed/sales/contract.yaml")


def mistakes(old: str, new: str) -> list[str]:
    """What is said when `old` is replaced by `new` in the good contract."""
    assert old in GOOD, f"{old!r} is not in the contract any more"
    with pytest.raises(ContractError) as caught:
        contract(GOOD.replace(old, new, 1))
    return str(caught.value).splitlines()


def test_the_seeds_contracts_are_sound_and_sales_publishes_customers_to_marketing_alone():
    contracts = read(SEED, DOMAINS)
    published = {(d, t.name): t.consumers for d, c in contracts.items() for t in c.tables if t.consumers}
    assert published == {("sales", "customers"): ("marketing",)}
    assert contracts["sales"].consumers == ("marketing",)
    assert contracts["marketing"].consumers == ()


def test_the_personal_columns_of_the_seed_are_those_that_lead_to_a_person():
    contracts = read(SEED, DOMAINS)
    personal = {
        (t.name, column.name): column.mask for c in contracts.values() for t in c.tables for column in t.personal
    }
    assert personal == {
        ("customers", "customer_name"): "name",
        ("customers", "email"): "email",
        ("customers", "phone"): "phone",
        ("leads", "email"): "email",
    }


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_contract_has_the_tables_columns_types_and_nullability_of_schema_sql(domain: str):
    """A column that is only in the database would be published unmasked: nobody said that it is personal."""
    sql = (SEED / domain / "schema.sql").read_text(encoding="utf-8")
    tables = {}
    for name, body in re.findall(r"CREATE TABLE (\w+) \(\n(.*?)\n\);", sql, re.DOTALL):
        columns = re.findall(r"^    ([a-z_]+) +([a-z]+(?:\([\d, ]+\))?)(.*)$", body, re.MULTILINE)
        tables[name] = [(column, kind, "NOT NULL" in rest or "PRIMARY KEY" in rest) for column, kind, rest in columns]
    assert tables, "no CREATE TABLE was found: this test reads nothing"
    promised = {
        table.name: [(column.name, column.physical_type, column.required) for column in table.columns]
        for table in read(SEED, DOMAINS)[domain].tables
    }
    assert promised == tables


def test_what_is_read_are_plain_values():
    table = contract().tables[0]
    assert (table.name, table.consumers) == ("customers", ("marketing",))
    assert [column.name for column in table.columns] == ["customer_id", "email"]
    assert [column.name for column in table.personal] == ["email"]
    first = table.columns[0]
    assert (first.logical_type, first.physical_type, first.required, first.mask) == ("integer", "bigint", True, None)


def test_a_mistake_is_named_with_file_line_and_field():
    assert mistakes("classification: personal", "classification: personnal") == [
        "seed/sales/contract.yaml, line 19: schema[0].properties[1].classification must say internal or personal"
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("classification: internal", "classificaton: internal", 15, "classificaton is not a field of the standard"),
        ("        classification: internal\n", "", 11, "classification must say internal or personal"),
        ("{property: mask, value: email}", "{property: mask, value: mail}", 21, "email, phone, name, hide"),
        ("{property: mask, value: email}", "{property: maks, value: email}", 21, "is maks: there can be one mask"),
        ("{property: mask, value: email}", "{property: mask, value: [email]}", 21, "must have a property mask"),
        ("logicalType: string", "logicalType: integer", 21, "email is for text, and this column is integer: use hide"),
        ("classification: personal", "classification: internal", 21, "is not classified as personal"),
        ("value: [marketing]", "value: [markting]", 9, "'markting', which is no domain of this mesh; there are"),
        ("value: [marketing]", "value: [[marketing]]", 9, "no domain of this mesh"),
        ("value: [marketing]", "value: [sales]", 9, "names sales itself"),
        ("value: [marketing]", "value: marketing", 9, "must be a list of domains"),
        ("publishedTo", "published", 9, "there can be one publishedTo and nothing else"),
        ("name: customer_id", "name: Customer ID", 11, "lower-case letters, digits and _"),
        ("name: customer_id", "name: email", 16, "is email for the second time"),
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
        read(tmp_path, ("finance", "marketing", "sales"))
    said = str(caught.value)
    assert f"{tmp_path / 'finance' / 'contract.yaml'} is missing" in said
    assert "marketing/contract.yaml, line 5: domain must be marketing" in said
    assert "sales/contract.yaml, line 2: kind must be DataContract" in said
