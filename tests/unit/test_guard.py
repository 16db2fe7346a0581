"""The guard's own decisions: versions, row filters, and why there is no verdict."""

import os
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from guard.__main__ import main
from guard.access_rules import compare, wider
from guard.findings import Finding, Verdict
from guard.report import junit, text
from guard.versions import asked
from mesh.contracts.kept import Kept
from mesh.contracts.read import read_contracts
from mesh.names import DomainName
from tests import sample

BREAKS, ADDS, NOTES = (Finding(level, "access", f"it {level}") for level in ("breaking", "additive", "note"))


@pytest.mark.parametrize(
    ("old", "new", "findings", "expected"),
    [
        ("1.1.0", "1.1.0", [NOTES], None),
        ("1.1.0", "1.1.1", [NOTES], None),
        ("1.1.0", "1.1.0", [ADDS], "1.2.0"),
        ("1.1.0", "1.2.0", [ADDS], None),
        ("1.1.0", "1.1.9", [ADDS], "1.2.0"),
        ("1.1.0", "1.2.0", [ADDS, BREAKS], "2.0.0"),
        ("1.1.0", "2.0.0", [ADDS, BREAKS], None),
        ("1.1.0", "3.1.0-rc.1", [BREAKS], None),
        ("0.3.1", "0.3.1", [BREAKS], "0.4.0"),
        ("0.3.1", "0.3.1", [ADDS], "0.3.2"),
        ("0.3.1", "0.4.0", [BREAKS], None),
        ("2024-01", "2024-02", [NOTES], None),
        ("2024-01", "2024-02", [BREAKS], "not like 1.2.0"),
        ("1.1.0", None, [BREAKS], "not like 1.2.0"),
        ("1.1.0", "1.0.0", [], "lower than 1.1.0"),
    ],
)
def test_the_version_says_what_the_change_does(
    old: str, new: str | None, findings: list[Finding], expected: str | None
):
    said = asked("contract.yaml", old, new, findings)
    assert (expected is None and said == []) or (expected and len(said) == 1 and expected in said[0]), said


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a > 0", None, True),
        (None, "a > 0", False),
        ("a > 0", "a > 0", True),
        ("a > 0", "a >= 0", True),
        ("a >= 0", "a > 0", False),
        ("a > 0", "a > -1", True),
        ("a < 5", "a < 4", False),
        ("a < 5", "a <= 5", True),
        ("a > 0", "b > 0", False),
        ("a > 0 AND b", "a > 0", True),
        ("a > 0", "a > 0 AND b", False),
        ("a > 0 AND b", "b AND a > -1", True),
        ("a > 0", "a > 0 OR b", True),
        ("a > 0 OR b", "a > 0", False),
        ("(a > 0) OR (b)", "b OR c OR a >= 0", True),
        ("a IN (1, 2)", "a IN (2, 3, 1)", True),
        ("a IN (1, 2)", "a IN (1)", False),
        ("a = 1", "a IN (1, 2)", True),
        ("a > 9007199254740992", "a > 9007199254740993", False),
        ("a < 9007199254740993", "a < 9007199254740992", False),
        (f"a > {10**30}", f"a > {10**30 + 1}", False),
        ("a > DATE '2027-01-01'", "a > DATE '2026-01-01'", False),  # not decided, hence not let through
    ],
)
def test_a_row_filter_shows_more_only_where_that_is_sure(old: str | None, new: str | None, expected: bool):
    assert wider(old, new) is expected


KEPT = Kept(days=30)


