"""What `make contracts` found, run by run: a file of JSON lines beside the stack, private to its owner.

A run is one line for each check and one for the run. Outcomes are kept, and no values: a server's message may have
some. Two files of LARGEST bytes are the most that is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from client.outputs import PROJECT, local_folder
from client.tables import flat

if TYPE_CHECKING:  # it takes half a second to import, and whoever only reads the history needs nothing of it
    from commands.contract_result import Result

LOCAL = "local"
LARGEST = 4_000_000
"""Bytes: some 20,000 checks, a hundred runs of the sample."""
PASSED, FAILED, NOT_CHECKED = "passed", "failed", "not checked"


@dataclass(frozen=True)
class Run:
    """One run: when it ended, how many checks it made, how many of them failed, and the state that it looked at."""

    at: str
    checks: int
    failed: int
    state: str | None

    def __str__(self) -> str:
        if self.failed:
            return f"Contracts: {self.failed} of {self.checks} checks failed ({self.at}); `make contracts` shows them"
        return f"Contracts: all {self.checks} checks passed ({self.at})"


@dataclass(frozen=True)
class Outcome:
    """What one run found of one check."""

    at: str
    product: str
    """`sales.orders`, or `sales` for a check of the whole contract."""
    server: str
    """`PostgreSQL`, `Trino`, `as marketing`, …"""
    what: str
    outcome: Literal["passed", "failed", "not checked"]

    @property
    def check(self) -> str:
        """Which check it was, as one text."""
        return f"{self.product} {self.server}: {self.what}"


class History:
    """The file of one stack. `damaged` is the number of lines that could not be read the last time."""

    def __init__(self, stack: str) -> None:
        folder = local_folder() if stack == LOCAL else PROJECT / ".datamesh"
        self.path = folder / f"contracts-{stack.replace('/', '-')}.jsonl"
        self.damaged = 0

    def add(self, results: Sequence[Result], state: str | None = None) -> Run:
        """Appends a run. `state` says what was looked at, so that the same is not looked at again. Raises OSError."""
        run = run_of(results, state)
        lines: list[dict[str, str | int | None]] = [
            {"at": run.at, "check": _name(result), "outcome": outcome(result)} for result in results
        ]
        lines.append({"at": run.at, "checks": run.checks, "failed": run.failed, "state": state})
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size > LARGEST:
            self.path.replace(self._older)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            # A run that was killed has left half a line: this one begins on a new one.
            file.write("\n" + "".join(f"{json.dumps(line)}\n" for line in lines))
        return run

    def runs(self) -> list[Run]:
        """All runs that are kept, the oldest first."""
        return [
            Run(str(line["at"]), line["checks"], line["failed"], line.get("state"))
            for line in self._lines()
            if isinstance(line.get("checks"), int) and isinstance(line.get("failed"), int)
        ]

    def verdict(self, state: str) -> Run | None:
        """The last run, if `state` is what was looked at last; None where that was another, or nothing.

        What somebody checks by hand in between has no state of its own, and is newer.
        """
        runs = self.runs()
        states = [run.state for run in runs if run.state is not None]
        return runs[-1] if states[-1:] == [state] else None

    def outcomes(self) -> list[Outcome]:
        """What every run that is kept found of every check, the oldest first."""
        found = []
        for line in self._lines():
            if isinstance(check := line.get("check"), str) and line.get("outcome") in (PASSED, FAILED, NOT_CHECKED):
                product, _, rest = check.partition(" ")
                server, _, what = rest.partition(": ")
                found.append(Outcome(line["at"], product, server, what, line["outcome"]))
        return found

    def trend(self) -> str:
        """A line for each check that ever failed or changed, oldest outcome first, and the number of runs."""
        outcomes: dict[str, list[tuple[str, str]]] = {}
        runs = 0
        for line in self._lines():
            if isinstance(line.get("check"), str):
                outcomes.setdefault(line["check"], []).append((str(line.get("at")), str(line.get("outcome"))))
            else:
                runs += "checks" in line
        told = [_told(check, found) for check, found in outcomes.items() if any(said != PASSED for _, said in found)]
        steady = len(outcomes) - len(told)
        return "\n".join([*told, f"{runs} runs, {len(outcomes)} checks; {steady} of them passed every time"])

    @property
    def _older(self) -> Path:
        return self.path.with_suffix(".jsonl.1")

    def _lines(self) -> Iterator[dict[str, Any]]:
        self.damaged = 0
        for path in (self._older, self.path):
            if not path.exists():
                continue
            try:
                texts = path.read_text(encoding="utf-8", errors="replace").splitlines()
            except OSError:
                self.damaged += 1
                continue
            for text in texts:
                try:
                    line = json.loads(text) if text.strip() else None
                except ValueError:
                    line = {}
                if line and isinstance(line, dict) and isinstance(line.get("at"), str):
                    yield line
                elif line is not None:
                    self.damaged += 1


def state_of(checkpoint: Path) -> str:
    """What the checks of a stack depend on, as a digest: its resources, by Pulumi's file, and the files of domains."""
    digest = hashlib.sha256()
    resources = json.loads(checkpoint.read_text(encoding="utf-8"))["checkpoint"]["latest"]["resources"]
    # Not what is secret, which Pulumi encrypts anew each time, nor their order, which is that of their registration.
    digest.update(
        "".join(sorted(f"{each['urn']} {each.get('id')} {each.get('modified')}\n" for each in resources)).encode()
    )
    for path in sorted((PROJECT / "domains").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(PROJECT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def run_of(results: Sequence[Result], state: str | None) -> Run:
    """The run that has just ended with these results."""
    failed = sum(bool(result.failure) for result in results)
    return Run(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC", len(results), failed, state)


def outcome(result: Result) -> str:
    """`passed`, `failed`, or `not checked`."""
    if result.failure is None:
        return PASSED
    return FAILED if result.ran else NOT_CHECKED


def _name(result: Result) -> str:
    return f"{result.contract}.{result.table}".rstrip(".") + f" {result.server}: {result.what}"


def _told(check: str, found: list[tuple[str, str]]) -> str:
    """`sales.orders PostgreSQL: key: 3 passed, 2 failed; failed since 2026-11-27 10:00:00 UTC`."""
    counts = {said: sum(each == said for _, each in found) for said in (PASSED, FAILED, NOT_CHECKED)}
    last = found[-1][1]
    since = found[-1][0]
    for at, said in reversed(found):
        if said != last:
            break
        since = at
    listed = ", ".join(f"{count} {said}" for said, count in counts.items() if count)
    return f"{flat(check)}: {listed}; {last} since {since}"
