"""An estimate as text: a table, the cheaper choices, and whether it fits the budget."""

import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from mesh.cost.estimate import KEPT_GIB, SEED, SEED_WITHOUT_EC2, WRITES_A_PUBLICATION, Estimate, Line, Usage, estimate
from mesh.cost.prices import HOURS_A_WEEK, PRICES
from mesh.cost.regions import REGIONS
from mesh.cost.years import year_shares, yearly_limit

_WIDTH = 92


@dataclass(frozen=True)
class Choice:
    """A cheaper way to run the same mesh."""

    what: str
    how: str
    """The command that makes the choice."""
    saves: float
    """USD over the whole project, when it is the only change."""


def cheaper(current: Estimate) -> list[Choice]:
    """The cheaper choices for a mesh, the largest saving first; savings under a cent are left out."""
    choices = [
        Choice(what, how, current.total - estimate(change(current.usage)).total)
        for what, how, change in _changes(current.usage)
    ]
    return sorted((choice for choice in choices if choice.saves >= 0.005), key=lambda choice: -choice.saves)


def _changes(usage: Usage) -> Iterator[tuple[str, str, Callable[[Usage], Usage]]]:
    priced = REGIONS[usage.region]
    if usage.instance_class != "db.t4g.micro" and "db.t4g.micro" in priced:
        yield (
            "databases on db.t4g.micro",
            "pulumi config set instanceClass db.t4g.micro",
            lambda usage: replace(usage, instance_class="db.t4g.micro"),
        )
    if usage.hours_a_week == HOURS_A_WEEK:
        yield (
            "office hours, 8 to 20 o'clock on weekdays",
            "pulumi config set --path officeHours.days MON-FRI",
            lambda usage: replace(usage, hours_a_week=60),
        )
    if usage.workbench:
        yield "no workbench", "pulumi config rm workbench", lambda usage: replace(usage, workbench=None)
    if usage.workbench and usage.workbench.startswith("t3."):
        type_ = usage.workbench.replace("t3.", "t4g.")
        if type_ in priced:
            yield (
                f"workbench on {type_}",
                f"pulumi config set --path workbench.instanceType {type_}",
                lambda usage: replace(usage, workbench=type_),
            )


def check_budget(estimated: Estimate, budget_usd: float, accept_cost: bool) -> str | None:
    """Why a stack of this cost is refused, and what to type instead; None within the budget or with `accept_cost`."""
    if estimated.total <= budget_usd or accept_cost:
        return None
    lines = [
        f"this stack would cost about {estimated.total:.2f} USD in {estimated.usage.months} months, "
        f"and its budget is {budget_usd:.2f} USD. Nothing was created.",
        *(f"  - {choice.what} saves {choice.saves:.2f} USD: {choice.how}" for choice in cheaper(estimated)),
        f"  - a larger budget: pulumi config set budgetUsd {int(estimated.total) + 1}",
        "  - or accept it: pulumi config set acceptCost true",
    ]
    return "\n".join(lines)


def render(estimated: Estimate) -> str:
    """The estimate as a table for a terminal: the priced lines, the seed document's total, the cheaper choices."""
    usage = estimated.usage
    rule = "-" * _WIDTH
    parts = [
        _row(f"USD, {usage.region}", "quantity a month", "a month", f"{usage.months} months", "  price"),
        rule,
        *_lines(estimated.lines),
        rule,
        _row("total", "", *_usd(estimated.monthly, estimated.total)),
        "",
        *_at_most(estimated),
        "",
        *_seed(),
        "",
        *_cheaper(estimated),
        "",
        *_notes(),
    ]
    return "\n".join(parts)


def plan(budget_usd: float, start: str, months: int) -> str:
    """What AWS's yearly budget is set to, and why; `start` is an ISO date."""
    shares = year_shares(budget_usd, start, months)
    if len(shares) == 1:
        return f"The yearly budget on AWS is {budget_usd:.2f} USD: the project lies in {min(shares)}."
    parts = ", ".join(f"{usd:.2f} USD in {year}" for year, usd in shares.items())
    text = (
        f"The project's {budget_usd:.2f} USD lie in more than one year: {parts}. AWS's yearly budget starts anew on "
        f"1 January, so its limit is the largest share, {yearly_limit(budget_usd, start, months):.2f} USD; the monthly "
        "budget warns in all of them."
    )
    return "\n".join(textwrap.wrap(text, _WIDTH))


def _row(what: str, quantity: str, monthly: str, total: str, rest: str = "") -> str:
    return f"{what:<34}{quantity:>24}{monthly:>11}{total:>11}{rest}"


def _usd(monthly: float, total: float) -> tuple[str, str]:
    return f"{monthly:.2f}", f"{total:.2f}"


def _lines(lines: Iterable[Line]) -> list[str]:
    return [
        _row(
            line.what,
            f"{line.quantity:,.6g} {line.price.unit}",
            *_usd(line.monthly, line.total),
            f"  {line.price.usd:g}{_free(line.price.free)} ({line.price.noted})",
        )
        for line in lines
    ]


def _at_most(estimated: Estimate) -> list[str]:
    """What use alone decides: never in the total, nor in what is compared with the budget."""
    hot = estimated.at_most[0]
    who = {1: "the database runs", 2: "both databases run"}.get(
        estimated.usage.databases, f"all {estimated.usage.databases} databases run"
    )
    return [
        f"On top, at most {hot.monthly:.2f} USD a month if {who} hot all month. In detail, each at its worst:",
        *_lines(estimated.at_most),
    ]


def _free(amount: float) -> str:
    return f", {amount:g} free" if amount else ""


def _seed() -> list[str]:
    """The totals of the seed document's configuration, at the prices of the table."""
    with_ec2, without = estimate(SEED), estimate(SEED_WITHOUT_EC2)
    return [
        "The seed document's configuration in us-east-1 (the document gives 195 USD for three months):",
        f"  2 databases for {SEED.months} months, 50 GiB lake, {SEED.workbench} for {SEED.workbench_months} months"
        f"{with_ec2.total:>16.2f}",
        f"  the same without the {SEED.workbench}{without.total:>46.2f}",
    ]


def _cheaper(estimated: Estimate) -> list[str]:
    choices = cheaper(estimated)
    if not choices:
        return ["There is no cheaper choice left."]
    lines = [f"  {choice.what:<46}{-choice.saves:>9.2f}  {choice.how}" for choice in choices]
    return ["Cheaper, each by itself, in USD over the whole project:", *lines]


def _notes() -> list[str]:
    sources = ", ".join(sorted({price.source for price in PRICES.values()}))
    text = (
        f"Each price has the month in which it was noted. Current prices: {sources}. Not included: taxes, "
        "backups and snapshots beyond the size of the disks. What the lake keeps is assumed: "
        f"{KEPT_GIB:g} GiB a port, and a publication with changes by publish.schedule, or every hour without one, "
        f"of {WRITES_A_PUBLICATION} requests."
    )
    return textwrap.wrap(text, _WIDTH)
