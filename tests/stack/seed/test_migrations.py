"""Migrations: a database with rows is led to today's `schema.sql`, whole or not at all, killed or not."""

import random
import shutil
import time
from pathlib import Path

import pytest

from commands.migration import write
from seed.check import check
from seed.propose import propose
from seed.sources import Source
from tests.stack.seed.databases import Databases, ask

ADD = "ALTER TABLE orders ADD COLUMN currency text NOT NULL DEFAULT 'USD';\n"
COLUMN = "total_amount numeric(12, 2) NOT NULL CHECK (total_amount >= 0),"
WITH_CURRENCY = COLUMN + "\n    currency     text NOT NULL DEFAULT 'USD',"
CURRENCIES = "SELECT currency, count(*) FROM orders GROUP BY 1"
KEPT = "SELECT count(*), sum(order_id), sum(total_amount) FROM orders"
NOTED = "SELECT file_name FROM datamesh.migrations ORDER BY 1"


def migration(databases: Databases, text: str, name: str = "0002_add_currency.sql") -> Path:
    folder = databases.domains / "sales" / "migrations"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


@pytest.fixture
def changed(databases: Databases) -> Databases:
    """A seeded database with a row of a person's, whose `schema.sql` has got a column meanwhile."""
    databases.seed("sales")
    ask(databases, "sales", "INSERT INTO orders (customer_id, total_amount) VALUES (1, 77.77)")
    databases.edit("sales/schema.sql", COLUMN, WITH_CURRENCY)
    return databases


def test_a_migration_leads_a_database_with_rows_of_a_person_to_todays_schema(changed: Databases) -> None:
    migration(changed, ADD)
    assert "migrated: 0002_add_currency.sql" in changed.seed("sales")
    assert ask(changed, "sales", CURRENCIES) == [("USD", 14)]
    assert ask(changed, "sales", NOTED) == [("0002_add_currency.sql",)]
    assert "migrated" not in changed.seed("sales")


def test_a_sample_that_nobody_wrote_to_is_still_the_loaders_after_a_migration(databases: Databases) -> None:
    databases.seed("sales")
    databases.edit("sales/schema.sql", COLUMN, WITH_CURRENCY)
    migration(databases, ADD)
    databases.seed("sales")
    databases.seed("sales", "--scale", "1")
    assert len(databases.rows("sales")["customers"]) == 1_008


def test_a_fresh_database_is_made_from_the_schema_and_contains_the_migrations(databases: Databases) -> None:
    databases.edit("sales/schema.sql", COLUMN, WITH_CURRENCY)
    migration(databases, ADD)
    databases.seed("sales")
    assert ask(databases, "sales", NOTED) == [("0002_add_currency.sql",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "ALTER TABLE orders ADD COLUMN currency text;",
            "column orders.currency: database has text, schema.sql wants text",
        ),
        ("\n\nALTER TABLE order ADD COLUMN currency text;", "migrations/0002_add_currency.sql, line 3: syntax error"),
        (ADD + "COMMIT;", "migrations/0002_add_currency.sql, line 2: COMMIT"),
        (ADD + "\\echo done", "migrations/0002_add_currency.sql, line 2: a command of psql"),
        (ADD + "\0DROP TABLE orders;", "migrations/0002_add_currency.sql, line 2: has a NUL byte"),
        (ADD + "SELECT 'no end;", "line 2: the ' that opens here has no end"),
    ],
)
def test_a_migration_that_does_not_lead_there_is_refused_and_nothing_changes(
    changed: Databases, text: str, said: str
) -> None:
    migration(changed, text)
    rows = changed.rows("sales")
    assert said in changed.refused("sales")
    assert changed.rows("sales") == rows
    assert ask(changed, "sales", NOTED) == []


def test_an_applied_migration_that_changed_or_is_gone_is_refused_by_name(changed: Databases) -> None:
    file = migration(changed, ADD)
    changed.seed("sales")
    file.write_text(ADD + "-- more\n")
    assert "migrations/0002_add_currency.sql has changed" in changed.refused("sales")
    file.unlink()
    assert "migrations/0002_add_currency.sql is missing" in changed.refused("sales")


def test_migrations_with_one_number_or_another_kind_of_name_are_refused(changed: Databases) -> None:
    migration(changed, ADD)
    migration(changed, ADD, "0002_again.sql")
    migration(changed, ADD, "3-Later.sql")
    said = changed.refused("sales")
    assert "0002_again.sql has the number of 0002_add_currency.sql" in said and "3-Later.sql is read by nobody" in said


