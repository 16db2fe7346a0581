"""The roles that read a database: rights, limits, passwords, certificates."""

import psycopg2
import pytest

from client.errors import CommandError
from tests.stack.seed.databases import DOMAINS, PATIENCE, Databases, ask


def test_a_rotated_password_works_after_a_seed_and_the_old_one_does_not(databases: Databases) -> None:
    databases.seed("sales")
    old = databases.stack()
    databases.outputs["credentials"]["databases"]["sales"]["trino"]["password"] = "secret-rotated"
    with pytest.raises(CommandError, match="type `pulumi up --stack NAME`, then `make seed STACK=NAME`"):
        databases.stack().connect("sales", "trino")
    databases.seed("sales")
    databases.stack().connect("sales", "trino").close()
    with pytest.raises(CommandError, match="authentication failed"):
        old.connect("sales", "trino")


def test_limits_rights_and_attributes_changed_by_hand_are_put_back(databases: Databases) -> None:
    databases.seed("sales")
    ask(databases, "sales", "ALTER ROLE sales_trino CONNECTION LIMIT -1 CREATEDB VALID UNTIL '2020-01-01'")
    ask(databases, "sales", "ALTER ROLE sales_trino SET default_transaction_read_only = off")
    ask(databases, "sales", "ALTER ROLE sales_trino SET statement_timeout = 0")
    ask(databases, "sales", "GRANT ALL ON orders TO sales_trino; GRANT CREATE ON SCHEMA public TO sales_trino, PUBLIC")
    ask(databases, "sales", "GRANT CONNECT ON DATABASE sales_db TO PUBLIC")
    databases.seed("sales")
    ((limit, createdb, settings),) = ask(
        databases, "sales", "SELECT rolconnlimit, rolcreatedb, rolconfig FROM pg_roles WHERE rolname = 'sales_trino'"
    )
    assert (limit, createdb) == (40, False)
    assert settings == [
        "default_transaction_read_only=on",
        "statement_timeout=30min",
        "log_min_duration_statement=0",
    ], "what Trino asks is not in the log, or the limits are gone"
    rights = ask(
        databases,
        "sales",
        "SELECT has_table_privilege('sales_trino', 'orders', 'INSERT'), "
        "has_schema_privilege('sales_trino', 'public', 'CREATE'), "
        "has_database_privilege('sales_trino', 'sales_db', 'TEMP')",
    )
    assert rights == [(False, False, False)], "a right given by hand outlived the seed"
    ask(databases, "sales", "SELECT count(*) FROM orders", "trino")


@pytest.mark.parametrize("role", ["trino", "analyst"])
def test_a_reader_cannot_write_even_after_lifting_its_own_read_only_setting(databases: Databases, role: str) -> None:
    databases.seed("sales")
    for statement in (
        "INSERT INTO orders (customer_id, total_amount) VALUES (1, 1)",
        "UPDATE customers SET phone = NULL",
        "DELETE FROM orders",
        "TRUNCATE orders",
        "CREATE TABLE mine (id int)",
        "CREATE TEMP TABLE mine (id int)",
        "ALTER TABLE orders ADD COLUMN mine int",
        "COPY orders TO PROGRAM 'true'",
        "SELECT nextval('orders_order_id_seq')",
        "CREATE ROLE mine",
    ):
        with pytest.raises(psycopg2.Error):
            ask(databases, "sales", statement, role)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(
                databases,
                "sales",
                f"SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; COMMIT; BEGIN; {statement}",
                role,
            )


def test_a_table_made_later_can_be_read_by_trinos_user_without_another_grant(databases: Databases) -> None:
    databases.seed("sales")
    ask(databases, "sales", "CREATE TABLE later AS SELECT 1 AS one")
    assert ask(databases, "sales", "SELECT one FROM later", "trino") == [(1,)]


def test_where_iam_is_known_the_analyst_has_it_and_no_password(databases: Databases) -> None:
    ask(databases, "sales", "CREATE ROLE rds_iam")
    del databases.outputs["credentials"]["databases"]["sales"]["analyst"]
    databases.seed("sales")
    membership = ask(databases, "sales", "SELECT pg_has_role('sales_analyst', 'rds_iam', 'MEMBER')")
    assert membership == [(True,)]
    assert ask(databases, "sales", "SELECT pg_has_role('sales_trino', 'rds_iam', 'MEMBER')") == [(False,)], (
        "a member of rds_iam cannot log in by password: Trino would be shut out"
    )
    databases.outputs["credentials"]["databases"]["sales"]["analyst"] = {
        "user": "sales_analyst",
        "password": "secret-of-sales-analyst",
    }
    with pytest.raises(CommandError, match="authentication failed"):
        databases.stack().connect("sales", "analyst")


def test_without_iam_and_without_a_password_the_analyst_is_missed_before_anything_changes(databases: Databases) -> None:
    del databases.outputs["credentials"]["databases"]["sales"]["analyst"]
    run = databases.begin("sales")
    _, err = run.communicate(timeout=PATIENCE)
    assert run.returncode == 1
    assert "no password for sales_analyst" in err
    assert ask(databases, "sales", "SELECT 1 FROM pg_roles WHERE rolname = 'sales_trino'") == []


def test_no_password_is_in_the_servers_log_even_when_every_statement_is(databases: Databases) -> None:
    databases.seed()
    for domain in DOMAINS:
        text = databases.log(domain)
        assert "PASSWORD 'SCRAM-SHA-256$" in text, "the log has no statement that sets a password: nothing is proven"
        assert "secret-" not in text, f"a password is in the log of {domain}"


def test_no_password_is_in_what_the_seed_prints_nor_in_the_printed_form_of_a_stack(databases: Databases) -> None:
    out = databases.seed()
    databases.outputs["credentials"]["databases"]["sales"]["admin"]["password"] = "secret-wrong"
    try:
        out += "".join(databases.begin("sales").communicate(timeout=PATIENCE))
    finally:
        databases.outputs["credentials"]["databases"]["sales"]["admin"]["password"] = "secret-of-dm-admin-sales"
    assert "authentication failed" in out
    assert "secret" not in out + repr(databases.stack())


def test_a_server_with_a_certificate_of_another_authority_is_not_trusted(databases: Databases) -> None:
    databases.outputs["databaseCa"], ours = "data/rds-root-cas.pem", databases.outputs["databaseCa"]
    try:
        with pytest.raises(CommandError, match="certificate verify failed"):
            databases.stack().connect("sales", "admin")
    finally:
        databases.outputs["databaseCa"] = ours
