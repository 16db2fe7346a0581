"""The sample's domains changed, in a word each."""

from collections.abc import Callable

from tests.stack.guard.repositories import PORT, Change, Contract, column, publish, table

SCHEMA = "domains/sales/schema.sql"
MIGRATION = "domains/sales/migrations/0002_change.sql"
INDEX = "CREATE INDEX orders_at_idx ON orders (ordered_at);\n"
BEFORE_VIEW = "-- The output port"
VIEW = """\
CREATE VIEW customer_revenue AS
SELECT
    c.customer_id,
    c.customer_name,
    CAST(lower(c.email) AS varchar(254)) AS email,
    coalesce(o.total_orders, 0) AS total_orders,
    CAST(coalesce(o.revenue, 0) AS numeric(14, 2)) AS revenue,
    o.last_order_at
FROM customers c
LEFT JOIN (
    SELECT customer_id, count(*) AS total_orders, sum(total_amount) AS revenue, max(ordered_at) AS last_order_at
    FROM orders
    GROUP BY customer_id
) o USING (customer_id);
COMMENT ON VIEW customer_revenue IS 'One row a customer: orders and revenue in US dollars, e-mail in lower case';
"""
"""As schema.sql of the sample has it."""
REVENUE = "    CAST(coalesce(o.revenue, 0) AS numeric(14, 2)) AS revenue,\n"
COUNTRY = {"name": "country", "description": "Where.", "logicalType": "string", "physicalType": "text"}
MANY = {"metric": "rowCount", "description": "Not too many.", "mustBeLessThan": 1_000_000}
REFUNDS = {
    "name": "refunds",
    "physicalType": "table",
    "description": "Money that went back.",
    "properties": [
        {"name": "order_id", "description": "The order.", "logicalType": "integer", "physicalType": "bigint"}
        | {"primaryKey": True, "required": True, "classification": "internal"}
    ],
}
MASK = "customProperties"


def schema(old: str, new: str, migration: str, contract: Callable[[Contract], object] | None = None) -> Change:
    """schema.sql changed, and the migration that leads there."""
    return Change(contract, edits=((SCHEMA, old, new),), files=((MIGRATION, migration),))


def view(old: str, new: str, contract: Callable[[Contract], object] | None = None) -> Change:
    """The output port made otherwise."""
    return schema(old, new, "DROP VIEW customer_revenue;\n" + VIEW.replace(old, new), contract)


def port(**limits: object) -> Change:
    """The output port published with other limits; None: without that one."""
    entry = {key: value for key, value in (PORT | limits).items() if value is not None}
    return Change(lambda sales: publish(sales, "customer_revenue", entry))


def values(place: str, *gone: str, of: str = "sales", **new: object) -> Change:
    """Fields of a column taken out, and others set."""

    def change(contract: Contract) -> None:
        found = column(contract, place)
        for field in gone:
            del found[field]
        found.update(new)

    return Change(change, of=of)


def without(contract: Contract, place: str) -> None:
    """The contract without a column, or without a table."""
    name, _, field = place.partition(".")
    if field:
        table(contract, name)["properties"].remove(column(contract, place))
    else:
        contract["schema"].remove(table(contract, name))


def no_revenue(contract: Contract) -> None:
    without(contract, "customer_revenue.revenue")
    table(contract, "customer_revenue")["quality"].pop()