def test_a_database_at_todays_state_takes_a_new_migration_for_contained(changed: Databases) -> None:
    ask(changed, "sales", ADD)
    migration(changed, ADD)
    changed.seed("sales")
    assert ask(changed, "sales", NOTED) == [("0002_add_currency.sql",)]


@pytest.mark.parametrize("out", ["file", "recreate"])
def test_rows_of_a_migration_that_refer_to_the_sample_are_named_where_it_would_be_replaced(
    databases: Databases, out: str
) -> None:
    databases.seed("sales")
    tiers = "CREATE TABLE tiers (customer_id bigint PRIMARY KEY REFERENCES customers, tier text);\n"
    databases.edit("sales/schema.sql", "CREATE VIEW", tiers + "CREATE VIEW")
    migration(databases, tiers + "INSERT INTO tiers SELECT customer_id, 'gold' FROM customers WHERE customer_id < 3;\n")
    databases.seed("sales")
    rows = databases.rows("sales")
    said = databases.refused("sales", "--scale", "1")
    assert "tiers may refer to its rows" in said and "Put these rows into " in said and "sales/tiers.csv" in said
    assert databases.rows("sales") == rows
    if out == "file":
        (databases.domains / "sales" / "tiers.csv").write_text("customer_id,tier\n1,gold\n2,gold\n")
        databases.seed("sales", "--scale", "1")
        assert len(databases.rows("sales")["customers"]) == 1_008 and databases.rows("sales")["tiers"] == rows["tiers"]
    else:
        said = databases.seed("sales", "--recreate", "sales", "--scale", "1")
        assert "sales: dropped are tiers 2 rows, too: what a migration inserted does not come back" in said
        assert databases.rows("sales")["tiers"] == []


def test_a_new_value_of_an_enum_can_be_in_the_sample_of_the_same_seed(databases: Databases) -> None:
    for name in ("customers.csv", "orders.csv", "generate.py", "contract.yaml"):
        (databases.domains / "sales" / name).unlink()
    (databases.domains / "marketing" / "contract.yaml").unlink()
    schema = databases.domains / "sales" / "schema.sql"
    schema.write_text("CREATE TYPE state AS ENUM ('new');\nCREATE TABLE orders (state state);\n")
    (databases.domains / "sales" / "orders.csv").write_text("state\nnew\n")
    databases.seed("sales")
    schema.write_text("CREATE TYPE state AS ENUM ('new', 'paid');\nCREATE TABLE orders (state state);\n")
    assert "enum state: database has 'new', schema.sql wants 'new', 'paid'" in databases.refused("sales")
    (databases.domains / "sales" / "orders.csv").write_text("state\npaid\n")
    migration(databases, "ALTER TYPE state ADD VALUE 'paid';")
    databases.seed("sales")
    assert databases.rows("sales")["orders"] == [("paid",)]


def test_the_proposed_migration_leads_there_and_keeps_the_rows(changed: Databases) -> None:
    source = Source("sales", changed.domains / "sales")
    proposal = propose(changed.stack(), check(changed.stack(), source))
    assert proposal and not proposal.problems and not proposal.choices, proposal
    path = write(source, "add_currency", proposal)
    assert path.name == "0002_add_currency.sql"
    assert propose(changed.stack(), check(changed.stack(), source)) is None, "what is written counts as applied"
    changed.seed("sales")
    assert ask(changed, "sales", CURRENCIES) == [("USD", 14)]


def test_what_could_lose_rows_is_proposed_as_a_choice(changed: Databases) -> None:
    changed.edit("sales/schema.sql", "    phone         varchar(20),\n", "")
    for name in ("sales/contract.yaml", "marketing/contract.yaml", "sales/customers.csv", "sales/orders.csv"):
        (changed.domains / name).unlink()
    source = Source("sales", changed.domains / "sales")
    proposal = propose(changed.stack(), check(changed.stack(), source))
    assert proposal and "\n--> ALTER TABLE customers DROP COLUMN phone;" in f"\n{proposal.text}", proposal
    assert "\nALTER TABLE orders ADD COLUMN currency text NOT NULL DEFAULT 'USD'::text;" in f"\n{proposal.text}"
    assert proposal.problems == ("column customers.phone: database has character varying(20), schema.sql wants none",)


