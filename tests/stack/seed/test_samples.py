"""The sample rows of a fresh stack, and the same ones again and again."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.errors import CommandError
from seed.sources import Source, csv_of, find_sources
from seed.verify import verify_domains
from tests.sample import DOMAINS_FOLDER
from tests.stack.seed.databases import DOMAINS, Databases, ask

FILES = "SELECT relname, pg_relation_filenode(oid) FROM pg_class WHERE relkind = 'r' AND oid >= 16384 ORDER BY 1"
"""TRUNCATE gives a table another file."""


def sample(domain: str, table: str) -> list[list[str]]:
    with (DOMAINS_FOLDER / domain / f"{table}.csv").open(newline="") as file:
        return list(csv.reader(file))[1:]


def test_every_sample_row_is_in_its_table_and_trinos_user_can_read_it(databases: Databases) -> None:
    databases.seed()
    for domain in DOMAINS:
        found = databases.rows(domain)
        assert found.keys() == {path.stem for path in (DOMAINS_FOLDER / domain).glob("*.csv")}, f"tables of {domain}"
        for table, rows in found.items():
            wanted = sample(domain, table)
            text = [["" if value is None else str(value) for value in row] for row in rows]
            # PostgreSQL's client gives times with minutes in the zone, the files write hours.
            wanted = [[value + ":00" if value.endswith("+00") else value for value in row] for row in wanted]
            assert text == wanted, f"{domain}.{table} differs from its CSV file"


def test_a_second_seed_says_unchanged_and_touches_no_row(databases: Databases) -> None:
    databases.seed()
    places = {domain: ask(databases, domain, FILES) for domain in DOMAINS}
    rows = {domain: databases.rows(domain) for domain in DOMAINS}
    assert databases.seed().count("unchanged") == len(DOMAINS), "the second seed loaded again what was there"
    for domain in DOMAINS:
        assert ask(databases, domain, FILES) == places[domain], f"{domain}: truncated under its readers for nothing"
        assert databases.rows(domain) == rows[domain]


def test_a_new_row_gets_a_number_after_the_loaded_ones(databases: Databases) -> None:
    databases.seed()
    ((highest,),) = ask(databases, "sales", "SELECT max(customer_id) FROM customers")
    ((new,),) = ask(
        databases,
        "sales",
        "INSERT INTO customers (customer_name, email) VALUES ('New', 'new@example.com') RETURNING customer_id",
    )
    assert new == highest + 1, "the identity column still gives numbers that are taken"


def test_the_same_scale_gives_the_same_rows_beside_the_sample(databases: Databases) -> None:
    databases.seed()
    small = {domain: databases.rows(domain) for domain in DOMAINS}
    databases.seed("--scale", "2")
    big = {domain: databases.rows(domain) for domain in DOMAINS}
    counts = {table: len(rows) - len(small[d][table]) for d in DOMAINS for table, rows in big[d].items()}
    assert counts == {"customers": 2_000, "orders": 20_000, "campaigns": 0, "leads": 3_000}
    for domain in DOMAINS:
        for table, rows in small[domain].items():
            assert set(rows) <= set(big[domain][table]), f"the sample is no longer part of {table}"
    emails = {row[2].lower() for row in big["sales"]["customers"]}
    leads = {row[1].lower() for row in big["marketing"]["leads"]}
    assert leads - emails == {"nobody@example.com"}, "generated leads must be of generated customers"
    assert databases.seed("--scale", "2").count("unchanged") == len(DOMAINS)
    databases.seed()
    assert {domain: databases.rows(domain) for domain in DOMAINS} == small, "going back to the sample left rows behind"


def test_a_row_that_does_not_fit_is_named_and_the_old_rows_stay(databases: Databases) -> None:
    databases.seed("sales")
    rows = databases.rows("sales")
    with (databases.domains / "sales" / "orders.csv").open("a") as file:
        file.write("999,12345,1.00,2024-01-01\n")
    said = databases.refused()
    assert "sales/orders.csv, line 15: " in said and "orders_customer_id_fkey" in said and "12345" in said, said
    assert databases.rows("sales") == rows


def test_the_statistics_that_planners_need_are_there(databases: Databases) -> None:
    databases.seed()
    assert ask(databases, "sales", "SELECT reltuples FROM pg_class WHERE relname = 'orders'") == [(13.0,)]


def test_rows_that_trinos_user_does_not_see_do_not_pass_verification(databases: Databases) -> None:
    databases.load()
    ask(databases, "sales", "ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
    with pytest.raises(
        CommandError, match=r"sales\.orders through PostgreSQL is not what the database holds: 0 rows of"
    ):
        verify_domains(databases.stack(), {"sales": None}, trino=False, changed=True)


def test_a_domain_of_ones_own_needs_only_a_folder(databases: Databases, tmp_path: Path) -> None:
    folder = tmp_path / "sales"
    folder.mkdir()
    (folder / "schema.sql").write_text(
        "CREATE TABLE b_parents (id int PRIMARY KEY, note jsonb, boss int REFERENCES b_parents);"
        'CREATE TABLE a_children (id int PRIMARY KEY, parent int REFERENCES b_parents, "Odd name" text, day timestamp);'
        "CREATE VIEW both_of_them AS SELECT a_children.id FROM a_children JOIN b_parents ON parent = b_parents.id;"
    )
    (folder / "b_parents.csv").write_text('id,note,boss\n2,"{""a"": 1}",1\n1,,\n')
    (folder / "a_children.csv").write_text('parent,id,"Odd name",day\n1,7,"x, ""y""\nz",2024-01-01\n')
    databases.load(Source("sales", folder))
    verify_domains(databases.stack(), {"sales": None}, trino=False, changed=True)
    assert ask(databases, "sales", "SELECT * FROM both_of_them", "trino") == [(7,)]
    assert ask(databases, "sales", 'SELECT "Odd name" FROM a_children', "trino") == [('x, "y"\nz',)]
    assert not databases.load(Source("sales", folder)).changed, "a seed of the same folder loaded it again"


def test_a_domain_without_a_folder_is_named_with_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"finance/schema\.sql\n  .*hr/schema\.sql"):
        find_sources(["finance", "hr"], folder=tmp_path)


def test_generated_rows_are_made_as_they_are_read() -> None:
    made = 0

    def rows() -> Iterator[tuple[object, ...]]:
        nonlocal made
        for made in range(1_000_000):
            yield made, None, 'quo"te'

    assert next(csv_of(rows(), "nothing")).data.startswith(b'0,nothing,"quo""te"\n1,')
    assert made < 20_000, "rows were made long before anybody read them: memory grows with the scale"


def test_every_value_of_a_generator_arrives_as_it_is(databases: Databases, tmp_path: Path) -> None:
    folder = tmp_path / "domains/sales"
    folder.mkdir(parents=True)
    (folder / "schema.sql").write_text("CREATE TABLE words (word text)")
    values = [None, "", "\\N", "tab\tline\nback\\slash", "a,b", 'quo"te', "\r\n", "\\.", "é\u2028"]
    rows = [(value,) for value in values]
    (folder / "generate.py").write_text(f"def rows(scale):\n    return {{'words': iter({rows!r})}}\n")
    databases.load(Source("sales", folder, scale=1))
    assert [word for (word,) in ask(databases, "sales", "SELECT word FROM words ORDER BY ctid")] == values


def test_a_generator_may_make_pieces_of_csv(databases: Databases, tmp_path: Path) -> None:
    folder = tmp_path / "domains/sales"
    folder.mkdir(parents=True)
    (folder / "schema.sql").write_text("CREATE TABLE words (number int, word text, more int DEFAULT 7)")
    (folder / "generate.py").write_text(
        "def rows(scale):\n    return {'words': iter([b'1,\"a\\nb\"\\n2,\\n', b'3,\"\"\\n4,\\\\.\\n'])}\n"
    )
    databases.load(Source("sales", folder, scale=1))
    rows = ask(databases, "sales", "SELECT number, word, more FROM words ORDER BY 1")
    assert rows == [(1, "a\nb", 7), (2, None, 7), (3, "", 7), (4, "\\.", 7)]


def test_numbers_go_on_where_the_schema_lets_them_begin(databases: Databases) -> None:
    begun = "GENERATED BY DEFAULT AS IDENTITY"
    made = (
        f"CREATE TABLE begun (id integer {begun} (START WITH 1000 MINVALUE 500 MAXVALUE 1001), x text);\n"
        f"CREATE TABLE full_up (id integer {begun} (MAXVALUE 7), x text);\nCREATE TABLE customers"
    )
    databases.edit("sales/schema.sql", "CREATE TABLE customers", made)
    (databases.domains / "sales" / "full_up.csv").write_text("id,x\n7,last\n")
    (databases.domains / "sales" / "begun.csv").write_text("id,x\n3,low\n")
    databases.seed()
    assert ask(databases, "sales", "INSERT INTO begun (x) VALUES ('a'), ('b') RETURNING id") == [(1000,), (1001,)]
    assert "3 rows are there, not as the loader left them" in databases.seed("--scale", "1")


def test_times_without_a_zone_are_utc_whatever_the_schema_sets_for_itself(databases: Databases) -> None:
    made = "SET TIME ZONE 'Europe/Paris';\nCREATE TABLE calls (at timestamptz);\nCREATE TABLE customers"
    databases.edit("sales/schema.sql", "CREATE TABLE customers", made)
    (databases.domains / "sales" / "calls.csv").write_text("at\n2024-07-01 12:00:00\n")
    databases.seed()
    assert ask(databases, "sales", "SELECT at::text FROM calls") == [("2024-07-01 12:00:00+00",)]
    assert "unchanged" in databases.seed("sales")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ('CREATE TABLE "Calls" (id integer);', "makes a table Calls: Trino finds no capitals, so call it calls"),
        (
            "CREATE TABLE calls (id integer); INSERT INTO calls VALUES (1);",
            "puts rows into calls, and so does domains/sales/calls.csv: keep one of them",
        ),
    ],
)
def test_a_table_that_trino_does_not_find_or_whose_rows_come_twice_is_refused(
    databases: Databases, made: str, said: str
) -> None:
    databases.edit("sales/schema.sql", "CREATE TABLE customers", f"{made}\nCREATE TABLE customers")
    if "INSERT" in made:
        (databases.domains / "sales" / "calls.csv").write_text("id\n2\n")
    assert said in databases.refused()
    assert ask(databases, "sales", "SELECT to_regclass('customers')") == [(None,)]


@pytest.mark.parametrize("code", ["1 / 0", "{'customers': (1 / 0 for _ in range(3))}"])
def test_an_error_in_a_generator_is_one_message(databases: Databases, code: str) -> None:
    (databases.domains / "sales" / "generate.py").write_text(f"def rows(scale):\n    return {code}\n")
    assert "sales/generate.py, rows(1): ZeroDivisionError: division by zero" in databases.refused("--scale", "1")


def test_a_scale_without_a_generator_says_that_it_adds_nothing(databases: Databases) -> None:
    (databases.domains / "sales" / "generate.py").unlink()
    assert "SCALE adds nothing: there is no domains/sales/generate.py" in databases.seed("--scale", "1")
