"""The query of each check of a contract on running data, and the answers that fail it."""

from dataclasses import replace
from typing import Any

import pytest

from mesh.contracts.model import Column, Latency, Limit, Quality, Table
from mesh.contracts.questions import Question, questions, readable
from mesh.contracts.read import parse
from mesh.contracts.types import postgresql, trino
from mesh.names import DomainName
from mesh.sql import Dialect


def column(name: str, **more: Any) -> Column:
    plain = Column(name=name, logical_type="integer", physical_type="bigint", required=False, mask=None)
    return replace(plain, **more)


def asked(table: Table, dialect: Dialect = "postgresql") -> dict[str, str]:
    found = questions(table, dialect, lambda name: f"s.{name}")
    return {question.what: question.query for question in found}


@pytest.mark.parametrize(
    ("limits", "actual", "failure"),
    [
        ((Limit("=", 0),), 0, None),
        ((Limit("=", 0),), 2, "2, expected none"),
        ((Limit(">", 0),), 0, "0, expected > 0"),
        ((Limit(">=", 1), Limit("<=", 9)), 9, None),
        ((Limit(">=", 1), Limit("<=", 9)), 10, "10, expected <= 9"),
        ((Limit("<", 2.5),), 2.4, None),
        ((Limit("<", 2.5),), 2.5, "2.5, expected < 2.5"),
        ((), 7, None),
        ((Limit("=", 1234567),), 1234568.0, "1,234,568, expected = 1,234,567"),
        ((Limit("=", 0),), 1234567890123, "1,234,567,890,123, expected none"),
        ((Limit("<", 1234567.25),), 1234567.5, "1,234,567.5, expected < 1,234,567.25"),
    ],
)
def test_a_number_beyond_its_limits_fails_the_check(limits: tuple[Limit, ...], actual: float, failure: str | None):
    assert Question("x", "SELECT 1", limits).failure(actual) == failure


def test_every_rule_of_a_table_becomes_a_check():
    table = Table(
        name="t",
        key=("a", "b"),
        columns=(
            column("a", required=True),
            column("b", unique=True, options={"minimum": 1, "maximum": 5}),
            column("c", references=("u.id",), physical_type="text"),
        ),
        quality=(
            Quality(what="rows", metric="rowCount", limits=(Limit(">", 0),)),
            Quality(what="fits", metric="invalidValues", columns=("c",), pattern="it's", limits=(Limit("=", 0),)),
            Quality(what="one of", metric="invalidValues", columns=("c",), valid_values=("x", "2"), limits=()),
            Quality(what="there", metric="nullValues", columns=("c",), limits=()),
            Quality(what="pairs", metric="duplicateValues", columns=("a", "c"), limits=()),
            Quality(what="own", query="SELECT 7", limits=()),
        ),
        latency=(Latency(column="c", seconds=60, behind=None), Latency(column="c", seconds=0, behind="u.at")),
    )
    found = asked(table)
    assert "a: never missing" not in found, "NOT NULL of the table itself answers that"
    assert found["b: at least 1 and at most 5"] == 'SELECT count(*) FROM s.t WHERE "b" < 1 OR "b" > 5'
    assert 'NOT EXISTS (SELECT 1 FROM s.u p WHERE p."id" = r."c")' in found["c: every value is in u.id"]
    assert 'GROUP BY "a", "b" HAVING count(*) > 1' in found["a, b: no value twice"]
    assert 'WHERE "b" IS NOT NULL GROUP BY "b" HAVING' in found["b: no value twice"], "as of UNIQUE"
    assert found["fits"].endswith("WHERE NOT \"c\" ~ 'it''s'")
    assert found["one of"].endswith("NOT IN ('x', '2')")
    assert 'GROUP BY "a", "c"' in found["pairs"]
    assert found["own"] == "SELECT 7"
    assert "now()" in found["c: at most 60 s behind now"]
    assert 'max( "at" ) AS timestamp with time zone) FROM s.u' in found["c: at most 0 s behind u.at"]


CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: sales
version: 1.0.0
domain: sales
team: {name: Sales}
description: {purpose: To try things.}
schema:
  - name: lines
    physicalType: view
    description: Rows.
    properties:
      - {name: number, primaryKey: true, primaryKeyPosition: 3, <integer>}
      - {name: year, primaryKey: true, primaryKeyPosition: 1, <integer>}
      - {name: order_id, primaryKey: true, primaryKeyPosition: 2, <integer>}
      - {name: amount, logicalTypeOptions: {minimum: 2, maximum: 7}, <integer>}
      - {name: rebate, logicalTypeOptions: {maximum: 40}, <integer>}
      - {name: weight, logicalTypeOptions: {minimum: 0}, <integer>}
""".replace("<integer>", "logicalType: integer, physicalType: bigint, classification: internal, description: A number.")


def test_what_a_contract_says_of_keys_and_limits_is_what_is_asked():
    sales = DomainName("sales")
    (table,) = parse(CONTRACT, sales, [sales], "contract.yaml").tables
    assert table.key == ("year", "order_id", "number"), "the order of the contract's positions is that of the index"
    limits = {column.name: column.options for column in table.columns[3:]}
    assert limits == {"amount": {"minimum": 2, "maximum": 7}, "rebate": {"maximum": 40}, "weight": {"minimum": 0}}
    assert asked(table) == {
        "year, order_id, number: no value twice": 'SELECT count(*) FROM ( SELECT 1 FROM s.lines GROUP BY "year", '
        '"order_id", "number" HAVING count(*) > 1 ) d (found)',
        "amount: at least 2 and at most 7": 'SELECT count(*) FROM s.lines WHERE "amount" < 2 OR "amount" > 7',
        "rebate: at most 40": 'SELECT count(*) FROM s.lines WHERE "rebate" > 40',
        "weight: at least 0": 'SELECT count(*) FROM s.lines WHERE "weight" < 0',
    }


def test_what_no_server_guarantees_is_counted():
    table = Table(name="v", kind="view", columns=(column("a", required=True),))
    assert asked(table) == {"a: never missing": 'SELECT count(*) FROM s.v WHERE "a" IS NULL'}
    plain = Table(name="t", columns=table.columns)
    assert asked(plain) == {}
    assert "a: never missing" in asked(plain, "trino"), "files of a lake have no NOT NULL"


def test_reading_asks_for_every_column_by_its_name():
    table = Table(name="t", columns=(column("a"), column("b")))
    assert readable(table, "s.t").query == 'SELECT count("a") + count("b") FROM s.t'


@pytest.mark.parametrize(
    ("written", "in_postgresql", "in_trino"),
    [
        ("bigint", "bigint", "bigint"),
        ("int8", "bigint", "bigint"),
        ("DECIMAL(12, 2)", "numeric(12,2)", "decimal(12,2)"),
        ("varchar(100)", "character varying(100)", "varchar(100)"),
        ("character varying (9)", "character varying(9)", "varchar(9)"),
        ("char(3)", "character(3)", "char(3)"),
        ("text", "text", "varchar"),
        ("timestamptz", "timestamp with time zone", "timestamp(6) with time zone"),
        ("timestamptz(3)", "timestamp(3) with time zone", "timestamp(3) with time zone"),
        ("timestamp(0)", "timestamp(0) without time zone", "timestamp(0)"),
        ("time", "time without time zone", "time(6)"),
        ("numeric", "numeric", "decimal(38,18)"),
        ("char", "character(1)", "char(1)"),
        ("text[]", "text[]", "array(varchar)"),
        ("varchar(9)[]", "character varying(9)[]", "array(varchar(9))"),
        ("int[]", "integer[]", "array(integer)"),
        ("inet", "inet", "varchar"),
        ("int4range", "int4range", "varchar"),
        ("tsvector", "tsvector", "varchar"),
    ],
)
def test_a_type_has_its_name_on_each_server(written: str, in_postgresql: str, in_trino: str):
    assert postgresql(written) == in_postgresql
    assert trino(written) == in_trino