def test_extensions_own_schemas_dumps_and_names_with_public_can_be_seeded_twice(databases: Databases) -> None:
    shutil.rmtree(databases.domains / "sales")
    (databases.domains / "sales").mkdir()
    (databases.domains / "sales" / "schema.sql").write_text(
        "SELECT pg_catalog.set_config('search_path', '', false);\n"
        "CREATE SCHEMA archive;\nCREATE EXTENSION citext WITH SCHEMA public;\n"
        "CREATE TABLE public.people (id int PRIMARY KEY, mail public.citext);\n"
        "CREATE TABLE archive.old (id int REFERENCES public.people);\n"
        "CREATE FUNCTION public.one() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END;\n"
        "CREATE MATERIALIZED VIEW public.mails AS SELECT mail FROM public.people;\n"
    )
    (databases.domains / "sales" / "people.csv").write_text("id,mail\n1,a@b.c\n")
    databases.load()
    assert ask(databases, "sales", "SELECT * FROM mails") == [("a@b.c",)], "a materialized view is not refreshed"
    assert not databases.load().changed


def test_a_migration_that_is_killed_at_ten_moments_and_repeated_keeps_a_hundred_thousand_rows(
    databases: Databases,
) -> None:
    databases.seed("sales")
    ask(
        databases,
        "sales",
        "INSERT INTO orders (customer_id, total_amount) SELECT 1 + n % 8, n FROM generate_series(1, 100000) n",
    )
    before = ask(databases, "sales", KEPT)
    databases.edit("sales/schema.sql", COLUMN, WITH_CURRENCY.replace("DEFAULT 'USD'", "DEFAULT 'EUR'"))
    # The rows are written anew, each with its own value: there is something to be killed at.
    migration(databases, ADD.replace("'USD'", "'EUR'") + "UPDATE orders SET currency = 'USD' WHERE order_id % 2 = 0;\n")
    started = time.monotonic()
    run = databases.begin("sales")
    _, err = run.communicate()
    assert run.returncode == 0, err
    whole = time.monotonic() - started
    ask(databases, "sales", "ALTER TABLE orders DROP COLUMN currency")
    ask(databases, "sales", "DELETE FROM datamesh.migrations")
    chance = random.Random(14)
    moments = sorted(chance.uniform(0.3, 1.0) * whole for _ in range(10))
    for moment in moments:
        run = databases.begin("sales")
        time.sleep(moment)
        run.kill()
        run.communicate()
        has = ask(databases, "sales", "SELECT count(*) FROM pg_attribute WHERE attname = 'currency'")
        noted = ask(databases, "sales", "SELECT count(*) FROM datamesh.migrations")
        assert has == noted, f"killed after {moment:.2f} s, the column and the note of it do not go together"
        assert ask(databases, "sales", KEPT) == before, f"killed after {moment:.2f} s, rows are lost"
    assert "orders: 100,013 rows are there" in databases.seed("sales")
    assert ask(databases, "sales", KEPT) == before
    assert ask(databases, "sales", "SELECT count(*) FILTER (WHERE currency = 'USD') > 50000 FROM orders") == [(True,)]
    assert ask(databases, "sales", "SELECT count(*) FROM pg_database WHERE datname LIKE 'datamesh_scratch%'") == [(0,)]


def test_a_new_value_of_an_enum_that_the_tables_use_at_once_is_explained(databases: Databases) -> None:
    for name in ("customers.csv", "orders.csv", "generate.py", "contract.yaml"):
        (databases.domains / "sales" / name).unlink()
    (databases.domains / "marketing" / "contract.yaml").unlink()
    schema = databases.domains / "sales" / "schema.sql"
    schema.write_text("CREATE TYPE state AS ENUM ('new');\nCREATE TABLE orders (id int PRIMARY KEY, state state);\n")
    databases.seed("sales")
    schema.write_text(
        "CREATE TYPE state AS ENUM ('new', 'paid');\n"
        "CREATE TABLE orders (id int PRIMARY KEY, state state DEFAULT 'paid');\n"
    )
    source = Source("sales", databases.domains / "sales")
    proposal = propose(databases.stack(), check(databases.stack(), source))
    assert proposal and "let the next migration use it" in proposal.problems[0]
    migration(databases, "ALTER TYPE state ADD VALUE 'paid';\nALTER TABLE orders ALTER state SET DEFAULT 'paid';")
    said = databases.refused("sales")
    assert "0002_add_currency.sql" in said and "let the next migration use it" in said
