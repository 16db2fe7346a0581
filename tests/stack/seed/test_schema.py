"""`schema.sql` against the tables that are there."""

import pytest

from client.errors import CommandError
from seed.load import Orders
from tests.stack.seed.databases import Databases, ask

COLUMNS = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'customers'::regclass"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (
            "phone         varchar(20),",
            "phone         varchar(30),",
            "column customers.phone: database has character varying(20), schema.sql wants character varying(30)",
        ),
        (
            "phone         varchar(20),",
            "",
            "column customers.phone: database has character varying(20), schema.sql wants none",
        ),
        (
            "phone         varchar(20),",
            "phone varchar(20), city text NOT NULL,",
            "column customers.city: database has none, schema.sql wants text NOT NULL",
        ),
        ("CHECK (total_amount >= 0)", "CHECK (total_amount > 0)", "total_amount > "),
        ("CREATE INDEX orders_customer_id_idx ON orders (customer_id);", "", "index orders.orders_customer_id_idx"),
        ("bigint NOT NULL REFERENCES customers", "bigint NOT NULL", "constraint orders.orders_customer_id_fkey"),
        (
            "CREATE TABLE orders (",
            "CREATE TABLE returns (id int); CREATE TABLE orders (",
            "table returns: database has none",
        ),
    ],
)
def test_a_changed_schema_is_refused_by_name_and_nothing_changes(
    databases: Databases, old: str, new: str, named: str
) -> None:
    databases.seed("sales")
    rows = databases.rows("sales")
    snapshot = ask(
        databases, "sales", "SELECT xmin::text, rolname, rolconnlimit FROM pg_roles, pg_class WHERE relname = 'orders'"
    )
    databases.edit("sales/schema.sql", old, new)
    for file in ("sales/contract.yaml", "marketing/contract.yaml", "sales/customers.csv", "sales/orders.csv"):
        (databases.domains / file).unlink()  # they would be wrong as well, and named first
    with pytest.raises(CommandError) as refusal:
        databases.load()
    assert named in str(refusal.value), f"the refusal does not name the difference: {refusal.value}"
    assert "Nothing was changed" in str(refusal.value)
    assert databases.rows("sales") == rows
    assert snapshot == ask(
        databases, "sales", "SELECT xmin::text, rolname, rolconnlimit FROM pg_roles, pg_class WHERE relname = 'orders'"
    ), "the refused seed changed roles or tables"


def test_a_schema_written_differently_that_means_the_same_is_accepted(databases: Databases) -> None:
    databases.seed("sales")
    rows = databases.rows("sales")
    databases.edit("sales/schema.sql", "numeric(12, 2) NOT NULL", "decimal(12,2)   not null -- in US dollars\n")
    databases.load()
    assert databases.rows("sales") == rows


def test_recreate_makes_the_tables_of_a_changed_schema(databases: Databases) -> None:
    databases.seed("sales")
    rows = databases.rows("sales")
    databases.edit("sales/schema.sql", "phone         varchar(20),", "phone         varchar(30),")
    databases.edit("sales/contract.yaml", "varchar(20)", "varchar(30)")
    databases.load(orders=Orders(recreate=True))
    assert ("phone", "character varying(30)") in ask(databases, "sales", COLUMNS)
    assert databases.rows("sales") == rows
