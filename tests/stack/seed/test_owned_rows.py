"""Rows that somebody else than the loader has written: they stay, until they are given up by the domain's name."""

import time
from contextlib import closing

import pytest

from client.errors import CommandError
from commands.removed import rows
from seed.content import Content
from seed.migrate import NOTHING
from seed.tables import content, tables
from tests.stack.seed.databases import Databases, ask

ORDER = "INSERT INTO orders (customer_id, total_amount) VALUES (1, 77.77)"
MINE = "SELECT count(*) FROM orders WHERE total_amount = 77.77"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LOCK TABLE%' AND wait_event_type = 'Lock'"
OLD_NOTE = "SELECT obj_description('public'::regnamespace, 'pg_namespace')"


def test_a_row_of_a_person_survives_every_seed_and_is_named(databases: Databases) -> None:
    databases.seed()
    ask(databases, "sales", ORDER)
    for arguments in ((), ("--scale", "5"), ()):
        said = databases.seed(*arguments)
        assert ask(databases, "sales", MINE) == [(1,)], f"the row is gone after a seed with {arguments}"
        assert "orders: 14 rows are there" in said and "make seed RESET=sales" in said, said
    assert "customers: 8 rows are there, kept with the tables that foreign keys tie it to" in said


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM orders WHERE order_id = 3",
        "DELETE FROM orders",
        "UPDATE orders SET total_amount = total_amount + 0.01 WHERE order_id = 3",
        "UPDATE customers SET phone = NULL WHERE customer_id = 1",
    ],
)
def test_rows_that_a_person_changed_or_took_away_stay_so(databases: Databases, change: str) -> None:
    databases.seed()
    ask(databases, "sales", change)
    rows = databases.rows("sales")
    databases.seed("--scale", "1")
    assert databases.rows("sales") == rows


def test_what_is_put_back_by_hand_is_the_loaders_again(databases: Databases) -> None:
    databases.seed()
    ask(databases, "sales", ORDER)
    ask(databases, "sales", "DELETE FROM orders WHERE total_amount = 77.77")
    databases.seed("--scale", "1")
    assert len(databases.rows("sales")["customers"]) == 1_008, "the sample is as it was loaded, and was not replaced"


def test_the_other_domain_still_gets_its_sample(databases: Databases) -> None:
    databases.seed()
    ask(databases, "sales", ORDER)
    before = len(databases.rows("marketing")["leads"])
    databases.seed("--scale", "1")
    assert len(databases.rows("marketing")["leads"]) == before + 1_500


def test_tables_without_a_tie_to_a_persons_table_are_replaced(databases: Databases) -> None:
    databases.edit(
        "sales/schema.sql", "CREATE TABLE customers", "CREATE TABLE rates (code text);\nCREATE TABLE customers"
    )
    rates = databases.domains / "sales" / "rates.csv"
    rates.write_text("code\nEUR\n")
    databases.seed()
    ask(databases, "sales", ORDER)
    rates.write_text("code\nEUR\nUSD\n")
    databases.seed()
    assert databases.rows("sales")["rates"] == [("EUR",), ("USD",)]
    assert ask(databases, "sales", MINE) == [(1,)]


def test_a_reset_names_what_is_lost_before_it_replaces_it(databases: Databases) -> None:
    databases.seed()
    rows = databases.rows("sales")
    ask(databases, "sales", ORDER)
    said = databases.seed("--reset", "sales")
    assert "RESET replaces orders 14 rows, of which the loader put 13" in said
    assert said.index("RESET replaces") < said.index("13 rows, loaded")
    assert databases.rows("sales") == rows
    assert "unchanged" in databases.seed("sales"), "after a reset the tables are the loader's"


def test_a_reset_of_one_domain_leaves_the_rows_of_another(databases: Databases) -> None:
    databases.seed()
    ask(databases, "sales", ORDER)
    databases.seed("--reset", "marketing")
    assert ask(databases, "sales", MINE) == [(1,)]


@pytest.mark.parametrize("name", ["finance", "sales,marketing", " "])
def test_a_reset_of_an_unknown_domain_is_refused(databases: Databases, name: str) -> None:
    databases.seed()
    ask(databases, "sales", ORDER)
    assert "no domain" in databases.refused("--reset", name)
    assert ask(databases, "sales", MINE) == [(1,)]


def test_a_reset_without_a_domain_is_refused(databases: Databases) -> None:
    with pytest.raises(SystemExit) as end:
        databases.attempt("--reset", "")
    assert end.value.code == 2


