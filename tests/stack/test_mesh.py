"""What people see of a whole mesh on this machine."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.federated_truth import sample_answer
from tests.stack.checkout import Checkout, Door

COLUMNS = ["customer_id", "customer_name", "total_orders", "revenue", "campaign_name"]


def test_make_up_ends_with_the_federated_answer(mesh: Checkout):
    shown = (mesh.folder / "first-up.log").read_text()
    for row in sample_answer():
        assert any(str(row[1]) in line and str(row[3]) in line for line in shown.splitlines()), f"{row} is not shown"
    assert "payments 2 rows" in shown, "the rows of a third domain are not told"


def test_the_federated_answer_is_the_one_computed_from_the_files(mesh: Checkout):
    printed = mesh.must(".venv/bin/python", "-m", "commands.query", "--format", "csv")
    header, *rows = csv.reader(io.StringIO(printed))
    assert header == COLUMNS
    found = [(int(r[0]), r[1], int(r[2]), Decimal(r[3]), r[4] or None) for r in rows]
    assert found == sample_answer()


def test_an_analyst_of_one_domain_gets_trinos_access_error(mesh: Checkout):
    done = mesh.python("-m", "commands.query", "--user", "sales-analyst")
    assert done.returncode == 1
    assert "Access Denied" in done.stderr and "marketing" in done.stderr


def test_the_walk_through_works_for_admin_and_for_an_analyst_with_a_foreign_ca_bundle(mesh: Checkout, tmp_path: Path):
    foreign = tmp_path / "other.pem"
    foreign.write_text((mesh.folder / "data/rds-root-cas.pem").read_text())
    for person in ("admin", "finance-analyst", "sales-analyst"):
        done = mesh.python("-m", "examples.connect", "--as", person, env={"REQUESTS_CA_BUNDLE": str(foreign)})
        assert done.returncode == 0, f"{person}: {done.stdout}{done.stderr}"
        assert "signup" in done.stdout, "the lake's events are not shown"
        if person == "finance-analyst":
            assert "as finance_analyst: accounts 2 rows, payments 2 rows" in done.stdout
    assert "Access Denied" in done.stdout, "the analyst is not told what was refused"
    assert "as sales_analyst" in done.stdout


def test_trino_listens_on_its_published_ports_of_loopback_alone_and_started_from_the_classes_that_were_kept(
    mesh: Checkout,
    door: Door,
):
    server = psutil.Process(mesh.running()["trino-coordinator"])
    listening = {c.laddr for c in server.net_connections("tcp") if c.status == "LISTEN"}
    plain = int(mesh.must("pulumi", "config", "get", "--path", "local.trinoPort"))
    assert {port for _, port in listening} == {plain, urlsplit(door.url).port}, "its files say 8080 and 8443"
    assert {address.removeprefix("::ffff:") for address, _ in listening} == {"127.0.0.1"}
    assert any(word.startswith("-XX:AOTCache=") for word in server.cmdline())
    assert "[aot" not in (mesh.local / "logs" / "trino-coordinator.log").read_text(), "Java did not take them"


def test_the_audit_says_who_asked_what(mesh: Checkout, door: Door):
    door.rows("sales-analyst", "SELECT max(total_amount) FROM sales.public.orders")
    with pytest.raises(RuntimeError, match="Access Denied"):
        door.rows("marketing-analyst", "SELECT max(total_amount) FROM sales.public.orders")
    door.rows("both", "SELECT count(event_type) FROM lake.events.customer_events")
    assert told(mesh, "sales-analyst", "sales.orders") == [("FINISHED", "1", "sales.public.orders(total_amount)")]
    assert ("REFUSED", "", "") in told(mesh, "marketing-analyst", "sales.orders")
    assert ("FINISHED", "1", "lake.events.customer_events(event_type)") in told(mesh, "both", "lake.customer_events")


def told(mesh: Checkout, user: str, table: str) -> list[tuple[str, ...]]:
    """State, rows and tables of what `user` asked of `table`; Trino sends an event a moment after the answer."""
    for _ in range(100):
        words = ("--format", "csv", "--user", user, "--table", table)
        lines = list(csv.DictReader(mesh.must(".venv/bin/python", "-m", "commands.audit", *words).splitlines()))
        if lines:
            return [
                (line["state"], line["rows"], line["tables"])
                for line in lines
                if "max(" in line["what"] or "event_type" in line["what"]
            ]
    return []


def test_a_password_is_printed_for_who_may_open_the_stack(mesh: Checkout, door: Door):
    printed = mesh.must(".venv/bin/python", "-m", "commands.password", "sales-analyst").strip()
    assert printed == door.passwords["sales-analyst"]
    stranger = mesh.python("-m", "commands.password", "nobody-here")
    assert stranger.returncode == 1 and "sales-analyst" in stranger.stderr
