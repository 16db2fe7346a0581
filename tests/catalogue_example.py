"""A catalogue made by hand from the sample; `tests/catalogue_at_its_worst.py` has harder ones."""

import typing
from dataclasses import replace
from typing import Literal

from catalogue.model import Catalogue, Chart, Connection, Cost, Domain, Edge, Gap, Month, Query
from catalogue.product import Cell, Check, Column, Consumer, Freshness, Product, Run, Sample, Source
from mesh.contracts import model as contracts
from mesh.contracts.read import read_contracts, read_shared_contract
from tests.federated_truth import records
from tests.sample import DOMAINS_FOLDER, MARKETING, SALES

_PASSED = 60
_ROWS = {"customers": 8, "orders": 13, "customer_revenue": 8, "campaigns": 2, "leads": 11, "lead_first_touch": 8}
_BYTES = {"customers": 65_536, "orders": 57_344, "campaigns": 24_576, "leads": 73_728, "customer_events": 2_468}
_CLEAR = {
    "customers": ("1", "Alice Johnson", "alice@example.com", "555-1001", "2024-01-08 09:12:00.000000 UTC"),
    "orders": ("1", "1", "120.00", "2024-03-05 10:15:00.000000 UTC"),
    "customer_revenue": ("1", "Alice Johnson", "alice@example.com", "3", "419.99", "2024-11-29 20:48:00.000000 UTC"),
    "campaigns": ("1", "Spring Sale 2024", "50000.00", "2024-03-01", "2024-03-31"),
    "leads": ("1", "alice@example.com", "1", "2024-03-02 10:00:00.000000 UTC"),
    "lead_first_touch": ("alice@example.com", "1", "Spring Sale 2024", "2024-03-02 10:00:00.000000 UTC"),
    "customer_events": ("evt-0001", "1", "signup", "2024-01-08"),
}
_MASKED = {"email": "3c1e3f5d0a6b7c8d9e0f1a2b3c4d5e6f", "name": "A***", "phone": "***01"}
_TIMES = ("date", "timestamp")


def example() -> Catalogue:
    """What the sample's mesh could have answered, with a gap and a failed check in it."""
    said = {**read_contracts(DOMAINS_FOLDER, (SALES, MARKETING)), "events": read_shared_contract(DOMAINS_FOLDER)}
    owners = {name: _domain(str(name), contract) for name, contract in said.items()}
    view = _sql("sales", "dm_admin", "SELECT … FROM pg_depend …")
    return Catalogue(
        stack="local",
        local=True,
        asked_at="2026-11-27 14:40:00",
        address="127.0.0.1:8443",
        person="sales-analyst",
        domains=(owners[MARKETING], owners[SALES]),
        lake=owners["events"],
        edges=(
            Edge(source="marketing.campaigns", target="marketing.lead_first_touch", evidence=view),
            Edge(source="marketing.leads", target="marketing.lead_first_touch", evidence=view),
            Edge(source="sales.customers", target="sales.customer_revenue", evidence=view),
            Edge(source="sales.orders", target="sales.customer_revenue", evidence=view),
        ),
        queries=_queries(),
        charts=_charts(),
        runs=(Run(at="2026-11-26 10:00:00", passed=188, failed=0, not_checked=0),
              Run(at="2026-11-27 09:00:00", passed=185, failed=2, not_checked=1),
              Run(at="2026-11-27 14:30:00", passed=187, failed=1, not_checked=0)),
        cost=_cost(),
        connections=_connections(),
        gaps=(Gap(kind="question", place="Revenue by campaign", why="Trino does not answer at https://127.0.0.1:8443"),),
    )  # fmt: skip


def _domain(name: str, contract: contracts.Contract) -> Domain:
    lake = name == "events"
    return Domain(
        name=name,
        owner=contract.owner,
        purpose=contract.purpose,
        address="datamesh-datalake-local/events/" if lake else "127.0.0.1:5432",
        catalog="lake" if lake else name,
        people=("admin", "marketing-analyst", "sales-analyst") if lake else ("admin", f"{name}-analyst"),
        products=tuple(_product(name, table, lake) for table in contract.tables),
    )


