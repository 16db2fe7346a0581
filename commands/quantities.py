"""The resources that pods declare in their specifications, as numbers that can be added."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_UNITS = {
    "m": Decimal("0.001"),
    "": Decimal(1),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", start=1)},
}
_QUANTITY = re.compile(rf"(\d+(?:\.\d+)?)({'|'.join(_UNITS)})")


def quantity(text: str | int | float) -> Decimal:
    """The number of a Kubernetes quantity: `500m` is 0.5, `1Ki` is 1024.

    Raises ValueError for anything else, exponents (`1e3`) and negative quantities included.
    """
    match = _QUANTITY.fullmatch(str(text))
    if not match:
        raise ValueError(f"{text!r} is not a quantity such as 500m, 2 or 2560Mi")
    return Decimal(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a workload takes of a cluster: `cpu` in processors, all else in bytes."""

    cpu: Decimal = Decimal(0)
    """Reserved."""
    memory: Decimal = Decimal(0)
    """Reserved."""
    most_memory: Decimal = Decimal(0)
    """The limit beyond which a container is ended."""
    kept: Decimal = Decimal(0)
    """Disk on volumes that outlive their pods."""
    scratch: Decimal = Decimal(0)
    """The most disk that empty volumes of pods may take on the nodes."""

    def __add__(self, other: "Need") -> "Need":
        return Need(**{name: value + getattr(other, name) for name, value in vars(self).items()})

    def __mul__(self, times: int) -> "Need":
        return Need(**{name: value * times for name, value in vars(self).items()})


def total(needs: Iterable[Need]) -> Need:
    """The sum of all needs."""
    return sum(needs, Need())


def pod(spec: Mapping[str, Any]) -> Need:
    """What one pod needs: all its containers, or the largest of its init containers where that is more.

    Claimed volumes are not included. Raises ValueError for a container or an empty volume without a limit.
    """
    together = total(_container(each) for each in spec["containers"])
    first = [_container(each) for each in spec.get("initContainers", [])]
    return Need(
        cpu=max(each.cpu for each in [together, *first]),
        memory=max(each.memory for each in [together, *first]),
        most_memory=max(each.most_memory for each in [together, *first]),
        scratch=sum((_scratch(each) for each in spec.get("volumes", [])), Decimal(0)),
    )


def _container(container: Mapping[str, Any]) -> Need:
    resources = container.get("resources", {})
    try:
        return Need(
            cpu=quantity(resources["requests"]["cpu"]),
            memory=quantity(resources["requests"]["memory"]),
            most_memory=quantity(resources["limits"]["memory"]),
        )
    except KeyError as error:
        raise ValueError(f"the container {container['name']} does not declare its {error}") from None


def _scratch(volume: Mapping[str, Any]) -> Decimal:
    if "emptyDir" not in volume:
        return Decimal(0)
    if "sizeLimit" not in volume["emptyDir"]:
        raise ValueError(f"the empty volume {volume['name']} may fill the node's disk: it has no sizeLimit")
    return quantity(volume["emptyDir"]["sizeLimit"])
