"""The figures of a running mesh's page: each is asked again by SQL written here, each sample as its reader asks."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from catalogue.model import Catalogue
from catalogue.page import render
from tests.federated_truth import records, sample_answer
from tests.sample import MARKETING, SALES
from tests.stack.access_matrix import OWN
from tests.stack.checkout import Checkout, Door
from tests.stack.collected import collected, owner, product, sample, texts


@pytest.fixture(scope="module")
def times() -> list[datetime]:
    """Before and after the catalogue was made."""
    return []


@pytest.fixture(scope="module")
def catalogue(mesh: Checkout, tmp_path_factory: pytest.TempPathFactory, times: list[datetime]) -> Catalogue:
    """The catalogue of the mesh as it is."""
    times.append(datetime.now(UTC))
    made = collected(mesh, tmp_path_factory.mktemp("catalogue") / "pickled")
    times.append(datetime.now(UTC))
    return made


def test_everything_is_answered_and_all_products_of_the_contracts_are_there(catalogue: Catalogue):
    assert catalogue.gaps == ()
    assert [domain.name for domain in catalogue.domains] == sorted([OWN, MARKETING, SALES])
    assert {each.id for each in catalogue.products} >= {
        "sales.customers", "sales.orders", "sales.customer_revenue", "marketing.campaigns", "marketing.leads",
        "marketing.lead_first_touch", f"{OWN}.receipts", f"{OWN}.refunds", f"{OWN}.quotes", "events.customer_events",
    }  # fmt: skip


def test_rows_of_each_product_are_those_that_trino_counts(catalogue: Catalogue, door: Door):
    for each in catalogue.products:
        assert [(each.rows,)] == door.rows("admin", f"SELECT count(1) FROM {each.address}"), each.id


def test_sizes_are_those_of_tables_with_indexes_and_of_the_lakes_files(catalogue: Catalogue, mesh: Checkout):
    for each in catalogue.products:
        if each.kind == "table":
            query = f"SELECT pg_table_size('{each.name}') + pg_indexes_size('{each.name}')"
            assert each.bytes == owner(mesh, each.domain, query), each.id
        elif each.kind == "view":
            assert each.bytes is None
    listed = mesh.must(
        ".venv/bin/python",
        "-c",
        "import json; from client.stack import read_stack; s = read_stack(); l = s.lake\n"
        "print(json.dumps([o['Size'] for o in s.s3().list_objects_v2(Bucket=l.bucket, Prefix='events/')['Contents']]))",
    )
    events = product(catalogue, "events.customer_events")
    assert (events.files, events.bytes) == (len(json.loads(listed)), sum(json.loads(listed))) and events.bytes


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("sales.orders", "ordered_at"),
        ("sales.customers", "created_at"),
        ("marketing.leads", "captured_at"),
        ("marketing.campaigns", "end_date"),
        ("events.customer_events", "event_date"),
    ],
)
def test_newest_values_are_those_of_the_sample_and_as_old_as_the_clock_says(
    catalogue: Catalogue, times: list[datetime], name: str, column: str
):
    found = next(each for each in product(catalogue, name).freshness if each.column == column)
    newest = max(datetime.fromisoformat(record[column]) for record in records(*name.split(".")))
    assert found.newest == f"{newest:%Y-%m-%d %H:%M:%S}"
    assert found.lag is not None and found.allowed is None and not found.late
    asked = newest.replace(tzinfo=UTC) + timedelta(seconds=found.lag)
    assert times[0] <= asked <= times[1]


def test_a_promised_latency_is_compared_with_what_the_contract_names(catalogue: Catalogue):
    (found,) = product(catalogue, "sales.customer_revenue").freshness
    assert (found.lag, found.behind, found.allowed, found.late) == (0, "orders.ordered_at", 0, False)


def test_the_queries_beside_figures_give_these_figures_when_they_are_typed(
    catalogue: Catalogue, mesh: Checkout, door: Door
):
    for each in catalogue.products:
        asked = [(each.rows, each.rows_source), *((fresh.newest, fresh.source) for fresh in each.freshness)]
        asked += [(each.bytes, each.bytes_source)] if each.kind == "table" else []
        for figure, source in asked:
            assert source is not None
            if source.server == "PostgreSQL":
                assert owner(mesh, each.domain, source.query) == figure, source.query
            else:
                assert door.rows(source.login, source.query) == [(figure,)], source.query


def test_charts_are_what_the_sample_files_add_up_to(catalogue: Catalogue, door: Door):
    charts = {chart.title: chart for chart in catalogue.charts}
    revenue: dict[str, Decimal] = {}
    for *_, amount, campaign in sample_answer():
        revenue[campaign or "no campaign"] = revenue.get(campaign or "no campaign", Decimal(0)) + amount
    assert {name: Decimal(str(usd)) for name, usd in charts["Revenue by campaign"].rows} == revenue
    assert charts["Revenue by campaign"].unit == "currencyUSD"
    for title, query in (
        ("orders over time", "SELECT date_trunc('month', ordered_at), count(*) FROM sales.public.orders GROUP BY 1"),
        ("leads over time", "SELECT date_trunc('month', captured_at), count(*) FROM marketing.public.leads GROUP BY 1"),
        ("customer_events by event_type", "SELECT event_type, count(*) FROM lake.events.customer_events GROUP BY 1"),
    ):
        expected = {str(label)[:19]: float(str(rows)) for label, rows in door.rows("admin", query)}
        assert dict(charts[title].rows) == expected and len(expected) > 1, title
    assert {chart.source.login for chart in catalogue.charts} == {
        "grafana", "sales_grafana", "marketing_grafana", *([f"{OWN}_grafana"] if _of(catalogue, OWN) else []),
    }  # fmt: skip


def _of(catalogue: Catalogue, domain: str) -> bool:
    return any(chart.domain == domain for chart in catalogue.charts)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("sales.customers", "SELECT customer_id, customer_name, email, phone, CAST(created_at AS varchar) FROM "
            "sales.public.customers WHERE customer_id = 1"),
        (f"{OWN}.receipts", f"SELECT receipt_id, country, amount, payer_name, payer_email, payer_phone, tax_number "
            f"FROM {OWN}.public.receipts WHERE country = 'FR' ORDER BY receipt_id LIMIT 1"),
        (f"{OWN}.refunds", f"SELECT * FROM {OWN}.public.refunds WHERE country = 'FR' AND amount < 60 "
            "ORDER BY refund_id LIMIT 1"),
        ("sales.orders", "SELECT order_id, customer_id, total_amount, CAST(ordered_at AS varchar) FROM "
            "sales.public.orders WHERE order_id = 1"),
    ],
)  # fmt: skip
def test_a_sample_is_what_its_reader_gets_and_the_same_row_for_all(
    catalogue: Catalogue, door: Door, name: str, query: str
):
    for seen in product(catalogue, name).samples:
        if seen.reader == "grafana":
            continue  # which may not name every column: the next test
        try:
            ((*expected,),) = door.rows(seen.person, query)
        except RuntimeError as refused:
            assert seen.cells == () and seen.refusal == str(refused), seen
        else:
            assert texts(seen) == [None if each is None else str(each) for each in expected], seen
            assert seen.refusal is None


def test_readers_are_the_own_analyst_each_consumer_an_outsider_and_grafana(catalogue: Catalogue):
    readers = {
        name: [(seen.reader, seen.domain) for seen in product(catalogue, name).samples]
        for name in ("sales.customers", "sales.orders", f"{OWN}.receipts", f"{OWN}.quotes", "events.customer_events")
    }
    assert readers == {
        "sales.customers": [("owner", SALES), ("consumer", MARKETING), ("outsider", OWN), ("grafana", "")],
        "sales.orders": [("owner", SALES), ("outsider", OWN), ("grafana", "")],
        f"{OWN}.receipts": [("owner", OWN), ("consumer", MARKETING), ("consumer", SALES), ("grafana", "")],
        f"{OWN}.quotes": [("owner", OWN), ("outsider", MARKETING), ("grafana", "")],
        "events.customer_events": [("owner", OWN), ("grafana", "")],
    }
    (ended,) = product(catalogue, f"{OWN}.quotes").consumers
    assert ended.ended and ended.until == "2020-01-31" and not product(catalogue, f"{OWN}.quotes").output_port


def test_grafana_sees_pseudonyms_and_is_refused_the_rest(catalogue: Catalogue):
    seen = sample(catalogue, "sales.customers", "grafana")
    assert [cell.kind for cell in seen.cells] == ["value", "closed", "value", "closed", "value"]
    assert seen.cells[2].text == "ff8d9819fc0e12bf0d24892e45987e24", "the pseudonym of alice@example.com"
    assert seen.refusal == "Access Denied: Cannot select from table sales.public.customers"


def test_a_clear_personal_value_is_on_the_page_only_where_its_own_analyst_sees_it(catalogue: Catalogue):
    personal = {
        record[column]
        for domain, table, column in (
            ("sales", "customers", "email"), ("sales", "customers", "customer_name"), ("sales", "customers", "phone"),
            ("marketing", "leads", "email"),
        )
        for record in records(domain, table)
        if record[column]
    }  # fmt: skip
    personal |= {each.lower() for each in personal}
    own = [text for each in catalogue.products for text in texts(each.samples[0]) if each.samples[0].reader == "owner"]
    assert personal & set(own), "the own analysts see some: else this proves nothing"

    def without_own(domain: Any) -> Any:
        products = (
            replace(each, samples=tuple(seen for seen in each.samples if seen.reader != "owner"))
            for each in domain.products
        )
        return replace(domain, products=tuple(products))

    others = replace(catalogue, domains=tuple(map(without_own, catalogue.domains)), lake=without_own(catalogue.lake))
    page = unescape(render(others))
    assert "ff8d9819fc0e12bf0d24892e45987e24" in page
    assert not [value for value in personal if value in page]


def test_lineage_is_what_views_are_made_of_and_what_queries_join(catalogue: Catalogue):
    assert {(edge.source, edge.target) for edge in catalogue.edges} == {
        ("marketing.campaigns", "marketing.lead_first_touch"),
        ("marketing.leads", "marketing.lead_first_touch"),
        ("sales.customers", "sales.customer_revenue"),
        ("sales.orders", "sales.customer_revenue"),
    }
    both = ("marketing.lead_first_touch", "sales.customer_revenue")
    found = {query.name: query for query in catalogue.queries if query.kind != "log"}
    assert {name: query.reads for name, query in found.items()} == {
        "examples/federated_query.sql": both,
        "Revenue by campaign": both,
    }
    asked = found["examples/federated_query.sql"]
    assert asked.asked >= 1 and asked.last, "`make up` asked it"


def test_the_verdicts_are_those_of_the_history_that_make_contracts_keeps(mesh: Checkout, catalogue: Catalogue):
    lines = [json.loads(line) for line in (mesh.local / "contracts-local.jsonl").read_text().splitlines() if line]
    runs = {line["at"].removesuffix(" UTC"): line for line in lines if "checks" in line}
    for run in catalogue.runs:
        assert run.passed + run.failed + run.not_checked == runs[run.at]["checks"]
        assert run.failed + run.not_checked == runs[run.at]["failed"]
    last = catalogue.runs[-1].at
    of_orders = {
        line["check"].partition(": ")[2]
        for line in lines
        if line["at"] == f"{last} UTC" and line.get("check", "").startswith("sales.orders ")
    }
    assert {check.what for check in product(catalogue, "sales.orders").checks} == of_orders and of_orders
