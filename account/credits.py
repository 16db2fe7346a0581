"""The credits of an account: what is left, and when they end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from account.ask import Account, UnansweredError
from account.calls import CREDITS, PLAN

_YEAR = timedelta(days=364)
"""How far back AWS lets credits begin: a year at most."""


@dataclass(frozen=True)
class Credit:
    """USD that are left of one credit; `until` is the last day on which they count, None without an end."""

    usd: float
    until: date | None = None


@dataclass(frozen=True)
class Plan:
    """The account's plan: `free` or `paid`. `until` is the day on which a free plan ends."""

    kind: str
    expired: bool = False
    credits: float | None = None
    """USD that are left by the plan."""
    until: date | None = None


def read_plan(account: Account) -> Plan | None:
    """The account's plan; None for an account that has none, as those made before July 2025.

    Raises UnansweredError.
    """
    try:
        state = account.ask(PLAN)
    except UnansweredError as error:
        if error.code == "ResourceNotFoundException":
            return None
        raise
    left, until = state.get("accountPlanRemainingCredits"), state.get("accountPlanExpirationDate")
    return Plan(
        kind=state["accountPlanType"].lower(),
        expired=state["accountPlanStatus"] == "EXPIRED",
        credits=left["amount"] if left else None,
        until=until.astimezone(UTC).date() if until else None,
    )


def read_credits(account: Account, number: str, plan: Plan | None, today: date) -> list[Credit]:
    """What is left of the credits of account `number`, or of its plan where the list of credits gives no answer.

    A free plan that ends takes its credits with it. Raises UnansweredError.
    """
    now = datetime.combine(today, time(), UTC)
    try:
        listed = account.ask(CREDITS, accountId=number, startDate=now - _YEAR).get("credits", [])
    except UnansweredError:
        if plan is None or plan.credits is None:
            raise
        return [Credit(plan.credits, plan.until)]
    found = []
    for each in listed:
        amount = each.get("estimatedAmount") or each["remainingAmount"]  # the estimate has bills that are still open
        ends = [day for day in (each.get("endDate"), plan and plan.kind == "free" and plan.until) if day]
        until = min((day.astimezone(UTC).date() if isinstance(day, datetime) else day for day in ends), default=None)
        left = float(amount["currencyAmount"])
        counts = each.get("creditStatus") != "DISABLED" and amount["currencyCode"] == "USD"
        if counts and left > 0 and (until is None or until >= today):
            found.append(Credit(left, until))
    return found


def course(credits: Sequence[Credit], usd_a_day: float, today: date) -> tuple[date | None, float]:
    """The first day without credits at that rate, and the USD that expire unspent; the next to expire is spent first.

    None for a day that does not come.
    """
    days, lost = 0.0, 0.0
    for credit in sorted(credits, key=lambda each: each.until or date.max):
        lasts = max(0.0, (credit.until - today).days + 1 - days) if credit.until else math.inf
        needed = credit.usd / usd_a_day if usd_a_day > 0 else math.inf
        if needed > lasts:
            lost += credit.usd - lasts * usd_a_day
        days += min(lasts, needed)
    if days > (date.max - today).days:
        return None, lost
    return today + timedelta(days=int(days)), lost
