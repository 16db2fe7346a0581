"""What each container of the platform asks of the cluster: one place, from which pods, quota and footprint follow."""

from collections.abc import Iterable
from dataclasses import dataclass

from pulumi_kubernetes.core.v1 import ResourceRequirementsArgsDict


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a container is promised, and the most it may take."""

    cpu: int
    """Promised, in thousandths of a processor. There is no most: idle time is for whoever can use it."""
    memory: int
    """Promised, in MiB."""
    most_memory: int
    """In MiB; a container that wants more is ended."""

    def spec(self) -> ResourceRequirementsArgsDict:
        """As a container says it."""
        return {
            "requests": {"cpu": f"{self.cpu}m", "memory": f"{self.memory}Mi"},
            "limits": {"memory": f"{self.most_memory}Mi"},
        }


HUB = Resources(cpu=100, memory=256, most_memory=512)
PROXY = Resources(cpu=50, memory=128, most_memory=256)
GRAFANA = Resources(cpu=100, memory=256, most_memory=512)
NOTEBOOK = Resources(cpu=100, memory=256, most_memory=1024)
"""One person's server."""
NOTEBOOK_CPU = 1
"""The most processors that one person's server may take: they are many, and Trino is for everybody."""
UNSAID = Resources(cpu=50, memory=128, most_memory=256)
"""For a container that declares nothing."""
HOME_GIB = 1
"""Of disk for each person, and as much for the hub's own state."""


def trino(memory: int) -> Resources:
    """One server of Trino with `memory` MiB. It takes all of it at the start: promised and most are the same."""
    return Resources(cpu=500, memory=memory, most_memory=memory)


def quota(fixed: Iterable[Resources], people: int, spare: Iterable[Resources]) -> dict[str, str]:
    """The hard limits of the namespace's ResourceQuota.

    `fixed` are the containers that always run, `people` have a server and a home each, `spare` is room for a pod
    that starts while the one that it follows is still on its way out.
    """
    asked = [*fixed, *spare, *[NOTEBOOK] * people]
    homes = 2 * people  # the homes of people who have gone stay
    return {
        "requests.cpu": f"{sum(each.cpu for each in asked)}m",
        "requests.memory": f"{sum(each.memory for each in asked)}Mi",
        "limits.memory": f"{sum(each.most_memory for each in asked)}Mi",
        "requests.storage": f"{HOME_GIB * (homes + 1)}Gi",
        "persistentvolumeclaims": str(homes + 1),
    }
