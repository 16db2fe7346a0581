"""What breaks a consumer is named, what does not is let through: planted changes in real git repositories."""

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from guard import scratch
from guard.__main__ import main
from guard.findings import CouldNotRunError
from guard.judge import Tools
from local import paths
from tests.stack.guard.breaking import BREAKING
from tests.stack.guard.harmless import HARMLESS, LACKING
from tests.stack.guard.planting import without
from tests.stack.guard.repositories import Change, clone, commit, git, judged, lines, publish, table

pytestmark = pytest.mark.xdist_group("guard")


@pytest.mark.parametrize("what", BREAKING)
def test_a_change_that_breaks_a_consumer_is_named_and_asks_for_another_major_version(
    origin: Path, tmp_path: Path, tools: Tools, what: str
):
    change, expected = BREAKING[what]
    repository = clone(origin, tmp_path / "clone")
    change.plant(repository)
    verdicts = judged(repository, tmp_path / "base", tools)
    told = lines(verdicts, "breaking")
    for text in expected:
        assert any(text in line for line in told), f"{text}\nis not in\n" + "\n".join(told)
    asked = [ask for verdict in verdicts.values() for ask in verdict.asks]
    assert any("version: 2.0.0" in ask or "status: deprecated" in ask for ask in asked), asked


@pytest.mark.parametrize("what", HARMLESS)
def test_a_change_that_breaks_nobody_is_not_called_breaking(origin: Path, tmp_path: Path, tools: Tools, what: str):
    repository = clone(origin, tmp_path / "clone")
    HARMLESS[what].plant(repository)
    verdicts = judged(repository, tmp_path / "base", tools)
    assert not lines(verdicts, "breaking") + lines(verdicts, "missing") + lines(verdicts, "undecided")
    asked = [ask for verdict in verdicts.values() for ask in verdict.asks]
    assert all("version: 1.2.0" in ask for ask in asked), asked


@pytest.mark.parametrize("what", LACKING)
def test_what_a_change_lacks_is_asked_for(origin: Path, tmp_path: Path, tools: Tools, what: str):
    change, expected = LACKING[what]
    repository = clone(origin, tmp_path / "clone")
    change.plant(repository)
    asked = [ask for verdict in judged(repository, tmp_path / "base", tools).values() for ask in verdict.asks]
    assert expected in asked, asked


def test_a_breaking_change_that_the_version_announces_asks_for_nothing_more(origin: Path, tmp_path: Path, tools: Tools):
    repository = clone(origin, tmp_path / "clone")
    Change(lambda sales: [without(sales, "customers.phone"), sales.update(version="2.0.0")]).plant(repository)
    commit(repository, "No telephones")
    verdict = judged(repository, tmp_path / "base", tools)["sales"]
    assert verdict.at("breaking") and not verdict.asks
    assert verdict.consumers == ("marketing",)


def test_a_deprecated_domain_may_go(origin: Path, tmp_path: Path, tools: Tools):
    repository = clone(origin, tmp_path / "clone")
    Change(lambda marketing: marketing.update(status="deprecated"), of="marketing").plant(repository)
    commit(repository, "Marketing will go")
    Change(
        lambda sales: [publish(sales, "customers"), publish(sales, "customer_revenue"), sales.update(version="2.0.0")],
        removed=("domains/marketing", "examples/federated_query.sql"),
    ).plant(repository)
    verdicts = judged(repository, tmp_path / "base", tools, base="HEAD")
    assert verdicts["marketing"].at("breaking") and not [ask for each in verdicts.values() for ask in each.asks]


def test_a_new_domain_needs_no_version_and_no_migration(origin: Path, tmp_path: Path, tools: Tools):
    repository = clone(origin, tmp_path / "clone")
    shutil.copytree(repository / "domains/marketing", repository / "domains/care")
    Change(lambda care: care.update(domain="care"), of="care").plant(repository)
    verdict = judged(repository, tmp_path / "base", tools)["care"]
    assert [finding.text for finding in verdict.findings] == ["is a new domain"] and not verdict.asks


def test_a_file_without_a_query_is_named(origin: Path, tmp_path: Path, tools: Tools):
    repository = clone(origin, tmp_path / "clone")
    files = (("queries/typo.sql", "SELEC 1"), ("queries/sales/typo.sql", "-- later"))
    Change(files=files).plant(repository)
    told = lines(judged(repository, tmp_path / "base", tools), "note")
    assert [line.partition(", so")[0] for line in told] == [
        "events: queries/typo.sql: has no query",
        "sales: queries/sales/typo.sql: has no query",
    ]


def test_what_the_main_branch_got_meanwhile_is_no_change_of_this_one(origin: Path, tmp_path: Path, tools: Tools):
    repository = clone(origin, tmp_path / "clone")
    git(repository, "checkout", "-q", "main")
    Change(lambda sales: table(sales, "orders")["quality"].append({"metric": "rowCount", "mustBe": 13})).plant(
        repository
    )
    commit(repository, "Thirteen orders")
    git(repository, "checkout", "-q", "change")
    assert not any(verdict.findings for verdict in judged(repository, tmp_path / "base", tools).values())


def test_a_second_guard_of_a_checkout_waits_for_the_first_and_nothing_is_left_of_either(tmp_path: Path):
    there = set((paths.cache() / scratch.NAME).iterdir())
    another = pytest.raises(CouldNotRunError, match="another `make guard` works")
    with scratch.place(tmp_path), another, scratch.place(tmp_path):
        pass
    assert set((paths.cache() / scratch.NAME).iterdir()) <= there


def test_the_command_says_everything_and_leaves_the_work_tree_and_nothing_else(
    origin: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    repository = clone(origin, tmp_path / "clone")
    Change(lambda sales: without(sales, "customers.phone")).plant(repository)
    before, file = git(repository, "status", "--porcelain"), tmp_path / "guard.xml"
    servers = set((paths.cache() / scratch.NAME).glob("*/servers/*.json"))
    assert main(["--format=junit", f"--file={file}"], repository) == 1
    assert git(repository, "status", "--porcelain") == before == "M domains/sales/contract.yaml"
    said = capsys.readouterr().out
    assert said.startswith("Compared with main at ") and "with changes that are not committed" in said
    assert "sales (version 1.1.0, read by marketing)\n  BREAKING  customers.phone: removed property phone\n" in said
    root = ElementTree.parse(file).getroot()
    (failed,) = (case for case in root.iter("testcase") if case.get("name") == "datacontract-cli" and len(case))
    assert failed.get("classname") == "sales" and "removed property phone" in str(failed[0].get("message"))
    assert (root.get("failures"), root.get("errors")) == ("2", "0")
    assert set((paths.cache() / scratch.NAME).glob("*/servers/*.json")) <= servers, "the server is gone"
