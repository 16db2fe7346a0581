"""`make domain` on real PostgreSQL: from files and databases to a folder that the seed takes, in a new project."""

import csv
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psycopg2
import pytest

from commands import domain as command
from commands.domain_server import server_for_a_moment
from mesh.contracts.model import Contract
from mesh.contracts.read import parse
from mesh.names import MASTER_USER, DomainName
from scaffold.naming import column_names
from seed.copyrows import try_rows
from seed.rowfile import RowFile, records
from seed.sqlfile import run_sql
from seed.tables import Table, tables
from tests.sample import DOMAINS_FOLDER, NAMES, ROOT, program
from tests.stack.peoples_files import EVERY

Make = Callable[..., Contract]
PATIENCE = 60
"""Seconds until something that should have come long ago is missed."""


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    """The folder of the socket of one server for all tests of this file."""
    with server_for_a_moment() as folder:
        yield folder
    assert not folder.exists(), "the server's folder should be gone with it"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Path) -> Path:
    """A folder with the program and no domain."""

    @contextmanager
    def shared() -> Iterator[Path]:
        yield server

    folder = tmp_path / "project"
    (folder / "domains").mkdir(parents=True)
    (folder / "__main__.py").write_text(program())
    monkeypatch.setattr(command, "PROJECT", folder)
    monkeypatch.setattr(command, "server_for_a_moment", shared)
    return folder


@pytest.fixture
def make(project: Path, capsys: pytest.CaptureFixture[str]) -> Make:
    """Make the domain `finance`; its contract."""

    def made(*arguments: object) -> Contract:
        status = command.main(["--name=finance", *map(str, arguments)])
        assert status == 0, capsys.readouterr().err
        text = (project / "domains" / "finance" / "contract.yaml").read_text()
        return parse(text, "finance", [DomainName("finance")], "contract.yaml")

    return made


def told_of(contract: Contract) -> dict[str, str]:
    """The columns of a contract's tables, each in the words of `peoples_files`."""
    return {
        f"{table.name}.{column.name}": " ".join(
            filter(
                None,
                (
                    column.physical_type.removesuffix(" precision"),
                    "key" if column.name in table.key else "",
                    "" if column.required else "?",
                    column.mask,
                    f"-> {column.references[0]}" if column.references else "",
                    "enum" if column.allowed else "",
                ),
            )
        )
        for table in contract.tables
        if table.kind == "table"
        for column in table.columns
    }


def untouched(project: Path) -> bool:
    """Whether nothing of a domain is in the project."""
    beside = sorted(path.name for path in project.iterdir())
    return (
        not list((project / "domains").iterdir())
        and (project / "__main__.py").read_text() == program()
        and beside == ["__main__.py", "domains"]
    )


def database(server: Path, name: str) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(host=str(server), user=MASTER_USER, dbname=name)
    connection.autocommit = True
    return connection


def test_a_template_is_a_domain_with_rows_and_a_port(make: Make, project: Path):
    contract = make("--template")
    assert [(table.name, table.kind) for table in contract.tables] == [
        ("suppliers", "table"),
        ("invoices", "table"),
        ("supplier_invoices", "view"),
    ]
    assert '    Domain("finance", surroundings, on_aws),\n' in (project / "__main__.py").read_text()
    assert {path.name for path in (project / "domains/finance").iterdir()} == {
        *("schema.sql", "contract.yaml", "suppliers.csv", "invoices.csv")
    }
    assert not list(project.glob(".domain-*"))


@pytest.mark.parametrize("domain", ["sales", "marketing"])
def test_the_sample_is_rebuilt_from_its_own_rows(make: Make, domain: str):
    """But for lengths, which no row shows."""
    made = make("--from", DOMAINS_FOLDER / domain)
    sample = parse((DOMAINS_FOLDER / domain / "contract.yaml").read_text(), domain, NAMES, "contract.yaml")
    assert told_of(made) == {name: re.sub(r"varchar\(\d+\)", "text", told) for name, told in told_of(sample).items()}


