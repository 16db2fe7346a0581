"""What people ask of the lake by command: now, as it was, and while a database sleeps."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psutil
import pytest

from client.stack import parse_outputs
from tests.stack.checkout import Checkout


def asked(mesh: Checkout, *words: str) -> str:
    """The federated answer as CSV."""
    return mesh.must(".venv/bin/python", "-m", "commands.query", "--format", "csv", *words)


def published(mesh: Checkout, command: str = "publish", *words: str) -> str:
    done = mesh.python("-m", "publish", command, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def renamed(mesh: Checkout, name: str) -> Iterator[None]:
    """Customer 5 has another name within."""
    connection = parse_outputs(mesh.found_anywhere()).connect("sales", "admin")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT customer_name FROM customers WHERE customer_id = 5")
            (before,) = cursor.fetchone() or ("",)
            cursor.execute("UPDATE customers SET customer_name = %s WHERE customer_id = 5", [name])
            try:
                yield
            finally:
                cursor.execute("UPDATE customers SET customer_name = %s WHERE customer_id = 5", [before])
    finally:
        connection.close()


def test_the_lake_answers_of_now_and_of_then_and_goes_back_and_the_next_publication_comes_again(mesh: Checkout):
    port = ("--port", "sales.customer_revenue")
    published(mesh)
    then, before = datetime.now(UTC).isoformat(), asked(mesh)
    with renamed(mesh, "Nobody"):
        assert "0 added, 1 changed, 0 removed, as of " in published(mesh, "publish", *port)
        now = asked(mesh, "--source", "lake")
        assert "Nobody" in now and now == asked(mesh)
        assert asked(mesh, "--as-of", then) == before
        rows = len(published(mesh, "history", *port).splitlines())
        would = published(mesh, "rollback", *port, "--to", then, "--dry-run")
        assert "These publications are lost:" in would and asked(mesh, "--source", "lake") == now
        assert "The next publication brings the source's rows again" in published(mesh, "rollback", *port, "--to", then)
        assert asked(mesh, "--source", "lake") == before
        assert len(published(mesh, "history", *port).splitlines()) == rows - 1
        assert "1 changed" in published(mesh, "publish", *port) and asked(mesh, "--source", "lake") == now
    assert "1 changed" in published(mesh, "publish", *port)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as-of", "2001-01-01"), "does not know sales.customer_revenue as it was at 2001-01-01 23:59:59 UTC"),
        (("--as-of", "soon"), "AS_OF=soon is no moment"),
        (("--as-of", "2026-12-01", "--source", "databases"), "the databases only know what is now"),
    ],
)
def test_a_moment_that_the_lake_does_not_know_is_one_clear_message(mesh: Checkout, words: tuple[str, ...], said: str):
    done = mesh.python("-m", "commands.query", *words)
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr


def test_with_the_database_of_sales_stopped_the_lake_answers_what_was_published_last(mesh: Checkout):
    published(mesh)
    expected = asked(mesh)
    (name,) = [each for each in mesh.running() if "sales" in each]
    server = psutil.Process(mesh.running()[name])
    server.send_signal(signal.SIGINT)
    server.wait(30)
    try:
        done = mesh.python("-m", "commands.query", "--source", "lake", "--format", "csv")
        assert done.returncode == 0 and done.stdout == expected
        assert "From the lake: sales.customer_revenue is of " in done.stderr and "ago" in done.stderr
        assert name not in mesh.running(), "the lake did not answer by itself"
    finally:
        mesh.must(".venv/bin/python", "-m", "local", "start")
    assert asked(mesh) == expected


def test_who_reads_a_port_reads_its_rows_in_the_lake_with_the_moment_that_they_show(mesh: Checkout):
    published(mesh)
    query = "SELECT count(*), count(as_of) FROM lake.sales.customer_revenue_as_of"
    for person in ("sales-analyst", "marketing-analyst"):
        done = mesh.must(
            ".venv/bin/python", "-m", "commands.sql", "--user", person, "--format", "csv", "--query", query
        )
        assert done.splitlines()[-1] == '"8","8"'
