"""What earlier runs of `make contracts` found, in a file that may be damaged, and notes that are no breach."""

import json
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest

from commands import contract_history
from commands.contract_history import History
from commands.contract_notes import notes
from commands.contract_result import Result
from mesh.contracts.model import Column, Contract, Publication, Table
from mesh.pseudonyms import pseudonym
from tests.sample import MARKETING, SALES

TODAY = date(2026, 11, 27)


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    monkeypatch.setattr(contract_history, "PROJECT", tmp_path)
    return History("dev")


def run(*failures: str | None) -> list[Result]:
    return [Result("sales", "orders", f"check {at}", "Trino", failure) for at, failure in enumerate(failures)]


def test_the_history_of_the_stack_local_is_beside_that_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATAMESH_LOCAL", str(tmp_path / "another"))
    history = History("local")
    history.add(run(None))
    assert history.path.parent == tmp_path / "another" and history.path.exists()


def test_a_check_that_ever_failed_has_a_line_and_the_others_a_count(history: History):
    for failures in ((None, None), ("2, expected none", None), ("could not be checked: bob@example.com", None)):
        history.add(run(*failures))
    told, summary = history.trend().splitlines()
    assert told.startswith("sales.orders Trino: check 0: 1 passed, 1 failed, 1 not checked; not checked since ")
    assert summary == "3 runs, 2 checks; 1 of them passed every time"


def test_the_history_is_private_and_has_no_value_of_a_row(history: History):
    history.add(run("could not be checked: bob@example.com is no number", "1, expected none"))
    assert stat.S_IMODE(history.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(history.path.parent.stat().st_mode) == 0o700
    assert "bob" not in history.path.read_text() and "expected" not in history.path.read_text()


def test_a_damaged_history_loses_its_damaged_lines_only(history: History):
    history.add(run(None))
    with history.path.open("ab") as file:
        file.write(b'{"at": "half a l\n[1]\n\xff\xfe\n"text"\n{"check": 1}\n{"at": "x", "check"')
    history.add(run("1, expected none"))
    assert history.trend().splitlines()[-1] == "2 runs, 1 checks; 0 of them passed every time"
    assert history.damaged == 6


def test_the_history_does_not_grow_without_end(history: History, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(contract_history, "LARGEST", 500)
    for _ in range(40):
        history.add(run(None, None))
    assert sum(path.stat().st_size for path in history.path.parent.iterdir()) < 3 * 500
    assert 2 <= len(history.runs()) < 40


def test_the_same_state_is_not_checked_again(history: History):
    assert history.verdict("a") is None
    history.add(run(None), "a")
    assert str(history.verdict("a")).startswith("Contracts: all 1 checks passed (")
    history.add(run("1, expected none", None))
    assert str(history.verdict("a")).startswith("Contracts: 1 of 2 checks failed ("), "what was typed since is newer"


def test_a_state_that_comes_back_is_checked_again(history: History):
    history.add(run("1, expected none"), "a")
    history.add(run(None), "b")
    history.add(run(None))
    assert history.verdict("a") is None, "what was found of another state says nothing of this one"
    assert history.verdict("b") is not None


def test_a_state_is_another_when_a_resource_or_a_file_of_a_domain_is(history: History, tmp_path: Path):
    def state(*resources: dict[str, str]) -> str:
        checkpoint = tmp_path / "checkpoint.json"
        checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}))
        return contract_history.state_of(checkpoint)

    one, two = {"urn": "a", "modified": "1", "secret": "x"}, {"urn": "b"}
    before = state(one, two)
    assert state(two, one | {"secret": "y"}) == before, "an unchanged `pulumi up` encrypts and orders anew"
    assert state(one | {"modified": "2"}, two) != before
    (tmp_path / "domains").mkdir()
    (tmp_path / "domains/contract.yaml").write_text("x")
    assert state(one, two) != before


def table(name: str, *published: Publication) -> Table:
    email = Column(name="email", logical_type="string", physical_type="text", required=True, mask="email")
    return Table(name=name, columns=(email,), published=published)


@pytest.mark.parametrize(
    ("days", "said"),
    [(15, None), (14, "14 more days"), (1, "1 more day)"), (0, "today is the last day"), (-1, "access ended on")],
)
def test_the_end_of_an_access_is_told_two_weeks_before(days: int, said: str | None):
    publication = Publication(consumer=MARKETING, until=TODAY + timedelta(days=days))
    contracts = {SALES: Contract(domain="sales", tables=(table("customers", publication),))}
    found = list(notes({**contracts, MARKETING: Contract(domain="marketing", tables=())}, TODAY))
    assert [said in each for each in found if said] == ([True] if said else [])


def test_a_join_that_can_only_be_empty_is_told_with_what_to_type():
    contracts = {
        SALES: Contract(domain="sales", tables=(table("customers", Publication(consumer=MARKETING)),)),
        MARKETING: Contract(domain="marketing", tables=(table("leads"),)),
    }
    (said,) = notes(contracts, TODAY)
    assert "sales.customers.email" in said and said.endswith(pseudonym('"email"', "trino"))
    assert not list(notes({SALES: contracts[SALES], MARKETING: Contract(domain="marketing", tables=())}, TODAY))
