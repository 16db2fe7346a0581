"""Row filters that PostgreSQL applies as a whole, and those of which Trino would count hidden rows."""

import pytest
from open_data_contract_standard.model import SchemaObject, SchemaProperty

from mesh.contracts.filters import FilterColumn, written
from mesh.contracts.published import publication_problems
from mesh.contracts.pushdown import left_to_trino
from tests.unit.test_contract_filters import COLUMNS

TYPES = {name: column.physical_type for name, column in COLUMNS.items()} | {"r": "real", "s": "smallint", "e": "date"}


def left(predicate: str) -> str | None:
    return left_to_trino(written(predicate, {name: FilterColumn(kind, False) for name, kind in TYPES.items()}), TYPES)


@pytest.mark.parametrize(
    "predicate",
    [
        *("n = 1", "n > 1 AND n < 9", "price BETWEEN 1 AND 2", "t = 'a' OR t IS NULL", "t IN ('a', 'b')", "c = 'ab'"),
        *("d >= DATE '2027-06-30'", "d < DATE '2027-06-30' OR d IS NULL", "tz IS NOT NULL", "b AND NOT b", "r > 1.5"),
        *("t LIKE 'a%' OR n = 1", "t NOT LIKE 'a%'", "t LIKE '%'", "b OR n = 1", "n = 1 OR (price > 2 AND t = 'a')"),
        *("u IS NULL OR n = 1", "d = e", "(n = 1 OR t = 'a') AND d = DATE '2027-06-30'"),
    ],
)
def test_a_list_a_range_a_pattern_and_what_is_missing_are_asked_of_postgresql(predicate: str):
    assert left(predicate) is None


@pytest.mark.parametrize(
    ("predicate", "said"),
    [
        ("n <> 1", "it says which rows are hidden"),
        ("n = 1 AND NOT t = 'a'", "it says which rows are hidden"),
        ("t NOT LIKE 'a'", "it says which rows are hidden"),
        ("NOT (n = 1 AND m = 2)", "it says which rows are hidden"),
        ("t IS NOT NULL", "of varchar(9), write t LIKE '%'"),
        ("c IS NOT NULL", "of char(3)"),
        ("n < 1 OR n > 2", "what is seen is neither one range nor a list"),
        ("n = 1 OR n > 2", "neither one range nor a list"),
        ("n BETWEEN 1 AND 2 OR n BETWEEN 5 AND 6", "neither one range nor a list"),
        ("n = 1 OR (n > 2 AND n < 5)", "neither one range nor a list"),
        ("d = DATE '2027-06-30' OR n = 1", "of date, beside another column within OR"),
        ("c = 'a' OR n = 1", "of char(3), beside another column within OR"),
        ("b = true OR n = 1", "of boolean, beside another column within OR"),
        ("r = 1 OR n = 1", "of real, beside another column within OR"),
        ("ts BETWEEN TIMESTAMP '2027-06-30 00:00:00' AND TIMESTAMP '2027-07-01 00:00:00'", "write >= and <="),
        ("s BETWEEN 1 AND 2", "write >= and <="),
        ("n = m", "n is bigint, m is integer"),
        ("d < e", "d is date, e is date"),
        ("at < TIME '10:30'", "at is time"),
        ("mood IS NULL", "mood is mood"),
        ("j IS NULL", "j is jsonb"),
        (f"n IN ({', '.join(map(str, range(257)))})", "there can be 256 values"),
    ],
)
def test_what_trino_would_apply_itself_is_named(predicate: str, said: str):
    assert said in (left(predicate) or "")


def test_an_analyst_of_two_consumers_asks_postgresql_too():
    table = SchemaObject(
        properties=[
            SchemaProperty(name=name, physicalType=kind, classification="internal") for name, kind in TYPES.items()
        ]
    )

    def problems(*filters: str) -> list[str]:
        entries = [{"domain": domain, "rowFilter": rows} for domain, rows in zip("abc", filters, strict=False)]
        return [text for _, text in publication_problems(entries, table, "own", {"a", "b", "c"})]

    assert problems("n > 1", "t = 'a'", "n > 5") == []
    assert problems("d = DATE '2027-06-30'", "d = DATE '2027-07-01'") == []
    (text,) = problems("d = DATE '2027-06-30'", "t = 'a'")
    assert text.startswith("for an analyst of a and b together has ") and "within OR. Trino would" in text
    (text,) = problems("n > 1", "t = 'a'", "n < 0")
    assert text.startswith("for an analyst of a and c together has ")
