"""Checks of single configuration values: each returns what is wrong with a value, or None."""

import ipaddress
import re

_WORDS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_ACCOUNT = re.compile(r"\d{12}")
_HOME = [
    ipaddress.ip_network(n)
    for n in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
]
_INSTANCE_CLASS = re.compile(r"db\.[a-z0-9]+\.[a-z0-9]+")


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


def instance_class(value: str) -> str | None:
    return None if _INSTANCE_CLASS.fullmatch(value) else f"{value!r} is not an RDS instance class"


def kube_context(value: str) -> str | None:
    if value:
        return None
    return "missing, so that no cluster is changed by mistake; `kubectl config get-contexts -o name` lists yours"


def cidr(value: str, *, local: bool = False) -> str | None:
    """Whether a range may reach the databases.

    The ranges of the `local` stack (`local=True`) are this machine's, elsewhere they must be public addresses.
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
        return f"{value!r} lacks its length; a single address is {value}/32"
    if host != network.network_address:
        return f"{value!r} has bits beyond its length; write {network} for the range or {host}/32 for the one address"
    if network.prefixlen < 8:
        return f"{value!r} would open the databases to {network.num_addresses:,} addresses"
    if not local and any(network.overlaps(home) for home in _HOME):
        return f"{value!r} is a private address; AWS sees the public one of your router"
    return None
