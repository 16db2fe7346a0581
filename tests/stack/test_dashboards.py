"""Every query of every dashboard, asked as Grafana asks it: with its own logins, of the seeded servers."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import psycopg2
import psycopg2.errors
import pytest

from k8s.grafana import dashboards
from mesh.contracts.read import read_contracts
from tests.federated_truth import records, sample_answer
from tests.sample import EVENTS
from tests.stack.checkout import Checkout, Door

ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def boards(mesh: Checkout) -> dict[str, dict[str, Any]]:
    """The dashboards of that mesh, by the name of their file."""
    domains = mesh.outputs()["domains"]
    said = dashboards.files(
        read_contracts(mesh.folder / "domains", domains),
        EVENTS,
        identifiers={name: domain["identifier"] for name, domain in domains.items()},
        region="us-east-1",
        monthly_usd=200,
    )
    return {name: json.loads(text) for name, text in said.items()}


@pytest.fixture(scope="module")
def ask(mesh: Checkout, door: Door) -> Iterator[Callable[[dict[str, Any]], Rows]]:
    """Answers a target of a panel; the servers refuse what Grafana may not read."""
    outputs = mesh.outputs()
    connections: dict[str, psycopg2.extensions.connection] = {}
    for domain, said in outputs["domains"].items():
        connections[f"postgresql-{domain}"] = connection = psycopg2.connect(
            host=said["host"],
            port=int(said["port"]),
            dbname=said["database"],
            sslmode="verify-full",
            sslrootcert=str(mesh.folder / outputs["databaseCa"]),
            **outputs["credentials"]["databases"][domain]["grafana"],
        )
        connection.autocommit = True

    def answer(target: dict[str, Any]) -> Rows:
        if target["datasource"]["uid"] == "trino":
            return door.rows("grafana", target["rawSQL"])
        with connections[target["datasource"]["uid"]].cursor() as cursor:
            cursor.execute(target["rawSql"])
            return cursor.fetchall()

    yield answer
    for connection in connections.values():
        connection.close()


def targets(boards: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every query to a database or to Trino, with the name of its panel."""
    for name, board in boards.items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                if target["datasource"]["type"] != "cloudwatch":
                    yield f"{name}: {panel['title']}", target


def of(boards: dict[str, dict[str, Any]], board: str, title: str) -> dict[str, Any]:
    return next(target for name, target in targets(boards) if name == f"{board}: {title}")


def test_every_query_is_answered_with_rows_and_without_an_address(
    boards: dict[str, dict[str, Any]], ask: Callable[[dict[str, Any]], Rows]
):
    asked = list(targets(boards))
    assert len(asked) >= 10, "there are more panels than that"
    for name, target in asked:
        rows = ask(target)
        assert rows and all(value is not None for row in rows for value in row), f"{name} shows nothing: {rows}"
        assert not ADDRESS.search(str(rows)), f"{name} shows an e-mail address"


