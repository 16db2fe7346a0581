"""Stored ports are what their definitions say after every transaction, whoever else writes at the same time."""

import random
import threading
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ, ISOLATION_LEVEL_SERIALIZABLE
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from client.errors import CommandError
from mesh.contracts.model import Table
from seed.notes import ensure_notes
from seed.ports import store
from seed.ports.plan import Kept, plan
from tests.stack.seed import port_codes, port_shapes
from tests.stack.seed.databases import Databases
from tests.stack.seed.port_shapes import DIFFERENCE


@pytest.fixture
def shapes(databases: Databases) -> Iterator[tuple[Connection, dict[str, Kept]]]:
    """A connection to a database in which every shape is stored, and how it is."""
    with closing(databases.stack().connect("sales", "admin")) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE ROLE sales_trino")  # a sign to the next test that somebody has been here
            cursor.execute(port_shapes.TABLES)
            for name, (_, query) in port_shapes.SHAPES.items():
                cursor.execute(f"CREATE VIEW {name} AS {query}")
            ensure_notes(cursor)
            store.keep(cursor, port_shapes.ports(), "shapes")
            kept = {port.name: plan(cursor, port, "shapes") for port in port_shapes.ports()}
        yield connection, kept


def view(cursor: Cursor, name: str, key: str, query: str) -> Table:
    cursor.execute(f"CREATE VIEW {name} AS {query}")
    return Table(name=name, kind="view", columns=(), key=tuple(key.split(", ")), stored=True)


def test_a_view_whose_rows_or_keys_are_not_decided_is_refused(databases: Databases) -> None:
    with closing(databases.stack().connect("sales", "admin")) as connection, connection.cursor() as cursor:
        cursor.execute(port_codes.CODES)
        for number, (said, (key, query)) in enumerate(port_codes.REFUSED.items()):
            with pytest.raises(CommandError, match=said):
                plan(cursor, view(cursor, f"v{number}", key, query), "codes")


def test_a_value_that_the_view_passes_over_is_not_refused_to_its_writer(databases: Databases) -> None:
    with closing(databases.stack().connect("sales", "admin")) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE ROLE sales_trino")
            cursor.execute(port_codes.CODES)
            ports = [view(cursor, name, *each) for name, each in port_codes.ALL_ROWS.items()]
            ensure_notes(cursor)
            store.keep(cursor, ports, "codes")
            led = [each.name for each in ports if any(plan(cursor, each, "codes").sources.values())]
            assert not led
        for statement in (
            "INSERT INTO codes VALUES (1, '7', 'a', 'a', '2024-01-01', 'UTC', 0.3)",
            "INSERT INTO codes VALUES (2, 'abc', 'b', 'A', '2024-01-02', 'nowhere', 0), "
            "(3, '7', 'c', 'c', NULL, NULL, 0)",
            "UPDATE codes SET at = '2025-01-01' WHERE id = 3",
            # of the two values, a session that shows fewer digits shows the same text
            "SET LOCAL extra_float_digits = 0; UPDATE codes SET value = 0.1::float + 0.2::float WHERE id = 1",
        ):
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
            assert not differences(connection, list(port_codes.ALL_ROWS)), statement


def differences(connection: Connection, names: list[str]) -> dict[str, int]:
    """The ports that are not what their definitions say, and by how many rows."""
    with connection, connection.cursor() as cursor:
        found = {}
        for name in names:
            cursor.execute(DIFFERENCE.format(name))
            (found[name],) = cursor.fetchone() or (0,)
    return {name: rows for name, rows in found.items() if rows}


def test_what_leads_to_a_key_is_found_and_nothing_else(shapes: tuple[Connection, dict[str, Kept]]) -> None:
    _, kept = shapes
    found = {name: {table for (_, table), ways in each.sources.items() if ways} for name, each in kept.items()}
    assert found == port_shapes.LEADS


@pytest.mark.parametrize("seed", range(3))
def test_every_shape_is_exact_after_random_transactions(shapes: tuple[Connection, dict[str, Kept]], seed: int) -> None:
    connection, kept = shapes
    chance = random.Random(seed)
    done = 0
    for statements in port_shapes.transactions(chance, 80):
        try:
            with connection, connection.cursor() as cursor:
                for each in statements:
                    cursor.execute(each)
                if chance.random() < 0.1:
                    connection.rollback()
            done += 1
        except psycopg2.errors.ForeignKeyViolation:
            pass
        assert not differences(connection, list(kept)), statements
    assert done > 60


LEVELS = {
    "read committed": None,
    "repeatable read": ISOLATION_LEVEL_REPEATABLE_READ,
    "serializable": ISOLATION_LEVEL_SERIALIZABLE,
}


def test_a_transaction_that_ends_second_counts_what_the_first_has_committed(
    databases: Databases, shapes: tuple[Connection, dict[str, Kept]]
) -> None:
    connection, kept = shapes
    insert = (
        "INSERT INTO sales (person_id, amount) VALUES (1, 60)"  # counts in `both_kinds` too, which is settled first
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO people VALUES (1, 'a@x', 'A', 1)")
    with (
        closing(databases.stack().connect("sales", "admin")) as other,
        connection.cursor() as mine,
        other.cursor() as theirs,
    ):
        mine.execute(insert)
        theirs.execute(insert)  # neither waits for the other here
        mine.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the end of the transaction, but for its commit
        waiting = threading.Thread(target=other.commit)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive(), "the second must wait for the first"
        connection.commit()
        waiting.join()
    assert not differences(connection, list(kept))
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT number, amount FROM totals WHERE person_id = 1")
        assert cursor.fetchone() == (2, 120)


@pytest.mark.parametrize("level", LEVELS)
def test_sessions_that_write_at_once_leave_every_port_exact(
    databases: Databases, shapes: tuple[Connection, dict[str, Kept]], level: str
) -> None:
    connection, kept = shapes
    committed: list[int] = []
    errors: list[BaseException] = []
    retried = (
        psycopg2.errors.SerializationFailure,
        psycopg2.errors.DeadlockDetected,
        psycopg2.errors.ForeignKeyViolation,
    )

    def write(seed: int) -> None:
        chance = random.Random(seed)
        try:
            with closing(databases.stack().connect("sales", "admin")) as session:
                session.set_session(isolation_level=LEVELS[level])
                for statements in port_shapes.transactions(chance, 40):
                    try:
                        with session, session.cursor() as cursor:
                            for each in statements:
                                cursor.execute(each)
                        committed.append(seed)
                    except retried:
                        pass
                    except psycopg2.errors.UniqueViolation as error:  # of two who give a person the same number
                        if error.diag.constraint_name not in ("people_pkey", "regions_pkey"):
                            raise
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not errors
    assert len(set(committed)) == len(threads)
    assert not differences(connection, list(kept))


def test_two_that_insert_for_the_same_people_in_other_orders_never_wait_for_each_other_in_a_circle(
    databases: Databases, shapes: tuple[Connection, dict[str, Kept]]
) -> None:
    connection, kept = shapes
    errors: list[BaseException] = []

    def write(people: list[int]) -> None:
        try:
            with closing(databases.stack().connect("sales", "admin")) as session:
                for _ in range(20):
                    with session, session.cursor() as cursor:
                        for person in people:
                            cursor.execute("INSERT INTO sales (person_id, amount) VALUES (%s, 1)", (person,))
        except BaseException as error:
            errors.append(error)

    people = list(range(1, 40))
    threads = [threading.Thread(target=write, args=(each,)) for each in (people, people[::-1])]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not errors
    assert not differences(connection, list(kept))
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sales")
        assert cursor.fetchone() == (2 * 20 * 39,)
