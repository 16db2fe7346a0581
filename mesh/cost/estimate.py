"""An estimate of what a mesh costs, from the price table alone, without asking AWS."""

from collections.abc import Sequence
from dataclasses import dataclass

from mesh.alarms import BILLING_ALARMS, alarm_count
from mesh.cost.prices import CREDITS, HOURS_A_MONTH, HOURS_A_WEEK, VCPUS, Price
from mesh.cost.regions import REGIONS, instance_classes, workbench_types
from mesh.names import DATABASE_SECRETS
from mesh.quotas import dashboard_metrics
from mesh.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a mesh uses that costs money. The defaults are the seed document's, without its EC2 machine."""

    region: str = "us-east-1"
    months: int = 3
    databases: int = 2
    instance_class: str = "db.t3.micro"
    storage: int = 20
    """GiB of disk a database."""
    secrets: int = 4
    hours_a_week: int = HOURS_A_WEEK
    """Hours a week in which databases and workbench run."""
    workbench: str | None = None
    """Its instance type; None without one."""
    workbench_months: int | None = None
    """Months with a workbench; None means all."""
    workbench_disk: int = 30
    """GiB."""
    lake: float = 50
    """GiB in the lake."""
    lake_writes: int = 10_000
    """Write requests a month."""
    kept: int = 0
    """Tables and views whose history the lake keeps."""
    publications: int = 730
    """Of each in a month, with something changed: one an hour, where no schedule says otherwise."""
    alarms: int = 10
    dashboards: int = 1
    logs: float = 1
    """GiB of logs a month."""
    transfer: float = 20
    """GiB a month from AWS to the laptop."""


SEED_WITHOUT_EC2 = Usage()
SEED = Usage(workbench="t3.medium", workbench_months=2)


@dataclass(frozen=True)
class Line:
    """One priced thing: `quantity` units a month beyond the free ones, at `price`, for `months`."""

    what: str
    quantity: float
    price: Price
    months: int
    by_domain: bool = False
    """Whether every domain has an equal part of it."""

    @property
    def monthly(self) -> float:
        """USD a month."""
        return max(0.0, self.quantity - self.price.free) * self.price.usd

    @property
    def total(self) -> float:
        """USD over `months`."""
        return self.monthly * self.months


@dataclass(frozen=True)
class Estimate:
    """What a mesh costs, in USD."""

    usage: Usage
    lines: tuple[Line, ...]
    at_most: tuple[Line, ...]
    """What use alone decides, each at its worst. It is in no total."""

    @property
    def monthly(self) -> float:
        """USD in a month in which everything exists."""
        return sum(line.monthly for line in self.lines)

    @property
    def total(self) -> float:
        """USD over the whole project."""
        return sum(line.total for line in self.lines)


FREE_METRICS = 50
"""Metrics of a CloudWatch dashboard that is free."""
METRICS_A_DOMAIN = 3
"""Metrics of CloudWatch on Grafana's dashboard of a domain."""
METRICS_OF_THE_MESH = 1
"""Metrics of CloudWatch on Grafana's dashboard of the mesh: the bill."""
REFRESHES_A_HOUR = 60
"""The most that Grafana lets a dashboard refresh itself."""
KEPT_GIB = 0.5
"""Of each port that the lake keeps: a million rows, packed, and three times as much for a month's changes and for old
versions of files, which the lake's rule forgets after 30 days."""
WRITES_A_PUBLICATION = 40
"""Write requests, the publisher's own tables and the reads (a read costs a twelfth of a write) included."""
GLUE_OBJECTS = 3
"""In Glue's catalog for each port: its table, a view, and the publisher's, each with its latest version."""


class UnknownPrice(ValueError):
    """The price table has no price for a part of the usage."""