def _product(domain: str, table: contracts.Table, lake: bool) -> Product:
    failed = table.name == "leads"
    checks = (
        Check(what="key", server="PostgreSQL", outcome="failed" if failed else "passed", since="2026-11-26 10:00:00"),
        Check(what="There are rows.", server="Trino", outcome="passed", since="2026-11-26 10:00:00"),
    )
    view = table.kind != "table"
    return Product(
        id=f"{domain}.{table.name}",
        domain=domain,
        name=table.name,
        kind="lake" if lake else "view" if view else "table",
        address=f"lake.events.{table.name}" if lake else f"{domain}.public.{table.name}",
        description=table.description,
        columns=tuple(_column(table, column) for column in table.columns),
        undocumented=("note",) if table.name == "orders" else (),
        consumers=tuple(_consumer(table, publication) for publication in table.published),
        rows=16 if lake else _ROWS[table.name],
        rows_source=_sql(domain, "dm_admin", f'SELECT count(*) FROM public."{table.name}"'),
        bytes=None if view else _BYTES[table.name],
        bytes_source=None if view else _sql(domain, "dm_admin", f"SELECT pg_total_relation_size('{table.name}')"),
        files=1 if lake else None,
        freshness=tuple(_freshness(domain, table, c) for c in table.columns if c.logical_type in _TIMES),
        samples=tuple(_samples(domain, table, lake)),
        checks=checks,
        runs=tuple(
            Run(at=f"2026-11-{day} 10:00:00", passed=_PASSED - day % 3, failed=day % 3, not_checked=0)
            for day in range(18, 28)
        ),
    )


def _column(table: contracts.Table, column: contracts.Column) -> Column:
    return Column(
        name=column.name,
        logical_type=column.logical_type,
        physical_type=column.physical_type,
        found_type=column.physical_type,
        description=column.description,
        key=table.key.index(column.name) + 1 if column.name in table.key else 0,
        required=column.required,
        unique=column.unique,
        mask=column.mask,
        allowed=tuple(map(str, column.allowed)),
        references=column.references,
    )


def _consumer(table: contracts.Table, publication: contracts.Publication) -> Consumer:
    some = table.name == "customer_revenue"
    return Consumer(
        domain=str(publication.consumer),
        until="2027-06-30" if some else None,
        rows="revenue > 0" if some else None,
        ended=False,
    )


def _freshness(domain: str, table: contracts.Table, column: contracts.Column) -> Freshness:
    promised = column.name == "last_order_at"
    return Freshness(
        column=column.name,
        newest="2024-06-01 12:00:00",
        lag=0.0 if promised else 78_500_000.5,
        behind="orders.ordered_at" if promised else None,
        allowed=0 if promised else None,
        source=_sql(domain, "dm_admin", f'SELECT max("{column.name}") FROM public."{table.name}"'),
    )


def _samples(domain: str, table: contracts.Table, lake: bool) -> typing.Iterator[Sample]:
    denied = f"Access Denied: Cannot select from table {domain}.public.{table.name}"
    other = "marketing" if domain == "sales" else "sales"
    asked = f"SELECT * FROM {domain}.public.{table.name} LIMIT 1"
    yield _sample("owner", "marketing" if lake else domain, table, asked, own=True)
    if lake:
        yield _sample("grafana", "", table, asked, own=False)
    elif table.published:
        yield _sample("consumer", other, table, asked, own=False)
        yield _sample("grafana", "", table, asked, own=False)
    else:
        yield replace(_sample("outsider", other, table, asked, own=False), cells=(), refusal=denied)
        yield _sample("grafana", "", table, asked, own=False)


