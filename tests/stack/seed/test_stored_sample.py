"""The sample's port, stored by its contract: seeds, migrations, rights and checks take it for the view that it is."""

import io
import re
from contextlib import closing

import psycopg2
import pytest

from commands.verify_ports import in_definitions
from seed.check import check
from seed.propose import propose
from seed.sources import Source
from tests.stack.seed import port_shapes
from tests.stack.seed.databases import Databases, ask

PORT = "TABLE customer_revenue"
OF_EVERYBODY = (
    "SELECT has_column_privilege('pg_monitor', 'customer_revenue', 'customer_id', 'SELECT'), "
    "has_column_privilege('pg_monitor', 'customer_revenue', 'revenue', 'SELECT'), "
    "has_table_privilege('pg_monitor', 'customer_revenue', 'UPDATE')"
)
LIKE_ITS_DEFINITION = port_shapes.DIFFERENCE.format("customer_revenue")


@pytest.fixture
def sample(databases: Databases) -> Databases:
    """The sample's databases, in which sales' port is stored and has an index for the top of a list."""
    set_stored(databases, "{orderedBy: [revenue DESC]}")
    databases.seed("sales")
    return databases


def set_stored(databases: Databases, value: str) -> None:
    """Let the contract say `stored` of the port of sales, or nothing where `value` is empty."""
    path = databases.domains / "sales" / "contract.yaml"
    text = re.sub(r"      - property: stored\n        value: .*\n", "", path.read_text())
    head, port, tail = text.partition("  - name: customer_revenue\n")
    told = (
        f"    customProperties:\n      - property: stored\n        value: {value}\n"
        if value
        else "    customProperties:\n"
    )
    path.write_text(head + port + tail.replace("    customProperties:\n", told, 1))


def exact(databases: Databases) -> bool:
    return ask(databases, "sales", LIKE_ITS_DEFINITION) == [(0,)]


def test_storing_a_port_of_a_database_with_peoples_rows_keeps_them_and_can_be_taken_back(databases: Databases) -> None:
    set_stored(databases, "")
    databases.seed("sales")
    ask(databases, "sales", "INSERT INTO orders (customer_id, total_amount) VALUES (1, 1000)")
    before = ask(databases, "sales", PORT + " ORDER BY 1", "trino")
    ask(databases, "sales", "GRANT SELECT (customer_id) ON customer_revenue TO PUBLIC")
    set_stored(databases, "true")
    said = databases.seed("sales")
    assert "customer_revenue is stored, and kept by customer_id with every change of customers, orders" in said
    assert ask(databases, "sales", PORT + " ORDER BY 1", "trino") == before
    assert ask(databases, "sales", OF_EVERYBODY) == [(True, False, False)]
    assert "customer_revenue" not in databases.seed("sales")
    ask(databases, "sales", "GRANT UPDATE ON customer_revenue TO PUBLIC")
    set_stored(databases, "")
    assert "customer_revenue is a view again" in databases.seed("sales")
    assert ask(databases, "sales", PORT + " ORDER BY 1", "trino") == before
    assert ask(databases, "sales", OF_EVERYBODY) == [(True, False, True)]
    left = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'datamesh%customer_revenue'"
    assert ask(databases, "sales", left) == [(0,)]


def test_a_new_scale_and_a_new_table_are_loaded_once_and_the_port_has_them(sample: Databases) -> None:
    sample.seed("sales", "--scale", "2")
    assert exact(sample)
    assert ask(sample, "sales", "SELECT count(*) FROM customer_revenue") == [(2_008,)]
    assert ask(
        sample, "sales", "SELECT reltuples FROM pg_class WHERE relname = 'customer_revenue' AND relkind = 'r'"
    ) == [(2_008,)]
    sample.seed("sales", "--recreate", "sales")
    assert exact(sample)


def test_a_whole_file_of_rows_and_one_row_of_it_are_in_the_port_at_once(sample: Databases) -> None:
    sample.seed("sales", "--scale", "2")
    with closing(sample.stack().connect("sales", "admin")) as connection:
        with connection, connection.cursor() as cursor:
            rows = "".join(f"{1_001 + number % 2_000},1.00\n" for number in range(6_000))
            cursor.copy_expert("COPY orders (customer_id, total_amount) FROM STDIN (FORMAT csv)", io.StringIO(rows))
        assert exact(sample)
        with connection, connection.cursor() as cursor:
            cursor.copy_expert("COPY orders (customer_id, total_amount) FROM STDIN (FORMAT csv)", io.StringIO("1,5\n"))
    assert exact(sample)


