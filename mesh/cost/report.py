"""An estimate as text: a table, the cheaper choices, and whether it fits the budget."""

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mesh.cost.estimate import SEED, SEED_WITHOUT_EC2, Estimate, Usage, estimate
from mesh.cost.prices import HOURS_A_WEEK, PRICES

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
    if usage.instance_class != "db.t4g.micro":
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
    head = f"{'USD, us-east-1':<34}{'quantity a month':>24}{'a month':>11}{f'{usage.months} months':>11}  price"
    rows = [
        f"{line.what:<34}{f'{line.quantity:,.6g} {line.price.unit}':>24}{line.monthly:>11.2f}{line.total:>11.2f}"
        f"  {line.price.usd:g}{_free(line.price.free)} ({line.price.noted})"
        for line in estimated.lines
    ]
    total = f"{'total':<34}{'':>24}{estimated.monthly:>11.2f}{estimated.total:>11.2f}"
    rule = "-" * _WIDTH
    parts = [head, rule, *rows, rule, total, "", *_seed(), "", *_cheaper(estimated), "", *_notes()]
    return "\n".join(parts)


def _free(amount: float) -> str:
    return f", {amount:g} free" if amount else ""


def _seed() -> list[str]:
    """The totals of the seed document's configuration, at the prices of the table."""
    with_ec2, without = estimate(SEED), estimate(SEED_WITHOUT_EC2)
    return [
        "The seed document's configuration at these prices (the document gives 195 USD for three months):",
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
        "backups and snapshots beyond the size of the disks, processor use beyond the CPU credits."
    )
    return textwrap.wrap(text, _WIDTH)