def estimate(usage: Usage) -> Estimate:
    """The cost of a mesh. Raises UnknownPrice for a region, an instance class or a type without a price."""
    running = HOURS_A_MONTH * usage.hours_a_week / HOURS_A_WEEK
    lines = [
        _line(
            usage,
            f"{usage.databases} databases, {usage.instance_class}",
            usage.instance_class,
            running,
            usage.databases,
            by_domain=True,
        ),
        _line(usage, "their disks", "database disk", usage.storage, usage.databases, by_domain=True),
        # counted in full with office hours too, to be on the safe side
        _line(usage, "their public addresses", "public address", HOURS_A_MONTH, usage.databases, by_domain=True),
        _line(usage, "secrets", "secret", 1, usage.secrets, by_domain=True),
        _line(usage, "lake: storage", "lake storage", usage.lake),
        _line(usage, "lake: writes", "lake writes", usage.lake_writes / 1000),
        *(_kept(usage) if usage.kept else ()),
        *(_workbench(usage, usage.workbench, running) if usage.workbench else ()),
        _line(usage, "alarms", "alarm", 1, usage.alarms),
        _dashboards(usage),
        _line(usage, "logs", "logs", usage.logs),
        _line(usage, "transfer to the laptop", "transfer out", usage.transfer),
    ]
    return Estimate(usage, tuple(lines), _at_most(usage, running))


def _kept(usage: Usage) -> Sequence[Line]:
    writes = WRITES_A_PUBLICATION * usage.publications / 1000
    return (
        _line(usage, f"lake: history of {usage.kept} ports", "lake storage", KEPT_GIB, usage.kept),
        _line(usage, "lake: their publications", "lake writes", writes, usage.kept),
        _line(usage, "lake: their tables in Glue", "catalog objects", GLUE_OBJECTS, usage.kept),
    )


def _dashboards(usage: Usage) -> Line:
    """One dashboard of a few metrics is free, a large one is not."""
    metrics = dashboard_metrics(usage.databases)
    if metrics <= FREE_METRICS:
        return _line(usage, "dashboards", "dashboard", 1, usage.dashboards)
    return _line(usage, f"a dashboard of {metrics} metrics", "large dashboard", 1, usage.dashboards)


def _at_most(usage: Usage, running: float) -> tuple[Line, ...]:
    beyond = VCPUS - CREDITS[usage.instance_class] / 60
    metrics = METRICS_A_DOMAIN * usage.databases + METRICS_OF_THE_MESH
    return (
        _line(usage, "processors busy all the time", "processor credits", running * beyond, usage.databases),
        _line(usage, "Grafana open all the time", "metric reads", metrics * REFRESHES_A_HOUR * HOURS_A_MONTH / 1000),
        # the lake's rule forgets old versions after 30 days
        _line(usage, "lake: every file replaced monthly", "lake storage", usage.lake),
    )


def stack_usage(settings: Settings, domains: int, kept: int = 0) -> Usage:
    """The usage of a stack with `domains` domains, whose lake keeps `kept` tables and views with their history.

    What no setting names (the lake's size, how often something is published) is the seed document's, or assumed.
    """
    watched = bool(settings.alert_email)
    alarms = alarm_count(domains, instance_class=settings.instance_class, billing=BILLING_ALARMS) if watched else 0
    return Usage(
        region=settings.region,
        months=settings.months,
        databases=domains,
        instance_class=settings.instance_class,
        secrets=len(DATABASE_SECRETS) * domains,
        kept=kept,
        publications=settings.publish.a_month if settings.publish else Usage.publications,
        hours_a_week=settings.office_hours.per_week if settings.office_hours else HOURS_A_WEEK,
        workbench=settings.workbench.instance_type if settings.workbench else None,
        workbench_months=min(settings.workbench.months, settings.months) if settings.workbench else None,
        alarms=alarms,
        dashboards=1 if watched else 0,
    )


def _workbench(usage: Usage, instance_type: str, running: float) -> Sequence[Line]:
    months = usage.workbench_months if usage.workbench_months is not None else usage.months
    return (
        _line(usage, f"workbench, {instance_type}", instance_type, running, months=months),
        _line(usage, "its disk", "workbench disk", usage.workbench_disk, months=months),
        # a stopped machine gives its address back
        _line(usage, "its public address", "public address", running, months=months),
    )


def _line(
    usage: Usage,
    what: str,
    price: str,
    quantity: float,
    count: int = 1,
    *,
    months: int | None = None,
    by_domain: bool = False,
) -> Line:
    prices = REGIONS.get(usage.region)
    if prices is None:
        raise UnknownPrice(f"there is no price table of {usage.region}; there are those of {', '.join(REGIONS)}")
    if price not in prices:
        kind = instance_classes(usage.region) if price.startswith("db.") else workbench_types(usage.region)
        listed = ", ".join(kind) or "none"
        raise UnknownPrice(f"the price table of {usage.region} does not have {price}; it has {listed}")
    return Line(what, quantity * count, prices[price], usage.months if months is None else months, by_domain)
