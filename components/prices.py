"""What a mesh costs: a dated price table of us-east-1, and the estimate made from it. Nothing here asks AWS.

Prices change: each has the month it was noted in, and the AWS page to check it against.
"""

from collections.abc import Sequence
from dataclasses import dataclass

HOURS_A_MONTH = 730
HOURS_A_WEEK = 168


@dataclass(frozen=True)
class Price:
    """A price in USD."""

    usd: float
    unit: str
    noted: str
    """Month in which it was noted."""
    source: str
    """The AWS page that has the current one."""
    free: float = 0
    """How many units a month cost nothing."""


_RDS = "Amazon RDS for PostgreSQL pricing"
_EC2 = "Amazon EC2 On-Demand pricing"
_EBS = "Amazon EBS pricing"
_VPC = "Amazon VPC pricing"
_S3 = "Amazon S3 pricing"
_SECRETS = "AWS Secrets Manager pricing"
_CLOUDWATCH = "Amazon CloudWatch pricing"

PRICES = {
    "db.t3.micro": Price(0.018, "hour", "2026-03", _RDS),
    "db.t4g.micro": Price(0.016, "hour", "2026-10", _RDS),
    "db.t4g.small": Price(0.032, "hour", "2026-10", _RDS),
    "database disk": Price(0.115, "GiB-month", "2026-11", _RDS),
    "t3.medium": Price(0.0416, "hour", "2026-11", _EC2),
    "t4g.medium": Price(0.0336, "hour", "2026-11", _EC2),
    # within these families the price goes with the size: a small one is half a medium one
    "t3.small": Price(0.0208, "hour", "2026-11", _EC2),
    "t3.micro": Price(0.0104, "hour", "2026-11", _EC2),
    "t4g.small": Price(0.0168, "hour", "2026-11", _EC2),
    "t4g.micro": Price(0.0084, "hour", "2026-11", _EC2),
    "workbench disk": Price(0.08, "GiB-month", "2026-11", _EBS),
    "public address": Price(0.005, "hour", "2026-09", _VPC),
    "lake storage": Price(0.023, "GiB-month", "2026-11", _S3),
    "lake writes": Price(0.005, "1,000 requests", "2026-11", _S3),
    "secret": Price(0.40, "month", "2026-09", _SECRETS),
    "alarm": Price(0.10, "month", "2026-11", _CLOUDWATCH, free=10),
    "dashboard": Price(3.00, "month", "2026-11", _CLOUDWATCH, free=3),
    # what Grafana asks for; reading metrics this way has no free part
    "metric reads": Price(0.01, "1,000 metrics", "2026-11", _CLOUDWATCH),
    "logs": Price(0.50, "GiB", "2026-11", _CLOUDWATCH, free=5),
    "transfer out": Price(0.09, "GiB", "2026-11", _EC2, free=100),
}

INSTANCE_CLASSES = tuple(name for name in PRICES if name.startswith("db."))
WORKBENCH_TYPES = tuple(name for name in PRICES if name.startswith("t") and "." in name)


@dataclass(frozen=True, kw_only=True)
class MeshShape:
    """What of a mesh costs money. The defaults are the seed document's, without its EC2 machine."""

    months: int = 3
    databases: int = 2
    instance_class: str = "db.t3.micro"
    storage: int = 20
    """GiB of disk a database."""
    secrets: int = 4
    hours_a_week: int = HOURS_A_WEEK
    """How long databases and workbench run."""
    workbench: str | None = None
    """Its instance type."""
    workbench_months: int | None = None
    """For how many of the months there is one; None means all."""
    workbench_disk: int = 30
    lake: float = 50
    """GiB in the lake."""
    lake_writes: int = 10_000
    """Write requests a month."""
    alarms: int = 10
    dashboards: int = 1
    metric_reads: float = 0
    """How often a month Grafana reads a metric: panels' metrics times refreshes."""
    logs: float = 1
    """GiB of logs a month."""
    transfer: float = 20
    """GiB a month from AWS to the laptop."""


SEED_WITHOUT_EC2 = MeshShape()
SEED = MeshShape(workbench="t3.medium", workbench_months=2)


@dataclass(frozen=True)
class Line:
    """One priced thing: `quantity` units a month beyond the free ones, at `price`, for `months`."""

    what: str
    quantity: float
    price: Price
    months: int

    @property
    def monthly(self) -> float:
        return max(0.0, self.quantity - self.price.free) * self.price.usd

    @property
    def total(self) -> float:
        return self.monthly * self.months


@dataclass(frozen=True)
class Estimate:
    """What a mesh costs, in USD."""

    shape: MeshShape
    lines: tuple[Line, ...]

    @property
    def monthly(self) -> float:
        """In a month in which everything is there."""
        return sum(line.monthly for line in self.lines)

    @property
    def total(self) -> float:
        """Over the whole project."""
        return sum(line.total for line in self.lines)


class UnknownPrice(ValueError):
    """A shape uses something that the price table does not have."""


def estimate(shape: MeshShape) -> Estimate:
    """The cost of a mesh. Raises UnknownPrice for an instance class or type that the table does not have."""
    running = HOURS_A_MONTH * shape.hours_a_week / HOURS_A_WEEK
    lines = [
        _line(
            shape,
            f"{shape.databases} databases, {shape.instance_class}",
            shape.instance_class,
            running,
            shape.databases,
        ),
        _line(shape, "their disks", "database disk", shape.storage, shape.databases),
        # counted in full in office hours too, to be on the careful side
        _line(shape, "their public addresses", "public address", HOURS_A_MONTH, shape.databases),
        _line(shape, "secrets", "secret", 1, shape.secrets),
        _line(shape, "lake: storage", "lake storage", shape.lake),
        _line(shape, "lake: writes", "lake writes", shape.lake_writes / 1000),
        *(_workbench(shape, shape.workbench, running) if shape.workbench else ()),
        _line(shape, "alarms", "alarm", 1, shape.alarms),
        _line(shape, "dashboards", "dashboard", 1, shape.dashboards),
        _line(shape, "metrics read by Grafana", "metric reads", shape.metric_reads / 1000),
        _line(shape, "logs", "logs", shape.logs),
        _line(shape, "transfer to the laptop", "transfer out", shape.transfer),
    ]
    return Estimate(shape, tuple(lines))


def _workbench(shape: MeshShape, instance_type: str, running: float) -> Sequence[Line]:
    months = shape.workbench_months if shape.workbench_months is not None else shape.months
    return (
        _line(shape, f"workbench, {instance_type}", instance_type, running, months=months),
        _line(shape, "its disk", "workbench disk", shape.workbench_disk, months=months),
        # a machine that is stopped gives its address back
        _line(shape, "its public address", "public address", running, months=months),
    )


def _line(
    shape: MeshShape, what: str, price: str, quantity: float, count: int = 1, *, months: int | None = None
) -> Line:
    if price not in PRICES:
        kind = INSTANCE_CLASSES if price.startswith("db.") else WORKBENCH_TYPES
        raise UnknownPrice(f"the price table does not have {price}; it has {', '.join(kind)}")
    return Line(what, quantity * count, PRICES[price], shape.months if months is None else months)
