"""Every query of every dashboard, asked as Grafana asks it: with what its pod has, of the seeded servers."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from commands.cluster_objects import objects
from tests.federated_truth import records, sample_answer
from tests.grafana.http import served
from tests.grafana.pods import lay_out
from tests.grafana.queries import Frame, undrawn
from tests.grafana.server import Grafana
from tests.stack.checkout import Checkout, Door

ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def grafana(mesh: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Browser"]:
    """A stand-in for Grafana with what the stack gives its pod, and a browser in which `admin` has logged in."""
    exported = objects(mesh.must("pulumi", "stack", "export", "--show-secrets"))
    pod = lay_out(exported, "grafana", tmp_path_factory.mktemp("grafana"))
    trino = urlsplit(mesh.outputs()["trino"]["url"])
    published = {("trino-coordinator", 8443): (str(trino.hostname), int(str(trino.port)))}
    server = Grafana(pod, lambda host, port: published.get((host, port), (host, port)))
    with served(server) as url:
        yield Browser(url, ("admin", pod.environment["GF_SECURITY_ADMIN_PASSWORD"]))


@dataclass
class Browser:
    """Grafana's HTTP interface, as its pages use it."""

    url: str
    login: tuple[str, str] | None

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, path: str, **said: Any) -> requests.Response:
        """The server's answer."""
        return self._session.request(method, f"{self.url}{path}", auth=self.login, timeout=120, **said)

    def get(self, path: str) -> Any:
        """The answer to a page's question."""
        return self._answered(self.call("GET", path))

    def ask(self, target: Mapping[str, Any]) -> Frame:
        """The frame that answers a query of a panel; RuntimeError with what the server says."""
        body = {"from": "2026-01-01T00:00:00Z", "to": "2026-12-31T00:00:00Z", "queries": [target]}
        answer = self.call("POST", "/api/ds/query", json=body)
        (result,) = answer.json()["results"].values()
        if "error" in result:
            raise RuntimeError(result["error"])
        return self._answered(answer)["results"][target["refId"]]["frames"][0]

    @staticmethod
    def _answered(answer: requests.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def boards(grafana: Browser) -> dict[str, dict[str, Any]]:
    """The dashboards that it lists, by the name of their file."""
    found = (grafana.get(f"/api/dashboards/uid/{each['uid']}")["dashboard"] for each in grafana.get("/api/search"))
    return {f"{board['uid']}.json": board for board in found}


@pytest.fixture(scope="module")
def ask(grafana: Browser) -> Callable[[dict[str, Any]], Rows]:
    """Answers a target of a panel with its rows; the servers refuse what Grafana may not read."""

    def answer(target: dict[str, Any]) -> Rows:
        frame = grafana.ask(target)
        kinds = [field["type"] for field in frame["schema"]["fields"]]
        columns = [
            [datetime.fromtimestamp(each / 1000, UTC) if each is not None else None for each in values]
            if kind == "time"
            else values
            for kind, values in zip(kinds, frame["data"]["values"], strict=True)
        ]
        return list(zip(*columns, strict=True))

    return answer


def test_each_panel_draws_what_its_query_answers(grafana: Browser, boards: dict[str, dict[str, Any]]):
    drawn: Counter[str] = Counter()
    for board in boards.values():
        for panel in board["panels"]:
            for target in panel["targets"]:
                if target["datasource"]["type"] != "cloudwatch":
                    assert not undrawn(panel, grafana.ask(target)), f"{board['title']}: {panel['title']}"
                    drawn[panel["type"]] += 1
    assert set(drawn) == {"table", "timeseries", "barchart", "stat"}, "a kind of panel was never looked at"


def test_grafana_lists_its_dashboards_and_begins_with_that_of_the_mesh(grafana: Browser, mesh: Checkout):
    domains = mesh.outputs()["domains"]
    listed = {each["uid"] for each in grafana.get("/api/search")}
    assert listed == {"mesh", *(f"domain-{name}" for name in domains)}
    assert grafana.get("/api/dashboards/home")["dashboard"]["uid"] == "mesh"
    assert grafana.get("/api/health") == {"database": "ok"}


@pytest.mark.parametrize("login", [None, ("admin", "admin"), ("admin", ""), ("grafana", "GF")])
def test_nobody_asks_without_the_password_of_the_stack(grafana: Browser, login: tuple[str, str] | None):
    stranger = Browser(grafana.url, login)
    for method, path in (("GET", "/api/search"), ("GET", "/api/dashboards/home"), ("POST", "/api/ds/query")):
        assert stranger.call(method, path, json={"queries": []}).status_code == 401, path


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
        with pytest.raises(RuntimeError, match="InsufficientPrivilege"):
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