def test_recreating_asks_for_a_reset_where_rows_are_a_persons(databases: Databases) -> None:
    databases.seed()
    ask(databases, "sales", ORDER)
    said = databases.refused("--recreate", "sales")
    assert "orders 14 rows, of which the loader put 13" in said and "make seed RECREATE=sales RESET=sales" in said
    assert ask(databases, "sales", MINE) == [(1,)]
    said = databases.seed("--recreate", "sales", "--reset", "sales")
    assert "orders 14 rows" in said
    assert ask(databases, "sales", MINE) == [(0,)]


def test_a_row_that_is_written_while_a_seed_is_at_work_stays(databases: Databases) -> None:
    databases.seed()
    other = databases.stack().connect("sales", "admin")
    with other.cursor() as cursor:
        cursor.execute(ORDER)  # not committed: the seed sees the sample alone, and waits for the table
        run = databases.begin("sales", "--scale", "1")
        watcher = databases.stack().connect("sales", "admin")
        watcher.autocommit = True
        with watcher.cursor() as seen:
            found = (0,)
            while found == (0,):
                assert run.poll() is None, run.communicate()
                time.sleep(0.01)
                seen.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LOCK TABLE%' AND wait_event_type = 'Lock'"
                )
                found = seen.fetchone()
        watcher.close()
    other.commit()
    other.close()
    out, err = run.communicate()
    assert run.returncode == 0, out + err
    assert ask(databases, "sales", MINE) == [(1,)], "a row that was committed while the seed waited is gone"


def test_no_reader_sees_what_the_loader_notes(databases: Databases) -> None:
    databases.seed()
    for role in ("sales_trino", "sales_analyst", "sales_grafana"):
        rights = ask(
            databases,
            "sales",
            f"SELECT has_schema_privilege('{role}', 'datamesh', 'USAGE'), "
            f"has_table_privilege('{role}', 'datamesh.loads', 'SELECT')",
        )
        assert rights == [(False, False)], role


def test_a_database_of_an_older_version_stays_the_loaders_where_nobody_wrote(databases: Databases) -> None:
    databases.seed()
    older(databases)
    databases.seed("--scale", "1")
    assert len(databases.rows("sales")["customers"]) == 1_008, "the loader does not know its own rows any more"
    assert ask(databases, "sales", OLD_NOTE) == [(None,)]


def test_rows_of_a_person_in_a_database_of_an_older_version_stay(databases: Databases) -> None:
    databases.seed()
    older(databases)
    ask(databases, "sales", ORDER)
    databases.seed("--scale", "1")
    assert ask(databases, "sales", MINE) == [(1,)]
    databases.seed("--scale", "1")
    assert ask(databases, "sales", MINE) == [(1,)], "the second seed took it for its own"


def older(databases: Databases) -> None:
    """Leave sales as a version did that noted its work as a comment of the schema public."""
    noted = "; ".join(f"{name} {held.rows} {held.digest}" for name, held in as_once(databases).items())
    ask(databases, "sales", f"COMMENT ON SCHEMA public IS 'Sample data. Source 0123456789abcdef; rows: {noted}'")
    ask(databases, "sales", "DROP SCHEMA datamesh CASCADE")


def as_once(databases: Databases) -> dict[str, Content]:
    """What the tables of sales hold, with the digests that older versions noted."""
    with closing(databases.stack().connect("sales", "admin")) as connection, connection, connection.cursor() as cursor:
        return {str(table): content(cursor, table, like=NOTHING) for table in tables(cursor)}


@pytest.mark.parametrize("written_to", [False, True])
def test_what_an_older_version_noted_of_rows_is_still_understood(databases: Databases, written_to: bool) -> None:
    databases.seed("sales")
    for name, held in as_once(databases).items():
        note = f"UPDATE datamesh.loads SET digest = '{held.digest}' WHERE table_name = '{name}'"
        ask(databases, "sales", note)
    if written_to:
        ask(databases, "sales", ORDER)
    databases.seed("sales", "--scale", "1")
    assert len(databases.rows("sales")["customers"]) == (8 if written_to else 1_008)


def test_rows_that_are_hidden_from_the_loader_too_are_not_taken_for_none(databases: Databases) -> None:
    databases.seed()
    ask(databases, "sales", "ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    said = databases.refused("--recreate", "sales")
    assert 'row-level security policy for table "orders"' in said and "NO FORCE ROW LEVEL SECURITY" in said
    with pytest.raises(CommandError, match="NO FORCE ROW LEVEL SECURITY"):
        rows(databases.stack(), "sales")
    off = "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
    ask(databases, "sales", off)
    assert "orders 13 rows" in databases.seed()
