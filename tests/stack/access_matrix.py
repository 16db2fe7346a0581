"""Who may do what in Trino, as a table: a statement, and what each kind of person gets for it.

`cases()` flattens it; `problem(case, run)` tries one. The people are those that every mesh has and USERS, which
the stack under test must have in its setting `users`; it must have the domain OWN, too. SETUP is run by admin before
and TEARDOWN after.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

USERS = {"both": {"domains": ["sales", "marketing"]}, "nobody": {"domains": []}}
OWN = "finance"
"""A domain beside sales and marketing; what it publishes to both is in published_matrix.py."""

SETUP = (
    "CREATE TABLE lake.sales.of_sales AS SELECT 1 AS x",
    "CREATE TABLE lake.marketing.of_marketing AS SELECT 1 AS x",
    "CREATE VIEW lake.events.by_owner AS SELECT customer_id, email FROM sales.public.customers",
    "CREATE VIEW lake.events.by_reader SECURITY INVOKER AS SELECT customer_id, email FROM sales.public.customers",
    "CREATE VIEW lake.events.raw AS SELECT * FROM TABLE(sales.system.query(query => 'SELECT email FROM customers'))",
)
TEARDOWN = (
    "DROP VIEW IF EXISTS lake.events.raw",
    "DROP VIEW IF EXISTS lake.events.by_reader",
    "DROP VIEW IF EXISTS lake.events.by_owner",
    "DROP TABLE IF EXISTS lake.marketing.of_marketing",
    "DROP TABLE IF EXISTS lake.sales.of_sales",
)


@dataclass(frozen=True)
class Rows:
    """The statement succeeds with exactly these rows, in any order."""

    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True)
class No:
    """The server refuses; `message` is a regular expression found in its answer."""

    message: str


Expected = Rows | No | None
"""None: the statement succeeds, whatever the rows."""

OK = None
TRUE = Rows(((True,),))
FALSE = Rows(((False,),))
NONE = Rows(())
UNTRIED = No("never tried: it would take something from the others")


def names(*values: str) -> Rows:
    return Rows(tuple((value,) for value in values))


def cannot(what: str) -> No:
    return No(f"Access Denied: Cannot {re.escape(what)}")


HIDDEN_SALES = cannot("access catalog sales")
HIDDEN = cannot("access catalog marketing")
PASSTHROUGH = "SELECT * FROM TABLE({}.system.query(query => 'SELECT 1 AS x'))"
NO_PASSTHROUGH = cannot("execute function sales.system.query")
NO_CUSTOMERS = cannot("select from table sales.public.customers")
# The first 32 hexadecimal digits of the SHA-256 of alice@example.com.
PSEUDONYM_OF_ALICE = "SELECT count(*) = 1 FROM sales.public.customers WHERE email = 'ff8d9819fc0e12bf0d24892e45987e24'"
READ_ONLY = No("read-only transaction|permission denied|[Mm]ust be owner")
OTHERS_VIEW = No("View owner 'admin' cannot create view that selects from sales.public.customers")
TABLES = "SELECT table_name FROM {}.information_schema.tables WHERE table_schema <> 'information_schema'"
COLUMNS = "SELECT column_name FROM {}.information_schema.columns WHERE table_schema = 'public' AND table_name = '{}'"
CUSTOMERS = names("customer_id", "customer_name", "email", "phone", "created_at")
JDBC_OF = "SELECT count(*) > 0 FROM system.jdbc.{} WHERE table_cat = '{}'"

CATALOGS = names(OWN, "iceberg", "lake", "marketing", "sales", "system")
CATALOGS_OF_SALES = names(OWN, "iceberg", "lake", "sales", "system")

PEOPLE = ("admin", "both", "sales-analyst", "marketing-analyst", "grafana")
"""The columns of MATRIX. The person called nobody is refused every statement."""

# fmt: off
MATRIX: tuple[tuple[str, *tuple[Expected, ...]], ...] = (
    # What there is to see.
    ("SHOW CATALOGS", OK, CATALOGS, CATALOGS_OF_SALES, CATALOGS, CATALOGS),
    ("SELECT * FROM system.jdbc.catalogs", OK, CATALOGS, CATALOGS_OF_SALES, CATALOGS, CATALOGS),
    ("SHOW SCHEMAS FROM sales", OK, names("public"), names("public"), names("public"), names("public")),
    ("SHOW SCHEMAS FROM marketing", OK, names("public"), HIDDEN, names("public"), names("public")),
    ("SHOW SCHEMAS FROM lake", OK, names("events", OWN, "marketing", "sales"), names("events", "sales"),
        *[names("events", OWN, "marketing", "sales")] * 2),
    ("SHOW SCHEMAS FROM system", OK, *[names("jdbc", "metadata")] * 4),
    ("SHOW TABLES FROM sales.public LIKE 'customers'", *[names("customers")] * 5),
    ("SHOW TABLES FROM sales.public LIKE 'orders'", names("orders"), names("orders"), names("orders"), NONE,
        names("orders")),
    ("SHOW TABLES FROM lake.marketing", OK, OK, cannot("show tables of schema lake.marketing"), OK, OK),
    ("SHOW TABLES FROM sales.pg_catalog", OK, *[cannot("show tables of schema sales.pg_catalog")] * 4),
    (COLUMNS.format("sales", "customers"), CUSTOMERS, CUSTOMERS, CUSTOMERS, CUSTOMERS,
        names("customer_id", "email", "created_at")),
    (COLUMNS.format("sales", "orders") + " AND column_name = 'order_id'", *[names("order_id")] * 3, NONE,
        names("order_id")),
    (COLUMNS.format("marketing", "leads") + " AND column_name = 'email'", names("email"), names("email"), HIDDEN,
        names("email"), names("email")),
    (TABLES.format("lake") + " AND table_schema = 'marketing' AND table_name = 'of_marketing'", OK,
        names("of_marketing"), NONE, names("of_marketing"), NONE),
    (TABLES.format("marketing") + " AND table_name = 'leads'", names("leads"), names("leads"), HIDDEN,
        names("leads"), names("leads")),
    (JDBC_OF.format("tables", "marketing"), TRUE, TRUE, FALSE, TRUE, TRUE),
    (JDBC_OF.format("columns", "marketing"), TRUE, TRUE, FALSE, TRUE, TRUE),
    ("SELECT count(*) > 0 FROM system.jdbc.columns WHERE table_cat = 'sales' AND table_name = 'orders'",
        TRUE, TRUE, TRUE, FALSE, TRUE),
    ("SHOW CREATE TABLE sales.public.customers", OK, *[cannot("show create table for sales.public.customers")] * 4),
    # Reading.
    ("SELECT count(*) > 0 FROM sales.public.orders", TRUE, TRUE, TRUE, cannot("select from table sales.public.orders"),
        TRUE),
    ("SELECT count(*) > 0 FROM marketing.public.campaigns", TRUE, TRUE, HIDDEN, TRUE, TRUE),
    ("SELECT count(*) > 0 FROM marketing.public.leads", TRUE, TRUE, HIDDEN, TRUE, TRUE),
    (f"SELECT count(*) = 2 FROM {OWN}.public.payments", TRUE, *[cannot(f"select from table {OWN}.public.payments")] * 3,
        TRUE),
    ("SELECT count(email) > 0 FROM marketing.public.leads", TRUE, TRUE, HIDDEN, TRUE, TRUE),
    ("SELECT count(customer_id) > 0 FROM sales.public.customers", *[TRUE] * 5),
    ("SELECT * FROM sales.public.customers", OK, OK, OK, OK, NO_CUSTOMERS),
    ("SELECT 1 FROM lake.events.customer_events LIMIT 1", *[Rows(((1,),))] * 5),
    ("SELECT x FROM lake.sales.of_sales", *[Rows(((1,),))] * 3, *[cannot("select from table lake.sales.of_sales")] * 2),
    ("SELECT x FROM lake.marketing.of_marketing", *[Rows(((1,),))] * 2,
        cannot("select from table lake.marketing.of_marketing"), Rows(((1,),)),
        cannot("select from table lake.marketing.of_marketing")),
    ("SELECT 1 FROM sales.public.customers c JOIN marketing.public.leads l ON lower(c.email) = lower(l.email) LIMIT 1",
        *[Rows(((1,),))] * 2, HIDDEN, NONE, Rows(((1,),))),
    ("EXPLAIN SELECT * FROM marketing.public.campaigns", OK, OK, HIDDEN, OK, OK),
    # Personal columns: clear for the domain's own, masked for those to whom the table is published. An e-mail is a
    # pseudonym for all others, and what else is personal is not there for Grafana.
    ("SELECT count(*) > 0 FROM sales.public.customers WHERE email = 'alice@example.com'",
        TRUE, TRUE, TRUE, FALSE, FALSE),
    ("SELECT count(*) > 0 FROM sales.public.customers WHERE lower(email) LIKE 'alice%'",
        TRUE, TRUE, TRUE, FALSE, FALSE),
    ("SELECT bool_or(email LIKE '%@%') FROM sales.public.customers", TRUE, TRUE, TRUE, FALSE, FALSE),
    ("SELECT bool_and(regexp_like(email, '^[0-9a-f]{32}$')) FROM sales.public.customers",
        FALSE, FALSE, FALSE, TRUE, TRUE),
    # Whoever knows an address can ask for its pseudonym: it hides addresses, it does not make people unknown.
    (PSEUDONYM_OF_ALICE, FALSE, FALSE, FALSE, TRUE, TRUE),
    ("SELECT count(phone) FROM sales.public.customers", *[OK] * 4, NO_CUSTOMERS),
    ("SELECT bool_and(phone LIKE '***%' AND length(phone) <= 5) FROM sales.public.customers",
        FALSE, FALSE, FALSE, TRUE, NO_CUSTOMERS),
    ("SELECT bool_and(customer_name LIKE '_***') FROM sales.public.customers", FALSE, FALSE, FALSE, TRUE, NO_CUSTOMERS),
    ("WITH c AS (SELECT email FROM sales.public.customers) SELECT max(email) LIKE '%@%' FROM c",
        TRUE, TRUE, TRUE, FALSE, FALSE),
    ("SELECT bool_or(email LIKE '%@%') FROM (SELECT email FROM sales.public.customers ORDER BY email LIMIT 5)",
        TRUE, TRUE, TRUE, FALSE, FALSE),
    ("SELECT count(*) > 0 FROM sales.public.orders o JOIN sales.public.customers c ON o.customer_id = c.customer_id "
        "WHERE c.email LIKE 'alice%'", TRUE, TRUE, TRUE, cannot("select from table sales.public.orders"), FALSE),
    ("SELECT count(*) > 0 FROM marketing.public.leads l WHERE EXISTS "
        "(SELECT 1 FROM sales.public.customers c WHERE lower(c.email) = lower(l.email))",
        TRUE, TRUE, HIDDEN, FALSE, TRUE),
    ("SELECT count(phone) < count(*) FROM sales.public.customers", TRUE, TRUE, TRUE, TRUE, NO_CUSTOMERS),
    # Views: what admin may see is not handed on, neither by the owner's rights nor by raw SQL.
    ("SELECT count(*) > 0 FROM lake.events.by_owner", TRUE, *[OTHERS_VIEW] * 4),
    ("SELECT bool_or(email LIKE '%@%') FROM lake.events.by_reader", TRUE, TRUE, TRUE, FALSE, FALSE),
    ("SELECT count(*) > 0 FROM lake.events.raw", TRUE, *[NO_PASSTHROUGH] * 4),
    # Raw SQL and functions.
    (PASSTHROUGH.format("sales"), OK, *[NO_PASSTHROUGH] * 4),
    (PASSTHROUGH.format("marketing"), OK, *[cannot("execute function marketing.system.query")] * 4),
    ("CALL sales.system.execute('SELECT 1')", No("Failed to execute query"),
        *[cannot("execute procedure sales.system.execute")] * 4),
    ("SELECT count(*) FROM TABLE(sequence(1, 2))", *[Rows(((2,),))] * 5),
    # Writing. Admin's writes to a domain's database are refused by PostgreSQL, whose role only reads.
    ("INSERT INTO sales.public.orders SELECT * FROM sales.public.orders", READ_ONLY,
        *[cannot("insert into table sales.public.orders")] * 2, No("Access Denied"),
        cannot("insert into table sales.public.orders")),
    ("DELETE FROM sales.public.orders", READ_ONLY, *[cannot("delete from table sales.public.orders")] * 4),
    ("CREATE TABLE sales.public.mine (x int)", READ_ONLY, *[cannot("create table sales.public.mine")] * 4),
    ("DROP TABLE sales.public.orders", READ_ONLY, *[cannot("drop table sales.public.orders")] * 4),
    ("ALTER TABLE sales.public.orders ADD COLUMN x int", READ_ONLY,
        *[cannot("add a column to table sales.public.orders")] * 4),
    ("CREATE SCHEMA sales.mine", READ_ONLY, *[cannot("create schema sales.mine")] * 4),
    ("CREATE VIEW lake.sales.mine AS SELECT 1 AS x", UNTRIED, *[cannot("create view lake.sales.mine")] * 4),
    ("CREATE TABLE lake.sales.mine AS SELECT 1 AS x", UNTRIED, *[cannot("create table lake.sales.mine")] * 4),
    ("CREATE TABLE lake.events.mine (x int) WITH (format = 'PARQUET', external_location = 's3://none/')", UNTRIED,
        *[cannot("create table lake.events.mine")] * 4),
    ("DROP VIEW lake.events.raw", UNTRIED, *[cannot("drop view lake.events.raw")] * 4),
    ("DROP TABLE lake.sales.of_sales", UNTRIED, *[cannot("drop table lake.sales.of_sales")] * 4),
    ("INSERT INTO lake.sales.of_sales VALUES 1", UNTRIED,
        *[cannot("insert into table lake.sales.of_sales")] * 4),
    ("CREATE SCHEMA lake.mine", UNTRIED, *[cannot("create schema lake.mine")] * 4),
    ("COMMENT ON TABLE lake.sales.of_sales IS 'x'", UNTRIED,
        *[cannot("comment table to lake.sales.of_sales")] * 4),
    *((f"CALL {name}.system.flush_metadata_cache()", OK,
        *[cannot(f"execute procedure {name}.system.flush_metadata_cache")] * 4) for name in ("lake", "sales")),
    ("SET SESSION lake.non_transactional_optimize_enabled = true", OK,
        *[cannot("set catalog session property non_transactional_optimize_enabled")] * 4),
    ("CREATE CATALOG mine USING memory", No("."), *[cannot("create catalog mine")] * 4),
    # The machine room, and becoming someone else.
    ("SELECT count(*) > 0 FROM system.runtime.queries", TRUE,
        *[cannot("select from table system.runtime.queries")] * 4),
    ("SELECT count(*) > 0 FROM system.runtime.nodes", TRUE, *[cannot("select from table system.runtime.nodes")] * 4),
    ("SELECT count(*) > 0 FROM system.runtime.tasks", TRUE, *[cannot("select from table system.runtime.tasks")] * 4),
    ("SELECT catalog_name FROM system.metadata.catalogs WHERE catalog_name = 'marketing'",
        names("marketing"), names("marketing"), NONE, names("marketing"), names("marketing")),
    ("SELECT table_name FROM system.metadata.table_comments WHERE catalog_name = 'sales' AND schema_name = 'public' "
        "AND table_name = 'orders'", names("orders"), names("orders"), names("orders"), NONE, names("orders")),
    # The limits that keep one from stopping the others.
    ("SET SESSION query_max_execution_time = '9d'", OK,
        *[cannot("set system session property query_max_execution_time")] * 4),
    ("SET SESSION query_priority = 9", OK, *[cannot("set system session property query_priority")] * 4),
    ("SET SESSION allow_pushdown_into_connectors = false", OK,
        *[cannot("set system session property allow_pushdown_into_connectors")] * 4),
    ("SET SESSION join_distribution_type = 'BROADCAST'", *[OK] * 5),
    ("CALL system.runtime.kill_query('20200101_000000_00000_aaaaa', 'x')", No("Target query not found"),
        *[cannot("execute procedure system.runtime.kill_query")] * 4),
    ("SET SESSION AUTHORIZATION admin", OK, *[No("Access Denied: User .* cannot impersonate user admin")] * 4),
    ("CREATE ROLE mine", *[cannot("create role mine")] * 5),
    ("GRANT SELECT ON lake.sales.of_sales TO USER nobody", UNTRIED,
        *[cannot("grant privilege SELECT on table lake.sales.of_sales")] * 4),
)
# fmt: on


@dataclass(frozen=True)
class Case:
    """One cell of the table."""

    person: str
    statement: str
    expected: Expected


def cases(people: Sequence[str] = PEOPLE, matrix: Iterable[Sequence[Any]] = MATRIX) -> Iterator[Case]:
    """Every cell. Those where admin would change something for the others are left out."""
    for statement, *expected in matrix:
        for person, answer in zip(people, expected, strict=True):
            if answer is not UNTRIED:
                yield Case(person, statement, answer)
        yield Case("nobody", statement, cannot("execute query"))


def problem(case: Case, run: Callable[[str, str], list[tuple[object, ...]]]) -> str | None:
    """What `run(person, statement)`, which returns rows or raises, does otherwise than expected; None when nothing."""
    try:
        rows = [tuple(row) for row in run(case.person, case.statement)]
    except Exception as error:  # whatever the client raises is the server's answer
        if isinstance(case.expected, No) and re.search(case.expected.message, str(error)):
            return None
        return f"{case.person} was refused `{case.statement}`: {error}; expected: {case.expected}"
    if isinstance(case.expected, No):
        return f"{case.person} was allowed `{case.statement}`, expected: {case.expected.message}"
    if isinstance(case.expected, Rows) and sorted(rows, key=repr) != sorted(case.expected.rows, key=repr):
        return f"{case.person} got {rows[:5]} for `{case.statement}`, expected: {case.expected.rows}"
    return None
