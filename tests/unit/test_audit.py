"""What `make audit` shows: of people, unless the platform is asked for; by person and table; refusals too."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commands import audit, database_log, queries
from commands.database_log import Event
from components.database import DatabaseArgs
from k8s.trino import pod, query_log


def line(user: str, **changes: Any) -> str:
    kept = {"time": "2026-11-27T12:00:00.123Z", "user": user, "state": "FINISHED", "rows": 1, "message": ""}
    return json.dumps(
        kept | {"tables": {"sales.public.orders": ["id"]}, "sql": "SELECT id FROM sales.orders"} | changes
    )


DENIED = {"state": "REFUSED", "tables": {}, "message": "Access Denied: Cannot access catalog sales"}
LOG = (
    line("ada"),
    line("grafana"),
    line("admin", tables={"lake.events.customer_events": ["a"]}, sql="SELECT 1"),
    line("eve", **DENIED, sql='SELECT * FROM sales."public".orders'),
    line("ada")[:40],
)
EVERYTHING: dict[str, Any] = {"platform": True, "user": None, "table": None}


def who(**changes: Any) -> list[str]:
    return [found.user for found in audit.of_trino(queries.parse(LOG), **EVERYTHING | changes)]


def test_services_are_left_out_unless_asked_for_and_refusals_are_there():
    assert who() == ["ada", "grafana", "admin", "eve"], "a line that was cut off is left out"
    assert who(platform=False) == ["ada", "admin", "eve"]
    assert who(platform=False, user="grafana") == ["grafana"], "asked for by name"


@pytest.mark.parametrize("table", ["sales.orders", "sales.public.orders", "orders", "SALES.Orders"])
def test_a_table_is_found_by_its_name_and_in_what_was_refused(table: str):
    assert who(table=table) == ["ada", "grafana", "eve"]


@pytest.mark.parametrize("table", ["sales.order", "marketing.orders", "sales.public.orders_old"])
def test_another_table_is_not(table: str):
    assert who(table=table) == []


KEPT = {"iceberg.sales.customer_revenue": ["revenue"]}
CARE = {"customer_care.public.orders": ["id"]}


@pytest.mark.parametrize(
    ("table", "read", "found"),
    [
        ("sales.customer_revenue", KEPT, True),
        ("lake.sales.customer_revenue", KEPT, True),
        ("iceberg.sales.customer_revenue", KEPT, True),
        ("iceberg.customer_revenue", KEPT, True),
        ("lake.customer_revenue", KEPT, True),
        ("sales.public.customer_revenue", KEPT, False),
        ("marketing.customer_revenue", KEPT, False),
        ("customer-care.orders", CARE, True),
        ("customer_care.public.orders", CARE, True),
    ],
)
def test_what_the_lake_keeps_is_found_with_its_source_and_a_domain_in_both_spellings(
    table: str, read: dict[str, list[str]], found: bool
):
    (query,) = queries.parse([line("ada", tables=read)])
    assert query.about(table) is found
    (name,) = read
    (refused,) = queries.parse([line("ada", **DENIED, sql=f"SELECT * FROM {name.replace('.', ' . ')}--no")])
    assert refused.about(table) is found


def test_a_statement_with_what_unicode_counts_as_the_end_of_a_line_is_kept_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queries, "local_folder", lambda: tmp_path)
    (tmp_path / "queries").mkdir()
    for sql in ("SELECT '\u2028'", "SELECT '\x85'"):
        query_log.append(tmp_path / "queries", json.loads(line("ada", sql=sql)))
    assert [query.sql for query in queries.parse(queries._here())] == ["SELECT '\u2028'", "SELECT '\x85'"]


@pytest.mark.parametrize(
    "table", ["orders", "customer-care.orders", "customer_care.orders", "customer-care.public.ORDERS"]
)
def test_what_was_done_in_a_database_is_found_by_every_spelling_of_a_table(table: str):
    event = Event("t", "customer-care", "customer_care_analyst", False, 'SELECT email\nFROM "orders"')
    assert audit.of_databases([event], platform=False, user=None, table=table)
    other = replace(event, what="SELECT * FROM orders_old")
    assert not audit.of_databases([other], platform=False, user=None, table=table)
    assert not audit.of_databases(
        [replace(event, domain="sales")], platform=False, user=None, table="customer-care.orders"
    )


@pytest.mark.parametrize(
    ("user", "found"),
    [
        (None, 2),
        ("customer_care_analyst", 1),
        ("customer-care-analyst", 1),
        ("ada", 1),
        ("ad", 0),
        ("sales-analyst", 0),
    ],
)
def test_who_worked_in_a_database_is_found_by_role_and_by_login(user: str | None, found: int):
    events = [
        Event("t", "customer-care", "customer_care_analyst", False, "SELECT 1"),
        Event("t", "customer-care", "ada (Trino q1)", True, "SELECT 1"),
    ]
    assert len(audit.of_databases(events, platform=True, user=user, table=None)) == found


def test_the_audit_says_from_when_its_logs_are_and_what_is_in_none():
    said = audit.reach(queries.parse(LOG), local=False)
    assert said.startswith("Trino's log begins at 2026-11-27 12:00:00; those of the databases are kept 14 days")
    assert "quicker ones" in said and "is empty" in audit.reach([], local=True)
    assert DatabaseArgs.log_days == database_log.DAYS


def test_what_trino_and_the_loader_did_in_databases_is_of_the_platform():
    events = [
        Event("t", "sales", "dm_admin", True, "x"),
        Event("t", "sales", "sales_analyst", False, "SELECT 1 FROM orders"),
    ]
    found = audit.of_databases(events, platform=False, user=None, table=None)
    assert [each.user for each in found] == ["sales_analyst"]
    assert len(audit.of_databases(events, platform=False, user=None, table="sales.orders")) == 1
    assert not audit.of_databases(events, platform=False, user=None, table="marketing.orders")
    assert len(audit.of_databases(events, **EVERYTHING)) == 2
    assert database_log.Event is Event


@pytest.mark.parametrize("text", ["", "a.b.c.d", "sales;drop", "a..b"])
def test_what_is_no_table_is_refused(text: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        audit.main(["--table", text])
    assert "no table: write it as sales.orders" in capsys.readouterr().err


def test_in_a_cluster_the_log_is_read_where_the_pod_writes_it():
    command = queries.command_for(
        "kubectl --context kind-x --namespace data-platform port-forward service/trino 8443:8443"
    )
    assert command[:5] == ["kubectl", "--context", "kind-x", "--namespace", "data-platform"]
    assert f"{pod.QUERIES}/{query_log.FILE}" in command[-1] and queries.FILE == query_log.FILE
    assert "query-log" in command
