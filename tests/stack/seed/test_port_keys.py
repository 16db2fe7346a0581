"""What is not the key of any row of a stored port: no value, one of another width, one that cannot be worked out."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection

from client.errors import CommandError
from mesh.contracts.model import Table
from seed.notes import ensure_notes
from seed.ports import store
from seed.ports.plan import plan
from tests.stack.seed.databases import Databases
from tests.stack.seed.test_stored_ports import differences, view

TABLES = """
CREATE TABLE customers (id integer PRIMARY KEY, share numeric(4, 2) UNIQUE, name text UNIQUE);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id bigint, share numeric, name text, region text);
CREATE TABLE worths (id integer PRIMARY KEY, kind integer, worth numeric, lasts interval);
"""
PORTS = {
    "per": ("customer_id", "SELECT customer_id, count(*) AS n FROM orders WHERE id > 0 GROUP BY customer_id"),
    "per_both": (
        "customer_id, region",
        "SELECT customer_id, region, count(*) AS n FROM orders WHERE id > 0 GROUP BY customer_id, region",
    ),
    "behind": (
        "id",
        "SELECT c.id, count(*) AS n FROM orders o LEFT JOIN customers c ON c.id = o.customer_id GROUP BY 1",
    ),
    "many": ("customer_id", "SELECT customer_id FROM orders GROUP BY 1 HAVING count(*) < 2"),
}
OVER = {
    "wide": (
        "id",
        "SELECT c.id, count(o.id) AS n FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY 1",
    ),
    "exact": (
        "share",
        "SELECT c.share, count(o.id) AS n FROM customers c LEFT JOIN orders o ON o.share = c.share "
        "WHERE c.share IS NOT NULL GROUP BY 1",
    ),
    "named": (
        "name",
        "SELECT c.name, count(o.id) AS n FROM customers c JOIN orders o ON o.name = c.name GROUP BY 1",
    ),
    "known": (
        "customer_id",
        "SELECT o.customer_id, count(*) AS n FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1",
    ),
}


@pytest.fixture
def connection(databases: Databases) -> Iterator[Connection]:
    with closing(databases.stack().connect("sales", "admin")) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE ROLE sales_trino")  # a sign to the next test that somebody has been here
            cursor.execute(TABLES)
            ensure_notes(cursor)
        yield connection


def kept(connection: Connection, views: dict[str, tuple[str, str]]) -> list[Table]:
    with connection, connection.cursor() as cursor:
        ports = [view(cursor, name, *each) for name, each in views.items()]
        store.keep(cursor, ports, "keys")
    return ports


def write(connection: Connection, *statements: str) -> None:
    with connection, connection.cursor() as cursor:
        for each in statements:
            cursor.execute(each)


@pytest.mark.parametrize("port", PORTS)
def test_a_row_that_would_have_no_key_is_refused_to_its_writer(connection: Connection, port: str) -> None:
    kept(connection, {port: PORTS[port]})
    write(connection, "INSERT INTO customers VALUES (7)", "INSERT INTO orders VALUES (1, 7, NULL, NULL, 'n')")
    for bad in (
        "INSERT INTO orders VALUES (2, NULL, NULL, NULL, 'n')",
        "UPDATE orders SET customer_id = NULL",
        *(["DELETE FROM customers"] if port == "behind" else []),
    ):
        with pytest.raises(
            psycopg2.errors.NotNullViolation, match=rf"^{port}, which is stored, would have a row without"
        ):
            write(connection, bad)
    write(connection, "INSERT INTO orders VALUES (2, NULL, NULL, NULL, 'n')", "UPDATE orders SET customer_id = 7")
    assert not differences(connection, [port])


def test_a_key_that_is_missing_behind_the_triggers_is_named_with_its_port(connection: Connection) -> None:
    ports = kept(connection, {"per": PORTS["per"]})
    write(
        connection,
        "ALTER TABLE orders DISABLE TRIGGER USER",
        "INSERT INTO orders VALUES (2)",
        "ALTER TABLE orders ENABLE TRIGGER USER",
    )
    said = r"keys: per, .* without customer_id: .* rows of orders that lead to it"
    with pytest.raises(CommandError, match=said), connection, connection.cursor() as cursor:
        store.keep(cursor, ports, "keys")


def test_values_that_lead_to_no_key_are_taken_whatever_their_width(connection: Connection) -> None:
    ports = kept(connection, OVER)
    with connection, connection.cursor() as cursor:
        found = [plan(cursor, each, "keys") for each in ports]
    assert not any(each.whole for each in found), "each is kept by its key"
    unproved = {each.name for each in found if each.bare}
    assert unproved == {"named", "known"}, "of the others no write is asked for rows without a key"
    long = "(SELECT string_agg(md5(each::text), '') FROM generate_series(1, 200) each)"
    write(connection, "INSERT INTO customers VALUES (1, 1.5, 'a'), (2, NULL, NULL)")
    for statement in (
        "INSERT INTO orders VALUES (1, 3000000000, 12345.678, 'a'), (2, 1, 1.50, 'b'), (3, 2, 99, NULL)",
        "INSERT INTO orders VALUES (4)",
        f"UPDATE orders SET name = {long} WHERE id < 3",
        "UPDATE orders SET name = 'a', customer_id = 2, share = 1.5",
        f"UPDATE orders SET name = {long}, customer_id = NULL WHERE id = 2",
        "DELETE FROM orders WHERE id = 2",
    ):
        write(connection, statement)
        assert not differences(connection, list(OVER)), statement


def test_a_row_that_a_port_cannot_be_worked_out_with_is_refused_with_the_ports_name(connection: Connection) -> None:
    kept(connection, {"shares": ("id", "SELECT id, 10 / worth AS share FROM worths")})
    with pytest.raises(
        psycopg2.errors.DivisionByZero, match=r"^shares, which is stored, cannot be worked out: division"
    ):
        write(connection, "INSERT INTO worths VALUES (1, 1, 0)")


def test_equal_values_that_are_written_otherwise_are_no_difference(connection: Connection) -> None:
    write(
        connection,
        "INSERT INTO worths VALUES (1, 1, 1.0, '1 day'), (2, 1, 1.00, '24:00:00')",
        "CREATE INDEX later ON worths (id DESC)",
    )
    ports = kept(
        connection, {"most": ("kind", "SELECT kind, max(worth) AS worth, min(lasts) AS lasts FROM worths GROUP BY 1")}
    )
    write(connection, "CLUSTER worths USING later")
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT p.worth::text = f.worth::text FROM most p, datamesh_definitions.most f")
        assert cursor.fetchone() == (False,), "the order of rows decides"
        assert store.difference(cursor, "most", ["kind"]) == ""
        assert store.keep(cursor, ports, "keys") == {}
    write(connection, "ALTER TABLE worths DISABLE TRIGGER USER", "UPDATE worths SET worth = 2 WHERE id = 2")
    with connection.cursor() as cursor:
        assert store.difference(cursor, "most", ["kind"]) == "1 row not as they should be"
