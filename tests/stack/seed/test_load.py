"""`make load`: a person's file into a table, whole or not at all, and what is said of each of its faults."""

import gzip
import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from commands.load import main
from seed.rowfile import RowFile
from tests.stack.seed import csv_faults
from tests.stack.seed.databases import Databases, ask
from tests.stack.seed.test_interrupted import kill_at

HEADER = "order_id,customer_id,total_amount,ordered_at\n"
NEW = HEADER + "101,1,1.50,2024-02-01T10:00:00Z\n102,2,2.50,2024-02-01 10:00+02\n"
DIGEST = "SELECT md5(string_agg(o::text, ' ' ORDER BY order_id)) FROM orders o"


@pytest.fixture
def seeded(databases: Databases) -> Databases:
    databases.seed("sales")
    return databases


def run(databases: Databases, file: str, *more: str, table: str = "orders") -> tuple[int, str, str]:
    databases.deploy()
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = main(["--domain", "sales", "--table", table, "--file", file, *more])
    return status, out.getvalue(), err.getvalue()


def loaded(databases: Databases, file: Path, *more: str, table: str = "orders") -> str:
    status, out, err = run(databases, str(file), *more, table=table)
    assert status == 0, out + err
    return out.split(" (")[0].strip()


def test_new_rows_are_inserted_known_ones_updated_and_equal_ones_left(seeded: Databases, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(NEW)
    assert loaded(seeded, file) == "sales.orders: 2 inserted, 0 updated, 0 unchanged"
    file.write_text(NEW.replace("1.50", "9.99") + "103,3,3.50,2024-02-01\n")
    assert loaded(seeded, file) == "sales.orders: 1 inserted, 1 updated, 1 unchanged"
    assert loaded(seeded, file) == "sales.orders: 0 inserted, 0 updated, 3 unchanged"
    amounts = "SELECT total_amount::text FROM orders WHERE order_id > 100 ORDER BY order_id"
    assert ask(seeded, "sales", amounts) == [("9.99",), ("2.50",), ("3.50",)]
    assert "orders: 16 rows are there, not as the loader left them" in seeded.seed("sales"), "they are a person's now"


def test_a_dry_run_says_the_same_and_changes_nothing(seeded: Databases, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(NEW)
    before = ask(seeded, "sales", DIGEST)
    assert loaded(seeded, file, "--dry-run").startswith("sales.orders: 2 inserted, 0 updated, 0 unchanged: a dry run")
    assert ask(seeded, "sales", DIGEST) == before


def test_gzip_parquet_and_standard_input_are_read_as_well(
    seeded: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(NEW.encode()))
    assert "2 inserted" in loaded(seeded, packed)
    parquet = tmp_path / "orders.parquet"
    columns = {"order_id": [101, 201], "customer_id": [1, 2], "total_amount": [1.5, 2.5]}
    pyarrow.parquet.write_table(pyarrow.table(columns), parquet)
    assert "1 inserted, 0 updated, 1 unchanged" in loaded(seeded, parquet)

    class Input:
        buffer = io.BytesIO((HEADER + "301,1,1,2024-01-01\n").encode())

    monkeypatch.setattr(sys, "stdin", Input())
    status, out, err = run(seeded, "-")
    assert status == 0 and "1 inserted" in out, err


def test_a_table_without_a_key_is_appended_to(seeded: Databases, tmp_path: Path) -> None:
    ask(seeded, "sales", "CREATE TABLE visits (page text, at timestamp)")
    file = tmp_path / "visits.csv"
    file.write_text("page,at\na,2024-01-01T00:00\n,\n")
    assert "2 inserted" in loaded(seeded, file, table="visits")
    assert "2 inserted" in loaded(seeded, file, table="visits")
    assert ask(seeded, "sales", "SELECT count(*), count(page) FROM visits") == [(4, 2)]


def test_what_looks_like_an_end_of_data_or_an_empty_text_is_data(seeded: Databases, tmp_path: Path) -> None:
    ask(seeded, "sales", "CREATE TABLE lines (line text)")
    file = tmp_path / "lines.csv"
    file.write_bytes(b'\xef\xbb\xbfline\r\n\\.\r\n"two\r\n\\.\r\nlines"\r\n""\r\nlast')
    assert "4 inserted" in loaded(seeded, file, table="lines")
    assert ask(seeded, "sales", "SELECT line FROM lines") == [("\\.",), ("two\r\n\\.\r\nlines",), ("",), ("last",)]


def test_numbers_that_the_database_gives_go_on_behind_the_loaded_ones(seeded: Databases, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(NEW)
    loaded(seeded, file)
    new = ask(seeded, "sales", "INSERT INTO orders (customer_id, total_amount) VALUES (1, 1) RETURNING order_id")
    assert new == [(103,)]


def test_views_that_are_kept_are_filled_again(seeded: Databases, tmp_path: Path) -> None:
    ask(seeded, "sales", "CREATE MATERIALIZED VIEW a AS SELECT count(*) AS n FROM orders")
    ask(seeded, "sales", "CREATE MATERIALIZED VIEW b AS SELECT n FROM a WITH NO DATA")
    file = tmp_path / "orders.csv"
    file.write_text(NEW)
    loaded(seeded, file)
    assert ask(seeded, "sales", "SELECT n FROM b") == [(15,)]


def test_rows_of_a_partitioned_table_are_updated_as_well(seeded: Databases, tmp_path: Path) -> None:
    ask(seeded, "sales", "CREATE TABLE parts (id int PRIMARY KEY, n int) PARTITION BY RANGE (id)")
    ask(seeded, "sales", "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100)")
    file = tmp_path / "parts.csv"
    file.write_text("id,n\n1,1\n2,2\n")
    loaded(seeded, file, table="parts")
    file.write_text("id,n\n1,1\n2,3\n3,3\n")
    assert "1 inserted, 1 updated, 1 unchanged" in loaded(seeded, file, table="parts")


def test_a_view_and_an_unknown_table_are_refused_by_name(seeded: Databases, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text(NEW)
    assert "customer_revenue is a view" in run(seeded, str(file), table="customer_revenue")[2]
    assert "no table 'loads': it has" in run(seeded, str(file), table="loads")[2]


def test_every_fault_of_the_collection_is_one_message_and_changes_nothing(seeded: Databases, tmp_path: Path) -> None:
    before = ask(seeded, "sales", DIGEST)
    wrong = []
    for name, (content, *said) in csv_faults.ORDERS.items():
        file = tmp_path / "orders.csv"
        file.write_bytes(content)
        status, out, err = run(seeded, str(file))
        if status != 1 or out or not all(each in err for each in said) or err.count("Nothing was changed") > 1:
            wrong.append(f"{name}: exit {status}, {out}{err}")
    assert not wrong, "\n".join(wrong)
    assert ask(seeded, "sales", DIGEST) == before
    assert len(csv_faults.ORDERS) >= 60


def test_ten_faults_are_named_and_not_more(seeded: Databases, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + "".join(f"{number},999999,1,2024-01-01\n" for number in range(1_000, 4_000)))
    err = run(seeded, str(file))[2]
    assert err.count("orders.csv, line ") == 10 and "line 2: insert or update" in err


MIXED = f"""{HEADER}101,1,1.50,2024-02-01
102,1,1.50,01/02/2024
103,1
x,1,1.50,2024-02-01
105,4711,1.50,2024-02-01
101,1,2.50,2024-02-01
107,,1.50,2/3/2024
108,1,-1,2024-02-01
"""


def test_faults_of_every_kind_are_named_together_in_the_order_of_their_lines(seeded: Databases, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(MIXED)
    said = run(seeded, str(file))[2].splitlines()
    wanted = (
        "line 3, column ordered_at: '01/02/2024' is not",
        "line 4: has 2 fields",
        "line 5, column order_id: 'x': invalid input syntax",
        'line 6: insert or update on table "orders" violates foreign key',
        "line 7, column order_id: '101' is there before",
        "line 8, column customer_id: has no value",
        "line 8, column ordered_at: '2/3/2024' is not",
        'line 9: new row for relation "orders" violates check',
    )
    assert len(said) == len(wanted) + 1 and all(each in line for each, line in zip(wanted, said, strict=False)), said


def test_the_first_ten_lines_at_fault_are_named_whatever_is_wrong_with_them(seeded: Databases, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    rows = [f"{number},4711,1,2024-01-01" if number % 2 else f"{number},1,1" for number in range(1_001, 1_100)]
    file.write_text(HEADER + "\n".join(rows))
    said = run(seeded, str(file))[2].splitlines()
    assert [line.split(", line ")[1].split(":")[0] for line in said[:-1]] == [str(number) for number in range(2, 12)]


def test_a_row_of_a_table_that_refers_to_itself_is_not_blamed_for_another(seeded: Databases, tmp_path: Path) -> None:
    ask(seeded, "sales", "CREATE TABLE parts (id int PRIMARY KEY, part_of int REFERENCES parts, n int)")
    file = tmp_path / "parts.csv"
    file.write_text("id,part_of,n\n1,,one\n2,1,2\n")
    said = run(seeded, str(file), table="parts")[2].splitlines()
    assert len(said) == 2 and "line 2, column n" in said[0]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    with file.open("w") as text:
        text.write("id,name\n")
        for number in range(2_000_000):
            text.write(f'{number},"a ""quoted"" name"\n')
    sizes = [len(block.data) for block in RowFile(file, "rows.csv").blocks()]
    assert sum(sizes) > 50_000_000 and max(sizes) < 10_000_000


@pytest.mark.parametrize("statement", ['COPY "public"."orders"', "WITH done AS", "REFRESH MATERIALIZED VIEW"])
def test_a_load_killed_at_work_changes_nothing_and_a_repeat_finishes(
    seeded: Databases, tmp_path: Path, statement: str
) -> None:
    ask(seeded, "sales", "CREATE MATERIALIZED VIEW a AS SELECT count(*) FROM orders, generate_series(1, 100)")
    file = tmp_path / "orders.csv"
    first = "1,1,9.99,2024-01-01\n" if statement.startswith("WITH") else ""  # one that is there: the way of the stage
    with file.open("w") as rows:
        rows.write(HEADER + first)
        rows.writelines(f"{number},1,1.50,2024-02-01\n" for number in range(1_000, 60_000))
    before = ask(seeded, "sales", DIGEST)
    killed = seeded.begin("--domain=sales", "--table=orders", f"--file={file}", module="commands.load")
    kill_at(seeded, killed, statement, "active")
    assert ask(seeded, "sales", DIGEST) == before
    assert "59,000 inserted" in loaded(seeded, file)


@pytest.mark.parametrize("file", ["new", "known"])
def test_a_full_disk_is_named_where_the_rows_go_to_and_nothing_is_changed(
    seeded: Databases, tmp_path: Path, file: str
) -> None:
    connection = seeded.stack().connect("sales", "admin")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
            "'could not extend file \"base/1\": No space left on device' USING ERRCODE = 'disk_full'; END $$; "
            "CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON orders FOR EACH ROW WHEN (NEW.order_id > 12) "
            "EXECUTE FUNCTION full_disk()"
        )
    connection.close()
    before = ask(seeded, "sales", DIGEST)
    path = tmp_path / "orders.csv"
    path.write_text(NEW if file == "new" else HEADER + "1,1,9.99,2024-03-05\n13,1,9.99,2024-03-05\n")
    status, out, err = run(seeded, str(path))
    assert status == 1 and "load: the disk of the database of sales is full" in err, out + err
    assert "No space left on device" in err and "No table of it is half changed. Make room, then type" in err
    assert ask(seeded, "sales", DIGEST) == before
