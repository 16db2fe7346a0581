"""Changes that break a consumer, and what the guard must say of them."""

from tests.stack.guard.planting import (
    BEFORE_VIEW,
    INDEX,
    MASK,
    REVENUE,
    no_revenue,
    port,
    schema,
    values,
    view,
    without,
)
from tests.stack.guard.repositories import Change, Contract, column, publish, table


def _rows(contract: Contract, name: str, of_table: str = "customers") -> None:
    table(contract, of_table)["quality"][0] = {"metric": "rowCount", "description": "There are some.", name: 0}


def _gone(contract: Contract) -> None:
    publish(contract, "customers")
    publish(contract, "customer_revenue")


BREAKING: dict[str, tuple[Change, tuple[str, ...]]] = {
    "a table leaves the contract": (
        Change(lambda marketing: without(marketing, "leads"), of="marketing"),
        ("leads: removed schema",),
    ),
    "a column leaves the contract": (
        Change(lambda sales: without(sales, "customers.phone")),
        ("customers.phone: removed property",),
    ),
    "a column gets another name": (
        schema(
            "phone  ",
            "telephone  ",
            "ALTER TABLE customers RENAME phone TO telephone;",
            lambda sales: column(sales, "customers.phone").update(name="telephone"),
        ),
        ("customers.phone: removed property",),
    ),
    "a column that queries read is gone": (
        view(REVENUE, "", no_revenue),
        (
            "customer_revenue.revenue: removed property",
            "examples/federated_query.sql: worked on main and fails now",
            "queries/trinos_own.sql: worked on main and fails now",
            "panel Revenue by campaign: is no more",
        ),
    ),
    "a column becomes wider": (
        view(
            "numeric(14, 2)",
            "numeric(16, 2)",
            lambda sales: column(sales, "customer_revenue.revenue").update(physicalType="numeric(16, 2)"),
        ),
        ("customer_revenue.revenue.physicalType: changed type", "revenue is numeric(16,2), and was numeric(14,2)"),
    ),
    "whole numbers become smaller ones": (
        view(
            "    coalesce(o.total_orders, 0)",
            "    CAST(coalesce(o.total_orders, 0) AS integer)",
            lambda sales: column(sales, "customer_revenue.total_orders").update(physicalType="integer"),
        ),
        ("examples/federated_query.sql: total_orders is integer, and was bigint",),
    ),
    "the logical type is another": (
        values("customer_revenue.total_orders", logicalType="number"),
        ("customer_revenue.total_orders.logicalType: changed type",),
    ),
    "a value may be missing": (values("customers.created_at", "required"), ("customers.created_at.required",)),
    "values may come twice": (values("customer_revenue.email", "unique"), ("customer_revenue.email.unique",)),
    "a limit is loosened": (
        values("customer_revenue.revenue", logicalTypeOptions={"minimum": -5}),
        ("customer_revenue.revenue.logicalTypeOptions.minimum",),
    ),
    "a limit is dropped": (values("orders.total_amount", "logicalTypeOptions"), ("orders.total_amount",)),
    "a quality rule is dropped": (
        Change(lambda sales: table(sales, "customers")["quality"].pop(0)),
        ("customers: removed quality rule",),
    ),
    "a quality rule allows more": (
        Change(lambda sales: _rows(sales, "mustBeGreaterOrEqualTo")),
        ("quality rule",),
    ),
    "a reference is dropped": (values("orders.customer_id", "relationships"), ("orders.customer_id.relationships",)),
    "a key is no key any more": (values("orders.order_id", "primaryKey"), ("orders.order_id.primaryKey",)),
    "a table is not published any more": (
        Change(lambda sales: publish(sales, "customers")),
        ("customers: is no longer published to marketing",),
    ),
    "a publication ends earlier": (port(until="2027-02-28"), ("ends on 2027-02-28, and on 2027-06-30 before",)),
    "a publication gets an end": (
        Change(lambda sales: publish(sales, "customers", {"domain": "marketing", "until": "2028-01-01"})),
        ("ends on 2028-01-01, and had no end before",),
    ),
    "a row filter is narrower": (port(rowFilter="total_orders > 1"), ("rows that were seen may be hidden",)),
    "a row filter is another": (port(rowFilter="revenue > 0"), ("rows that were seen may be hidden",)),
    "a row filter is new": (
        Change(lambda sales: publish(sales, "customers", {"domain": "marketing", "rowFilter": "customer_id > 2"})),
        ('rows that were seen may be hidden: "customer_id" > 2, not all',),
    ),
    "a mask is another": (
        values("customers.phone", customProperties=[{"property": "mask", "value": "hide"}]),
        ("customers.phone: is shown by hide, not by phone",),
    ),
    "a column becomes personal": (
        values(
            "customer_revenue.revenue",
            classification="personal",
            customProperties=[{"property": "mask", "value": "hide"}],
        ),
        ("customer_revenue.revenue: is personal now: other domains see it by the mask hide, Grafana not at all",),
    ),
    "a column becomes an e-mail": (
        values(
            "campaigns.campaign_name",
            of="marketing",
            classification="personal",
            customProperties=[{"property": "mask", "value": "email"}],
        ),
        ("campaigns.campaign_name: is personal now: other domains see it by the mask email, Grafana only so too",),
    ),
    "a pseudonym is none any more": (
        values("customer_revenue.email", MASK, classification="internal"),
        ("joins on the pseudonyms find nothing",),
    ),
    "data may be older": (Change(lambda sales: sales["slaProperties"][0].update(value=5)), ("may be 5 s now",)),
    "the promise of fresh data is dropped": (
        Change(lambda sales: sales.pop("slaProperties")),
        ("nothing is promised now",),
    ),
    "a view counts otherwise": (
        view("count(*) AS", "count(*) + 1 AS"),
        ("view customer_revenue: answers otherwise for the same rows", "in total_orders"),
    ),
    "a view leaves rows out": (
        view("LEFT JOIN (", "JOIN ("),
        ("view customer_revenue: answers otherwise", "examples/federated_query.sql: answers otherwise"),
    ),
    "a migration removes rows": (
        schema(BEFORE_VIEW, INDEX + BEFORE_VIEW, INDEX + "DELETE FROM orders WHERE total_amount > 100;\n"),
        (
            "table orders: answers otherwise",
            "queries/sales/largest.sql: answers otherwise",
            "queries/orders_by_day.sql: answers otherwise",
        ),
    ),
    "a column of the lake is gone": (
        Change(lambda events: without(events, "customer_events.event_type"), of="events"),
        ("events: datacontract-cli: customer_events.event_type", "queries/events.sql: worked on main and fails now"),
    ),
    "a domain is gone": (
        Change(_gone, removed=("domains/marketing",)),
        ("marketing: contract.yaml: the domain is removed", "examples/federated_query.sql: worked on main and fails"),
    ),
}
"""By what happens: the change, and what must be said of it as breaking."""
