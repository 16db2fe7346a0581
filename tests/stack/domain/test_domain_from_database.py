"""`make domain` from the tables of a PostgreSQL database."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from commands import domain as command
from mesh.names import MASTER_USER
from tests.stack.domain.told import Make, database, told_of, untouched

SOURCE = """
CREATE TYPE mood AS ENUM ('new', 'paid');
CREATE DOMAIN cents AS numeric(10, 2);
CREATE TABLE "Client" (id serial PRIMARY KEY, "Full Name" varchar(80) NOT NULL, mail varchar(20), loc point,
    ref uuid UNIQUE);
CREATE TABLE invoice (
    no text, year smallint, client integer NOT NULL REFERENCES "Client", state mood NOT NULL, amount cents NOT NULL,
    paid_at timestamptz, bits bit(3), PRIMARY KEY (no, year)
);
CREATE TABLE line (no text, year smallint, what text, FOREIGN KEY (no, year) REFERENCES invoice,
    cref uuid REFERENCES "Client" (ref));
CREATE VIEW report AS SELECT 1 AS x;
INSERT INTO "Client" ("Full Name", mail, loc) VALUES
    ('Ada "A" Example, Dr', 'ada@example.com', '(1,2)'), ('Ben', '', NULL);
INSERT INTO invoice VALUES
    ('A', 2024, 1, 'paid', 10.5, '2024-01-01 10:00+02', B'101'), ('A', 2023, 2, 'new', 0, NULL, NULL);
INSERT INTO line VALUES ('A', 2024, E'two\nlines'), ('A', 2024, NULL);
"""


@pytest.fixture
def source(server: Path) -> Iterator[str]:
    """The address of a database with tables in the schema `books`, and none in `public`."""
    with closing(database(server, "postgres")) as keeper, keeper.cursor() as cursor:
        cursor.execute("CREATE DATABASE books")
        with closing(database(server, "books")) as connection:
            connection.cursor().execute(f"CREATE SCHEMA books; SET search_path = books; {SOURCE}")
        yield f"postgresql://{MASTER_USER}@/books?host={server}"
        cursor.execute("DROP DATABASE books WITH (FORCE)")


def test_the_tables_of_a_database_are_taken_from_its_catalog_with_their_rows(
    make: Make, source: str, project: Path, capsys: pytest.CaptureFixture[str]
):
    contract = make("--from", source, "--schema=books")
    said = capsys.readouterr().out
    assert told_of(contract) == {
        "client.id": "integer key",
        "client.full_name": "varchar(80) name",
        "client.mail": "varchar(20) ? hide",
        "client.loc": "text ?",
        "client.ref": "uuid ?",
        "invoice.no": "text key",
        "invoice.year": "smallint key",
        "invoice.client": "integer -> client.id",
        "invoice.state": "text enum",
        "invoice.amount": "numeric(10,2)",
        "invoice.paid_at": "timestamptz ?",
        "invoice.bits": "text ?",
        "line.no": "text ? -> invoice.no",
        "line.year": "smallint ? -> invoice.year",
        "line.what": "text ?",
        "line.cref": "uuid ?",
    }
    assert "only tables are taken: report" in said
    assert "cref refers to client otherwise than by its key" in said
    folder = project / "domains/finance"
    assert (folder / "invoice.csv").read_text().splitlines()[1] == "A,2024,1,paid,10.50,2024-01-01 08:00:00+00,101"
    assert (folder / "client.csv").read_text().splitlines()[2] == '2,Ben,"",,'
    with closing(database(Path(source.rpartition("=")[2]), "books")) as connection, connection.cursor() as cursor:
        cursor.execute('SELECT count(*) FROM books."Client"')
        assert cursor.fetchone() == (2,)


def test_rows_of_a_database_that_stay_there_are_copied_by_the_command_that_is_said(
    make: Make, source: str, project: Path, capsys: pytest.CaptureFixture[str]
):
    make("--from", source, "--schema=books", "--rows=0")
    said = capsys.readouterr().out
    assert not list((project / "domains/finance").glob("*.csv"))
    orders = re.findall(r"make load DOMAIN=finance TABLE=(\w+) FILE=(\w+)\.csv", said)
    assert [table for table, _ in orders] == ["client", "invoice", "line"]
    copy = re.findall(r"\\copy (\(SELECT .*?\)) TO", said)
    assert said.count("PGOPTIONS='-c row_security=off -c extra_float_digits=3 ") == 3
    with closing(database(Path(source.rpartition("=")[2]), "books")) as connection, connection.cursor() as cursor:
        for query in copy:
            cursor.execute(query)
    assert len(copy) == 3


def test_rows_that_row_level_security_hides_are_an_error_and_not_left_out(
    source: str, project: Path, capsys: pytest.CaptureFixture[str]
):
    with closing(database(Path(source.rpartition("=")[2]), "books")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA books TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA "
            "books TO reader; ALTER TABLE books.invoice ENABLE ROW LEVEL SECURITY; "
            "CREATE POLICY few ON books.invoice FOR SELECT TO reader USING (year = 2024)"
        )
        try:
            reader = source.replace(MASTER_USER, "reader")
            assert command.main(["--name=finance", "--from", reader, "--schema=books"]) == 1
            err = capsys.readouterr().err
            assert "row-level security policy for table" in err and "invoice" in err and "nothing was written" in err
            assert untouched(project)
        finally:
            cursor.execute("DROP OWNED BY reader; DROP ROLE reader")


def test_values_are_taken_in_full_whatever_the_settings_of_the_database(make: Make, source: str, project: Path):
    with closing(database(Path(source.rpartition("=")[2]), "books")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "ALTER DATABASE books SET extra_float_digits = 0; ALTER DATABASE books SET intervalstyle = 'sql_standard'; "
            "CREATE SCHEMA exact; CREATE DOMAIN exact.tag AS text; CREATE DOMAIN exact.label AS exact.tag; "
            "CREATE DOMAIN exact.tags AS exact.label[]; CREATE TYPE exact.mood AS ENUM ('new', 'paid'); "
            "CREATE TABLE exact.sizes (size float8, lasts interval, moods exact.mood[], labels exact.tags, "
            "label exact.label, prices numeric(5, 2)[]); INSERT INTO exact.sizes VALUES "
            "(0.1::float8 + 0.2::float8, '1 day 2 hours', '{new,paid}', '{a,\"b, c\"}', 'x', '{1.5}')"
        )
    told = told_of(make("--from", source, "--schema=exact"))
    assert told == {
        "sizes.size": "double ?",
        "sizes.lasts": "interval ?",
        "sizes.moods": "text[] ?",
        "sizes.labels": "text[] ?",
        "sizes.label": "text ?",
        "sizes.prices": "numeric(5,2)[] ?",
    }
    rows = (project / "domains/finance/sizes.csv").read_text().splitlines()[1]
    assert rows == '0.30000000000000004,1 day 02:00:00,"{new,paid}","{a,""b, c""}",x,{1.50}'


ADDRESSES = (
    "postgresql://me:SECRET@host/db",
    "postgresql://me:SEC/RET#@host/db",
    "postgres://host/db?user=me&password=SECRET",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_password_in_an_address_is_refused_and_not_repeated(
    project: Path, address: str, capsys: pytest.CaptureFixture[str]
):
    assert command.main(["--name=finance", "--from", address]) == 1
    out, err = capsys.readouterr()
    assert "PGPASSWORD" in err
    assert "SEC" not in out + err
    assert untouched(project)
