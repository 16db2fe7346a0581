import shutil
from pathlib import Path

import pytest

from commands import cost
from mesh.cost.estimate import Usage, estimate
from mesh.names import DATABASE_SECRETS
from tests.sample import DOMAINS_FOLDER


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
