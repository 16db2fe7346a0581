"""Where servers of this machine listen: on loopback, and where pods of the user's cluster reach them, if any."""

from typing import NamedTuple

import psutil

from local.servers import descriptors

EMULATOR = "emulator"
"""The server whose descriptor says where pods reach this machine: the others follow it."""


class Reach(NamedTuple):
    """The addresses on which a server listens, and the address or name by which pods call it; "" without a cluster."""

    listens: list[str]
    pods: str

    @property
    def names(self) -> list[str]:
        """All that the server's certificate has to name."""
        return [*self.listens, *([self.pods] if self.pods else [])]


def reach(host: str, pods: str | None = None) -> Reach:
    """The reach of a server of `host`; `pods` is as the emulator's descriptor has it unless given.

    A name, or an address that this machine has not now, is not listened on: Docker Desktop passes what pods send there
    on to loopback.
    """
    called: str = (descriptors.every().get(EMULATOR) or {}).get("pods", "") if pods is None else pods
    ours = {each.address for interface in psutil.net_if_addrs().values() for each in interface}
    return Reach([host, *({called} & ours - {host})], called)


def current(descriptor: descriptors.Descriptor, wanted: Reach) -> bool:
    """Whether the server that the descriptor is of was started with this reach."""
    return descriptor.get("listens", [descriptor["host"]]) == wanted.listens and (
        descriptor.get("pods", "") == wanted.pods
    )
