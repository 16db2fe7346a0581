"""At which address pods of a cluster reach this machine, and which of them the settings take."""

from ipaddress import IPv4Interface
from typing import Any

import pytest

from local.stack.pods_address import found
from mesh.local_settings import host_address_problem

LOOPBACK, LAN = "127.0.0.1/8", "192.168.1.20/24"
OUTSIDE = {"192.168.1.20"}


def node(address: str, *networks: str) -> dict[str, Any]:
    """A node as the API server has it."""
    addresses = [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": "the-node"}]
    return {
        "spec": {"podCIDR": networks[0], "podCIDRs": list(networks)} if networks else {},
        "status": {"addresses": addresses},
    }


@pytest.mark.parametrize(
    ("context", "nodes", "interfaces", "address"),
    [
        ("kind-datamesh", [node("172.18.0.2", "10.244.0.0/24")], [LOOPBACK, LAN, "172.18.0.1/16"], "172.18.0.1"),
        ("k3d-datamesh", [node("172.20.0.3"), node("172.20.0.2")], [LAN, "172.20.0.1/16"], "172.20.0.1"),
        ("minikube", [node("192.168.49.2")], [LAN, "192.168.49.1/24"], "192.168.49.1"),
        ("minikube", [node("192.168.49.2")], [LAN], "host.minikube.internal"),  # inside of Docker Desktop's machine
        ("kind-datamesh", [node("172.18.0.2")], [LAN], "host.docker.internal"),
        ("docker-desktop", [node("192.168.65.3")], [LAN, "192.168.65.1/24"], "host.docker.internal"),
        ("default", [node("192.168.1.20", "10.42.0.0/24")], [LAN, "10.42.0.1/24"], "10.42.0.1"),
        ("mesh", [node("10.244.0.1", "fd00::/64", "10.244.0.0/24")], ["10.244.0.1/24"], "10.244.0.1"),
    ],
)  # fmt: skip
def test_the_address_is_found_for_clusters_of_this_machine(
    context: str, nodes: list[dict[str, Any]], interfaces: list[str], address: str
):
    assert found(context, nodes, map(IPv4Interface, interfaces), OUTSIDE) == address


@pytest.mark.parametrize(
    ("context", "nodes"),
    [
        (
            "default",
            [node("192.168.1.20")],
        ),  # the node is this machine, and has no bridge: its own address is the LAN's
        ("office", [node("192.168.1.30", "10.42.0.0/24")]),
        ("arn:aws:eks:eu-west-3:123456789012:cluster/mesh", [node("10.0.3.7")]),
        ("office", []),
        ("minikube", [node("192.168.1.40")]),  # a virtual machine that is bridged to the LAN
        ("k3d-datamesh", [node("192.168.1.40"), node("192.168.1.41")]),
        ("default", [node("192.168.1.20", "192.168.1.0/24")]),  # pods have addresses of the LAN
    ],
)
def test_no_address_is_guessed_that_other_machines_reach_too(context: str, nodes: list[dict[str, Any]]):
    assert found(context, nodes, map(IPv4Interface, (LOOPBACK, LAN)), OUTSIDE) is None


@pytest.mark.parametrize("value", ["10.244.0.1", "172.18.0.1", "host.docker.internal", "host.k3d.internal"])
def test_an_address_or_a_name_is_taken(value: str):
    assert host_address_problem(value) is None


@pytest.mark.parametrize("value", ["127.0.0.1", "0.0.0.0", "8.8.8.8", "localhost", "10.244.0", "a b", "-x", ""])
def test_no_address_is_taken_at_which_pods_would_find_nobody_or_strangers_would_find_rows(value: str):
    assert host_address_problem(value)