def test_who_may_write_orders_and_nothing_else_keeps_the_port_by_it(sample: Databases) -> None:
    ask(
        sample,
        "sales",
        "DROP ROLE IF EXISTS cashier; CREATE ROLE cashier; GRANT USAGE ON SCHEMA public TO cashier; "
        "GRANT INSERT ON orders TO cashier; GRANT cashier TO dm_admin",
    )
    ask(sample, "sales", "SET ROLE cashier; INSERT INTO orders (customer_id, total_amount) VALUES (5, 77)")
    assert ask(sample, "sales", "SELECT revenue FROM customer_revenue WHERE customer_id = 5") == [(77,)]
    for refused in (
        PORT,
        "DELETE FROM customer_revenue",
        "TABLE datamesh.turns",
        "SELECT datamesh.settle_customer_revenue(true)",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(sample, "sales", f"SET ROLE cashier; {refused}")
    ask(sample, "sales", "DROP OWNED BY cashier; DROP ROLE cashier")


@pytest.mark.parametrize("role", ["trino", "analyst", "grafana"])
def test_readers_read_the_port_as_they_read_the_view_and_nothing_behind_it(databases: Databases, role: str) -> None:
    rights = (
        "SELECT attname, has_column_privilege('customer_revenue', attname, 'SELECT'), "
        "has_column_privilege('customer_revenue', attname, 'UPDATE') FROM pg_attribute "
        "WHERE attrelid = 'customer_revenue'::regclass AND attnum > 0"
    )
    set_stored(databases, "")
    databases.seed("sales")
    before = ask(databases, "sales", rights, role)
    set_stored(databases, "true")
    databases.seed("sales")
    assert ask(databases, "sales", rights, role) == before
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(databases, "sales", "TABLE datamesh_definitions.customer_revenue", role)


def test_a_migration_of_the_view_and_of_what_it_reads_is_written_as_of_any_view(sample: Databases) -> None:
    ask(sample, "sales", "INSERT INTO orders (customer_id, total_amount) VALUES (1, 1000)")
    sample.edit("sales/schema.sql", "    o.last_order_at\nFROM", "    o.last_order_at,\n    o.largest\nFROM")
    sample.edit(
        "sales/schema.sql",
        "max(ordered_at) AS last_order_at",
        "max(ordered_at) AS last_order_at, max(total_amount) AS largest",
    )
    sample.edit(
        "sales/schema.sql", "    ordered_at   timestamptz", "    currency     text,\n    ordered_at   timestamptz"
    )
    assert "make migration" in sample.refused("sales")
    assert exact(sample)
    source = Source("sales", sample.domains / "sales")
    proposal = propose(sample.stack(), check(sample.stack(), source))
    assert proposal and not proposal.problems and "datamesh" not in proposal.text
    (sample.domains / "sales" / "migrations").mkdir()
    (sample.domains / "sales" / "migrations" / "0002_largest.sql").write_text(proposal.text)
    assert "migrated: 0002_largest.sql" in sample.seed("sales")
    assert exact(sample)
    assert ask(sample, "sales", "SELECT largest FROM customer_revenue WHERE customer_id = 1") == [(1000,)]
    ask(sample, "sales", "UPDATE orders SET total_amount = 2000 WHERE total_amount = 1000")
    assert exact(sample)


def test_a_row_that_somebody_has_changed_in_the_port_is_found_and_made_good(sample: Databases) -> None:
    ask(
        sample,
        "sales",
        "ALTER TABLE customer_revenue DISABLE TRIGGER USER; DELETE FROM customer_revenue WHERE customer_id = 1; "
        "UPDATE customer_revenue SET revenue = 7 WHERE customer_id = 2; "
        "INSERT INTO customer_revenue SELECT 99, customer_name, 'x@y', 0, 0 FROM customers WHERE customer_id = 3; "
        "ALTER TABLE customer_revenue ENABLE TRIGGER USER",
    )
    contract = Source("sales", sample.domains / "sales").contract
    assert contract
    (result,) = in_definitions(sample.stack(), contract)
    wrong = "1 row too many, 1 row missing, 1 row not as they should be"
    assert result.failure == f"{wrong}: type `make seed`"
    assert f"customer_revenue was not what its definition says: {wrong}. It is now" in sample.seed("sales")
    assert [each.failure for each in in_definitions(sample.stack(), contract)] == [None]


def test_a_row_written_to_the_port_itself_is_refused_since_it_would_be_lost(sample: Databases) -> None:
    for statement in (
        "INSERT INTO customer_revenue (customer_id) VALUES (99)",
        "UPDATE customer_revenue SET revenue = 7",
        "DELETE FROM customer_revenue",
        "TRUNCATE customer_revenue",
        # also where the port has been kept in the same transaction
        "INSERT INTO orders (customer_id, total_amount) VALUES (1, 5); SET CONSTRAINTS ALL IMMEDIATE; "
        "DELETE FROM customer_revenue WHERE customer_id = 1",
    ):
        with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState, match="is a stored port"):
            ask(sample, "sales", statement)
    assert exact(sample)


