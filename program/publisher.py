"""What the publisher on the cluster knows of the stack."""

from collections.abc import Mapping, Sequence

import pulumi

from components.domain import Domain
from components.lake import Lake
from k8s.publisher.component import ScheduleArgs
from mesh.contracts.model import Contract
from mesh.names import DomainName
from mesh.settings import Settings
from program.outputs import describe_domain, describe_lake

_KNOWN = ("port", "identifier", "database", "catalog", "lakePrefix", "analystRoleArn")
"""Of a domain's outputs."""


def schedule(
    settings: Settings,
    contracts: Mapping[DomainName, Contract],
    texts: Mapping[DomainName, str],
    domains: Sequence[Domain],
    lake: Lake,
) -> ScheduleArgs | None:
    """The schedule, with logins to the databases whose ports the lake keeps; None without a schedule.

    The role is `trino`'s, of whose session a publication holds its lock: analysts have no password on AWS, and a lock
    is waited for longer than Grafana's role may ask anything.
    """
    if settings.publish is None:
        return None
    kept = [domain for domain in domains if contracts[domain.name].kept]
    host = settings.local and settings.local.host_address
    return ScheduleArgs(
        publish=settings.publish,
        stack=pulumi.get_stack(),
        outputs={
            "domains": {domain.name: _known(domain) | {"host": host or domain.host} for domain in kept},
            # Trino reads and writes the files; without an endpoint, nothing looks for the emulator's server
            "lake": describe_lake(settings, lake) | {"endpoint": None},
            "databases": {
                domain.name: {"trino": {"user": domain.name.trino_user, "password": domain.trino_password}}
                for domain in kept
            },
        },
        contracts=texts,
    )


def _known(domain: Domain) -> dict:
    described = describe_domain(domain)
    return {key: described[key] for key in _KNOWN}
