"""What Trino tells of the rows that a reader does not see: estimates, and nothing that the reader can ask on."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from mesh.contracts.filters import FilterColumn, FilterError, written
from mesh.contracts.pushdown import left_to_trino
from tests.stack.access_matrix import OWN
from tests.stack.checkout import Checkout, Door
from tests.stack.published_matrix import RECEIPTS, REFUNDS, VISITS

TYPES = {
    **{"n": "bigint", "m": "bigint", "i": "integer", "s": "smallint", "p": "numeric(12, 2)", "q": "numeric"},
    **{"r": "real", "f": "double precision", "t": "varchar(9)", "x": "text", "c": "char(3)", "ci": "citext"},
    **{"d": "date", "e": "date", "ts": "timestamp(3)", "tz": "timestamptz", "tz3": "timestamptz(3)", "at": "time"},
    **{"b": "boolean", "u": "uuid", "j": "jsonb", "ip": "inet", "tags": "text[]"},
}
DAY, MOMENT = "DATE '2027-06-30'", "TIMESTAMP '2027-06-30 01:02:03'"
CONSTANTS = {
    **dict.fromkeys(("n", "i", "s"), "1"), **dict.fromkeys(("p", "q", "r", "f"), "1.5"),
    **dict.fromkeys(("t", "x", "c", "ci"), "'a'"), "d": DAY, "ts": MOMENT, "b": "true", "at": "TIME '10:30'",
    **dict.fromkeys(("tz", "tz3"), MOMENT[:-1] + "+00:00'"), "u": "UUID '7f3b8a52-0000-4000-8000-000000000001'",
}  # fmt: skip
FORMS = (
    "{0} = {1}", "{0} <> {1}", "{0} < {1}", "{0} >= {1}", "{0} IN ({1})", "NOT {0} IN ({1})", "{0} BETWEEN {1} AND {1}",
    "{0} = {1} OR n = 1", "{0} >= {1} OR n = 1", "{0} = {1} OR {0} IS NULL", "{0} < {1} OR {0} IS NULL",
    "{0} BETWEEN {1} AND {1} OR t = 'a'", "{0} = {1} AND (m = 2 OR x LIKE 'b%')", "{0} LIKE 'a%' OR b",
)  # fmt: skip
OTHERS = (
    *(f"{name} IS NULL" for name in TYPES), *(f"{name} IS NOT NULL" for name in TYPES),
    *(f"{name} IS NULL OR n = 1" for name in TYPES), *(f"{name} IS NOT NULL OR n = 1" for name in TYPES),
    *("b", "NOT b", "b OR n = 1", "NOT b OR d IS NULL", "n = m", "n < m", "n = i", "d = e", "d < e", "n = m OR b"),
    *("t LIKE 'a%'", "t LIKE '%'", "t NOT LIKE 'a%'", "t NOT LIKE 'a'", "t LIKE 'a'", "x LIKE '%a' OR x = 'b'"),
    f"n IN ({', '.join(map(str, range(1, 500, 2)))})",
)  # fmt: skip


@pytest.fixture(scope="module")
def table(mesh: Checkout) -> Iterator[str]:
    """A table with a column of each type, in the database of OWN."""
    outputs = mesh.outputs()
    said, login = outputs["domains"][OWN], outputs["credentials"]["databases"][OWN]["admin"]
    connection = psycopg2.connect(
        host=said["host"], port=int(said["port"]), dbname=said["database"], sslmode="verify-full",
        sslrootcert=str(mesh.folder / outputs["databaseCa"]), **login,
    )  # fmt: skip
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE tried ({', '.join(f'{name} {kind}' for name, kind in TYPES.items())})")
        cursor.execute(
            "INSERT INTO tried (n, t, b, d) SELECT i, 'a' || i, i % 2 = 0, now() FROM generate_series(1, 9) i"
        )
        cursor.execute(f"GRANT SELECT ON tried TO {OWN}_trino")
        yield f"{OWN}.public.tried"
        cursor.execute("DROP TABLE tried")
    connection.close()


def accepted() -> list[str]:
    """Every filter of the forms above that a contract may have."""
    columns = {name: FilterColumn(kind, personal=False) for name, kind in TYPES.items()}
    found: list[str] = []
    forms = [form.format(name, value) for form in FORMS for name, value in CONSTANTS.items()]
    for predicate in (*forms, *OTHERS):
        try:
            sql = written(predicate, columns)
        except FilterError:
            continue
        if left_to_trino(sql, TYPES) is None:
            found.append(sql)
    return found


def read(plan: str) -> int:
    """The rows that the scan of an executed plan has read; none where nothing was asked of the database."""
    if "Scan" not in plan:
        return 0
    (rows,) = re.findall(r"^ +Input: ([\d.]+) rows? \(.*(?:Filtered|Physical)", plan, re.MULTILINE)
    return int(float(rows))


def test_of_every_filter_that_a_contract_takes_trino_reads_the_rows_that_are_seen_and_no_other(door: Door, table: str):
    def hidden(sql: str) -> str | None:
        query = f"SELECT n FROM {table} WHERE {sql}"
        plan = str(door.rows("admin", f"EXPLAIN {query}"))
        if "filterPredicate" not in plan:
            return None
        # Of LIKE 'a%' a range is left beside it, which nothing that was read is outside of.
        done = read(str(door.rows("admin", f"EXPLAIN ANALYZE {query}")[0][0]))
        return None if "LIKE" in sql and done == len(door.rows("admin", query)) else f"{sql} is left to Trino:\n{plan}"

    filters = accepted()
    assert len(filters) > 90, "it accepts hardly any filter"
    with ThreadPoolExecutor(4) as pool:
        found = [problem for problem in pool.map(hidden, filters) if problem]
    assert not found, "\n".join(found)


CONDITIONS = [
    ("sales-analyst", REFUNDS, "amount > 60"),
    ("sales-analyst", RECEIPTS, "amount < 60"),
    ("marketing-analyst", REFUNDS, "amount > 60"),
    ("marketing-analyst", VISITS, "seen_on < DATE '2027-01-15'"),
    ("marketing-analyst", VISITS, f"visit_id NOT IN ({', '.join(map(str, range(100, 1500, 2)))})"),
    ("both", REFUNDS, "amount > 60"),
]


@pytest.mark.parametrize(("person", "place", "condition"), CONDITIONS)
def test_no_count_tells_of_hidden_rows_that_meet_a_condition(door: Door, person: str, place: str, condition: str):
    query = f"SELECT * FROM {place} WHERE {condition}"
    plan = "\n".join(str(line) for (line,) in door.rows(person, f"EXPLAIN ANALYZE VERBOSE {query}"))
    assert read(plan) == len(door.rows(person, query)), plan


SECRET = ("Alice Johnson", "Carol", "carol@", "BOB@", "dora", "12345", "FR-1", "80.00", "2026-12-31")
"""Clear values of masked columns, and values of rows that some reader does not see."""
ASK: list[Callable[[str], str]] = [
    "EXPLAIN {}".format,
    "EXPLAIN (TYPE LOGICAL) {}".format,
    "EXPLAIN (TYPE IO) {}".format,
    "EXPLAIN ANALYZE VERBOSE {}".format,
    "SHOW STATS FOR ({})".format,
]


@pytest.mark.parametrize("ask", ASK, ids=lambda ask: ask("…"))
@pytest.mark.parametrize("person", ["both", "sales-analyst", "marketing-analyst"])
def test_neither_plan_nor_statistics_show_a_value_that_is_masked_or_hidden(door: Door, person: str, ask: Callable):
    for place in (RECEIPTS, REFUNDS, VISITS):
        shown = str(door.rows(person, ask(f"SELECT * FROM {place}")))
        assert not [value for value in SECRET if value in shown], shown


@pytest.mark.parametrize("ask", ASK, ids=lambda ask: ask("…"))
def test_nothing_is_told_of_a_column_or_table_that_is_closed(door: Door, ask: Callable):
    for person, what in (
        ("grafana", f"SELECT payer_name FROM {RECEIPTS}"),
        ("sales-analyst", f"SELECT * FROM {OWN}.public.payments"),
        ("sales-analyst", "SELECT * FROM marketing.public.leads"),
    ):
        with pytest.raises(RuntimeError, match="Access Denied"):
            door.rows(person, ask(what))
