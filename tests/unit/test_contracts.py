"""The contracts of the sample are sound and agree with schema.sql; a program with mistakes in its own is refused."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pulumi
import pytest

from mesh.contracts.read import ContractError, declared_domains, read_contracts, read_shared_contract
from mesh.names import DomainName
from program.configure import configure
from tests.sample import DOMAINS_FOLDER, MARKETING, ROOT, SALES

DOMAINS = (MARKETING, SALES)


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
    promised = {(c.name, reference) for table in tables for c in table.columns for reference in c.references}
    assert promised == {(column, f"{table}.{keys[table]}") for column, table in references}


def test_the_folder_of_the_lakes_events_is_no_domain():
    assert declared_domains(DOMAINS_FOLDER) == ["marketing", "sales"]
    assert (DOMAINS_FOLDER / "events" / "contract.yaml").is_file()
    assert read_shared_contract(DOMAINS_FOLDER).domain == "events"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("physicalType: date", "physicalType: day", "event_date must have a physicalType of Glue: bigint"),
        (
            "physicalType: string\n        required: true\n        classification: internal",
            "physicalType: string\n        required: true\n        classification: personal\n"
            "        customProperties: [{property: mask, value: hide}]",
            "event_type is personal, and everyone reads the lake's events unmasked",
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
