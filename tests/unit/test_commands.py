import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from client.errors import CommandError
from commands import allow_my_ip, cost, database_log
from mesh.cost.estimate import Usage, estimate
from mesh.names import DATABASE_SECRETS
from tests.sample import DOMAINS_FOLDER


class Answer:
    def __init__(self, text: str) -> None:
        self.text = text

    def raise_for_status(self) -> None:
        """It was a success."""


def answers(monkeypatch: pytest.MonkeyPatch, text: str) -> list[list[str]]:
    """Lets the internet say `text`; returns the commands that are run then."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(requests, "get", lambda *_, **__: Answer(text))
    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_the_present_address_goes_into_the_first_place(monkeypatch: pytest.MonkeyPatch):
    commands = answers(monkeypatch, "203.0.113.9\n")
    assert allow_my_ip.main(["--stack", "dev"]) == 0
    assert commands[0][1:4] == ["pulumi", "config", "set"]
    assert commands[0][-2:] == ["datamesh:allowedCidrs[0]", "203.0.113.9/32"]


@pytest.mark.parametrize("text", ["<html>", "2001:db8::1", "10.0.0.7", ""])
def test_an_answer_that_is_no_public_ipv4_address_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
):
    commands = answers(monkeypatch, text)
    assert allow_my_ip.main(["--stack", "dev"]) == 1
    assert not commands
    assert "By hand: pulumi config set --stack dev" in capsys.readouterr().err


def test_without_internet_the_command_by_hand_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fails(*_: Any, **__: Any) -> None:
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests, "get", fails)
    assert allow_my_ip.main(["--stack", "dev"]) == 1
    assert "By hand" in capsys.readouterr().err


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the sample's domains and no stack."""
    shutil.copytree(DOMAINS_FOLDER, tmp_path / "domains")
    monkeypatch.setattr(cost, "PROJECT", tmp_path)
    return tmp_path


def shown_total(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("total")]
    return line.split()[-1]


def test_the_cost_is_that_of_the_stacks_configuration(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "Pulumi.small.yaml").write_text(
        "config: {datamesh:instanceClass: db.t4g.small, datamesh:months: 5, datamesh:kubeContext: ''}\n"
    )
    assert cost.main(["--stack", "small"]) == 0
    assert shown_total(capsys) == f"{estimate(Usage(instance_class='db.t4g.small', months=5, kept=2)).total:.2f}"


