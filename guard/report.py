"""The verdicts as text for people and as JUnit's XML for continuous integration; pure functions."""

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from guard.findings import LEVELS, Finding, Verdict

_SHOWN = {"breaking": "BREAKING", "missing": "MISSING", "additive": "added", "undecided": "look at", "note": "note"}
_WIDTH = 9


def text(verdicts: Sequence[Verdict], compared: str) -> str:
    """Everything that was found, the worst first, and what to do at the end."""
    lines = [f"Compared with {compared}"]
    silent = [verdict.domain for verdict in verdicts if not verdict.findings and not verdict.asks]
    for verdict in verdicts:
        if verdict.domain not in silent:
            lines += ["", *_domain(verdict)]
    if silent:
        lines += ["", f"Nothing that a consumer sees has changed in: {', '.join(silent)}"]
    lines += ["", *_end(verdicts)]
    return _clean("\n".join(lines))


def _domain(verdict: Verdict) -> Iterable[str]:
    old, new = verdict.versions
    version = f"version {old}" if old == new else f"version {old or 'none'} -> {new or 'none'}"
    read_by = f", read by {', '.join(verdict.consumers)}" if verdict.consumers else ""
    yield f"{verdict.domain} ({version}{read_by})"
    for level in LEVELS:
        for finding in verdict.at(level):
            first, *more = f"{finding.text}".splitlines()
            yield f"  {_SHOWN[level]:<{_WIDTH}} {_called(finding)}{first}"
            yield from (f"  {'':<{_WIDTH}} {line}" for line in more)


def _called(finding: Finding) -> str:
    """The query or file before the text; the rules of contracts and readers name the place themselves."""
    return "" if finding.check in ("datacontract-cli", "access") else f"{finding.check}: "


def _end(verdicts: Sequence[Verdict]) -> Iterable[str]:
    asks = [ask for verdict in verdicts for ask in verdict.asks]
    broken = [verdict.domain for verdict in verdicts if verdict.at("breaking")]
    if asks:
        yield "Before this goes in:"
        yield from (
            f"  * {line}" if not number else f"    {line}"
            for ask in asks
            for number, line in enumerate(ask.splitlines())
        )
    elif broken:
        yield f"Breaking for the consumers of {', '.join(broken)}, and announced by the version."
    else:
        yield "Breaking for nobody."


def junit(verdicts: Sequence[Verdict]) -> str:
    """A suite for each domain and a case for each check; a case fails where its findings are not announced."""
    root = ElementTree.Element("testsuites", name="guard")
    for verdict in verdicts:
        suite = ElementTree.SubElement(root, "testsuite", name=verdict.domain)
        failures = 0
        for check in (*verdict.checks, "version"):
            case = ElementTree.SubElement(suite, "testcase", classname=verdict.domain, name=check)
            wrong, others = _of_check(verdict, check)
            if wrong:
                failures += 1
                shown = _clean("\n".join(wrong))
                ElementTree.SubElement(case, "failure", message=shown.splitlines()[0]).text = shown
            if others:
                ElementTree.SubElement(case, "system-out").text = _clean("\n".join(others))
        suite.set("tests", str(len(verdict.checks) + 1))
        suite.set("failures", str(failures))
        suite.set("errors", "0")
    for number in ("tests", "failures", "errors"):
        root.set(number, str(sum(int(suite.get(number, "0")) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _of_check(verdict: Verdict, check: str) -> tuple[list[str], list[str]]:
    """What lets the case of a check fail, and what it says besides."""
    if check == "version":
        return [ask for ask in verdict.asks if ask.startswith("domains/")], []
    mine = [finding for finding in verdict.findings if finding.check == check]
    failing = {"missing", "breaking"} if verdict.asks else {"missing"}
    wrong = [f"{each.level}: {each.text}" for each in mine if each.level in failing]
    return wrong, [f"{each.level}: {each.text}" for each in mine if each.level not in failing]


def _clean(shown: str) -> str:
    """Without the characters that XML cannot hold and a terminal would obey."""
    return "".join(each if each.isprintable() or each in "\n\t" else "?" for each in shown)
