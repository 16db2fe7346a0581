"""What a rehearsal finds: green, yellow or red, with what to type."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum


class Colour(Enum):
    """GREEN: it will work. YELLOW: look at it, or it cannot be known. RED: `pulumi up` would fail."""

    GREEN = 32
    YELLOW = 33
    RED = 31


@dataclass(frozen=True)
class Finding:
    """One line of a rehearsal."""

    colour: Colour
    what: str
    """What was looked at, in a word or two."""
    text: str
    fix: str = ""
    """What to type or do; none for a green line."""


def green(what: str, text: str) -> Finding:
    return Finding(Colour.GREEN, what, text)


def yellow(what: str, text: str, fix: str) -> Finding:
    return Finding(Colour.YELLOW, what, text, fix)


def red(what: str, text: str, fix: str) -> Finding:
    return Finding(Colour.RED, what, text, fix)


_WIDTH = 120
_INDENT = " " * 24


def line(finding: Finding, *, coloured: bool) -> str:
    """A finding for a terminal; the colour is a word too, for terminals and eyes without colours."""
    word = finding.colour.name.lower()
    shown = f"\x1b[{finding.colour.value}m{word:<7}\x1b[0m" if coloured else f"{word:<7}"
    text = textwrap.wrap(
        finding.text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_long_words=False
    )
    lines = [f"{shown} {finding.what:<15} {text[0].strip()}", *text[1:]]
    return "\n".join([*lines, *(f"{_INDENT}  {each}" for each in finding.fix.splitlines())])


def summary(findings: Iterable[Finding]) -> str:
    """How many lines of each colour there are, and what that means."""
    counts = {colour: 0 for colour in Colour}
    for finding in findings:
        counts[finding.colour] += 1
    said = ", ".join(f"{count} {colour.name.lower()}" for colour, count in counts.items())
    if counts[Colour.RED]:
        return f"{said}: `pulumi up` would fail. Nothing was changed."
    if counts[Colour.YELLOW]:
        return f"{said}: nothing is known to be in the way of `pulumi up`; look at the yellow lines."
    return f"{said}: nothing is in the way of `pulumi up`."


def failed(findings: Sequence[Finding]) -> bool:
    """Whether one of them is red."""
    return any(finding.colour is Colour.RED for finding in findings)