def test_the_cost_of_a_stack_that_is_not_configured_yet_is_that_of_the_defaults(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    assert cost.main(["--stack", "new"]) == 0
    assert shown_total(capsys) == f"{estimate(Usage(kept=2)).total:.2f}"


@pytest.mark.parametrize("stack", ["../dev", "a\nb", "a b", "", "a" * 200, "a/b/c/d"])
def test_what_is_no_name_of_a_stack_is_refused(stack: str, project: Path, capsys: pytest.CaptureFixture[str]):
    assert cost.main(["--stack", stack]) == 1
    shown = capsys.readouterr()
    assert not shown.out and "is not the name of a stack" in shown.err and len(shown.err) < 250


def test_a_stack_may_be_named_with_its_organization_and_project(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "Pulumi.small.yaml").write_text("config: {datamesh:months: 5}\n")
    assert cost.main(["--stack", "acme/datamesh/small"]) == 0
    assert shown_total(capsys) == f"{estimate(Usage(months=5, kept=2)).total:.2f}"


def test_the_cost_grows_with_the_domains_that_there_are(project: Path, capsys: pytest.CaptureFixture[str]):
    shutil.rmtree(project / "domains" / "marketing")
    contract = project / "domains/sales/contract.yaml"
    contract.write_text(contract.read_text().replace("[marketing]", "[]"))
    assert cost.main(["--stack", "new"]) == 0
    less = Usage(databases=1, secrets=len(DATABASE_SECRETS), kept=1)
    assert shown_total(capsys) == f"{estimate(less).total:.2f}"


def test_the_cost_of_the_local_stack_can_be_asked_and_a_key_that_nothing_reads_is_refused_there_too(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    group = "{awsEndpoint: 'http://127.0.0.1:4566', databaseCa: ca.pem, trinoPort: 8080, trinoHttpsPort: 8443}"
    text = f"config: {{datamesh:local: {group}, datamesh:allowedCidrs: [127.0.0.1/32]}}\n"
    (project / "Pulumi.local.yaml").write_text(text)
    assert cost.main(["--stack", "local"]) == 0
    (project / "Pulumi.dev.yaml").write_text("config: {datamesh:budgetUSD: 1}\n")
    assert cost.main(["--stack", "dev"]) == 1
    assert "pulumi config rm budgetUSD" in capsys.readouterr().err


def test_a_stack_above_its_budget_is_told_so_with_its_cost(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "Pulumi.poor.yaml").write_text("config: {datamesh:budgetUsd: 1}\n")
    assert cost.main(["--stack", "poor"]) == 0
    shown = capsys.readouterr().out
    assert "`pulumi up` would refuse: this stack would cost about" in shown
    commands = [line for line in shown.splitlines() if "pulumi config " in line]
    assert commands and all(line.endswith(" --stack poor") for line in commands), "another may be selected"


def test_the_cost_of_a_configuration_with_mistakes_is_not_shown(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "Pulumi.wrong.yaml").write_text("config: {datamesh:months: many}\n")
    assert cost.main(["--stack", "wrong"]) == 1
    shown = capsys.readouterr()
    assert not shown.out and "pulumi config set months" in shown.err


AMAZON = (
    "2026-11-23 14:00:01 UTC:198.51.100.7(51234):sales_trino@sales_db:[123]:LOG:  duration: 2.500 ms  "
    "execute <unnamed>: SELECT 1 FROM orders /*trino user=sales-analyst query=20261123_140000_00001_abcde*/",
    "2026-11-23 14:00:02 UTC:198.51.100.7(51235):dm_admin@sales_db:[124]:LOG:  connection authorized: user=dm_admin",
    "2026-11-23 14:00:03 UTC:198.51.100.7(51236):sales_trino@sales_db:[125]:LOG:  connection authorized: user=x",
    "2026-11-23 14:00:04 UTC::@:[1]:LOG:  checkpoint starting: time",
)


def test_the_audit_reads_the_log_as_amazon_writes_it():
    first, second = database_log.events("sales", AMAZON)
    assert (first.who, first.what) == (
        "sales-analyst (Trino 20261123_140000_00001_abcde)",
        "SELECT 1 FROM orders [2 ms]",
    )
    assert (second.time, second.who, second.what) == ("2026-11-23 14:00:02", "dm_admin", "logged in")
    assert first.platform and second.platform, "people are in Trino's own log, or log in themselves"


def said(user: str, *statement: str) -> list[str]:
    """Lines of a log of the stack `local` with one statement of several lines."""
    first, *more = statement
    prefix = f"2026-11-23 14:00:01.123 UTC [7] {user}@sales_db LOG:  duration: 1200.4 ms  statement: "
    return [f"{prefix}{first}\n", *[f"\t{each}\n" for each in more]]


@pytest.mark.parametrize(
    "statement",
    [
        ["SELECT /*trino user=bob query=x*/ email FROM customers"],
        ["SELECT email FROM customers /*trino user=bob query=x*/"],
        ["SELECT email FROM customers /* pg_catalog. */"],
        ["SET x = 1; SELECT email", "FROM customers"],
        ["SHOW x"],
        ["SELECT email", "2026-11-23 14:00:01 UTC [7] bob@sales_db LOG:  duration: 1 ms  statement: SELECT", "FROM x"],
    ],
)
def test_nothing_in_a_persons_statement_hides_it_or_makes_it_anothers(statement: list[str]):
    (found,) = database_log.events("sales", said("sales_analyst", *statement))
    assert (found.who, found.what, found.platform) == ("sales_analyst", "\n".join(statement) + " [1200 ms]", False)


def test_of_trinos_statements_the_last_mark_counts_and_what_its_driver_asks_is_left_out():
    mark = "/*trino user=ada query=q1*/"
    (found,) = database_log.events("sales", said("sales_trino", f"SELECT 1 /*trino user=bob query=x*/ {mark}"))
    assert (found.who, found.platform) == ("ada (Trino q1)", True)
    (found,) = database_log.events("sales", said("sales_trino", f"SELECT 'pg_catalog.' {mark}"))
    assert found.who == "ada (Trino q1)"
    assert not list(
        database_log.events(
            "sales", [*said("sales_trino", "SELECT * FROM pg_catalog.pg_class"), *said("sales_trino", "BEGIN")]
        )
    )


def test_an_entry_that_only_quotes_a_log_is_none():
    text = (
        "2026-11-23 14:00:01 UTC [7] sales_analyst@sales_db STATEMENT:  x@y LOG:  duration: 1 ms  statement: SELECT 1"
    )
    assert not list(database_log.events("sales", [text]))


def test_a_carriage_return_in_a_statement_begins_no_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database_log, "local_folder", lambda: tmp_path)
    (tmp_path / "logs").mkdir()
    forged = said("bob", "SELECT 2")[0]
    (tmp_path / "logs/i.log").write_bytes("".join(said("sales_analyst", f"SELECT 1\r{forged}")).encode())
    assert [found.who for found in database_log.events("sales", database_log._file("i"))] == ["sales_analyst"]


def test_a_profile_that_does_not_exist_is_one_message_of_the_audit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    stack = SimpleNamespace(lake=SimpleNamespace(region="us-east-1"))
    with pytest.raises(CommandError, match=r"cannot read the log group .*nobody"):
        list(database_log._cloudwatch(stack, "datamesh-sales-1", 0))  # pyright: ignore[reportArgumentType]
