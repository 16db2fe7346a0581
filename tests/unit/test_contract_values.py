"""Values and types in a contract: what is asked of the rows, and what is refused."""

import re

import pytest
import yaml

from mesh.contracts.fields import OPTIONS
from mesh.contracts.model import Column, Table
from mesh.contracts.quality import pattern_problem
from mesh.contracts.questions import questions
from mesh.contracts.read import ContractError
from mesh.sql import Dialect
from tests.unit.test_contract_mistakes import GOOD, contract


def typed(physical: str, logical: str, more: str = "") -> str:
    """The contract with a column `x` of this type, in the place of `at`."""
    line = f"- {{name: x, description: A., classification: internal, physicalType: '{physical}', logicalType: {logical}"
    text = re.sub(r"- \{name: at,[^\n]*\}", lambda _: f"{line}{more}}}", GOOD)
    return text[: text.index("slaProperties")]


def conditions(physical: str, logical: str, more: str, dialect: Dialect = "postgresql") -> list[str]:
    """What is asked of the rows of such a column."""
    (table,) = contract(typed(physical, logical, more)).tables
    alone = Table(name="t", columns=table.columns[3:], quality=tuple(q for q in table.quality if q.columns == ("x",)))
    return [each.query.partition(" WHERE ")[2] for each in questions(alone, dialect, lambda name: name)]


RULE = ", quality: [{{description: A., metric: {}, arguments: {{{}}}, mustBe: 0}}]"


@pytest.mark.parametrize(
    ("physical", "logical", "values", "listed"),
    [
        ("boolean", "boolean", "true, false", "true, false"),
        ("bigint", "integer", "1, -2", "1, -2"),
        ("numeric(12, 2)", "number", "1, 2.50", "1, 2.5"),
        ("real", "number", "0.1", "'0.1'"),
        ("date", "date", "2027-06-30, '2027-07-01'", "'2027-06-30', '2027-07-01'"),
        ("timestamp(3)", "timestamp", "2027-06-30T01:02:03", "'2027-06-30 01:02:03'"),
        ("timestamptz", "timestamp", "2027-06-30T01:02:03Z", "'2027-06-30 01:02:03+00:00'"),
        ("time", "time", "'12:30'", "'12:30:00'"),
        ("uuid", "string", "7F3B8A52-0000-4000-8000-000000000001", "'7f3b8a52-0000-4000-8000-000000000001'"),
        ("char(3)", "string", "it''s", "'it''''s'"),
        ("mood", "string", "ok", "'ok'"),
    ],
)
def test_values_are_compared_as_values_of_the_columns_type(physical: str, logical: str, values: str, listed: str):
    enum = ", ".join(f"{{value: {value}}}" for value in values.split(", "))
    for more in (RULE.format("invalidValues", f"validValues: [{values}]"), f", enum: [{enum}]"):
        assert conditions(physical, logical, more) == [f'"x" NOT IN ({listed})']
    assert conditions(physical, logical, RULE.format("missingValues", f"missingValues: [null, {values}]")) == [
        f'"x" IS NULL OR "x" IN ({listed})'
    ]


@pytest.mark.parametrize(
    ("physical", "logical", "value", "said"),
    [
        ("boolean", "boolean", "'true'", "must be true or false"),
        ("bigint", "integer", "1.5", "must be an integer"),
        ("bigint", "integer", "true", "must be an integer"),
        ("numeric", "number", ".nan", "must be a number"),
        ("text", "string", "no", "must be text: put it in quotes"),
        ("date", "date", "'2027-06-31'", "must be a date such as 2027-06-30"),
        ("date", "date", "2027-06-30T00:00:00", "must be a date such as"),
        ("timestamp", "timestamp", "2027-06-30T00:00:00Z", "with Z or another zone where the column has one, and only"),
        ("timestamptz", "timestamp", "2027-06-30T00:00:00", "with Z or another zone where the column has one"),
        ("time", "time", "12:30:00", "must be a time such as '23:59:59', in quotes"),
        ("uuid", "string", "7f3b", "must be a UUID"),
        ("jsonb", "object", "x", "its values cannot be compared"),
        ("text[]", "array", "x", "its values cannot be compared"),
        ("text", "string", "null", "must be text"),
    ],
)
def test_a_value_that_is_not_of_the_columns_type_is_refused(physical: str, logical: str, value: str, said: str):
    with pytest.raises(ContractError, match=rf"validValues\[0\] .*{said}"):
        contract(typed(physical, logical, RULE.format("invalidValues", f"validValues: [{value}]")))
    with pytest.raises(ContractError, match=rf"enum\[0\].value .*{said}"):
        contract(typed(physical, logical, f", enum: [{{value: {value}}}]"))


ASKED = [
    ("bigint", "integer", "minimum: 1, exclusiveMaximum: 9.5", '"x" < 1 OR "x" >= 9.5'),
    ("numeric(9, 2)", "number", "exclusiveMinimum: 0, maximum: 1.5", '"x" <= 0 OR "x" > 1.5'),
    ("numeric(9, 2)", "number", "multipleOf: 0.05", 'mod("x", 0.05) <> 0'),
    ("real", "number", "maximum: 0.1", "\"x\" > '0.1'"),
    ("date", "date", "minimum: 2020-01-01", "\"x\" < '2020-01-01'"),
    ("timestamptz", "timestamp", "maximum: '2030-01-01T00:00:00Z'", "\"x\" > '2030-01-01 00:00:00+00:00'"),
    ("varchar(9)", "string", "minLength: 1, maxLength: 9", 'length("x") < 1 OR length("x") > 9'),
    ("varchar(9)", "string", "pattern: '^a$'", "NOT \"x\" ~ '^a$'"),
    ("mood", "string", "maxLength: 3", 'length(CAST("x" AS varchar)) > 3'),
    ("text[]", "array", "minItems: 1, maxItems: 2", 'cardinality("x") < 1 OR cardinality("x") > 2'),
]
"""A type, options, and what is asked of its rows."""


