"""What a stack costs on AWS by domain and month, from its configuration and the table of prices: nothing is asked."""

from collections.abc import Sequence

from catalogue.model import Cost, Gap, Month
from catalogue.product import Source
from client.errors import CommandError
from client.outputs import PROJECT
from client.stackfile import read_stackfile
from commands.cost import configuration
from mesh.cost.estimate import Estimate, UnknownPrice, estimate, stack_usage
from mesh.names import DomainName
from mesh.settings import Settings, SettingsError, read_settings


def cost(stack: str, domains: Sequence[DomainName], kept: int = 0) -> Cost | Gap:
    """The cost of a stack with these domains, whose lake keeps `kept` tables; a Gap where that has no price."""
    try:
        settings = read_settings(configuration(stack), stack, domains)
        start = read_stackfile(PROJECT, stack).get("projectStart", "")
        estimated = estimate(stack_usage(settings, len(domains), kept))
    except (CommandError, SettingsError, UnknownPrice) as error:
        return Gap(kind="question", place="cost", why=str(error))
    source = Source(server="prices", place=settings.region, query=f"make cost STACK={stack}")
    return split(settings, estimated, domains, start, source)


def split(settings: Settings, estimated: Estimate, domains: Sequence[DomainName], start: str, source: Source) -> Cost:
    """An estimate by month and domain; `start` is the first day, `2026-12-01`, or empty: then months have no names."""
    return Cost(
        real=settings.local is None,
        region=settings.region,
        months=tuple(_month(estimated, domains, number, start) for number in range(1, settings.months + 1)),
        monthly_budget=settings.monthly_usd,
        budget=settings.budget_usd,
        source=source,
    )


def _month(estimated: Estimate, domains: Sequence[DomainName], number: int, start: str) -> Month:
    lines = [line for line in estimated.lines if line.months >= number]  # the workbench may end before the rest
    each = sum(line.monthly for line in lines if line.by_domain) / max(1, len(domains))
    return Month(
        number=number,
        label=_label(start, number),
        domains=tuple((domain, each) for domain in domains),
        shared=sum(line.monthly for line in lines if not line.by_domain),
    )


def _label(start: str, number: int) -> str:
    """The month `2027-01` that is the second of a project that begins on 2026-12-01."""
    if not start:
        return ""
    year, month = divmod(int(start[:4]) * 12 + int(start[5:7]) - 1 + number - 1, 12)
    return f"{year:04}-{month + 1:02}"
