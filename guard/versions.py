"""Whether a contract's version says what a change does: https://semver.org, for those who read the data."""

import re
from collections.abc import Iterable

from guard.findings import Finding

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:[-+].*)?")
Version = tuple[int, int, int]


def parsed(text: str | None) -> Version | None:
    """`1.2.0` as numbers; None for what is no such version."""
    match = _VERSION.fullmatch(text or "")
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def asked(file: str, old: str | None, new: str | None, findings: Iterable[Finding]) -> list[str]:
    """What to write into `version` of a contract, as sentences; nothing where it says what changed."""
    levels = {finding.level for finding in findings}
    level = next((each for each in ("breaking", "additive") if each in levels), None)
    before, now = parsed(old), parsed(new)
    if before is None or now is None:
        wrong = old if before is None else new
        return [f"{file}: version {wrong!r} is not like 1.2.0, so that nobody can say what it tells"] if level else []
    if now < before:
        return [f"{file}: version {new} is lower than {old}"]
    if level is None or now >= (least := lowest(before, level)):
        return []
    return [f"{file}: the change is {level}: write `version: {'.'.join(map(str, least))}` (it is {new})"]


def lowest(before: Version, level: str) -> Version:
    """The lowest version that announces a change. Before 1.0.0 the second number does."""
    major, minor, patch = before
    if level == "breaking":
        return (major + 1, 0, 0) if major else (0, minor + 1, 0)
    return (major, minor + 1, 0) if major else (0, minor, patch + 1)