@pytest.mark.parametrize(
    ("old", "new", "levels"),
    [
        (KEPT, KEPT, []),
        (KEPT, None, ["breaking"]),
        (None, KEPT, ["additive"]),
        (KEPT, replace(KEPT, days=7), ["breaking"]),
        (KEPT, replace(KEPT, days=90), ["additive"]),
        (KEPT, replace(KEPT, former=("fax",)), ["breaking"]),
    ],
)
def test_the_past_of_a_published_table_is_its_readers(old: Kept | None, new: Kept | None, levels: list[str]):
    names = DomainName("sales"), DomainName("marketing")
    contract = read_contracts(sample.DOMAINS_FOLDER, names)[names[0]]
    before, after = (
        replace(contract, tables=tuple(replace(table, kept=kept) for table in contract.tables if table.published))
        for kept in (old, new)
    )
    assert before.tables
    assert [each.level for each in compare(before, after, date(2026, 1, 1))] == levels * len(before.tables)


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com"]
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two commits and nothing in it that the guard looks at."""
    folder = tmp_path / "origin"
    git(tmp_path, "init", "-q", "-b", "trunk", str(folder))
    for number in range(2):
        (folder / "notes.txt").write_text(str(number))
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", "Notes")
    return folder


def refused(repository: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments, repository) == 2, "there is no verdict"
    said = capsys.readouterr()
    assert not said.out and said.err.startswith("guard: ")
    return said.err


def test_a_folder_without_git_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert "is no repository that git can read" in refused(tmp_path, capsys)


def test_a_machine_without_git_is_told(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(repository))
    assert "git is not installed" in refused(repository, capsys)


@pytest.mark.parametrize("name", ["main", "--all", "trunk:notes.txt", "a b", "$(touch x)"])
def test_a_base_that_is_not_there_is_named_with_those_that_are(
    repository: Path, capsys: pytest.CaptureFixture[str], name: str
):
    said = refused(repository, capsys, f"--base={name}")
    assert f"there is no commit {name!r} here" in said and "(there are trunk)" in said


def test_a_branch_that_only_the_server_has_is_proposed(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    git(repository, "branch", "release")
    git(tmp_path, "clone", "-q", str(repository), "clone")
    assert "Type: make guard BASE=origin/release" in refused(tmp_path / "clone", capsys, "--base=release")


def test_a_shallow_clone_is_told_how_to_become_whole(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    git(tmp_path, "clone", "-q", "--depth=1", repository.as_uri(), "clone")
    said = refused(tmp_path / "clone", capsys, "--base=HEAD~1")
    assert "git fetch --unshallow" in said and "fetch-depth: 0" in said


def test_branches_without_a_common_commit_are_told(repository: Path, capsys: pytest.CaptureFixture[str]):
    git(repository, "checkout", "-q", "--orphan", "other")
    git(repository, "commit", "-q", "-m", "Other")
    assert "finds no commit that trunk and this branch share" in refused(repository, capsys, "--base=trunk")


def test_an_unknown_format_and_a_contract_that_cannot_be_read_are_told(
    repository: Path, capsys: pytest.CaptureFixture[str]
):
    assert "FORMAT=xml is none of table, junit" in refused(repository, capsys, "--format=xml")
    folder = repository / "domains" / "sales"
    folder.mkdir(parents=True)
    (folder / "contract.yaml").write_text("kind: Nothing\n")
    assert "domains/sales/contract.yaml, line 1" in refused(repository, capsys, "--base=trunk")


def test_a_report_that_could_not_be_written_is_refused_before_the_comparison(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    nowhere = tmp_path / "nowhere" / "guard.xml"
    cases = ((nowhere, f"there is no folder {nowhere.parent}"), (tmp_path, "but a folder's"), ("", "FILE=: "))
    for file, said in cases:
        assert said in refused(repository, capsys, "--base=trunk", "--format=junit", f"--file={file}")
    assert "FILE=guard.xml is for FORMAT=junit alone" in refused(repository, capsys, "--file=guard.xml")


def test_files_that_cannot_be_read_are_named(repository: Path, capsys: pytest.CaptureFixture[str]):
    (repository / "queries" / "folder.sql").mkdir(parents=True)
    assert main(["--base=trunk"], repository) == 0
    capsys.readouterr()
    folder = repository / "domains" / "sales"
    folder.mkdir(parents=True)
    (folder / "contract.yaml").write_bytes("kind: Données\n".encode("latin-1"))
    assert "domains/sales/contract.yaml is not UTF-8" in refused(repository, capsys, "--base=trunk")
    (folder / "contract.yaml").unlink()
    (folder / "contract.yaml").mkdir()
    assert "domains/sales/contract.yaml: Is a directory" in refused(repository, capsys, "--base=trunk")


def test_nothing_to_compare_is_breaking_for_nobody(repository: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["--base=trunk"], repository) == 0
    assert capsys.readouterr().out.endswith("\n\nBreaking for nobody.\n")


def test_a_project_in_a_folder_of_its_repository_is_compared_with_that_folder(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (repository / "mesh" / "queries").mkdir(parents=True)
    (repository / "mesh" / "queries" / "one.sql").write_text("SELECT 1")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "A query")
    assert main(["--base=trunk"], repository / "mesh") == 0
    (repository / "mesh" / "queries" / "one.sql").unlink()
    assert main(["--base=trunk"], repository / "mesh") == 0
    assert "with changes that are not committed" in capsys.readouterr().out


def test_a_report_says_what_was_announced_and_a_hostile_name_stays_text():
    hostile = Finding("breaking", "queries/<b>&.sql", 'column \x1b[31m is "gone"\nsecond line')
    verdict = Verdict("sales", (hostile.check,), (hostile,), ("1.0.0", "2.0.0"), ("marketing",))
    assert text([verdict], "main at 123").endswith("Breaking for the consumers of sales, and announced by the version.")
    assert 'failures="0"' in junit([verdict])
    asks = Verdict("sales", (hostile.check,), (hostile,), ("1.0.0", "1.0.0"), (), ("domains/sales: write 2.0.0",))
    assert "queries/&lt;b&gt;&amp;.sql" in junit([asks]) and "\x1b" not in junit([asks])
    assert text([asks], "main").endswith("Before this goes in:\n  * domains/sales: write 2.0.0")
    assert "\x1b" not in text([asks], "main")


def test_the_environment_of_git_hooks_does_not_lead_elsewhere(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("GIT_DIR", os.fspath(tmp_path / "nowhere"))
    assert main(["--base=trunk"], repository) == 0
    assert "Breaking for nobody" in capsys.readouterr().out
