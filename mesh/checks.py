"""Checks of single configuration values: each returns the problem with a value, or None."""

import datetime
import ipaddress
import re
from contextlib import suppress

from mesh.brief import brief
from mesh.cost import regions
from mesh.reader import Check

PRINCIPAL = re.compile(
    r"arn:aws:(iam::[0-9]{12}:(root|(user|role)/[\w+=,.@/-]{1,576})|sts::[0-9]{12}:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+)",
    re.ASCII,
)

_WORDS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ACCOUNT = re.compile(r"[0-9]{12}")
_NOT_PUBLIC = {
    ipaddress.ip_network(network): kind
    for network, kind in {
        "0.0.0.0/8": "no address of a machine",
        "10.0.0.0/8": "a private address",
        "100.64.0.0/10": "a private address",
        "127.0.0.0/8": "a private address",
        "169.254.0.0/16": "a private address",
        "172.16.0.0/12": "a private address",
        "192.0.0.0/24": "reserved",
        "192.168.0.0/16": "a private address",
        "198.18.0.0/15": "reserved for measurements",
        "224.0.0.0/4": "multicast, from which nobody connects",
        "240.0.0.0/4": "reserved",
    }.items()
}
"""Blocks of IANA's register from which no connection comes over the internet. Those for documentation are left out."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(2020, 2080)
"""AWS Budgets ends in 2087."""
_EMAIL = re.compile(
    r"(?=.{1,254}\Z)(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_CONTEXT = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,256}")


def owner(value: str) -> str | None:
    if not value:
        return "a name is missing; it makes the bucket's name (datamesh-datalake-<owner>) unique in the world"
    if not 2 <= len(value) <= 20 or not _WORDS.fullmatch(value):
        return f"{brief(value)} does not fit a bucket's name: 2 to 20 lower-case letters, digits and single hyphens"
    return None


def region(value: str) -> str | None:
    return regions.refusal(value)


def account(value: str) -> str | None:
    return None if _ACCOUNT.fullmatch(value) else f"{brief(value)} is not the 12 digits of an AWS account"


def account_plan(value: str) -> str | None:
    return None if value in ("free", "paid") else f"{brief(value)} is neither free nor paid, the two plans of AWS"


def instance_class(plan: str, region: str) -> Check:
    """The check of an instance class in a region, on an account's plan; the free plan has only micro classes."""

    def check(value: str) -> str | None:
        priced = regions.instance_classes(region)
        if value not in priced:
            return f"the price table of {brief(region)} (mesh/cost) has no {brief(value)}; it has {', '.join(priced)}"
        if plan == "free" and not value.endswith(".micro"):
            return f"{value} does not exist on AWS's free plan, db.t3.micro and db.t4g.micro do"
        return None

    return check


def workbench_type(value: str, plan: str, region: str) -> str | None:
    """The problem with an EC2 instance type in a region, on the account's plan, or None."""
    priced = regions.workbench_types(region)
    if value not in priced:
        has = ", ".join(priced) or "no machine; `pulumi config rm workbench` goes without"
        return f"the price table of {brief(region)} (mesh/cost) has no {brief(value)}; it has {has}"
    if plan == "free" and value.endswith(".medium"):
        return f"{value} does not exist on AWS's free plan; t3.micro and t3.small do"
    return None


def most_backup_days(plan: str) -> int:
    """The longest that Amazon RDS keeps backups on an account's plan, in days."""
    return 1 if plan == "free" else 35


def email(value: str) -> str | None:
    if _EMAIL.fullmatch(value):
        return None
    problem = f"{brief(value)} is not an e-mail address" if value else "missing"
    return f"{problem}; warnings about money and databases go there"


def date(value: str) -> str | None:
    with suppress(ValueError):
        if _DATE.fullmatch(value) and datetime.date.fromisoformat(value).year in _YEARS:
            return None
    problem = f"{brief(value)} is not a date like 2026-12-01, from {_YEARS[0]} to {_YEARS[-1]}" if value else "missing"
    return f"{problem}; the budget counts from the project's first day"


def principal(value: object) -> str | None:
    if isinstance(value, str) and PRINCIPAL.fullmatch(value):
        return None
    return f"{brief(value)} is not the ARN of an AWS account, user or role; nothing else may be trusted"


def kube_context(value: str) -> str | None:
    if _CONTEXT.fullmatch(value):
        return None
    problem = f"{brief(value)} is not a context's name" if value else "missing"
    yours = "`kubectl config get-contexts -o name` lists yours"
    return f"{problem}; it names the one cluster that the stack may change; {yours}"


def cidr(value: str, *, local: bool = False) -> str | None:
    """The problem with an IPv4 range from which the databases can be reached, or None.

    The `local` stack (`local=True`) takes private addresses; every other stack takes public ones only.
    """
    try:
        network = ipaddress.ip_network(value, strict=False)
        host = ipaddress.ip_interface(value).ip
    except ValueError:
        return f"{brief(value)} is not an address range"
    if network.prefixlen == 0:
        return f"{brief(value)} would open the databases to the whole internet"
    if network.version == 6:
        return f"{brief(value)} is IPv6, and the databases have IPv4 addresses; give your IPv4 address"
    if "/" not in value:
        return f"{brief(value)} lacks its prefix length; a single address is {value}/32"
    if host != network.network_address:
        return (
            f"{brief(value)} has bits set beyond its prefix; write {network} for the range or {host}/32 for one address"
        )
    if network.prefixlen < 8:
        return f"{brief(value)} would open the databases to {network.num_addresses:,} addresses"
    kind = next((kind for block, kind in _NOT_PUBLIC.items() if network.overlaps(block)), None)
    if kind and not (local and network.is_private):
        return f"{brief(value)} is {kind}; AWS sees the public address of your router"
    return None
