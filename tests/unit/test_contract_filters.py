"""Row filters: what is enforced says what was written, and what would leak or depend on the reader is refused."""

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from mesh.contracts.filters import FilterColumn, FilterError, written

UUID = "7f3b8a52-0000-4000-8000-000000000001"
COLUMNS = {
    name: FilterColumn(kind, personal=name == "mail")
    for name, kind in {
        **{"n": "bigint", "m": "integer", "price": "numeric(12, 2)", "t": "varchar(9)", "c": "char(3)", "d": "date"},
        **{"ts": "timestamp(3)", "tz": "timestamptz", "at": "time", "b": "boolean", "u": "uuid", "mood": "mood"},
        **{"j": "jsonb", "ip": "inet", "mail": "text", "tags": "text[]", "order": "bigint"},
    }.items()
}


@pytest.mark.parametrize(
    ("predicate", "sql"),
    [
        ("price > 0", '"price" > 0'),
        ("N >= -1.5 and m <> 2", '("n" >= -1.5) AND ("m" <> 2)'),
        ("n = m or not b", '("n" = "m") OR (NOT ("b"))'),
        ('"order" in (1, 2)', '"order" IN (1, 2)'),
        ("n not in (1)", 'NOT ("n" IN (1))'),
        ("price between 1 and 2.5", '"price" BETWEEN 1 AND 2.5'),
        ("t like 'a%' and t not like 'b_'", "(\"t\" LIKE 'a%') AND (\"t\" NOT LIKE 'b_')"),
        ("t = 'it''s' -- a comment", "\"t\" = 'it''s'"),
        ("t is not null and j is null", '(NOT ("t" IS NULL)) AND ("j" IS NULL)'),
        ("d >= date '2027-06-30'", "\"d\" >= CAST('2027-06-30' AS DATE)"),
        ("ts < timestamp '2027-06-30 01:02:03'", "\"ts\" < CAST('2027-06-30 01:02:03' AS TIMESTAMP(6))"),
        (
            "tz < timestamp '2027-06-30 01:02:03+02:00'",
            "\"tz\" < CAST('2027-06-30 01:02:03+02:00' AS TIMESTAMP(6) WITH TIME ZONE)",
        ),
        ("at < time '10:30'", "\"at\" < CAST('10:30:00' AS TIME(6))"),
        (f"u = uuid '{UUID}'", f"\"u\" = CAST('{UUID}' AS UUID)"),
        ("mood is null or c = 'ab' and b = true", None),
    ],
)
def test_a_predicate_is_written_in_words_of_both_servers(predicate: str, sql: str | None):
    found = written(predicate, COLUMNS)
    assert sql in (None, found)
    assert written(found.replace("CAST('2027-06-30' AS DATE)", "DATE '2027-06-30'"), COLUMNS), "it reads its own words"


@pytest.mark.parametrize(
    ("predicate", "said"),
    [
        ("mail = 'a@b.de'", "names mail, which is personal: the rows that are seen would tell of its values"),
        ("n > 1 or mail is null", "names mail, which is personal"),
        ("colour = 1", "names colour, which is no column of this table in the database"),
        ('"N" = 1', "names N, which is no column"),
        ("orders.n = 1", "has orders.n where a column of this table must be"),
        ("n in (select 1)", "has n IN (SELECT 1): there are AND, OR"),
        ("exists (select 1)", "has EXISTS(SELECT 1)"),
        ("n = (select 1)", "with (SELECT 1): write a number"),
        ("count(*) > 1", "has COUNT(*) where a column"),
        ("t = current_user", "with CURRENT_USER: write 'text'"),
        ("d > current_date", "write DATE '2027-06-30'"),
        ("1 / n > 0", "has 1 / n where a column"),
        ("n + 1 > 2", "has n + 1 where a column"),
        ("lower(t) = 'a'", "has LOWER(t) where a column"),
        ("cast(t as bigint) = 1", "has CAST(t AS BIGINT) where a column"),
        ("try_cast('1' as bigint) = n", "where a column"),
        ("true", "has TRUE"),
        ("1 = 1", "has 1 where a column"),
        ("n", "has n: there are AND"),
        ("n = 'a'", "compares n, which is bigint, with 'a': write a number"),
        ("t = 1", "compares t, which is varchar(9), with 1: write 'text'"),
        ("t = n", "compares t, which is varchar(9), with one that is bigint"),
        ("d = '2027-06-30'", "write DATE '2027-06-30'"),
        ("d = date '2027-06-31'", "write DATE '2027-06-30'"),
        ("tz < timestamp '2027-06-30 01:02:03'", "write TIMESTAMP '2027-06-30 23:59:59+00:00'"),
        ("ts < timestamp '2027-06-30 01:02:03Z'", "write TIMESTAMP '2027-06-30 23:59:59'"),
        ("tz = ts", "compares tz, which is timestamptz, with one that is timestamp(3)"),
        ("t > 'a'", "orders t, which is varchar(9): use =, <>, IN or LIKE"),
        ("j = '1'", "compares j, which is jsonb: only IS NULL can be asked of it"),
        ("ip = '10.0.0.1'", "compares ip, which is inet: only IS NULL"),
        ("mood = 'ok'", "compares mood, which is mood: only IS NULL"),
        ("c like 'a%'", "has LIKE of c, which is char(3)"),
        ("t like 'a\\_'", "has a backslash in LIKE"),
        ("t like 'a!_' escape '!'", "has t LIKE 'a!_' ESCAPE '!'"),
        ("t ilike 'a'", "there are AND, OR"),
        ("n between symmetric 2 and 1", "there are AND, OR"),
        ("n is distinct from 1", "there are AND, OR"),
        ("n = null", "with NULL: write a number"),
        ("n = 1; drop table x", "must be one predicate in SQL"),
        ("", "must be one predicate in SQL"),
        ("n =", "is no predicate in SQL"),
        ("'", "is no predicate in SQL"),
        ("(" * 900 + "n = 1" + ")" * 900, "has too many parentheses"),
        ("n = 1 " * 400, "has 2,400 characters: there can be 2,000"),
    ],
)
def test_what_would_leak_or_mean_something_else_elsewhere_is_refused(predicate: str, said: str):
    with pytest.raises(FilterError) as refused:
        written(predicate, COLUMNS)
    assert said in str(refused.value)


atoms = st.sampled_from(
    [
        "n > 1",
        "n not in (1, 2)",
        "m between 1 and 2",
        "t like 'a%'",
        "t not like 'b'",
        "b",
        "j is null",
        "t is not null",
    ]
)
predicates = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({}) and {}".format, inner, inner),
        st.builds("{} or ({})".format, inner, inner),
        st.builds("{} and not {}".format, inner, inner),
    ),
    max_leaves=8,
)


def shape(predicate: str) -> str:
    """The tree of a predicate without parentheses and quotes."""
    tree = exp.Paren(this=sqlglot.parse_one(predicate, read="trino"))
    for inner in [*tree.find_all(exp.Paren)][1:]:
        inner.replace(inner.this)
    for name in tree.find_all(exp.Identifier):
        name.set("quoted", False)
    for like in list(tree.find_all(exp.Like)):
        if like.args.get("negate"):
            like.set("this", exp.column("negated_" + like.this.name))
            like.set("negate", None)
    return repr(tree)


@given(predicates)
def test_nothing_of_a_predicate_is_lost(predicate: str):
    assert shape(written(predicate, COLUMNS)) == shape(predicate)
