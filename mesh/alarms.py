"""What is watched in every database, and how many alarms that makes."""

from dataclasses import dataclass

BILLING_REGION = "us-east-1"
"""Where AWS keeps every account's bill, whatever the region of the mesh."""
BILLING_ALARMS = 2
"""Alarms on the bill, beside those on databases."""
FREE_ALARMS = 10
GIBIBYTE = 1024**3


@dataclass(frozen=True, kw_only=True)
class Watch:
    """One thing that is watched in every database."""

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
        advice="The processor is over 80 % busy for 15 minutes: look for the slow statement in the database's log.",
    ),
    Watch(
        name="storage",
        metric="FreeStorageSpace",
        comparison="LessThanThreshold",
        threshold=2 * GIBIBYTE,
        minutes=5,
        advice="Less than 2 GiB of disk are free: delete data or raise the storage; a full database stops.",
    ),
    Watch(
        name="connections",
        metric="DatabaseConnections",
        comparison="GreaterThanThreshold",
        threshold=60,
        minutes=5,
        advice="More than 60 connections are open, and about 80 are all there are: who does not close them?",
    ),
    Watch(
        name="credits",
        metric="CPUCreditBalance",
        comparison="LessThanThreshold",
        threshold=20,
        minutes=15,
        advice="The processor's credits are nearly spent: beyond them, Amazon bills every hour of use on top.",
    ),
)


def alarm_count(databases: int, *, instance_class: str, billing: int) -> int:
    """How many alarms a mesh has, the two on the bill among them."""
    return databases * len(watches(instance_class)) + billing


def alarm_warning(count: int) -> str | None:
    """What to tell people whose alarms are more than AWS gives for free."""
    if count <= FREE_ALARMS:
        return None
    extra = count - FREE_ALARMS
    return f"{count} alarms are {extra} more than the {FREE_ALARMS} that are free: {extra * 0.10:.2f} USD a month"


def watches(instance_class: str) -> tuple[Watch, ...]:
    """Only classes that burst (`db.t…`) have credits to watch."""
    return tuple(w for w in WATCHES if w.name != "credits" or instance_class.startswith("db.t"))
