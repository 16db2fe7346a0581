"""Settings of the `local` stack alone, where this machine is AWS, and the cluster unless one is named."""

import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mesh.brief import brief
from mesh.reader import Reader

STACK = "local"
NO_CLUSTER = "no cluster: type make up"
"""The context of the `local` stack without one: no kubeconfig has it, so that nothing gets to the current one."""
TESTS = "test-"
"""How the names of stacks begin that the tests make."""

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n?")
_KINDS = {"awsEndpoint": str, "databaseCa": str, "trinoPort": int, "trinoHttpsPort": int, "hostAddress": str}
_OPTIONAL = {"hostAddress"}
_ENDPOINT = re.compile(r"http://[0-9.]{7,15}:[0-9]{1,5}")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_FILE = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,4000}\.(pem|crt)")
UNUSED = {
    "allowedAccountIds": "the stack local changes no AWS account",
    "acceptCost": "the stack local costs nothing",
    "quotas": "the stack local is within all quotas of AWS",
}
"""Options without effect on the `local` stack, and why."""


@dataclass(frozen=True, kw_only=True)
class Local:
    """What `make up` writes into the group `local`."""

    aws_endpoint: str
    """URL of the S3 and Glue emulator; the database servers listen on its host."""
    database_ca: Path
    """Certificate of the authority that signed the databases' certificates."""
    trino_port: int
    trino_https_port: int
    host_address: str = ""
    """Where pods of a cluster reach this machine's servers: an address or a name; empty without a cluster."""

    @property
    def pods_endpoint(self) -> str:
        """URL of the emulator for Trino and notebooks, wherever they run."""
        port = urlsplit(self.aws_endpoint).port
        return f"http://{self.host_address}:{port}" if self.host_address else self.aws_endpoint


def read_local(reader: Reader, stack: str) -> Local | None:
    """The group `local`; None where it is absent or wrong."""
    group = reader.group("local", _KINDS, "trinoPort 8080")
    if group is None:
        return None
    if stack != STACK and not stack.startswith(TESTS):
        reader.refuse_unused(
            {"local": f"only the stack {STACK} has this group, which makes servers of this machine AWS"}
        )
        return None
    if missing := sorted(_KINDS.keys() - _OPTIONAL - group.keys()):
        reader.refuse("local", f"{', '.join(missing)} missing; `make up` writes it", "--path local.trinoPort 8080")
        return None
    if found := _problem(group):
        reader.refuse("local", *found)
        return None
    return Local(
        aws_endpoint=group["awsEndpoint"],
        database_ca=Path(group["databaseCa"]),
        trino_port=group["trinoPort"],
        trino_https_port=group["trinoHttpsPort"],
        host_address=group.get("hostAddress", ""),
    )


def host_address_problem(value: str) -> str | None:
    """The problem with the address at which pods should reach this machine, or None."""
    try:
        address = ipaddress.IPv4Address(value)
    except ValueError:
        if _HOST.fullmatch(value) and value != "localhost" and not value.replace(".", "").isdigit():
            return None
        return f"hostAddress is an IPv4 address or a name, like host.docker.internal, not {brief(value)}"
    if address.is_loopback or address.is_unspecified:
        return f"hostAddress {value} leads a pod to itself; type the address at which pods reach this machine"
    return None if address.is_private else f"hostAddress {value} would open the databases to other machines"


def endpoint_problem(value: object) -> str | None:
    """The problem with the emulator's URL, or None. It listens there, so other machines must not reach it."""
    example = f"awsEndpoint is the emulator's address, like http://127.0.0.1:23456, not {brief(value)}"
    if not isinstance(value, str) or not _ENDPOINT.fullmatch(value):
        return example
    try:
        url = urlsplit(value)
        host, port = ipaddress.IPv4Address(url.hostname or ""), url.port
    except ValueError:
        return example
    if not port:
        return example
    if host.is_unspecified or not host.is_private:
        return f"awsEndpoint {value} would open the emulator to other machines; its host is 127.0.0.1"
    return None


def authority_problem(text: str) -> str | None:
    """The problem with the contents of `databaseCa`, or None: they are shown to everyone who asks the databases."""
    others = [line for line in _BLOCK.sub("", text).splitlines() if line.strip() and not line.startswith("#")]
    try:
        if others or not _BLOCK.search(text):
            raise ValueError
        ssl.create_default_context(cadata=text)
    except (ValueError, ssl.SSLError):
        return "it holds something else than certificates"
    return None


def _problem(group: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first problem with a complete group, and what follows `pulumi config set` to mend it."""
    if problem := endpoint_problem(group["awsEndpoint"]):
        return problem, "--path local.awsEndpoint http://127.0.0.1:4566"
    if not _FILE.fullmatch(group["databaseCa"]):
        problem = f"databaseCa is a file of certificates (.pem, .crt), not {brief(group['databaseCa'])}"
        return problem, "--path local.databaseCa .local/tls/ca.pem"
    if problem := group.get("hostAddress") and host_address_problem(group["hostAddress"]):
        return problem, "--path local.hostAddress 172.18.0.1"
    taken = {urlsplit(group["awsEndpoint"]).port: "awsEndpoint"}
    for entry in ("trinoPort", "trinoHttpsPort"):
        port, fix = group[entry], f"--path local.{entry} {8080 if entry == 'trinoPort' else 8443}"
        if not 1 <= port <= 65535:
            return f"{entry} is a port, 1 to 65535, not {brief(port)}", fix
        if port in taken:
            return f"{entry} and {taken[port]} are the same port, {port}", fix
        taken[port] = entry
    return None
