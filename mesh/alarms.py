"""The CloudWatch alarms of every database, and how many alarms a mesh has."""

from dataclasses import dataclass

from mesh.cost.prices import PRICES

BILLING_REGION = "us-east-1"
"""The region in which AWS publishes every account's bill, whatever the region of the mesh."""
BILLING_ALARMS = 2
"""Alarms on the bill, beside those on databases."""
GIBIBYTE = 1024**3


@dataclass(frozen=True, kw_only=True)
class Watch:
    """An alarm that every database has. `threshold` is in the metric's unit, and must be passed for `minutes`."""

    name: str
    metric: str
    comparison: str
    threshold: float
    minutes: int
    advice: str


WATCHES = (
    Watch(
        name="cpu",
        metric="CPUUtilization",
        comparison="GreaterThanThreshold",
        threshold=80,
        minutes=15,
        advice="The processor has been over 80 % busy for 15 minutes: look for slow statements in the database's log.",
    ),
    Watch(
        name="storage",
        metric="FreeStorageSpace",
        comparison="LessThanThreshold",
        threshold=2 * GIBIBYTE,
        minutes=5,
        advice="Less than 2 GiB of disk is free: delete data or increase the storage. A full database stops.",
    ),
    Watch(
        name="connections",
        metric="DatabaseConnections",
        comparison="GreaterThanThreshold",
        threshold=60,
        minutes=5,
        advice="More than 60 of about 80 connections are open: look for a client that does not close its connections.",
    ),
    Watch(
        name="credits",
        metric="CPUCreditBalance",
        comparison="LessThanThreshold",
        threshold=20,
        minutes=15,
        advice="The processor's credits are nearly spent: beyond them, AWS bills busy hours in addition.",
    ),
)


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
    return tuple(w for w in WATCHES if w.name != "credits" or instance_class.startswith("db.t"))
