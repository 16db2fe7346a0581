"""Checks of single configuration values: each returns the problem with a value, or None."""

import datetime
import ipaddress
import re
from contextlib import suppress

from mesh.cost.prices import INSTANCE_CLASSES, WORKBENCH_TYPES
from mesh.reader import Check

PRINCIPAL = re.compile(r"arn:aws:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/[\w+=,.@/-]+)")

_WORDS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_ACCOUNT = re.compile(r"[0-9]{12}")
_PRIVATE = [
    ipaddress.ip_network(n)
    for n in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
]
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def owner(value: str) -> str | None:
    if not value:
        return "a name is missing; it makes the bucket's name (datamesh-datalake-<owner>) unique in the world"
    if not 2 <= len(value) <= 20 or not _WORDS.fullmatch(value):
        return f"{value!r} does not fit a bucket's name: 2 to 20 lower-case letters, digits and single hyphens"
    return None


def region(value: str) -> str | None:
    return None if _REGION.fullmatch(value) else f"{value!r} is not an AWS region"


def account(value: str) -> str | None:
    return None if _ACCOUNT.fullmatch(value) else f"{value!r} is not the 12 digits of an AWS account"


def account_plan(value: str) -> str | None:
    return None if value in ("free", "paid") else f"{value!r} is neither free nor paid, the two plans of AWS"


def instance_class(plan: str) -> Check:
    """The check of an instance class on an account's plan; the free plan has only micro classes."""

    def check(value: str) -> str | None:
        if value not in INSTANCE_CLASSES:
            return f"the price table (mesh/cost/prices.py) has no {value!r}; it has {', '.join(INSTANCE_CLASSES)}"
        if plan == "free" and not value.endswith(".micro"):
            return f"{value} does not exist on AWS's free plan, db.t3.micro and db.t4g.micro do"
        return None

    return check


def workbench_type(value: str, plan: str) -> str | None:
    """The problem with an EC2 instance type on the account's plan, or None."""
    if value not in WORKBENCH_TYPES:
        return f"the price table (mesh/cost/prices.py) has no {value!r}; it has {', '.join(WORKBENCH_TYPES)}"
    if plan == "free" and value.endswith(".medium"):
        return f"{value} does not exist on AWS's free plan; t3.micro and t3.small do"
    return None


def most_backup_days(plan: str) -> int:
    """The longest that Amazon RDS keeps backups on an account's plan, in days."""
    return 1 if plan == "free" else 35


def email(value: str) -> str | None:
    if _EMAIL.fullmatch(value):
        return None
    problem = f"{value!r} is not an e-mail address" if value else "missing"
    return f"{problem}; warnings about money and databases go there"


def date(value: str) -> str | None:
    if _DATE.fullmatch(value):
        with suppress(ValueError):
            datetime.date.fromisoformat(value)
            return None
    problem = f"{value!r} is not a date like 2026-12-01" if value else "missing"
    return f"{problem}; the budget counts from the project's first day"


def principal(value: str) -> str | None:
    if PRINCIPAL.fullmatch(value):
        return None
    return f"{value!r} is not the ARN of an AWS account, user or role; nothing else may be trusted"


def kube_context(value: str) -> str | None:
    if value:
        return None
    return (
        "missing; it names the one cluster that the stack may change; `kubectl config get-contexts -o name` lists yours"
    )


def cidr(value: str, *, local: bool = False) -> str | None:
    """The problem with an IPv4 range from which the databases can be reached, or None.

    The `local` stack (`local=True`) takes private addresses; every other stack takes public ones only.
    """
    try:
        network = ipaddress.ip_network(value, strict=False)
        host = ipaddress.ip_interface(value).ip
    except ValueError:
        return f"{value!r} is not an address range"
    if network.prefixlen == 0:
        return f"{value!r} would open the databases to the whole internet"
    if network.version == 6:
        return f"{value!r} is IPv6, and the databases have IPv4 addresses; give your IPv4 address"
    if "/" not in value:
        return f"{value!r} lacks its prefix length; a single address is {value}/32"
    if host != network.network_address:
        return f"{value!r} has bits set beyond its prefix; write {network} for the range or {host}/32 for one address"
    if network.prefixlen < 8:
        return f"{value!r} would open the databases to {network.num_addresses:,} addresses"
    if not local and any(network.overlaps(private) for private in _PRIVATE):
        return f"{value!r} is a private address; AWS sees the public one of your router"
    return None
