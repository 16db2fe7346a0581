"""The sample is interesting, its answer is known, and it is printed so that people and programs can read it."""

import csv
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from trino.exceptions import TrinoQueryError

from client import trino
from client.errors import CommandError
from client.servers import SilentError
from client.stack import Stack, parse_outputs, read_stack
from client.trino import Answer
from commands import query
from commands.query import federated_query
from examples.mesh_notebook import Mesh
from mesh.pseudonyms import pseudonym
from tests.federated_truth import records, sample_answer
from tests.sample import ROOT

ANSWER = [
    (7, "Frank Miller", 2, Decimal("512.30"), "Black Friday"),
    (1, "Alice Johnson", 3, Decimal("419.99"), "Spring Sale 2024"),
    (3, "Carol White", 2, Decimal("375.00"), "Spring Sale 2024"),
    (2, "Bob Smith", 2, Decimal("245.00"), "Spring Sale 2024"),
    (4, "Alice Johnson", 2, Decimal("245.00"), "Black Friday"),
    (6, "Emma Green", 1, Decimal("75.00"), None),
    (8, "Grace Lee", 1, Decimal("33.33"), "Black Friday"),
    (5, "David Brown", 0, Decimal("0.00"), "Spring Sale 2024"),
]
OUTPUTS = {
    "domains": {
        "customer-care": {
            "host": "h", "port": 5432.0, "database": "customer_care_db", "catalog": "customer_care", "lakePrefix": "c/",
            "analystRoleArn": "arn", "identifier": "i"
        }
    },
    "credentials": {
        "databases": {"customer-care": {"admin": {"user": "dm_admin", "password": "hush"}}},
        "people": {"admin": "hush"},
    },
    "lake": {"bucket": "b", "region": "us-east-1", "eventsTable": "lake.events.e", "eventsPrefix": "events/"},
    "trino": {"url": "https://127.0.0.1:8443", "portForward": "kubectl port-forward x", "authority": "PEM"},
    "people": {"admin": ["customer-care"]},
    "databaseCa": "data/rds-root-cas.pem",
}  # fmt: skip


def test_the_sample_has_the_answer_that_the_documentation_shows() -> None:
    assert sample_answer() == ANSWER


def test_the_revenue_in_the_answer_is_all_that_was_ordered() -> None:
    ordered = sum(Decimal(order["total_amount"]) for order in records("sales", "orders"))
    assert sum(row[3] for row in sample_answer()) == ordered, "an order was counted twice, or not at all"


def test_the_sample_holds_every_case_that_a_wrong_query_gets_wrong() -> None:
    customers, orders = records("sales", "customers"), records("sales", "orders")
    leads = records("marketing", "leads")
    emails = {customer["email"].lower() for customer in customers}
    buyers = Counter(order["customer_id"] for order in orders)
    touches = Counter(lead["email"].lower() for lead in leads)
    assert any(customer["customer_id"] not in buyers for customer in customers), "a customer without orders"
    assert any(lead["email"].isupper() for lead in leads), "a lead in capitals"
    assert any(customer["email"] != customer["email"].lower() for customer in customers), "a customer in capitals"
    assert max(touches.values()) > 1, "a lead twice"
    assert any(touches[c["email"].lower()] > 1 and buyers[c["customer_id"]] > 1 for c in customers), "a fan-out"
    assert max(Counter(customer["customer_name"] for customer in customers).values()) > 1, "two people of one name"
    assert touches.keys() - emails, "a lead of nobody"
    assert emails - touches.keys(), "a customer whom no campaign reached"
    assert max(Counter((lead["email"].lower(), lead["captured_at"]) for lead in leads).values()) > 1, "a tie of leads"


@pytest.mark.parametrize(
    ("own", "join"),
    [
        (("marketing", "sales"), "ON t.email = r.email"),
        ((), "ON t.email = r.email"),
        (("finance", "marketing"), f"ON {pseudonym('t.email', 'trino')} = r.email"),
        (("sales",), f"ON t.email = {pseudonym('r.email', 'trino')}"),
    ],
)
def test_the_query_joins_pseudonyms_for_whoever_sees_one_side_in_clear(own: tuple[str, ...], join: str) -> None:
    assert federated_query(own).count(join) == 1


