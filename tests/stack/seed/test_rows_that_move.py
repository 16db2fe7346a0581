"""Rows of people in tables that change their name, their rows or their maker: none goes without a word."""

import pytest

from commands import load, removed
from seed.rowfile import RowFile
from tests.stack.seed.databases import Databases, ask
from tests.stack.seed.test_load import HEADER, loaded, run
from tests.stack.seed.test_migrations import migration

RATES = "CREATE TABLE rates (code text PRIMARY KEY, valid_to timestamptz);\n"
FIRST = "CREATE TABLE customers"


@pytest.fixture
def rates(databases: Databases) -> Databases:
    """Seeded domains, of which sales has a table of its own with two rows of the sample."""
    databases.edit("sales/schema.sql", FIRST, RATES + FIRST)
    (databases.domains / "sales" / "rates.csv").write_text("code,valid_to\nEUR,\nUSD,\n")
    databases.seed("sales")
    return databases


def rename(databases: Databases) -> None:
    """Today's schema calls `rates` `prices`, with the migration that leads there."""
    databases.edit("sales/schema.sql", "CREATE TABLE rates", "CREATE TABLE prices")
    (databases.domains / "sales" / "rates.csv").rename(databases.domains / "sales" / "prices.csv")
    steps = "ALTER TABLE rates RENAME TO prices;\nALTER INDEX rates_pkey RENAME TO prices_pkey;\n"
    migration(databases, steps, "0002_prices.sql")


def test_a_row_of_a_person_stays_in_a_table_that_a_migration_renames(rates: Databases) -> None:
    ask(rates, "sales", "INSERT INTO rates VALUES ('CHF')")
    rename(rates)
    said = rates.seed("sales")
    assert ask(rates, "sales", "SELECT count(*) FROM prices WHERE code = 'CHF'") == [(1,)]
    assert "prices: 3 rows are there, not as the loader left them" in said


def test_a_renamed_table_that_nobody_wrote_to_is_still_the_loaders(rates: Databases) -> None:
    rename(rates)
    rates.seed("sales")
    (rates.domains / "sales" / "prices.csv").write_text("code,valid_to\nJPY,\n")
    rates.seed("sales")
    assert ask(rates, "sales", "SELECT code FROM prices") == [("JPY",)]


def test_a_time_without_end_is_seen_as_a_change(rates: Databases) -> None:
    ask(rates, "sales", "UPDATE rates SET valid_to = 'infinity' WHERE code = 'EUR'")
    (rates.domains / "sales" / "rates.csv").write_text("code,valid_to\nJPY,\n")
    assert "rates: 2 rows are there, not as the loader left them" in rates.seed("sales")


def test_a_migration_that_is_not_run_is_named(rates: Databases) -> None:
    migration(rates, "UPDATE rates SET code = lower(code);\n", "0002_lower.sql")
    assert "not run, and counted as applied: 0002_lower.sql" in rates.seed("sales")
    assert ask(rates, "sales", "SELECT count(*) FROM rates WHERE code = 'EUR'") == [(1,)]


def test_a_reset_keeps_rows_that_no_file_has_and_they_stay_a_persons(databases: Databases) -> None:
    databases.edit("sales/schema.sql", FIRST, RATES + "INSERT INTO rates VALUES ('EUR');\n" + FIRST)
    databases.seed("sales")
    ask(databases, "sales", "INSERT INTO rates VALUES ('CHF')")
    said = databases.seed("sales", "--reset", "sales")
    assert "RESET replaces nothing" in said and "rates: 2 rows are there, kept: schema.sql or a migration made" in said
    assert "rates 2 rows, of which the loader put 1" in databases.refused("--recreate", "sales")


def test_a_long_text_can_be_updated(rates: Databases) -> None:
    file = rates.folder / "rates.csv"
    file.write_text(f"code,valid_to\n{'x' * 200_000},\nEUR,2030-01-01\n")
    assert loaded(rates, file, table="rates") == "sales.rates: 1 inserted, 1 updated, 0 unchanged"


def test_an_interruption_while_rows_travel_changes_nothing(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    databases.seed("sales")
    file = databases.folder / "orders.csv"
    file.write_text(HEADER + "101,1,1.50,2024-02-01\n")

    def interrupted(self: RowFile) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(RowFile, "blocks", lambda self: (interrupted(self) for _ in range(1)))
    status, _, err = run(databases, str(file))
    assert (status, err) == (130, "load: interrupted; nothing was changed\n")
    assert ask(databases, "sales", "SELECT count(*) FROM orders") == [(13,)]


def test_an_end_after_the_commit_does_not_say_that_nothing_was_changed(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    databases.seed("sales")
    file = databases.folder / "orders.csv"
    file.write_text(HEADER + "101,1,1.50,2024-02-01\n")
    written = load.SQL

    def sql(text: str) -> object:
        if text.startswith("ANALYZE"):
            raise KeyboardInterrupt
        return written(text)

    monkeypatch.setattr(load, "SQL", sql)
    status, _, err = run(databases, str(file))
    assert status == 1 and "may be there already" in err and "Nothing" not in err
    assert ask(databases, "sales", "SELECT count(*) FROM orders") == [(14,)]


def test_rows_of_partitions_are_counted_before_a_domain_goes_and_unfilled_views_are_not_asked(
    databases: Databases,
) -> None:
    databases.seed("sales")
    ask(
        databases,
        "sales",
        "CREATE TABLE visits (day date) PARTITION BY RANGE (day);"
        "CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
        "INSERT INTO visits VALUES ('2024-05-01'), ('2024-05-02');"
        "CREATE MATERIALIZED VIEW idle AS SELECT 1 AS one WITH NO DATA",
    )
    assert removed.rows(databases.stack(), "sales") == {"customers": 8, "orders": 13, "visits": 2}
