"""A seed that is killed at work or meets other transactions, and what its repeat finds."""

import signal
import subprocess
import time
from contextlib import suppress

import psycopg2
import pytest

from tests.stack.seed.databases import PATIENCE, Databases


def wait_until(databases: Databases, run: subprocess.Popen[str], statement: str, state: str) -> None:
    """Wait until a seed of sales is in `statement`, running (`active`) or held up by a lock (`waiting`)."""
    condition = "wait_event_type = 'Lock'" if state == "waiting" else "state = 'active'"
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'datamesh-seed' AND pid <> pg_backend_pid() "
        f"AND query LIKE '{statement}%' AND {condition}"
    )
    watcher = databases.stack().connect("sales", "admin")
    watcher.autocommit = True
    deadline = time.monotonic() + PATIENCE
    with watcher.cursor() as cursor:
        cursor.execute(query)
        while cursor.fetchone() == (0,):
            assert run.poll() is None, f"the seed ended before the point to wait for: {run.communicate()}"
            assert time.monotonic() < deadline, "the seed never came to the point to wait for"
            time.sleep(0.005)
            cursor.execute(query)
    watcher.close()


def kill_at(databases: Databases, run: subprocess.Popen[str], statement: str, state: str) -> None:
    """Kill a seed of sales at such a point."""
    wait_until(databases, run, statement, state)
    run.send_signal(signal.SIGKILL)
    run.communicate()


@pytest.mark.parametrize("seeded_before", [False, True], ids=["empty database", "seeded database"])
@pytest.mark.parametrize(
    ("statement", "scale"),  # as many rows as it takes to meet the statement, which is short or comes late
    [('COPY "public"."customers"', 20), ('COPY "public"."orders"', 5), ("SELECT count(*), ", 20)],
)
def test_a_seed_killed_at_work_leaves_what_was_there_and_a_repeat_finishes(
    databases: Databases, statement: str, scale: int, seeded_before: bool
) -> None:
    if seeded_before:
        databases.seed("sales")
    before = databases.rows("sales", "admin")
    kill_at(databases, databases.begin("sales", "--scale", str(scale)), statement, "active")
    assert databases.rows("sales", "admin") == before, "a killed seed left half of its work behind"
    databases.seed("sales", "--scale", "1")
    after_kill = databases.rows("sales")
    databases.seed("--recreate", "sales", "--scale", "1")
    assert databases.rows("sales") == after_kill, "the rows are not those of an undisturbed seed"


@pytest.mark.parametrize(
    ("lock", "statement"),
    [
        ("SELECT pg_advisory_xact_lock(24301)", "SELECT pg_advisory_xact_lock"),
        ("LOCK TABLE orders IN ACCESS SHARE MODE", "LOCK TABLE"),
    ],
)
def test_a_seed_killed_while_it_waits_lets_go_and_a_repeat_finishes(
    databases: Databases, lock: str, statement: str
) -> None:
    databases.seed("sales")
    rows = databases.rows("sales")
    holder = databases.stack().connect("sales", "admin")
    with holder.cursor() as cursor:
        cursor.execute(lock)
    kill_at(databases, databases.begin("sales", "--scale", "1"), statement, "waiting")
    holder.rollback()
    holder.close()
    assert databases.rows("sales") == rows, "a killed seed changed rows"
    databases.seed("sales")
    assert databases.rows("sales") == rows


def test_a_seed_killed_after_its_commit_is_finished_by_a_repeat(databases: Databases) -> None:
    databases.seed("sales")
    rows = databases.rows("sales")
    holder = databases.stack().connect("sales", "admin")
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE")  # ANALYZE waits for this, reading does not
    kill_at(databases, databases.begin("sales"), "ANALYZE", "waiting")
    holder.rollback()
    holder.close()
    assert "unchanged" in databases.seed("sales")
    assert databases.rows("sales") == rows


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE", "GRANT SELECT ON orders TO sales_trino"),
        ("SELECT count(*) FROM orders", "SELECT count(*) FROM customers"),
    ],
    ids=["as VACUUM does", "as a reader of two tables does"],
)
def test_a_seed_and_another_transaction_that_wait_for_each_other_both_end_well(
    databases: Databases, first: str, second: str
) -> None:
    databases.seed("sales")
    other = databases.stack().connect("sales", "admin")
    with other.cursor() as cursor:
        cursor.execute(first)
        run = databases.begin("sales", "--scale", "1")
        wait_until(databases, run, "LOCK TABLE", "waiting")
        with suppress(psycopg2.errors.DeadlockDetected):  # the server ends one of two; if not the seed, then this one
            cursor.execute(second)
    other.rollback()
    other.close()
    out, err = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0, f"the seed gave up: {out}{err}"
    assert len(databases.rows("sales")["customers"]) == 1_008
