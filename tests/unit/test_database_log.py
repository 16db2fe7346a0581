"""What the audit reads in a database's log, which has statements of people who may not want to be found."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from client.errors import CommandError
from commands import database_log

AMAZON = (
    "2026-11-23 14:00:01 UTC:198.51.100.7(51234):sales_trino@sales_db:[123]:LOG:  duration: 2.500 ms  "
    "execute <unnamed>: SELECT 1 FROM orders /*trino user=sales-analyst query=20261123_140000_00001_abcde*/",
    "2026-11-23 14:00:02 UTC:198.51.100.7(51235):dm_admin@sales_db:[124]:LOG:  connection authorized: user=dm_admin",
    "2026-11-23 14:00:03 UTC:198.51.100.7(51236):sales_trino@sales_db:[125]:LOG:  connection authorized: user=x",
    "2026-11-23 14:00:04 UTC::@:[1]:LOG:  checkpoint starting: time",
)


def test_the_audit_reads_the_log_as_amazon_writes_it():
    first, second = database_log.events("sales", AMAZON)
    assert (first.who, first.what) == (
        "sales-analyst (Trino 20261123_140000_00001_abcde)",
        "SELECT 1 FROM orders [2 ms]",
    )
    assert (second.time, second.who, second.what) == ("2026-11-23 14:00:02", "dm_admin", "logged in")
    assert first.platform and second.platform, "people are in Trino's own log, or log in themselves"


def said(user: str, *statement: str) -> list[str]:
    """Lines of a log of the stack `local` with one statement of several lines."""
    first, *more = statement
    prefix = f"2026-11-23 14:00:01.123 UTC [7] {user}@sales_db LOG:  duration: 1200.4 ms  statement: "
    return [f"{prefix}{first}\n", *[f"\t{each}\n" for each in more]]


@pytest.mark.parametrize(
    "statement",
    [
        ["SELECT /*trino user=bob query=x*/ email FROM customers"],
        ["SELECT email FROM customers /*trino user=bob query=x*/"],
        ["SELECT email FROM customers /* pg_catalog. */"],
        ["SET x = 1; SELECT email", "FROM customers"],
        ["SHOW x"],
        ["SELECT email", "2026-11-23 14:00:01 UTC [7] bob@sales_db LOG:  duration: 1 ms  statement: SELECT", "FROM x"],
    ],
)
def test_nothing_in_a_persons_statement_hides_it_or_makes_it_anothers(statement: list[str]):
    (found,) = database_log.events("sales", said("sales_analyst", *statement))
    assert (found.who, found.what, found.platform) == ("sales_analyst", "\n".join(statement) + " [1200 ms]", False)


def test_of_trinos_statements_the_last_mark_counts_and_what_its_driver_asks_is_left_out():
    mark = "/*trino user=ada query=q1*/"
    (found,) = database_log.events("sales", said("sales_trino", f"SELECT 1 /*trino user=bob query=x*/ {mark}"))
    assert (found.who, found.platform) == ("ada (Trino q1)", True)
    (found,) = database_log.events("sales", said("sales_trino", f"SELECT 'pg_catalog.' {mark}"))
    assert found.who == "ada (Trino q1)"
    assert not list(
        database_log.events(
            "sales", [*said("sales_trino", "SELECT * FROM pg_catalog.pg_class"), *said("sales_trino", "BEGIN")]
        )
    )


def test_an_entry_that_only_quotes_a_log_is_none():
    text = (
        "2026-11-23 14:00:01 UTC [7] sales_analyst@sales_db STATEMENT:  x@y LOG:  duration: 1 ms  statement: SELECT 1"
    )
    assert not list(database_log.events("sales", [text]))


def test_a_carriage_return_in_a_statement_begins_no_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database_log, "local_folder", lambda: tmp_path)
    (tmp_path / "logs").mkdir()
    forged = said("bob", "SELECT 2")[0]
    (tmp_path / "logs/i.log").write_bytes("".join(said("sales_analyst", f"SELECT 1\r{forged}")).encode())
    assert [found.who for found in database_log.events("sales", database_log._file("i"))] == ["sales_analyst"]


def test_a_profile_that_does_not_exist_is_one_message_of_the_audit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    stack: Any = SimpleNamespace(lake=SimpleNamespace(region="us-east-1"))
    with pytest.raises(CommandError, match=r"cannot read the log group .*nobody"):
        list(database_log._cloudwatch(stack, "datamesh-sales-1", 0))
