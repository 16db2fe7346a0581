"""A price table for us-east-1; `mesh/cost/regions.py` has those of other regions.

Prices change: each has the month in which it was noted, and the AWS page with the current one.
"""

from dataclasses import dataclass

HOURS_A_MONTH = 730
HOURS_A_WEEK = 168


@dataclass(frozen=True)
class Price:
    """A price in USD for one `unit`."""

    usd: float
    unit: str
    noted: str
    """The month in which it was noted, `2026-11`."""
    source: str
    """The AWS page with the current price."""
    free: float = 0
    """Units a month that cost nothing."""


_RDS = "Amazon RDS for PostgreSQL pricing"
_EC2 = "Amazon EC2 On-Demand pricing"
_EBS = "Amazon EBS pricing"
_VPC = "Amazon VPC pricing"
_S3 = "Amazon S3 pricing"
_GLUE = "AWS Glue pricing"
_SECRETS = "AWS Secrets Manager pricing"
_CLOUDWATCH = "Amazon CloudWatch pricing"

PRICES = {
    "db.t3.micro": Price(0.018, "hour", "2026-03", _RDS),
    "db.t4g.micro": Price(0.016, "hour", "2026-10", _RDS),
    "db.t4g.small": Price(0.032, "hour", "2026-10", _RDS),
    "database disk": Price(0.115, "GiB-month", "2026-11", _RDS),
    "t3.medium": Price(0.0416, "hour", "2026-11", _EC2),
    "t4g.medium": Price(0.0336, "hour", "2026-11", _EC2),
    # within these families the price follows the size: a small one costs half a medium one
    "t3.small": Price(0.0208, "hour", "2026-11", _EC2),
    "t3.micro": Price(0.0104, "hour", "2026-11", _EC2),
    "t4g.small": Price(0.0168, "hour", "2026-11", _EC2),
    "t4g.micro": Price(0.0084, "hour", "2026-11", _EC2),
    "workbench disk": Price(0.08, "GiB-month", "2026-11", _EBS),
    "public address": Price(0.005, "hour", "2026-09", _VPC),
    "lake storage": Price(0.023, "GiB-month", "2026-11", _S3),
    "lake writes": Price(0.005, "1,000 requests", "2026-11", _S3),
    # a hundred thousand objects cost one USD a month, beyond the first million; requests are as many and as cheap
    "catalog objects": Price(0.00001, "objects", "2026-11", _GLUE, free=1_000_000),
    "secret": Price(0.40, "month", "2026-09", _SECRETS),
    "alarm": Price(0.10, "month", "2026-11", _CLOUDWATCH, free=10),
    "dashboard": Price(3.00, "month", "2026-11", _CLOUDWATCH, free=3),
    "large dashboard": Price(3.00, "month", "2026-11", _CLOUDWATCH),
    "logs": Price(0.50, "GiB", "2026-11", _CLOUDWATCH, free=5),
    # RDS runs t classes in unlimited mode: work beyond their credits is billed. T3 and T4g cost the same, everywhere
    "processor credits": Price(0.075, "vCPU-hour", "2026-10", _RDS),
    "metric reads": Price(0.01, "1,000 metrics", "2026-11", _CLOUDWATCH),
    "transfer out": Price(0.09, "GiB", "2026-11", _EC2, free=100),
}

CREDITS = {"db.t3.micro": 12, "db.t4g.micro": 12, "db.t4g.small": 24}
"""By instance class: the processor credits that it earns in an hour; a credit is one vCPU for a minute.

*Burstable performance instances*, Amazon EC2 User Guide.
"""
VCPUS = 2
"""Of each of these classes."""

INSTANCE_CLASSES = tuple(name for name in PRICES if name.startswith("db."))
WORKBENCH_TYPES = tuple(name for name in PRICES if name.startswith("t") and "." in name)