def test_a_panel_that_wants_a_personal_column_is_refused_or_gets_pseudonyms(
    boards: dict[str, dict[str, Any]], ask: Callable[[dict[str, Any]], Rows]
):
    database, trino = of(boards, "domain-sales.json", "Rows"), of(boards, "mesh.json", "Revenue by campaign")
    for columns in ("email", "phone", "customer_name", "*", "customers"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(database | {"rawSql": f"SELECT {columns} FROM customers"})
    for columns in ("phone", "customer_name", "*"):
        with pytest.raises(RuntimeError, match="Access Denied"):
            ask(trino | {"rawSQL": f"SELECT {columns} FROM sales.public.customers"})
    shown = ask(trino | {"rawSQL": "SELECT email FROM sales.public.customers"})
    assert shown and all(re.fullmatch("[0-9a-f]{32}", value) for (value,) in shown)


def test_the_rows_of_a_table_are_those_of_the_sample(
    boards: dict[str, dict[str, Any]], ask: Callable[[dict[str, Any]], Rows]
):
    for domain, table in (("sales", "orders"), ("sales", "customers"), ("marketing", "leads")):
        shown = dict(ask(of(boards, f"domain-{domain}.json", "Rows")))
        assert shown[table] == len(records(domain, table)), table


def test_revenue_by_campaign_is_what_the_sample_files_add_up_to(
    boards: dict[str, dict[str, Any]], ask: Callable[[dict[str, Any]], Rows]
):
    expected: dict[str, Decimal] = {}
    for _, _, _, revenue, campaign in sample_answer():
        name = campaign or "no campaign"
        expected[name] = expected.get(name, Decimal(0)) + revenue
    shown = ask(of(boards, "mesh.json", "Revenue by campaign"))
    assert {name: Decimal(str(revenue)) for name, revenue in shown} == expected
    assert [revenue for _, revenue in shown] == sorted((revenue for _, revenue in shown), reverse=True)
    assert len(expected) > 2, "the sample has customers of two campaigns, and of none"


def test_charts_over_time_and_by_value_are_what_the_sample_files_add_up_to(
    boards: dict[str, dict[str, Any]], ask: Callable[[dict[str, Any]], Rows]
):
    for board, title, domain, table, column, length in (
        ("domain-sales.json", "orders over time", "sales", "orders", "ordered_at", 7),
        ("domain-marketing.json", "campaigns over time", "marketing", "campaigns", "start_date", 7),
        ("mesh.json", "customer_events over time", "events", "customer_events", "event_date", 7),
        ("mesh.json", "customer_events by event_type", "events", "customer_events", "event_type", 99),
    ):
        expected = Counter(record[column][:length] for record in records(domain, table))
        shown = ask(of(boards, board, title))
        assert {str(label)[:length]: rows for label, rows in shown} == expected, title
        order = [row[0] for row in shown] if length == 7 else [-int(row[1]) for row in shown]
        assert order == sorted(order) and len(shown) > 1, title


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        (["2024-03-01 23:30+00", "2024-03-02 00:30+02", "infinity"], ["2024-03-01"]),
        (["2024-03-01 12:00+00", "2024-05-30 12:00+00"], ["2024-03-01", "2024-05-30"]),
        (["2024-03-31 12:00+00", "2024-08-30 12:00+00", "2024-08-01 12:00+00"], ["2024-03-01", "2024-08-01"]),
        (["2001-03-31 12:00+00", "2024-08-30 12:00+00"], ["2001-01-01", "2024-01-01"]),
        ([], []),
    ],
)
def test_a_chart_over_time_is_by_day_month_or_year_in_utc(
    boards: dict[str, dict[str, Any]], ask: Callable[[dict[str, Any]], Rows], moments: list[str], expected: list[str]
):
    target = of(boards, "domain-sales.json", "orders over time")
    rows = " UNION ALL ".join(f"SELECT timestamptz '{each}'" for each in moments) or "SELECT now() WHERE false"
    asked = target["rawSql"].replace('public."orders"', f'({rows}) AS o ("ordered_at")')
    assert asked != target["rawSql"], "the chart reads another table"
    assert [str(time)[:10] for time, _ in ask(target | {"rawSql": asked})] == expected


def test_a_seeded_mesh_passes_every_check_that_its_dashboards_show(
    boards: dict[str, dict[str, Any]], ask: Callable[[dict[str, Any]], Rows]
):
    for domain in ("sales", "marketing"):
        rows = ask(of(boards, f"domain-{domain}.json", "Contract checks"))
        assert not [row for row in rows if row[-1] != 1]


def test_an_address_has_one_pseudonym_whatever_its_case(door: Door):
    spelled, people = door.rows(
        "admin", "SELECT count(DISTINCT email), count(DISTINCT lower(email)) FROM marketing.public.leads"
    )[0]
    assert spelled != people, "the sample has addresses that were typed in different cases"
    assert door.rows("grafana", "SELECT count(DISTINCT email) FROM marketing.public.leads") == [(people,)]
