"""What PostgreSQL's types become in an Iceberg table of the lake."""

import pytest

from mesh.contracts.lake_types import lake_type, unkeepable


@pytest.mark.parametrize(
    ("physical", "kept"),
    [
        ("smallint", "integer"),
        ("int", "integer"),
        ("bigint", "bigint"),
        ("real", "real"),
        ("float", "double"),
        ("numeric", "decimal(38,18)"),
        ("numeric(12, 2)", "decimal(12,2)"),
        ("boolean", "boolean"),
        ("char(3)", "varchar"),
        ("bpchar", "varchar"),
        ('"char"', "varchar"),
        ("varchar(254)", "varchar"),
        ("citext", "varchar"),
        ("jsonb", "varchar"),
        ("inet", "varchar"),
        ("interval", "varchar"),
        ("mood", "varchar"),
        ("uuid", "uuid"),
        ("bytea", "varbinary"),
        ("oid", "bigint"),
        ("date", "date"),
        ("time(0)", "time(6)"),
        ("timestamp(3)", "timestamp(6)"),
        ("timestamptz(0)", "timestamp(6) with time zone"),
        ("smallint[]", "array(integer)"),
        ("varchar(9)[]", "array(varchar)"),
        ("numeric(12, 2)[]", "array(decimal(12,2))"),
    ],
)
def test_a_type_of_postgresql_has_one_in_the_lake(physical: str, kept: str):
    assert lake_type(physical) == kept and unkeepable(physical) is None


@pytest.mark.parametrize("physical", ["timetz", "time(3) with time zone", "timestamptz[]", "bytea[]", "jsonb[]"])
def test_what_the_lake_cannot_hold_is_said_with_what_to_use(physical: str):
    assert "use " in str(unkeepable(physical))