def _sample(
    reader: Literal["owner", "consumer", "outsider", "grafana"],
    domain: str,
    table: contracts.Table,
    query: str,
    *,
    own: bool,
) -> Sample:
    person = f"{domain}-analyst" if domain else "grafana"
    closed = [column.name for column in table.personal if reader == "grafana" and column.mask != "email"]
    cells = [
        Cell(kind="closed", masked=True)
        if column.name in closed
        else Cell(kind="value", text=value if own or not column.mask else _MASKED[column.mask], masked=bool(
            column.mask and not own
        ))
        for column, value in zip(table.columns, _CLEAR[table.name], strict=True)
    ]  # fmt: skip
    if reader == "consumer" and table.name == "customers":
        cells[-2] = Cell(kind="null", masked=True)
    refusal = f"Access Denied: Cannot select from columns [{', '.join(closed)}]" if closed else None
    source = Source(server="Trino", login=person, place=table.name, query=query)
    return Sample(reader=reader, domain=domain, person=person, cells=tuple(cells), refusal=refusal, source=source)


def _queries() -> tuple[Query, ...]:
    both = ("marketing.lead_first_touch", "sales.customer_revenue")
    explained = Source(server="Trino", login="admin", query="EXPLAIN (TYPE IO, FORMAT JSON) SELECT …")
    log = Source(server="log", place="queries.jsonl")
    return (
        Query(name="examples/federated_query.sql", kind="repository", reads=both, asked=3, last="2026-11-27 14:30:00",
              evidence=explained),
        Query(name="Revenue by campaign", kind="dashboard", reads=both, asked=0, last=None, evidence=explained),
        Query(name="admin, sales-analyst", kind="log", reads=("events.customer_events", "sales.customers"), asked=2,
              last="2026-11-27 13:00:00", evidence=log),
    )  # fmt: skip


def _charts() -> tuple[Chart, ...]:
    months: dict[str, float] = {}
    for order in records("sales", "orders"):
        month = f"{order['ordered_at'][:7]}-01 00:00:00"
        months[month] = months.get(month, 0) + 1
    grafana = Source(server="Trino", login="grafana", query="SELECT …")
    return (
        Chart(title="Revenue by campaign", description="What customers bought.", kind="bar", unit="currencyUSD",
              columns=("campaign", "revenue"), domain="", source=grafana,
              rows=(("Spring Sale 2024", 1039.99), ("Black Friday", 790.63), ("no campaign", 75.0))),
        Chart(title="Events by event_type", description="", kind="bar", unit="short", columns=("event_type", "rows"),
              rows=(("signup", 8), ("purchase", 7), ("newsletter", 1)), domain="", source=grafana),
        Chart(title="Rows of orders by ordered_at", description="", kind="time", unit="short",
              columns=("time", "rows"), rows=tuple(sorted(months.items())), domain="sales",
              source=_sql("sales", "sales_grafana", "SELECT …")),
        Chart(title="Rows of leads by captured_at", description="", kind="time", unit="short",
              columns=("time", "rows"), rows=(), domain="marketing",
              source=_sql("marketing", "marketing_grafana", "SELECT …")),
    )  # fmt: skip


def _cost() -> Cost:
    months = tuple(
        Month(
            number=number,
            label=f"2026-{number + 9}",
            domains=(("marketing", 18.91), ("sales", 18.91)),
            shared=33.75 if number < 3 else 1.6,
        )
        for number in (1, 2, 3)
    )
    source = Source(server="prices", place="us-east-1")
    return Cost(real=False, region="us-east-1", months=months, monthly_budget=66.67, budget=200.0, source=source)


def _connections() -> tuple[Connection, ...]:
    return (
        Connection(tool="certificate", language="shell", text="make authority > trino-ca.pem"),
        Connection(tool="password", language="shell", text="make password USER=sales-analyst"),
        Connection(tool="python", language="python", text="from trino.dbapi import connect\n\nconnect()"),
        Connection(tool="jdbc", language="text", text="jdbc:trino://127.0.0.1:8443?SSL=true"),
        Connection(tool="dbeaver", language="text", text="jdbc:trino://127.0.0.1:8443?SSL=true"),
        Connection(tool="cli", language="shell", text="trino --server https://127.0.0.1:8443 --user sales-analyst"),
        Connection(tool="make", language="shell", text="make sql USER=sales-analyst"),
        Connection(tool="notebook", language="shell", text="make notebook USER=sales-analyst"),
    )


def _sql(domain: str, login: str, query: str) -> Source:
    return Source(server="PostgreSQL", login=login, place=f"{domain}_db", query=query)
