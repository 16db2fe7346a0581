"""What an account has spent, as text beside the estimate."""

import textwrap
from collections.abc import Sequence
from datetime import date

from account.credits import Credit, course
from account.spending import USD_A_CALL, WINDOW, Budget, Spending, earliest
from client.tables import flat
from mesh.cost.estimate import Estimate
from mesh.cost.prices import HOURS_A_MONTH
from mesh.tags import DOMAIN, PROJECT

_WIDTH = 92


def announcement(calls: int) -> str:
    """What is said before the first call that costs money."""
    return (
        f"Asking AWS Cost Explorer: {calls} calls, {calls * USD_A_CALL:.2f} USD on your bill "
        f"({USD_A_CALL:.2f} each; a further page of a long answer is one more call)."
    )


def a_day(estimated: Estimate) -> float:
    """USD of the estimate on a day on which everything exists."""
    return estimated.monthly / HOURS_A_MONTH * 24


def spent(spending: Spending, since: date, estimated: Estimate, today: date) -> str:
    """The sums by domain, and the rate, each beside the estimate."""
    days = (spending.until - spending.since).days + 1
    first, last = spending.window
    whole = (last - first).days + 1
    lines = [
        f"Spent from {spending.since} to {spending.until}, before credits, in USD:",
        *(f"  {flat(name):<40}{usd:>10.2f}" for name, usd in spending.by_domain.items()),
        f"  {'total':<40}{spending.total:>10.2f}   estimate for {days} days: {a_day(estimated) * days:.2f}",
        "",
        f"The {whole} whole days from {first} to {last}:",
        f"  {'a day':<40}{spending.usd_a_day:>10.2f}   estimate: {a_day(estimated):.2f}",
    ]
    if spending.paid_by_credits > 0:
        lines.append(f"  {'of these days, credits paid':<40}{spending.paid_by_credits:>10.2f}")
    notes = ["Cost Explorer knows a day's costs up to 24 hours after it: yesterday's may be missing in the total."]
    if whole < WINDOW:
        notes.append(f"The rate is that of {whole} days, because there are no {WINDOW} whole ones yet.")
    if since < spending.since:
        notes.append(f"The project began on {since}; Cost Explorer knows nothing before {earliest(today)}.")
    lines += ["", *_wrapped(*notes)]
    return "\n".join([*lines, *([] if spending.tagged else ["", *_untagged(spending.since)])])


def _untagged(since: date) -> list[str]:
    tags = " ".join(f"TagKey={tag},Status=Active" for tag in (DOMAIN, PROJECT))
    return [
        f"No cost has the tag {DOMAIN} or {PROJECT}. Tags count in the bill once they are activated; AWS offers a tag",
        "for that up to a day after the first resource has it, and takes up to another day. Type, in this order:",
        f"  aws ce update-cost-allocation-tags-status --cost-allocation-tags-status {tags}",
        f"  aws ce start-cost-allocation-tag-backfill --backfill-from {since.replace(day=1)}T00:00:00Z",
    ]


def budgets(found: Sequence[Budget]) -> str:
    """The budgets of the mesh, a line each."""
    if not found:
        return "Budgets: AWS has none of this mesh; `pulumi up` makes them where alertEmail is set."
    lines = [
        f"  {flat(each.name):<40}{each.spent:>10.2f} of {each.limit:.2f}"
        + (f", {each.forecast:.2f} forecast" if each.forecast is not None else ", no forecast yet")
        for each in found
    ]
    return "\n".join(["Budgets, before credits, in USD:", *lines])


def credits(found: Sequence[Credit], usd_a_day: float, today: date, end: date) -> str:
    """What is left of the credits, and the day on which they end at that rate."""
    if not found:
        return (
            "Credits: none are left in this account's name. In an organization they belong to the management account."
        )
    left = sum(credit.usd for credit in found)
    day, lost = course(found, usd_a_day, today)
    until = f"at {usd_a_day:.2f} a day they are gone on {day}" if day else f"at {usd_a_day:.2f} a day they do not end"
    lines = [f"Credits: {left:.2f} USD are left; {until}."]
    expiring = sorted({credit.until for credit in found if credit.until})
    if expiring:
        lines.append(f"They expire on {', '.join(map(str, expiring))}; {lost:.2f} USD will expire unspent.")
    fits = day is None or day >= end
    lines.append(
        f"The project ends on {end}: {'they last' if fits else 'after that day you pay, or AWS closes a free account'}."
    )
    return "\n".join(_wrapped(" ".join(lines)))


def _wrapped(*paragraphs: str) -> list[str]:
    return [line for text in paragraphs for line in textwrap.wrap(text, _WIDTH)]