@pytest.mark.parametrize(("physical", "logical", "options", "asked"), ASKED)
def test_options_of_a_type_are_asked_of_the_rows(physical: str, logical: str, options: str, asked: str):
    assert conditions(physical, logical, f", logicalTypeOptions: {{{options}}}") == [asked]


def test_every_option_that_is_accepted_is_asked_above():
    named = {key for _, _, options, _ in ASKED for key in yaml.safe_load(f"{{{options}}}")}
    assert named == {key for key, option in OPTIONS.items() if option.kind == "effect"}


@pytest.mark.parametrize(
    ("physical", "logical", "option", "said"),
    [
        ("text", "string", "minimum: 1", "is for numbers, dates and times, and this column is text"),
        ("bigint", "integer", "maxLength: 1", "is for text, and this column is bigint"),
        ("bigint", "integer", "pattern: x", "is for text, and this column is bigint"),
        ("text", "string", "maxLength: -1", "must be an integer from 0"),
        ("text", "string", "maxLength: true", "must be an integer from 0"),
        ("text", "string", "pattern: '('", "must be a regular expression"),
        ("text", "string", "pattern: '(?P<x>a)'", "has a group that PostgreSQL and Trino read differently"),
        (
            "text",
            "string",
            "pattern: '^x{,5}$'",
            "has {,5}, which PostgreSQL and Trino read differently: write {0,n}",
        ),
        ("text", "string", "pattern: '\\bday\\b'", r"has \b, which PostgreSQL and Trino read differently"),
        ("text", "string", "pattern: 'a\\Bb'", r"has \B, which PostgreSQL and Trino read differently"),
        ("text", "string", "pattern: 'a\\x41'", r"has \x, which PostgreSQL and Trino read differently"),
        ("text", "string", "pattern: 'a\\Z'", r"has \Z, which PostgreSQL and Trino read differently"),
        ("real", "number", "multipleOf: 2", "is for integers and decimals, and this column is real"),
        ("bigint", "integer", "multipleOf: 0", "must be a number above 0"),
        ("bigint", "integer", "minimum: .inf", "must be a number"),
        ("date", "date", "minimum: 1", "must be a date such as 2027-06-30"),
        ("text", "string", "colour: red", "is not an option of the standard"),
    ],
)
def test_an_option_that_cannot_be_asked_of_a_column_is_refused(physical: str, logical: str, option: str, said: str):
    with pytest.raises(ContractError, match=re.escape(said)):
        contract(typed(physical, logical, f", logicalTypeOptions: {{{option}}}"))


def test_what_only_looks_like_such_a_part_of_a_pattern_is_taken():
    assert pattern_problem(r"a\\b|\\\\B|\{,5}|x{0,2}\w\d") is None


@pytest.mark.parametrize(
    ("physical", "logical", "said"),
    [
        ("text", "integer", "logicalType is integer, and the physicalType is text"),
        ("timestamptz", "date", "logicalType is date, and the physicalType is timestamptz"),
        ("numeric(5, -2)", "number", "from none to all of them behind the point"),
        ("numeric(2, 3)", "number", "from none to all of them behind the point"),
        ("numeric(40, 2)", "number", "Trino has at most 38 digits"),
        ("int[][]", "array", "use one dimension"),
        ("varbit", "string", "Trino cannot read it"),
        ("text); DROP TABLE x", "string", "must be a type of PostgreSQL"),
    ],
)
def test_a_type_that_cannot_be_served_is_refused(physical: str, logical: str, said: str):
    with pytest.raises(ContractError, match=re.escape(said)):
        contract(typed(physical, logical))


@pytest.mark.parametrize("physical", ["uuid", "inet", "bytea", "interval", "tsvector"])
@pytest.mark.parametrize("mask", ["email", "phone", "name"])
def test_a_mask_whose_value_would_not_be_of_the_columns_type_is_refused(physical: str, mask: str):
    text = typed(physical, "string").replace("classification: internal, physical", "classification: personal, physical")
    with_mask = text.replace("name: x,", f"name: x, customProperties: [{{property: mask, value: {mask}}}],")
    with pytest.raises(ContractError, match=f"{mask} is for text, and this column is {re.escape(physical)}"):
        contract(with_mask)
    assert contract(with_mask.replace(f"value: {mask}}}],", "value: hide}],")).tables[0].personal


def test_percent_is_of_all_rows_and_no_fault_where_there_are_none():
    rule = RULE.format("nullValues", "")[:-2].replace("arguments: {}, ", "") + ", unit: percent}]"
    (table,) = contract(typed("text", "string", rule)).tables
    (query,) = [q.query for q in questions(table, "trino", lambda name: "t") if q.what == "A"]
    assert query == (
        'SELECT coalesce(1e2 * (SELECT count(*) FROM t WHERE "x" IS NULL) '
        "/ nullif(( SELECT count(*) FROM t WHERE true ), 0), 0)"
    )


def test_values_of_the_lake_are_cast_to_trinos_types():
    day = Column(
        name="d", logical_type="date", physical_type="date", required=False, mask=None, allowed=("2024-01-01",)
    )
    (asked,) = questions(Table(name="t", columns=(day,)), "trino", lambda name: name)
    assert asked.query.endswith("\"d\" NOT IN (CAST('2024-01-01' AS date))")
