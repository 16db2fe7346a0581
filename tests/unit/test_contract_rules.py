"""What a contract says of names, queries and keys, and what is refused of it."""

import re

import pytest

from mesh.contracts.questions import questions
from mesh.contracts.read import ContractError
from tests.unit.test_contract_mistakes import GOOD, contract, mistakes

NAMED = (
    GOOD.replace("  - name: customers\n", "  - name: Clients\n    physicalName: public.customers\n")
    .replace("      - name: email\n", "      - name: E-Mail\n        physicalName: email_address\n")
    .replace("{name: at,", "{name: At, physicalName: seen_at,")
    .replace("customers.", "Clients.")
    .replace("Clients.at", "Clients.At")
)


def test_names_are_those_of_the_database_wherever_they_are_used():
    text = NAMED.replace("to: Clients.customer_id", "to: Clients.E-Mail").replace(
        "metric: rowCount, mustBeBetween: [1, 9]",
        "metric: duplicateValues, arguments: {properties: [E-Mail, revenue]}, mustBe: 0",
    )
    (table,) = contract(text).tables
    assert table.name == "customers"
    assert [column.name for column in table.personal] == ["email_address"], "the mask is bound to what is read"
    assert table.columns[2].references == ("customers.email_address",)
    assert table.quality[0].columns == ("email_address", "revenue")
    assert table.quality[2].columns == ("email_address",)
    assert table.latency[0].column == "seen_at"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "- name: customers\n",
            "- name: c\n    physicalName: other.customers\n",
            "lower-case letters, digits and _, in",
        ),
        ("- name: customers\n", "- name: c\n    physicalName: Customers\n", "physicalName must be lower-case letters"),
        ("- name: customers\n", "- name: c\n    physicalName: ''\n", "physicalName must be lower-case letters"),
        ("- name: email\n", "- name: email\n        physicalName: customer_id\n", "is customer_id for the second time"),
        ("- name: email\n", "- name: e.mail\n        physicalName: email\n", "name must be letters, digits, _ and -"),
        ("- name: email\n", "- name: email\n        physicalName: public.email\n", "physicalName must be lower-case"),
    ],
)
def test_a_name_that_the_servers_would_not_agree_on_is_refused(old: str, new: str, said: str):
    found = mistakes(old, new)
    assert any(said in each for each in found), found


@pytest.mark.parametrize(
    ("query", "of_table", "of_column"),
    [
        ("SELECT count(*) FROM {object}", "SELECT count(*) FROM t", "SELECT count(*) FROM t"),
        ("SELECT count(*) FROM ${table};", "SELECT count(*) FROM t", "SELECT count(*) FROM t"),
        ("SELECT max({property}) FROM ${object}", None, 'SELECT max("revenue") FROM t'),
        ("SELECT max(${column}) FROM t", None, 'SELECT max("revenue") FROM t'),
        ("SELECT '{1,2}'::int[] <> '{}'", *["SELECT '{1,2}'::int[] <> '{}'"] * 2),
        ("SELECT ${schema}", None, None),
        ("SELECT 1; SELECT 2", None, None),
        ("SELECT ')' || (1", None, None),
        ("SELECT 'x", None, None),
        ("DELETE FROM t", None, None),
    ],
)
def test_names_stand_in_the_place_of_placeholders(query: str, of_table: str | None, of_column: str | None):
    rule = f"[{{type: sql, description: Own., query: {chr(34)}{query}{chr(34)}, mustBe: 0}}]"
    for old, expected in (("    physicalType: table", of_table), ("        logicalType: number", of_column)):
        of_rows = old.startswith("    p")
        text = GOOD.replace(old, f"{old}\n{'    ' if of_rows else '        '}quality: {rule}", 1)
        if of_rows:  # it has rules of its own
            text = re.sub(r"\n    quality:\n(      - [^\n]*\n)+", "\n", text, count=1)
        if expected is None:
            with pytest.raises(ContractError, match=r"line \d+: .*query "):
                contract(text)
            continue
        (table,) = contract(text).tables
        assert expected in [each.query for each in questions(table, "postgresql", lambda name: "t")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1.0.0", "version: 1.0", "Input should be a valid string: put it in quotes"),
        ("description: Rows.", 'description: "Rows\\0."', "description has a control character"),
        ("primaryKey: true", "primaryKey: true\n        primaryKeyPosition: 2", "must be one of 1 to 1, each once"),
        (
            "classification: personal",
            "primaryKeyPosition: 1\n        classification: personal",
            "has no primaryKey: true",
        ),
        ("{to: customers.customer_id}", "{to: customers.customer_id}, {to: customers.customer_id}", "second time"),
        ("{to: customers.customer_id}", "{to: [customers.customer_id]}", "it must be table.column of this contract"),
        ("element: customers.at", "element: customers.email", "which is text: it must be a date or a timestamp"),
        ("value: 2, unit: h", "value: 0.4, unit: s", "value must be of whole seconds"),
        ("type: sql, query: SELECT 0", "type: sql, query: SELECT 0, metric: rowCount", "metric is for library rules"),
        ("metric: rowCount", "metric: rowCount, query: SELECT 1", "query is for rules of type sql"),
        ("mustBeLessThan: 1", "mustBeLessThan: .inf", "mustBeLessThan must be a number"),
        ("{property: mask, value: email}", "{property: mask}", "value is missing"),
        ("apiVersion: v3.2.0", "apiVersion: v3.9", "apiVersion must be a version 3 of the standard"),
    ],
)
def test_what_would_have_no_effect_or_fail_late_is_refused(old: str, new: str, said: str):
    found = mistakes(old, new)
    assert any(said in each for each in found), found


def test_a_message_is_one_short_line_whatever_the_file_has_in_it():
    said = mistakes("classification: internal", f'classification: internal\n        "a\\n{"b" * 5_000}": 1')
    assert len(said) == 1
    assert len(said[0]) < 700
    many = "".join(f"      - {{name: X{number}}}\n" for number in range(200))
    with pytest.raises(ContractError) as refused:
        contract(GOOD.replace("    properties:\n", f"    properties:\n{many}", 1))
    lines = str(refused.value).splitlines()
    assert len(lines) == 51
    assert re.fullmatch(r"domains/sales/contract.yaml: and [\d,]+ more", lines[-1])