@pytest.mark.parametrize("name", EVERY)
def test_files_as_people_have_them_become_a_domain_with_the_same_rows(
    make: Make, name: str, tmp_path: Path, project: Path, server: Path, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "a folder, with a comma"
    folder.mkdir()
    for file, text in EVERY[name].files.items():
        (folder / file).write_text(text)
    contract = make("--from", folder)
    said = capsys.readouterr().out
    assert told_of(contract) == EVERY[name].columns
    assert tuple(table.name for table in contract.tables if table.kind == "view") == EVERY[name].ports
    assert all(each in said for each in EVERY[name].said), said
    loaded = rows_after_loading(server, project / "domains" / "finance")
    given = [sorted(rows_of(folder / file, loaded.types)) for file in sorted(EVERY[name].files)]
    assert sorted(given) == sorted(map(sorted, loaded.rows))


class Loaded:
    """What a domain's folder puts into a database: each table's rows, and the types of columns by their names."""

    def __init__(self) -> None:
        self.rows: list[list[tuple[str, ...]]] = []
        self.types: dict[tuple[str, ...], list[str]] = {}


def rows_after_loading(server: Path, folder: Path) -> Loaded:
    found = Loaded()
    with closing(psycopg2.connect(host=str(server), user=MASTER_USER, dbname="postgres")) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL TimeZone = 'UTC'")
            run_sql(cursor, folder / "schema.sql", "schema.sql")
            for table in [each for each in tables(cursor) if each.schema == "public"]:
                path = folder / f"{table.name}.csv"
                assert try_rows(cursor, Table("public", table.name), RowFile(path, path.name)) == []
                cursor.execute(f'SELECT * FROM public."{table.name}"')
                rows = [tuple(map(spelled, row)) for row in cursor.fetchall()]
                names = tuple(each[0] for each in cursor.description or ())
                cursor.execute(
                    "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0",
                    (f'public."{table.name}"',),
                )
                found.types[names] = [kind for (kind,) in cursor.fetchall()]
                found.rows.append(rows)
        connection.rollback()
    return found


def rows_of(path: Path, types: dict[tuple[str, ...], list[str]]) -> list[tuple[str, ...]]:
    """The rows of a file, read without PostgreSQL and spelled alike."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    kinds = types[tuple(column_names(header))]
    return [tuple(spelled(value(*each)) for each in zip(row or [""], kinds, strict=True)) for row in rows]


def value(text: str, kind: str) -> object:
    if text == "":
        return None
    if kind == "boolean":
        return text.lower()[0] in "ty1"
    if kind == "timestamp with time zone":
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    readers: dict[str, Callable[[str], object]] = {
        **dict.fromkeys(("integer", "bigint", "numeric"), Decimal),
        "double precision": float,
        "date": date.fromisoformat,
        "time without time zone": clock.fromisoformat,
        "timestamp without time zone": datetime.fromisoformat,
        "uuid": lambda each: str(UUID(each)),
    }
    return readers.get(kind, str)(text)


def spelled(given: object) -> str:
    """One spelling of equal values; a missing value and an empty text are alike here."""
    if isinstance(given, datetime) and given.tzinfo:
        return given.astimezone(UTC).isoformat()
    if isinstance(given, int | Decimal) and not isinstance(given, bool):
        return str(Decimal(given).normalize())
    return "" if given is None else str(given)


def test_rows_of_a_large_file_stay_where_they_are_with_those_that_refer_to_them(
    make: Make, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command, "LARGEST_SAMPLE", 100)
    (tmp_path / "owners.csv").write_text("owner_id,Größe\n" + "".join(f"{at},{at * 7}\n" for at in range(40)))
    (tmp_path / "pets.csv").write_text("pet_id,owner_id\n1,3\n")
    (tmp_path / "beds.csv").write_text("bed_id,colour\n1,red\n")
    contract = make("--from", f"{tmp_path}/owners.csv,{tmp_path}/pets.csv,{tmp_path}/beds.csv")
    assert {path.name for path in (project / "domains/finance").glob("*.csv")} == {"beds.csv"}
    said = capsys.readouterr().out
    first = f"(echo owner_id,grosse; tail -n +2 {tmp_path}/owners.csv) | make load DOMAIN=finance TABLE=owners FILE=-"
    assert f"{first}\nmake load DOMAIN=finance TABLE=pets FILE={tmp_path}/pets.csv\n" in said
    assert {table.name: bool(table.quality) for table in contract.tables if table.kind == "table"} == {
        "owners": False, "pets": False, "beds": True
    }  # fmt: skip


def test_a_file_is_loaded_under_the_names_of_the_columns_by_the_command_that_is_said(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "a b.csv").write_bytes('\ufeffid,Prénom\r\n1,"Zoé\r\n"\r\n2,\r\n'.encode())
    make("--from", tmp_path / "a b.csv", "--no-rows")
    line = next(line for line in capsys.readouterr().out.splitlines() if "make load" in line)
    renamed = tmp_path / "renamed.csv"
    renamed.write_bytes(subprocess.run(["sh", "-c", line.partition(" | ")[0]], check=True, capture_output=True).stdout)
    assert RowFile(renamed, "renamed").header == ["id", "prenom"]
    assert [row for _, row in records(RowFile(renamed, "renamed"))] == [["1", "Zoé\r\n"], ["2", ""]]


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
    make("--from", source, "--schema=books", "--no-rows")
    said = capsys.readouterr().out
    assert not list((project / "domains/finance").glob("*.csv"))
    orders = re.findall(r"make load DOMAIN=finance TABLE=(\w+) FILE=(\w+)\.csv", said)
    assert [table for table, _ in orders] == ["client", "invoice", "line"]
    copy = re.findall(r"\\copy (\(SELECT .*?\)) TO", said)
    with closing(database(Path(source.rpartition("=")[2]), "books")) as connection, connection.cursor() as cursor:
        for query in copy:
            cursor.execute(query)
    assert len(copy) == 3


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


BAD = {
    "a reserved name": (["--name=events", "--template"], "NAME=events cannot be"),
    "no name": (["--template"], "NAME is missing"),
    "neither rows nor template": (["--name=finance"], "FROM is missing"),
    "both": (["--name=finance", "--from=x.csv", "--template"], "both given"),
    "no file": (["--name=finance", "--from=/nowhere/x.csv"], "no file /nowhere/x.csv"),
    "a schema of files": (["--name=finance", "--from=good.csv", "--schema=a"], "SCHEMA is of a database"),
    "nobody there": (["--name=finance", "--from=postgresql://me@/x?host=/nowhere"], "cannot connect"),
    "semicolons": (["--name=finance", "--from=semicolons.csv"], 'delimiter=";"'),
    "records of other lengths": (["--name=finance", "--from=ragged.csv"], "ragged.csv, line 3: has 1 fields"),
    "no UTF-8": (["--name=finance", "--from=latin.csv"], "iconv"),
    "a spreadsheet": (["--name=finance", "--from=book.xlsx"], "is a spreadsheet: save it as CSV"),
    "two files of one name": (["--name=finance", "--from=good.csv,Good!.csv"], "would both be the table good"),
    "an empty file": (["--name=finance", "--from=empty.csv"], "is empty"),
}


@pytest.mark.parametrize(("arguments", "said"), BAD.values(), ids=BAD)
def test_what_cannot_be_is_one_message_and_nothing_is_written(
    project: Path,
    tmp_path: Path,
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    files = {
        "good": b"a\n1\n",
        "Good!": b"a\n1\n",
        "semicolons": b"a;b\n1;2\n",
        "ragged": b"a,b\n1,2\n1\n",
        "empty": b"",
    }
    for name, content in (files | {"latin": b"a,b\n1,caf\xe9\n"}).items():
        (tmp_path / f"{name}.csv").write_bytes(content)
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    assert command.main(arguments) == 1
    assert said in capsys.readouterr().err
    assert untouched(project)


def test_a_second_run_and_an_own_folder_change_nothing(make: Make, project: Path, capsys: pytest.CaptureFixture[str]):
    make("--template")
    (project / "domains/finance/schema.sql").write_text("-- mine")
    before = (project / "__main__.py").read_text()
    assert command.main(["--name=finance", "--template"]) == 1
    assert "domains/finance is there already" in capsys.readouterr().err
    assert (project / "domains/finance/schema.sql").read_text() == "-- mine"
    assert (project / "__main__.py").read_text() == before


def test_a_line_that_is_there_is_refused_unless_the_program_is_to_be_left_alone(
    make: Make, project: Path, capsys: pytest.CaptureFixture[str]
):
    text = program(["sales", "finance"])
    (project / "__main__.py").write_text(text)
    assert command.main(["--name=finance", "--template"]) == 1
    assert "PROGRAM=0" in capsys.readouterr().err
    make("--template", "--no-program")
    assert (project / "__main__.py").read_text() == text


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for temporary files, short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="d-") as folder:
        Path(folder).chmod(0o1777)  # as /tmp: where root runs the tests, nobody runs the server
        yield Path(folder)


KILLED = """
import sys
from pathlib import Path
import commands.domain as command
from scaffold import write
command.PROJECT = Path(sys.argv[1])
def stop(*_arguments, **_named):
    print("here", flush=True)
    sys.stdin.read()
setattr({where}, "{name}", stop)
sys.exit(command.main(["--name=finance", "--template"]))
"""


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("command", "keep_promises"),
        ("command", "check_as_the_seed_does"),
        ("command", "finish"),
        ("write.shutil", "copymode"),
    ],
)
def test_a_run_that_is_killed_leaves_nothing_half_and_the_next_one_tidies_up(
    project: Path, place: Path, where: str, name: str, capsys: pytest.CaptureFixture[str]
):
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(where=where, name=name), str(project)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    while (line := child.stdout.readline()) != "here\n":
        assert line, "it should have come so far"
    child.send_signal(signal.SIGKILL)
    child.wait()
    end = time.monotonic() + PATIENCE
    while any(place.iterdir()):
        assert time.monotonic() < end, "the server should have ended with the run that started it"
        time.sleep(0.05)
    assert (project / "__main__.py").read_text() == program()
    whole = name == "copymode"
    made = project / "domains/finance"
    assert [path.name for path in (project / "domains").iterdir()] == (["finance"] if whole else [])
    assert command.main(["--name=finance", "--template"]) == (1 if whole else 0)
    assert {path.name for path in made.iterdir()} == {"contract.yaml", "invoices.csv", "schema.sql", "suppliers.csv"}
    if whole:
        assert 'Domain("finance", surroundings, on_aws),' in capsys.readouterr().err
    else:
        assert not list(project.glob(".domain-*"))
