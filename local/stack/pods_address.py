"""At which address pods of a cluster reach servers of this machine, found from what the cluster says of its nodes."""

import ipaddress
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

Node = Mapping[str, Any]
DOCKER_DESKTOP = "host.docker.internal"
_OWN_MACHINES = ("kind-", "k3d-", "minikube", "docker-desktop", "docker-for-desktop")
"""How the contexts of clusters begin whose nodes are containers or virtual machines of this machine."""
_IN_A_VM = {"minikube": "host.minikube.internal"}
"""The name that such a cluster has for a machine beyond its virtual machine, where it is not Docker Desktop's."""


def found(
    context: str, nodes: Iterable[Node], interfaces: Iterable[IPv4Interface], outside: Collection[str]
) -> str | None:
    """An address of this machine that no other machine reaches, or a name; None where only the user can know.

    `nodes` are as the API server has them, `interfaces` this machine's own addresses with their networks,
    `outside` those of them that lie in the network outside, which are never taken.
    """
    nodes = list(nodes)
    own = [each for each in interfaces if each.ip.is_private and not each.ip.is_loopback]
    addresses = list(_addresses(nodes))
    if any(node == each.ip for node in addresses for each in own):
        # The node is this machine: its bridge to the pods, because its own address may be that of the network outside.
        bridges = [str(each.ip) for network in _pod_networks(nodes) for each in own if each.ip in network]
        return next((each for each in bridges if each not in outside), None)
    if not context.startswith(_OWN_MACHINES):
        return None
    if not context.startswith("docker"):
        beside = [str(each.ip) for node in addresses for each in own if node in each.network]
        if beside:
            return next((each for each in beside if each not in outside), None)
    return _IN_A_VM.get(context, DOCKER_DESKTOP)


def _addresses(nodes: Iterable[Node]) -> Iterator[IPv4Address]:
    for node in nodes:
        for each in node.get("status", {}).get("addresses", []):
            with suppress(ValueError):  # a host name, or an address of IPv6
                yield IPv4Address(each["address"])


def _pod_networks(nodes: Iterable[Node]) -> Iterator[IPv4Network]:
    for node in nodes:
        spec = node.get("spec", {})
        for text in dict.fromkeys([spec.get("podCIDR", ""), *spec.get("podCIDRs", [])]):
            with suppress(ValueError):
                yield ipaddress.IPv4Network(text)
