"""Requests and limits of every container of the platform; pods, quota and footprint follow from them."""

from collections.abc import Iterable
from dataclasses import dataclass

from pulumi_kubernetes.core.v1 import ResourceRequirementsArgsDict


@dataclass(frozen=True, kw_only=True)
class Resources:
    """A container's requests, and its limit of memory."""

    cpu: int
    """Requested, in thousandths of a processor. There is no limit: any container may use idle time."""
    memory: int
    """Requested, in MiB."""
    most_memory: int
    """The limit, in MiB; a container that needs more is ended."""

    def spec(self) -> ResourceRequirementsArgsDict:
        """The `resources` of a container."""
        return {
            "requests": {"cpu": f"{self.cpu}m", "memory": f"{self.memory}Mi"},
            "limits": {"memory": f"{self.most_memory}Mi"},
        }


HUB = Resources(cpu=100, memory=256, most_memory=512)
PROXY = Resources(cpu=50, memory=128, most_memory=256)
GRAFANA = Resources(cpu=100, memory=256, most_memory=512)
QUERY_LOG = Resources(cpu=20, memory=32, most_memory=96)
"""Beside Trino's coordinator. A large query's event, plan and all, is in its memory for a moment."""
PUBLISHER = Resources(cpu=50, memory=128, most_memory=384)
NOTEBOOK = Resources(cpu=100, memory=256, most_memory=1024)
"""One person's server."""
NOTEBOOK_CPU = 1
"""The most processors for one person's server, so that many servers leave time for Trino."""
UNSAID = Resources(cpu=50, memory=128, most_memory=256)
"""For a container that declares nothing."""
HOME_GIB = 1
"""GiB of disk for each person, and as much for the hub's state."""


def trino(memory: int) -> Resources:
    """One server of Trino with `memory` MiB. It takes all of it at the start, so request and limit are the same."""
    return Resources(cpu=500, memory=memory, most_memory=memory)


def quota(fixed: Iterable[Resources], people: int, spare: Iterable[Resources]) -> dict[str, str]:
    """The hard limits of the namespace's ResourceQuota.

    `fixed` are the containers that always run, `people` is the number of those with a server, `spare` is room for pods
    that start while their predecessors still end. Volumes have none: homes stay when people leave, so a limit by people
    would one day be below what is there, and nobody new would get a home.
    """
    asked = [*fixed, *spare, *[NOTEBOOK] * people]
    return {
        "requests.cpu": f"{sum(each.cpu for each in asked)}m",
        "requests.memory": f"{sum(each.memory for each in asked)}Mi",
        "limits.memory": f"{sum(each.most_memory for each in asked)}Mi",
    }
