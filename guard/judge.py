"""Compares the two sides domain by domain: contracts, readers' rights, tables with migrations, and queries."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import yaml

from guard import access_rules, contract_rules, versions
from guard.asking import replay_all
from guard.contract_rules import ContractRules
from guard.files import CONTRACT, Files
from guard.findings import Finding, Found, Verdict
from guard.scratch import Server


@dataclass
class Tools:
    """What the comparison starts when it needs it, and not before."""

    start_server: Callable[[], Server]
    start_rules: Callable[[], ContractRules]

    @cached_property
    def server(self) -> Server:
        return self.start_server()

    @cached_property
    def rules(self) -> ContractRules:
        return self.start_rules()


def compare(before: Files, after: Files, base: str, tools: Tools, today: date) -> list[Verdict]:
    """One verdict for each domain of either side, in the order of their names."""
    found = Found()
    everyone = sorted({*before.texts, *after.texts})
    for domain in everyone:
        _contracts(found, domain, before, after, tools, today)
    replay_all(found, before, after, base, lambda: tools.server)
    return [_verdict(found, domain, before, after, today) for domain in everyone]


def _contracts(found: Found, domain: str, before: Files, after: Files, tools: Tools, today: date) -> None:
    old, new = before.of(domain), after.of(domain)
    if new is None:
        gone = Finding("breaking", CONTRACT, "the domain is removed, with all that it offers")
        found.add(domain, CONTRACT, [gone])
    elif old is None:
        found.add(domain, CONTRACT, [Finding("note", CONTRACT, "is a new domain")])
    else:
        told = [] if before.texts[domain] == after.texts[domain] else _told(domain, before, after, tools)
        found.add(domain, contract_rules.CHECK, told)
        found.add(domain, access_rules.CHECK, access_rules.compare(old, new, today))


def _told(domain: str, before: Files, after: Files, tools: Tools) -> list[Finding]:
    return tools.rules.compare(before.texts[domain], after.texts[domain])


def _verdict(found: Found, domain: str, before: Files, after: Files, today: date) -> Verdict:
    findings = tuple(found.findings.get(domain, ()))
    old, new = (_field(files.texts.get(domain), "version") for files in (before, after))
    asks = [_asked(domain, each) for each in findings if each.level == "missing"]
    if domain in before.texts and domain in after.texts:
        asks += versions.asked(f"domains/{domain}/{CONTRACT}", old, new, findings)
    elif domain in before.texts and _field(before.texts[domain], "status") != "deprecated":
        asks.append(f"domains/{domain}/{CONTRACT}: write `status: deprecated` first, and remove it with a later change")
    return Verdict(
        domain,
        tuple(found.checks.get(domain, ())),
        findings,
        (old, new),
        access_rules.consumers(before.of(domain), today),
        tuple(asks),
    )


def _asked(domain: str, finding: Finding) -> str:
    """What is missing in a line, and the line that says what to type; what lies between is among the findings."""
    first, *more = finding.text.splitlines()
    typed = [f" {line}" for line in more if "make " in line]
    return f"{domain}: {finding.check}: {first.rstrip(':')}{'.' if typed else ''}{''.join(typed)}"


def _field(text: str | None, name: str) -> str | None:
    value = None if text is None else yaml.safe_load(text).get(name)
    return None if value is None else str(value)
