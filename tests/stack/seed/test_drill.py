"""`make drill` on a real server: the database as it was at a moment, beside the one that goes on."""

import shutil
import time
from contextlib import closing

import pytest

from commands import drill
from local.servers import backup, descriptors, postgres, process
from tests.sample import ROOT
from tests.stack.seed.databases import PATIENCE, Databases, ask, server
from tests.stack.seed.test_interrupted import kill_at


@pytest.fixture
def seeded(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Databases:
    monkeypatch.setitem(databases.outputs["domains"]["sales"], "identifier", server("sales"))
    monkeypatch.setitem(databases.outputs["lake"], "endpoint", "http://127.0.0.1:9")
    databases.seed("sales")
    return databases


def hold(databases: Databases) -> int:
    databases.deploy()
    return drill.main(["--domain", "sales"])


def nothing_is_left(databases: Databases) -> bool:
    copy = backup.copy_of(server("sales"))
    folder = postgres.data(copy).parent
    names = [path.name for path in folder.iterdir() if "drill" in path.name or "archive" in path.name]
    marker = ask(databases, "sales", "SELECT to_regclass('datamesh.drill') IS NULL")
    return not names and process.alive(copy) is None and descriptors.read(copy) is None and marker == [(True,)]


def test_every_table_comes_back_as_it_was_and_nothing_is_left(
    seeded: Databases, capsys: pytest.CaptureFixture[str]
) -> None:
    before = seeded.rows("sales")
    assert hold(seeded) == 0
    said = capsys.readouterr().out
    assert "every table is as it was (customers 8, orders 13)" in said and "RTO" in said and "RPO" in said
    assert nothing_is_left(seeded) and seeded.rows("sales") == before
    assert hold(seeded) == 0, "it can be held again"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM orders WHERE order_id = 1", "orders has 12 rows, and had 13"),
        ("UPDATE orders SET total_amount = 1 WHERE order_id = 1", "orders has 13 rows, and had 13 others"),
        ("DROP TABLE orders CASCADE", "orders is missing"),
        ("CREATE TABLE more ()", "more was not there at the moment"),
        (
            "INSERT INTO datamesh.drill VALUES ('after')",
            "of the markers before and after the moment there are before and after",
        ),
    ],
)
def test_what_did_not_come_back_is_named(seeded: Databases, statement: str, said: str) -> None:
    with closing(seeded.stack().connect("sales", "admin")) as connection:
        marked = drill.mark(connection)
        with connection, connection.cursor() as cursor:  # this database stands for the restored one
            cursor.execute("DELETE FROM datamesh.drill WHERE marker = 'after'")
        assert drill.differences(marked, connection) == []
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
        assert drill.differences(marked, connection) == [said]


@pytest.mark.parametrize("at", ["the marker", "the restore"])
def test_a_drill_killed_in_the_middle_is_cleared_away_by_the_next(
    seeded: Databases, capsys: pytest.CaptureFixture[str], at: str
) -> None:
    shutil.copytree(ROOT / "local", seeded.project / "local", ignore=shutil.ignore_patterns("__pycache__"))
    backup.let_back_up(server("sales"), "sales_db", "dm_admin")  # else the restart ends the connection that watches
    run = seeded.begin("--domain=sales", module="commands.drill")
    if at == "the marker":
        kill_at(seeded, run, "SELECT pg_sleep_until", "active")
    else:
        deadline = time.monotonic() + PATIENCE
        while process.alive(backup.copy_of(server("sales"))) is None:
            assert run.poll() is None and time.monotonic() < deadline
            time.sleep(0.005)
        run.kill()
        run.communicate()
    assert hold(seeded) == 0
    assert "what an interrupted drill had left is gone" in capsys.readouterr().out
    assert nothing_is_left(seeded)


def test_a_log_that_cannot_be_archived_fails_the_drill(
    seeded: Databases, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "ARCHIVE_SECONDS", 1)
    monkeypatch.setattr(backup, "ARCHIVED_BY", "false")
    assert hold(seeded) == 1
    assert "the log is not archived after 1 s" in capsys.readouterr().err
    assert nothing_is_left(seeded)