def test_a_table_that_somebody_has_put_in_the_place_of_the_port_keeps_its_rows(sample: Databases) -> None:
    ask(sample, "sales", "DROP TABLE customer_revenue; CREATE TABLE customer_revenue AS SELECT 7 AS customer_id")
    ask(sample, "sales", "INSERT INTO orders (customer_id, total_amount) VALUES (1, 5); DELETE FROM orders")
    for arguments in ((), ("--recreate", "sales", "--reset", "sales")):
        assert "customer_revenue" in sample.refused("sales", *arguments)
        assert ask(sample, "sales", PORT) == [(7,)]
    ask(sample, "sales", "DROP TABLE customer_revenue")
    assert "customer_revenue is stored" in sample.seed("sales")
    assert exact(sample)


@pytest.mark.parametrize(("old", "new", "said"), port_shapes.REFUSED)
def test_a_view_that_cannot_be_kept_exact_is_refused_by_name(sample: Databases, old: str, new: str, said: str) -> None:
    sample.edit("sales/schema.sql", old, new)
    err = sample.refused("sales")
    assert "view customer_revenue cannot be stored" in err and said in err
    assert exact(sample)


@pytest.mark.parametrize("dropped", ["DROP TABLE orders", "ALTER TABLE orders DROP COLUMN customer_id"])
def test_a_port_goes_with_what_it_reads_as_a_view_does(sample: Databases, dropped: str) -> None:
    ask(sample, "sales", f"{dropped} CASCADE")
    left = (
        "orders SET total_amount = 5"
        if "COLUMN" in dropped
        else "customers SET email = 'new@example.com' WHERE customer_id = 1"
    )
    ask(sample, "sales", f"UPDATE {left}")  # what is left can be written to
    assert ask(sample, "sales", "SELECT to_regclass('customer_revenue')") == [(None,)]
    assert "view customer_revenue: database has none" in sample.refused("sales")
    sample.seed("sales", "--recreate", "sales", "--reset", "sales")
    assert exact(sample)


def test_a_database_without_what_the_loader_made_gets_its_port_anew(sample: Databases) -> None:
    ask(
        sample, "sales", "DROP SCHEMA datamesh CASCADE; INSERT INTO orders (customer_id, total_amount) VALUES (1, 1000)"
    )
    assert "customer_revenue is stored" in sample.seed("sales")
    assert exact(sample)
    ask(sample, "sales", "INSERT INTO orders (customer_id, total_amount) VALUES (1, 1000)")
    assert exact(sample)


def test_a_port_whose_table_or_triggers_are_gone_is_made_anew(sample: Databases) -> None:
    ask(sample, "sales", "DROP TABLE customer_revenue")
    ask(sample, "sales", "INSERT INTO orders (customer_id, total_amount) VALUES (1, 1000)")
    assert "customer_revenue is stored" in sample.seed("sales")
    ask(sample, "sales", "ALTER TABLE orders DISABLE TRIGGER USER; DELETE FROM orders WHERE total_amount = 1000")
    assert not exact(sample)
    assert "customer_revenue is stored" in sample.seed("sales")
    ask(sample, "sales", "INSERT INTO orders (customer_id, total_amount) VALUES (1, 5)")
    assert exact(sample)
