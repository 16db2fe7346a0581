"""What the guard finds, as plain data, and what it asks for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from client.errors import CommandError

Level = Literal["breaking", "additive", "undecided", "missing", "note"]
"""`missing` is what the change lacks, e.g. a migration; `undecided` and `note` ask for nothing."""
LEVELS: tuple[Level, ...] = ("breaking", "missing", "additive", "undecided", "note")


class CouldNotRunError(CommandError):
    """Why there is no verdict, and what to type. The exit status is 2 then."""


@dataclass(frozen=True)
class Finding:
    """One consequence of a change. `check` is what found it: a rule, or the name of a query."""

    level: Level
    check: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """What was found in one domain; `asks` is what to do before the change may go in: nothing when it is empty."""

    domain: str
    checks: tuple[str, ...]
    findings: tuple[Finding, ...]
    versions: tuple[str | None, str | None] = (None, None)
    consumers: tuple[str, ...] = ()
    asks: tuple[str, ...] = field(default=())

    def at(self, level: Level) -> list[Finding]:
        """The findings of a level."""
        return [finding for finding in self.findings if finding.level == level]


@dataclass
class Found:
    """What was checked and found, by domain."""

    checks: dict[str, list[str]] = field(default_factory=dict)
    findings: dict[str, list[Finding]] = field(default_factory=dict)

    def add(self, domain: str, check: str, found: Iterable[Finding]) -> None:
        """Note that a check was made, and what it found."""
        if check not in (made := self.checks.setdefault(domain, [])):
            made.append(check)
        mine = self.findings.setdefault(domain, [])
        mine += [each for each in dict.fromkeys(found) if each not in mine]
