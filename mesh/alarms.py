"""The CloudWatch alarms of every database, and how many alarms a mesh has.

An alarm is for what costs or hurts, and says it once. So none has an action for the state OK, which CloudWatch enters
when an alarm is new too; and none rings in a database's first hour, at its daily start (T3 and T4g instances start with
no credits), at night, or when a month begins: tests/unit/test_alarms_through_time.py lets such days pass.
"""

from dataclasses import dataclass
from typing import Literal

from mesh.cost.prices import PRICES

BILLING_ALARMS = 1
"""Alarms on the bill, beside those on databases."""
GIBIBYTE = 1024**3


@dataclass(frozen=True, kw_only=True)
class Watch:
    """An alarm that every database has. `threshold` is in the metric's unit, and must be passed for `minutes`."""

    name: str
    metric: str
    statistic: str = "Average"
    comparison: str
    threshold: float
    minutes: int = 15
    period: int = 5
    """Minutes over which CloudWatch takes the statistic."""
    missing: Literal["notBreaching", "ignore"] = "notBreaching"
    """What a stopped database, which sends no data, means: all is well, or all is as it was."""
    advice: str


_BURSTABLE = (
    # It is above 0 only while the balance is 0 and the processor works beyond what it earns: "balance low while the
    # processor is busy" in one metric. Metric math over the two would count as two of the ten alarms that are free.
    Watch(
        name="cpu",
        metric="CPUSurplusCreditBalance",
        comparison="GreaterThanThreshold",
        threshold=100,  # a full hour of both processors is 108; AWS bills beyond a day's earnings, 288 on micro classes
        advice="The processor's credits are spent, and it has worked for the like of a full hour on borrowed ones. "
        "What it does not earn back within a day, AWS bills: look for slow statements in the database's log.",
    ),
    # A stop bills what is still borrowed, some cents, in one hour. Three hours on end are a database that is too small.
    Watch(
        name="credits",
        metric="CPUSurplusCreditsCharged",
        statistic="Sum",
        comparison="GreaterThanThreshold",
        threshold=0,
        minutes=180,
        period=60,
        advice=f"For three hours AWS has billed the processor beyond its credits, {PRICES['processor credits'].usd:g} "
        "USD a vCPU-hour: at full load about 0.13 USD an hour. Stop what runs, or take a larger instance class.",
    ),
)
_STEADY = (
    Watch(
        name="cpu",
        metric="CPUUtilization",
        comparison="GreaterThanThreshold",
        threshold=80,
        minutes=60,
        advice="The processor has been over 80 % busy for an hour: look for slow statements in the database's log.",
    ),
)
_EVERY = (
    Watch(
        name="storage",
        metric="FreeStorageSpace",
        comparison="LessThanThreshold",
        threshold=2 * GIBIBYTE,
        missing="ignore",  # a disk does not empty overnight: else the mail would come again every morning
        advice="Less than 2 GiB of disk is free: delete data or increase the storage. A full database stops.",
    ),
    Watch(
        name="connections",
        metric="DatabaseConnections",
        comparison="GreaterThanThreshold",
        threshold=60,
        advice="More than 60 of about 80 connections are open: look for a client that does not close its connections.",
    ),
)
WATCHES = (*_STEADY, *_BURSTABLE, *_EVERY)
"""All alarms, of any class."""


def alarm_count(databases: int, *, instance_class: str, billing: int) -> int:
    """The number of alarms of a mesh: those of its databases, and `billing` on the bill."""
    return databases * len(watches(instance_class)) + billing


def alarm_warning(count: int) -> str | None:
    """A warning with the price in USD a month, when a mesh has more alarms than AWS gives for free; else None."""
    price = PRICES["alarm"]
    if count <= price.free:
        return None
    extra = count - price.free
    return (
        f"{count} alarms are {extra:g} more than the {price.free:g} that are free: {extra * price.usd:.2f} USD a month"
    )


def watches(instance_class: str) -> tuple[Watch, ...]:
    """The alarms of a database of this class. Only burstable classes (`db.t…`) have credits to watch."""
    return (*(_BURSTABLE if instance_class.startswith("db.t") else _STEADY), *_EVERY)
