"""`make bench` says what it could not measure, in its place, and goes on."""

import subprocess
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.checkout import Checkout, FailedError

PRESSED = "50 clients for 20 s: 7 answers, 0 failures\nseconds an answer: p50 1.50, p95 2.00\n"


class Broken(Checkout):
    """A checkout in which some commands fail, and the others take a second."""

    def __init__(self, *failing: str, pressed: str = PRESSED) -> None:
        self.folder, self.variables = Path("/nowhere"), {}
        self.failing, self.pressed, self.asked = failing, pressed, []

    def tried(self, *words: str) -> tuple[float, "subprocess.CompletedProcess[str]"]:
        self.asked.append(" ".join(words))
        fails = any(each in self.asked[-1] for each in self.failing)
        printed = self.pressed if "bench.load" in words else "printed\n"
        return 1.0, subprocess.CompletedProcess(words, 3 if fails else 0, printed, "why\n" if fails else "")

    def until(self, shown: str, *words: str) -> tuple[float, float]:
        taken, _ = self.run(*words)
        return taken, taken


def test_a_command_that_fails_is_a_row_that_says_so_and_the_rest_is_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = bench.waits(Broken("make query"), {})
    assert found["make query"] is None and found["make contracts"] == 1.0
    assert found["50 clients: seconds for half of the answers"] == 1.5
    assert "make query failed in /nowhere" in capsys.readouterr().err
    rows = {line[:52].strip(): line[52:].split() for line in bench.table(found, found).splitlines()}
    assert rows["make query"] == ["failed", "failed"] and rows["make contracts"] == ["1.0", "1.0", "1.00"]
    assert bench.table({}, {"make up": 2.0}).splitlines()[1].split() == ["make", "up", "2.0"]


def test_a_load_that_prints_no_figures_is_failed_rows() -> None:
    found = bench.waits(Broken(pressed="bench: Trino has ended"), {})
    assert [title for title, value in found.items() if value is None] == [
        "50 clients for 20 s: answers", "50 clients: failures", "50 clients: seconds for half of the answers",
    ]  # fmt: skip


def test_a_part_that_fails_says_why_and_the_parts_after_it_run(capsys: pytest.CaptureFixture[str]) -> None:
    checkout = Broken("bench.stored")
    assert not bench.sections(checkout)
    shown = capsys.readouterr().out
    assert "bench.stored --rounds 5\nprinted\nIt failed with exit status 3:\nwhy" in shown
    assert any("bench.program" in each for each in checkout.asked)
    assert bench.sections(Broken())


def test_a_version_that_does_not_start_is_a_failed_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench, "Checkout", lambda folder, commit: Broken("make up"))
    assert bench._before(tmp_path, "c846312") == {bench.FIRST: None, bench.ANSWER: None}


def test_what_a_command_prints_is_waited_for_and_all_of_it_is_told_where_it_does_not_come(tmp_path: Path) -> None:
    checkout = Broken()
    checkout.folder = tmp_path
    there, whole = Checkout.until(checkout, "answer", "sh", "-c", "echo an answer; echo more >&2")
    assert 0 < there <= whole
    for line in ("echo nothing", "echo an answer; exit 3"):
        with pytest.raises(FailedError, match=r"(?s)failed in .*, or did not print answer:.*(nothing|an answer)"):
            Checkout.until(checkout, "answer", "sh", "-c", line)
