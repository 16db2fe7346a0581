"""What `make contracts` found in its runs, by product: the last outcome of each check, and the runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalogue.product import Check, Run
from commands.contract_history import FAILED, NOT_CHECKED, PASSED, Outcome

MOST = 30
"""Runs that are shown."""
_ORDER = (FAILED, NOT_CHECKED, PASSED)


@dataclass(frozen=True)
class Verdicts:
    """Checks and runs of one product, or of all."""

    checks: tuple[Check, ...] = ()
    runs: tuple[Run, ...] = ()


def of(outcomes: Sequence[Outcome], product: str | None = None) -> Verdicts:
    """The verdicts of a product (`sales.orders`), or of all.

    A check that the last run did not make is not there any more.
    """
    mine = [each for each in outcomes if product in (None, each.product)]
    latest = max((each.at for each in outcomes), default="")
    checks: dict[str, list[Outcome]] = {}
    for each in mine:
        checks.setdefault(each.check, []).append(each)
    last = [_check(found) for found in checks.values() if found[-1].at == latest]
    runs = _runs(mine)
    return Verdicts(tuple(sorted(last, key=lambda check: _ORDER.index(check.outcome))), runs[-MOST:])


def _check(found: Sequence[Outcome]) -> Check:
    last = found[-1]
    since = last.at
    for each in reversed(found):
        if each.outcome != last.outcome:
            break
        since = each.at
    return Check(what=last.what, server=last.server, outcome=last.outcome, since=_utc(since))


def _runs(outcomes: Iterable[Outcome]) -> tuple[Run, ...]:
    runs: dict[str, list[str]] = {}
    for each in outcomes:
        runs.setdefault(each.at, []).append(each.outcome)
    return tuple(
        Run(at=_utc(at), passed=said.count(PASSED), failed=said.count(FAILED), not_checked=said.count(NOT_CHECKED))
        for at, said in runs.items()
    )


def _utc(at: str) -> str:
    return at.removesuffix(" UTC")
