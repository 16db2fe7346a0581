"""The network policies of the namespace: all traffic is denied except what is listed here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions
from pulumi_kubernetes.networking.v1 import (
    NetworkPolicyPeerArgsDict,
    NetworkPolicyPortArgsDict,
    NetworkPolicySpecArgsDict,
)

from k8s.namespace import Namespace
from mesh.ports import TRINO_HTTP
from mesh.ports import TRINO_HTTPS as TRINO

DNS, HUB, NOTEBOOK = 53, 8081, 8888
HTTPS = 443
API_SERVER = (443, 6443, 8443, 16443)
"""The ports of API servers. A policy applies to the port behind the Service: 6443 on kind, k3d and Docker Desktop,
8443 on minikube, 16443 on MicroK8s."""
LINK_LOCAL = "169.254.0.0/16"
"""Where clouds hand a machine's credentials to any program on it: 169.254.169.254, and addresses beside it."""

_PARTS = {
    "coordinator": "trino",
    "worker": "trino",
    "hub": "jupyterhub",
    "notebook": "jupyterhub",
    "server": "grafana",
    "publisher": "publisher",
}


@dataclass(frozen=True, kw_only=True)
class NetworkPoliciesArgs:
    """Ports of the databases and of S3, outside of the namespace."""

    namespace: Namespace
    database_ports: Sequence[Input[int]]
    lake_port: int = HTTPS
    publisher: bool = False
    """Whether a CronJob publishes into the lake."""


class NetworkPolicies(pulumi.ComponentResource):
    """The network policies of the namespace; effective where the cluster's network plugin enforces them."""

    def __init__(self, name: str, args: NetworkPoliciesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:k8s:NetworkPolicies", name, None, opts)
        # Each port once: all databases on AWS have the same one, so that a new domain changes no policy.
        specs = Output.all(*args.database_ports).apply(
            lambda ports: policies(sorted({int(port) for port in ports}), args.lake_port, publisher=args.publisher)
        )
        for policy in policies([], args.lake_port, publisher=args.publisher):
            kubernetes.networking.v1.NetworkPolicy(
                f"{name}-{policy}",
                metadata={"name": policy, "namespace": args.namespace.name},
                spec=specs[policy],
                opts=args.namespace.inside(self),
            )
        self.register_outputs({})


def policies(
    database_ports: Sequence[int], lake_port: int, *, publisher: bool
) -> Mapping[str, NetworkPolicySpecArgsDict]:
    """The policies by name. The rights of a pod are the sum of the policies that select it.

    `kubectl port-forward` reaches a pod from its node, which is always allowed: no policy has to admit people.
    """
    publishing = _policy("publisher", from_={}, to={"coordinator": [TRINO]}, outside=database_ports)
    lake = [lake_port, HTTPS]  # S3 and Glue, and other services of AWS
    return {
        "default-deny": {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]},
        "names": {
            "pod_selector": {},
            "policy_types": ["Egress"],
            # to any address: some clusters' name servers are on the node, outside of every namespace
            "egress": [{"ports": [_port(DNS, "UDP"), _port(DNS)]}],
        },
        "trino-coordinator": _policy(
            "coordinator",
            from_={"worker": [TRINO_HTTP, TRINO], "notebook": [TRINO], "server": [TRINO]}
            | ({"publisher": [TRINO]} if publisher else {}),
            to={"worker": [TRINO_HTTP, TRINO]},
            outside=[*database_ports, *lake],
        ),
        "trino-worker": _policy(
            "worker",
            from_={"coordinator": [TRINO_HTTP, TRINO], "worker": [TRINO_HTTP, TRINO]},
            to={"coordinator": [TRINO_HTTP, TRINO], "worker": [TRINO_HTTP, TRINO]},
            outside=[*database_ports, *lake],
        ),
        # Its proxy finds the hub, in the same pod, by the name of the Service: to some clusters that is traffic too.
        "jupyterhub-hub": _policy(
            "hub",
            from_={"notebook": [HUB], "hub": [HUB]},
            to={"notebook": [NOTEBOOK], "hub": [HUB]},
            outside=list(API_SERVER),
        ),
        "jupyterhub-notebook": _policy(
            "notebook",
            from_={"hub": [NOTEBOOK]},
            to={"coordinator": [TRINO], "hub": [HUB]},
            outside=[*database_ports, *lake],
        ),
        "grafana": _policy("server", from_={}, to={"coordinator": [TRINO]}, outside=[*database_ports, HTTPS]),
    } | ({"publisher": publishing} if publisher else {})


def _policy(
    component: str,
    *,
    from_: Mapping[str, Sequence[int]],
    to: Mapping[str, Sequence[int]],
    outside: Sequence[int],
) -> NetworkPolicySpecArgsDict:
    """The traffic that a component may receive and send; `outside` are ports at addresses outside of the namespace.

    Those addresses are not known beforehand: databases and services of AWS change theirs.
    """
    everywhere: NetworkPolicyPeerArgsDict = {"ip_block": {"cidr": "0.0.0.0/0", "except_": [LINK_LOCAL]}}
    return {
        "pod_selector": {"match_labels": labels(component)},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [
            {"from_": [_pods(peer)], "ports": [_port(port) for port in ports]} for peer, ports in from_.items()
        ],
        "egress": [
            *({"to": [_pods(peer)], "ports": [_port(port) for port in ports]} for peer, ports in to.items()),
            {"to": [everywhere], "ports": [_port(port) for port in outside]},
        ],
    }


def labels(component: str) -> dict[str, str]:
    """The labels of a component's pods."""
    return {"app.kubernetes.io/name": _PARTS[component], "app.kubernetes.io/component": component}


def _pods(component: str) -> NetworkPolicyPeerArgsDict:
    return {"pod_selector": {"match_labels": labels(component)}}


def _port(number: int, protocol: str = "TCP") -> NetworkPolicyPortArgsDict:
    return {"port": number, "protocol": protocol}
