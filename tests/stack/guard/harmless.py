"""Changes that break nobody, and changes that lack something."""

from tests.stack.guard.planting import (
    BEFORE_VIEW,
    COUNTRY,
    INDEX,
    MANY,
    MASK,
    MIGRATION,
    REFUNDS,
    REVENUE,
    SCHEMA,
    VIEW,
    no_revenue,
    port,
    schema,
    values,
    view,
)
from tests.stack.guard.repositories import Change, column, publish, table


def _materialized(sales: dict) -> None:
    port = table(sales, "customer_revenue")
    port["physicalType"] = "materialized view"
    port["customProperties"] = [each for each in port["customProperties"] if each["property"] != "stored"]


HARMLESS: dict[str, Change] = {
    "nothing": Change(),
    "the same contract in another form": Change(lambda sales: sales),
    "a description": values("customers.phone", description="Their telephone number."),
    "a type in other words": Change(
        lambda sales: [
            column(sales, place).update(physicalType=kind)
            for place, kind in (
                ("orders.total_amount", "decimal(12,2)"),
                ("customers.phone", "character varying(20)"),
                ("orders.ordered_at", "timestamp with time zone"),
            )
        ]
    ),
    "another name in the contract of the same column": values("customers.phone", name="tel", physicalName="phone"),
    "the order of the columns": Change(lambda sales: table(sales, "orders")["properties"].reverse()),
    "a new column": schema(
        "    created_at    timestamptz NOT NULL DEFAULT now()\n",
        "    created_at    timestamptz NOT NULL DEFAULT now(),\n    country       text\n",
        "ALTER TABLE customers ADD country text;",
        lambda sales: table(sales, "customers")["properties"].append(COUNTRY | {"classification": "internal"}),
    ),
    "a new column that must be there": schema(
        "    created_at    timestamptz NOT NULL DEFAULT now()\n",
        "    created_at    timestamptz NOT NULL DEFAULT now(),\n    country       text NOT NULL\n",
        "ALTER TABLE customers ADD country text;\nUPDATE customers SET country = 'FR';\n"
        "ALTER TABLE customers ALTER country SET NOT NULL;",
    ),
    "a new table": schema(
        BEFORE_VIEW,
        "CREATE TABLE refunds (order_id bigint PRIMARY KEY);\n" + BEFORE_VIEW,
        "CREATE TABLE refunds (order_id bigint PRIMARY KEY);",
        lambda sales: sales["schema"].append(REFUNDS),
    ),
    "a new index": schema(BEFORE_VIEW, INDEX + BEFORE_VIEW, INDEX),
    "a comment of schema.sql": Change(edits=((SCHEMA, "-- Sales:", "-- The sales:"),)),
    "a constraint": schema(
        "varchar(20),", "varchar(20) CHECK (phone <> ''),", "ALTER TABLE customers ADD CHECK (phone <> '');"
    ),
    "a view written otherwise": view("count(*) AS", "count(order_id) AS"),
    "a view that is sorted": view(") o USING (customer_id);", ") o USING (customer_id)\nORDER BY 1;"),
    "a column at the end of a view": view("    o.last_order_at\n", "    o.last_order_at,\n    c.created_at\n"),
    "a view that is kept as rows": Change(
        _materialized,
        edits=((SCHEMA, " VIEW", " MATERIALIZED VIEW"),),
        files=((MIGRATION, "DROP VIEW customer_revenue;\n" + VIEW.replace(" VIEW", " MATERIALIZED VIEW")),),
    ),
    "a new quality rule": Change(lambda sales: table(sales, "orders")["quality"].insert(0, MANY)),
    "a limit that is tightened": values("orders.total_amount", logicalTypeOptions={"minimum": 1}),
    "a value that must be there": values("customers.phone", required=True),
    "a publication more": Change(lambda marketing: publish(marketing, "lead_first_touch", "sales"), of="marketing"),
    "a publication that lasts longer": port(until="2028-06-30"),
    "a publication without end": port(until=None),
    "no row filter any more": port(rowFilter=None),
    "a row filter that shows more": port(rowFilter="total_orders >= 0"),
    "a row filter with another way in": port(rowFilter="revenue > 5 OR total_orders > 0"),
    "a telephone that is personal no more": values("customers.phone", MASK, classification="internal"),
    "a new promise of fresh data": Change(
        lambda marketing: marketing.update(
            slaProperties=[{"property": "latency", "element": "leads.captured_at", "value": 900, "unit": "d"}]
        ),
        of="marketing",
    ),
    "another owner": Change(lambda sales: sales["team"].update(name="People of sales")),
    "other sample rows": Change(edits=(("domains/sales/orders.csv", "1,1,120.00", "1,1,130.00"),)),
    "a query that is gone": Change(removed=("queries/events.sql",)),
    "a query that is written otherwise": Change(edits=(("queries/events.sql", "AS n ", "AS number "),)),
    "a query more": Change(files=(("queries/new.sql", "SELECT 1; SELECT lead_id FROM marketing.public.leads;\n"),)),
    "a file that no consumer sees": Change(files=(("notes.txt", "x\n"),)),
}

LACKING: dict[str, tuple[Change, str]] = {
    "a migration": (
        Change(edits=((SCHEMA, BEFORE_VIEW, INDEX + BEFORE_VIEW),)),
        "sales: schema.sql: a database with rows has no way to domains/sales/schema.sql. On a mesh that has the old "
        "tables, type: make migration DOMAIN=sales NAME=what_changes",
    ),
    "the rest of a migration": (
        schema(BEFORE_VIEW, INDEX + BEFORE_VIEW, "SELECT 1;"),
        "sales: schema.sql: 0002_change.sql: does not lead to domains/sales/schema.sql",
    ),
    "a migration that runs": (
        schema(BEFORE_VIEW, INDEX + BEFORE_VIEW, "CREATE INDEX ON nowhere (x);"),
        'sales: schema.sql: domains/sales/migrations/0002_change.sql: relation "nowhere" does not exist',
    ),
    "tables that can be made": (
        Change(edits=((SCHEMA, "REFERENCES customers", "REFERENCES nobody"),)),
        'sales: schema.sql: domains/sales/schema.sql: relation "nobody" does not exist',
    ),
    "the column that the contract has": (
        Change(
            lambda sales: table(sales, "customers")["properties"].append(COUNTRY | {"classification": "internal"}),
            edits=(("domains/sales/contract.yaml", "version: 1.1.0", "version: 1.2.0"),),
        ),
        "sales: schema.sql: column customers.country is in contract.yaml, and schema.sql does not make it",
    ),
    "a query that fits the new tables": (
        view(REVENUE, "", no_revenue),
        "sales: examples/federated_query.sql: change it too, or remove it: column r.revenue does not exist",
    ),
    "a new query that works": (
        Change(files=(("queries/new.sql", "SELECT lead FROM marketing.public.leads\n"),)),
        'marketing: queries/new.sql: does not work: column "lead" does not exist',
    ),
    "another minor version": (
        Change(lambda sales: table(sales, "orders")["quality"].append(MANY)),
        "domains/sales/contract.yaml: the change is additive: write `version: 1.2.0` (it is 1.1.0)",
    ),
    "a version that goes up": (
        Change(lambda sales: sales.update(version="1.0.9")),
        "domains/sales/contract.yaml: version 1.0.9 is lower than 1.1.0",
    ),
}
"""By what a change lacks: the change, and what is asked for."""