def test_the_notebook_asks_what_make_query_asks() -> None:
    mesh = Mesh.__new__(Mesh)
    for own in ((), ("sales",), ("marketing",), ("sales", "marketing")):
        mesh.logins = {name: {} for name in own}
        assert mesh.federated().split() == [
            word for line in federated_query(own).splitlines() if not line.startswith("--") for word in line.split()
        ]


def test_a_table_lines_up_and_shows_none_where_there_is_no_value() -> None:
    answer = Answer(["customer_id", "name", "revenue"], [(7, "Frank", Decimal("512.30")), (11, None, Decimal("3.00"))])
    assert query.table(answer) == (
        "customer_id  name   revenue\n"
        "-----------  -----  -------\n"
        "          7  Frank   512.30\n"
        "         11  none      3.00"
    )


def test_a_long_answer_is_cut_and_says_so() -> None:
    answer = Answer(["n"], [(number,) for number in range(1_234)])
    text = query.table(answer, shown=2)
    assert text.splitlines()[2:] == ["0", "1", "… 1,234 rows in all; `make query FORMAT=csv` prints every one"]


def test_an_empty_answer_is_a_table_without_rows() -> None:
    assert query.table(Answer(["name"], [])) == "name\n----"


def test_csv_has_every_row_and_nothing_where_there_is_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["customer_id", "customer_name", "total_orders", "revenue", "campaign_name"]
    monkeypatch.setattr(query, "read_stack", lambda _: parse_outputs(OUTPUTS))
    monkeypatch.setattr(query, "ask", lambda *_: Answer(names, [tuple(row) for row in ANSWER]))
    assert query.main(["--format", "csv"]) == 0
    lines = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert lines == [names, *[["" if value is None else str(value) for value in row] for row in ANSWER]]


def test_outputs_become_a_stack_that_does_not_print_its_passwords() -> None:
    stack = parse_outputs(OUTPUTS)
    domain = stack.domains["customer-care"]
    assert (domain.port, domain.name.trino_user) == (5432, "customer_care_trino")
    assert stack.lake.endpoint is None, "no endpoint in the outputs means AWS"
    assert stack.database_ca.is_file(), "the authorities' file is named relative to the project"
    assert "hush" not in repr(stack)


def test_a_stack_without_outputs_says_how_to_make_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_pulumi(tmp_path, monkeypatch, "echo '{}'")
    with pytest.raises(CommandError, match=r"the selected stack has no output 'lake'[\s\S]*make up"):
        read_stack()


def test_a_stack_that_does_not_exist_is_named_with_what_pulumi_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pulumi(tmp_path, monkeypatch, "echo \"error: no stack named '$PULUMI_STACK' found\" >&2; exit 255")
    with pytest.raises(
        CommandError, match=r"the stack dev: error: no stack named 'dev' found[\s\S]*pulumi stack select"
    ):
        read_stack("dev")


def test_without_pulumi_the_message_says_what_to_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match=r"not on PATH[\s\S]*source \.local/env"):
        read_stack()


@pytest.mark.parametrize("module", ["commands.query", "examples.connect"])
def test_a_program_runs_in_the_projects_folder(module: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def fake_pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_server_that_is_still_starting_is_asked_again_and_said_to_be_so_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    starting = TrinoQueryError({"errorName": "NO_NODES_AVAILABLE", "message": "No nodes available to run query"})
    answers = [starting, starting, Answer(["one"], [(1,)])]

    def answer(*_: object) -> Answer:
        found = answers.pop(0)
        if isinstance(found, TrinoQueryError):
            raise found
        return found

    monkeypatch.setattr(trino, "_answer", answer)
    monkeypatch.setattr(trino.time, "sleep", lambda _: None)
    monkeypatch.setattr(trino, "USUAL", -1)
    monkeypatch.setattr(Stack, "trino_connection", lambda *_: None)
    assert trino.ask(parse_outputs(OUTPUTS), "SELECT 1").rows == [(1,)]
    assert capsys.readouterr().err == "Trino is still starting: waiting up to 90 s for its answer\n"


def test_a_database_that_sleeps_is_said_to_and_the_lake_is_named_but_not_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def asleep(*_: object) -> Answer:
        raise SilentError("the database of sales does not answer at sales.example:5432")

    monkeypatch.setattr(query, "read_stack", lambda _: parse_outputs(OUTPUTS))
    monkeypatch.setattr(query, "ask", asleep)
    assert query.main([]) == 1
    said = capsys.readouterr()
    assert "the database of sales does not answer" in said.err and "make query SOURCE=lake" in said.err
    assert not said.out
