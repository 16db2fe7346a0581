"""The page of the running mesh: each number on it is asked of the servers again, by queries of this test's own."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import psycopg2
import pytest
import yaml

from tests.stack.checkout import Checkout, Door, leaks
from tests.stack.page_figures import Figures

ADMIN = "admin"
LATE = 15 * 60
"""Seconds that may lie between the page and the question here."""
BEHIND = {"sales.customer_revenue.last_order_at": "(SELECT max(ordered_at) FROM orders)"}
"""What dates and times are compared with, where that is not the clock."""
TIMES = {
    "campaigns": "start_date", "customer_events": "event_date", "customers": "created_at", "leads": "captured_at",
    "orders": "ordered_at", "visits": "seen_on",
}  # fmt: skip
"""By table, the time that its chart counts by."""
COMPARED = {
    "allowed", "bad-runs", "budget", "bytes", "chart", "checks", "columns", "cost", "domains", "failed", "failed-now",
    "files", "kept", "lag", "newest", "passed", "people", "personal", "ports", "products", "promised", "questions",
    "rows", "runs", "unchecked", "unchecked-now", "asked",
}  # fmt: skip
"""The kinds of figures that this file asks again, or counts in files."""
Ask = Callable[[str, str], Any]


@pytest.fixture(scope="module")
def text(mesh: Checkout) -> str:
    """The page, as the command writes it, of a mesh whose contracts were checked."""
    checked = mesh.python("-m", "commands.contracts")
    assert "checks" in checked.stdout, checked.stderr
    assert mesh.python("-m", "catalogue").returncode == 0
    return (mesh.local / "catalogue.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> Figures:
    return Figures(text)


@pytest.fixture(scope="module")
def outputs(mesh: Checkout) -> dict[str, Any]:
    return mesh.outputs()


@pytest.fixture(scope="module")
def ask(mesh: Checkout, door: Door, outputs: dict[str, Any]) -> Iterator[Ask]:
    """One value: of PostgreSQL as the administrator of a domain's database, of the lake as Trino's administrator."""
    connections: dict[str, psycopg2.extensions.connection] = {}
    for domain, said in outputs["domains"].items():
        connections[domain] = psycopg2.connect(
            host=said["host"],
            port=int(said["port"]),
            dbname=said["database"],
            options="-c timezone=UTC",
            sslmode="verify-full",
            sslrootcert=str(mesh.folder / outputs["databaseCa"]),
            **outputs["credentials"]["databases"][domain]["admin"],
        )
        connections[domain].autocommit = True

    def one(domain: str, query: str) -> Any:
        if domain == "events":
            ((value,),) = door.rows(ADMIN, query)
            return value
        with connections[domain].cursor() as cursor:
            cursor.execute(query)
            ((value,),) = cursor.fetchall()
        return value

    yield one
    for connection in connections.values():
        connection.close()


def test_the_page_has_no_gap_no_secret_and_no_figure_that_is_not_asked_again(
    page: Figures, text: str, secrets: set[str]
):
    assert leaks(text, secrets) == 0
    assert {name.partition(":")[0] for name in page.values} <= COMPARED, "asked again nowhere, or a gap"


def place(product: str) -> tuple[str, str]:
    """Where a product is asked: the domain, and the name of the table there."""
    domain, _, table = product.partition(".")
    return domain, f'lake.events."{table}"' if domain == "events" else f'public."{table}"'


def test_rows_are_those_that_the_servers_count(page: Figures, ask: Ask):
    found = page.of("rows")
    assert len(found) > 7
    for product, rows in found.items():
        domain, table = place(product)
        assert int(rows) == ask(domain, f"SELECT count(*) FROM {table}"), product
    assert int(page.values["rows"]) == sum(map(int, found.values()))


def test_sizes_are_those_of_tables_with_indexes_and_of_the_lakes_files(page: Figures, ask: Ask):
    found = page.of("bytes")
    assert int(page.values["bytes"]) == sum(map(int, found.values()))
    files = '(SELECT DISTINCT "$path" AS path, "$file_size" AS size FROM lake.events.customer_events)'
    assert int(found.pop("events.customer_events")) == ask("events", f"SELECT sum(size) FROM {files}")
    assert int(page.of("files")["events.customer_events"]) == ask("events", f"SELECT count(*) FROM {files}")
    for product, size in found.items():
        domain, table = place(product)
        assert int(size) == ask(domain, f"SELECT pg_total_relation_size('{table}')"), product


def test_newest_values_and_their_lags_are_those_of_the_tables(page: Figures, ask: Ask):
    found = page.of("newest")
    assert len(found) >= 6
    for name, newest in found.items():
        product, _, column = name.rpartition(".")
        domain, table = place(product)
        stored = f'(SELECT CAST(max("{column}") AS timestamp) FROM {table})'
        said = str(ask(domain, f"SELECT CAST(date_trunc('second', {stored}) AS varchar)"))
        assert newest[:19] == said[:19], name
        behind = BEHIND.get(name, "CAST(now() AS timestamp)")
        lag = (
            f"date_diff('second', {stored}, {behind})"
            if domain == "events"
            else f"extract(epoch FROM {behind} - {stored})"
        )
        assert 0 <= float(ask(domain, f"SELECT {lag}")) - float(page.of("lag")[name]) < LATE, name
    assert (page.values["kept"], page.values["promised"]) == ("1", "1")


def test_charts_show_what_tables_have(page: Figures, ask: Ask, door: Door):
    charts: dict[tuple[str, str], dict[str, float]] = {}
    for name, value in page.of("chart").items():
        domain, title, label = name.split(":", 2)
        charts.setdefault((domain, title), {})[label] = float(value)
    revenue = charts.pop(("", "Revenue by campaign"))
    joined = door.rows(
        ADMIN,
        "SELECT coalesce(t.campaign_name, 'no campaign'), CAST(sum(r.revenue) AS double) "
        "FROM sales.public.customer_revenue r LEFT JOIN marketing.public.lead_first_touch t USING (email) GROUP BY 1",
    )
    assert revenue == {campaign: usd for campaign, usd in joined}
    assert len(charts) >= 3
    for (domain, title), bars in charts.items():
        ((table, way, column),) = re.findall(r"^(\w+) (over|by) (\w+)$", title)
        asked, where = place(f"{domain or 'events'}.{table}")
        if way == "by":
            conditions = [(label, f"coalesce(CAST(\"{column}\" AS varchar), 'no value') = '{label}'") for label in bars]
        else:
            moment = f'CAST("{TIMES[table]}" AS timestamp)'
            between = "{0} >= TIMESTAMP '{1}' AND {0} < TIMESTAMP '{2}'"
            periods = pairwise([*sorted(bars), "9999-01-01 00:00:00"])
            conditions = [(at, between.format(moment, at, after)) for at, after in periods]
        for label, condition in conditions:
            assert bars[label] == ask(asked, f"SELECT count(*) FROM {where} WHERE {condition}"), f"{title}: {label}"
        all_rows = "count(*)" if way == "by" else f"count({TIMES[table]})"
        assert sum(bars.values()) == ask(asked, f"SELECT {all_rows} FROM {where}"), title


def test_products_columns_and_people_are_those_of_the_mesh(
    page: Figures, ask: Ask, mesh: Checkout, outputs: dict[str, Any]
):
    domains = list(outputs["domains"])
    contracts = [
        yaml.safe_load((mesh.folder / f"domains/{name}/contract.yaml").read_text()) for name in [*domains, "events"]
    ]
    tables = [table for contract in contracts for table in contract["schema"]]
    columns = [column for table in tables for column in table["properties"]]
    assert int(page.values["domains"]) == len(domains)
    assert int(page.values["products"]) == len(tables)
    assert int(page.values["columns"]) == len(columns)
    assert int(page.values["personal"]) == sum(column["classification"] == "personal" for column in columns)
    assert int(page.values["people"]) == sum(map(bool, outputs["people"].values()))
    there = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'"
    stored = sum(ask(domain, there) for domain in domains)
    stored += ask("events", "SELECT count(*) FROM lake.information_schema.columns WHERE table_schema = 'events'")
    assert stored == len(columns)


def test_verdicts_are_those_of_the_last_run(page: Figures, mesh: Checkout):
    lines = [json.loads(line) for line in (mesh.local / "contracts-local.jsonl").read_text().splitlines() if line]
    last = [line for line in lines if "check" in line and line["at"] == lines[-1]["at"]]
    assert int(page.values["checks"]) == len(last) > 100
    for kind, outcome in (("passed", "passed"), ("failed", "failed"), ("unchecked", "not checked")):
        every = [line["check"].partition(" ")[0] for line in last if line["outcome"] == outcome]
        assert int(page.values.get(kind, 0)) == len(every)
        for product, count in page.of(kind).items():
            assert int(count) == every.count(product), f"{product}: {outcome}"


def test_the_cost_is_that_of_make_cost_and_its_parts_are_the_whole(page: Figures, mesh: Checkout):
    said = mesh.must(".venv/bin/python", "-m", "commands.cost", "--stack", "local")
    ((monthly, whole),) = re.findall(r"^total +([\d.]+) +([\d.]+)", said, re.MULTILINE)
    found = {name: float(value) for name, value in page.of("cost").items()}
    months = {name: usd for name, usd in found.items() if name.isdecimal()}
    assert f"{found['all']:.2f}" == whole and f"{found['1']:.2f}" == monthly
    assert sum(months.values()) == pytest.approx(found["all"])
    for number, usd in months.items():
        assert sum(part for name, part in found.items() if name.startswith(f"{number}:")) == pytest.approx(usd)
    assert float(page.values["cost"]) == max(months.values())


def test_each_reader_sees_the_sample_row_that_the_page_shows(page: Figures, door: Door):
    asked = 0
    keys = {"sales.orders": "order_id", "sales.customers": "customer_id", "sales.customer_revenue": "customer_id",
            "marketing.leads": "lead_id", "events.customer_events": "event_id"}  # fmt: skip
    for (product, column, person), (kind, shown) in page.cells.items():
        if product not in keys or "value" not in kind:
            continue
        domain, _, table = product.partition(".")
        address = f"lake.events.{table}" if domain == "events" else f"{domain}.public.{table}"
        key = page.cells[product, keys[product], person][1]
        query = f"SELECT CAST({column} AS varchar) FROM {address} WHERE CAST({keys[product]} AS varchar) = '{key}'"
        ((seen,),) = door.rows(person, query)
        assert str(seen)[:19] == shown[:19], f"{person} sees another {column} of {product}"
        asked += 1
    assert asked > 40


def test_who_is_no_own_analyst_sees_pseudonyms_and_no_name(page: Figures):
    clear = {
        key[:2]: shown for key, (_, shown) in page.cells.items() if key[2] == f"{key[0].partition('.')[0]}-analyst"
    }
    masked = {key: shown for key, (kind, shown) in page.cells.items() if "masked" in kind and "value" in kind}
    assert len(masked) >= 4
    for (product, column, person), shown in masked.items():
        own = clear[product, column]
        assert own not in shown, f"{person} sees {product}.{column} in clear"
        if column.endswith("email"):
            assert shown.rstrip() == hashlib.sha256(own.rstrip().lower().encode()).hexdigest()[:32]
