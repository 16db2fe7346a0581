"""Who may speak to whom: flows, allowed and denied, over the policies that the program registers.

The evaluator below knows as much of NetworkPolicy as the policies use, and fails at anything else.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from k8s.namespace import Namespace, NamespaceArgs
from k8s.network_policies import NetworkPolicies, NetworkPoliciesArgs
from tests.unit.manifests import of, template
from tests.unit.recording import CONFIG, EVERY_WORKLOAD, Recording, record

Policy = dict[str, Any]
OURS = "data-platform"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


@dataclass(frozen=True)
class Place:
    """One end of a flow: a pod, or an address outside of the cluster."""

    ip: str
    namespace: str | None = None
    labels: dict[str, str] = field(default_factory=dict)


def allowed(policies: Sequence[Policy], source: Place, target: Place, port: int, protocol: str, blocks: bool) -> bool:
    """Whether a connection comes about. `blocks`: whether an ipBlock also means pods, as some network plugins take it.

    A port is the pod's own, behind any Service: that is what most plugins see. A pod always reaches itself.
    """
    return source == target or all(
        _lets(policies, direction, here, there, port, protocol, blocks)
        for direction, here, there in (("Egress", source, target), ("Ingress", target, source))
    )


def _lets(
    policies: Sequence[Policy], direction: str, here: Place, there: Place, port: int, protocol: str, blocks: bool
) -> bool:
    selecting = [
        policy["spec"]
        for policy in policies
        if policy["metadata"]["namespace"] == here.namespace
        and _matches(policy["spec"]["podSelector"], here.labels)
        and direction in policy["spec"]["policyTypes"]
    ]
    rules = [rule for spec in selecting for rule in spec.get(direction.lower(), [])]
    peers = {"Egress": "to", "Ingress": "from"}[direction]
    return not selecting or any(
        _is_among(rule.get("ports"), port, protocol)
        and (not rule.get(peers) or any(_is(peer, there, here.namespace, blocks) for peer in rule[peers]))
        for rule in rules
    )


def _is_among(ports: list[dict[str, Any]] | None, port: int, protocol: str) -> bool:
    for each in ports or []:
        assert each.keys() <= {"port", "protocol"}, f"the evaluator does not know {each}"
    return not ports or any((each["port"], each.get("protocol", "TCP")) == (port, protocol) for each in ports)


def _is(peer: dict[str, Any], place: Place, namespace: str | None, blocks: bool) -> bool:
    assert len(peer) == 1 and peer.keys() <= {"podSelector", "ipBlock"}, f"the evaluator does not know {peer}"
    if "podSelector" in peer:
        return place.namespace == namespace and _matches(peer["podSelector"], place.labels)
    address, block = ip_address(place.ip), peer["ipBlock"]
    return (
        (place.namespace is None or blocks)
        and address in ip_network(block["cidr"])
        and not any(address in ip_network(each) for each in block.get("except", []))
    )


def _matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    assert selector.keys() <= {"matchLabels"}, f"the evaluator does not know {selector}"
    return selector.get("matchLabels", {}).items() <= labels.items()


@pytest.fixture(scope="module")
def everything() -> Recording:
    """The whole program, with workers and the publisher."""
    return record(config=CONFIG | EVERY_WORKLOAD)


@pytest.fixture(scope="module")
def policies(everything: Recording) -> list[Policy]:
    return [policy.inputs for policy in everything.of(POLICY)]


@pytest.fixture(scope="module")
def places(everything: Recording) -> dict[str, Place]:
    """Pods with the labels that they really have, strangers, and addresses."""
    pods = {
        each.inputs["metadata"]["name"]: template(each)["metadata"]["labels"]
        for each in [*of(everything, "Deployment"), *of(everything, "CronJob")]
    }
    # KubeSpawner's own first label, and component_label in k8s/jupyterhub/mesh_hub.py
    pods["notebook"] = {"app.kubernetes.io/name": "jupyterhub", "app.kubernetes.io/component": "notebook"}
    pods["another notebook"] = {**pods["notebook"], "hub.jupyter.org/username": "ada"}
    pods["another worker"] = {**pods["trino-worker"], "pod-template-hash": "1"}
    pods["stranger inside"] = {"app.kubernetes.io/name": "jupyterhub"}
    known = {name: Place(f"10.244.0.{number}", OURS, labels) for number, (name, labels) in enumerate(pods.items(), 1)}
    return known | {
        "stranger in default": Place("10.244.1.1", "default", pods["notebook"]),
        "name server": Place("10.244.1.2", "kube-system", {"k8s-app": "kube-dns"}),
        "name server of the node": Place("169.254.20.10"),
        "API server": Place("172.18.0.2"),
        "database": Place("198.51.100.7"),
        "S3": Place("52.216.1.1"),
        "metadata": Place("169.254.169.254"),
        "metadata of EKS": Place("169.254.170.23"),
        "anybody": Place("203.0.113.80"),
    }


def answer(policies: Sequence[Policy], source: Place, target: Place, port: int, protocol: str = "TCP") -> bool:
    """Whether the flow comes about; it has to be the same on every network plugin."""
    answers = {allowed(policies, source, target, port, protocol, blocks) for blocks in (False, True)}
    assert len(answers) == 1, "this depends on whether the network plugin takes an ipBlock to mean pods too"
    return answers.pop()


COORDINATOR, WORKER, HUB, GRAFANA = "trino-coordinator", "trino-worker", "jupyterhub", "grafana"
PUBLISHER = "publisher"
BETWEEN_PODS = {
    *((pair, port) for pair in ((COORDINATOR, WORKER), (WORKER, COORDINATOR), (COORDINATOR, "another worker"),
                                ("another worker", COORDINATOR), (WORKER, "another worker"),
                                ("another worker", WORKER)) for port in (8080, 8443)),
    *(((notebook, COORDINATOR), 8443) for notebook in ("notebook", "another notebook")),
    *(((notebook, HUB), 8081) for notebook in ("notebook", "another notebook")),
    *(((HUB, notebook), 8888) for notebook in ("notebook", "another notebook")),
    ((GRAFANA, COORDINATOR), 8443),
    ((PUBLISHER, COORDINATOR), 8443),
}  # fmt: skip
"""Every flow between pods that there may be; all others are denied."""
INSIDE = (COORDINATOR, WORKER, "another worker", HUB, GRAFANA, PUBLISHER, "notebook", "another notebook")
PORTS = (80, 443, 3000, 5432, 6443, 8000, 8001, 8080, 8081, 8443, 8888)


def test_pods_speak_to_each_other_as_listed_and_not_otherwise(policies: list[Policy], places: dict[str, Place]):
    everyone = [*INSIDE, "stranger inside", "stranger in default"]
    wrong = []
    for (source, target), port in itertools.product(itertools.permutations(everyone, 2), PORTS):
        if source == "stranger in default" and target not in INSIDE:
            continue
        if target == "stranger in default":
            continue  # nobody but its own namespace guards it
        if answer(policies, places[source], places[target], port) != (((source, target), port) in BETWEEN_PODS):
            wrong.append(f"{source} -> {target}:{port}")
    assert wrong == [], "these are the other way round than listed"


@pytest.mark.parametrize("direction", ["Egress", "Ingress"])
def test_each_end_opens_what_the_other_opens_and_no_more(
    policies: list[Policy], places: dict[str, Place], direction: str
):
    wrong = []
    for (source, target), port in itertools.product(itertools.permutations(INSIDE, 2), PORTS):
        here, there = (source, target) if direction == "Egress" else (target, source)
        lets = _lets(policies, direction, places[here], places[there], port, "TCP", blocks=False)
        if lets != (((source, target), port) in BETWEEN_PODS):
            wrong.append(f"{source} -> {target}:{port}")
    assert wrong == [], "a door that only the other end keeps shut, or one that it opens in vain"


ALLOWED, DENIED = True, False
FLOWS = [
    *((pod, "name server", 53, protocol, ALLOWED) for protocol in ("UDP", "TCP")
      for pod in (*INSIDE, "stranger inside")),
    *((pod, "name server of the node", 53, "UDP", ALLOWED) for pod in INSIDE),
    *((pod, "name server", port, "TCP", DENIED) for pod in INSIDE for port in (8080, 9153)),
    *((pod, "anybody", 443, "UDP", DENIED) for pod in INSIDE),
    *((pod, "anybody", port, "TCP", DENIED) for pod in INSIDE for port in (22, 25, 80, 8080, 3306)),
    *((pod, place, port, "TCP", DENIED) for pod in INSIDE for place in ("metadata", "metadata of EKS")
      for port in (80, 443, 5432)),
    *(("stranger inside", place, port, "TCP", DENIED) for place, port in
      (("database", 5432), ("S3", 443), ("API server", 6443), ("metadata", 80))),
    *(("anybody", pod, port, "TCP", DENIED) for pod in INSIDE for port in PORTS),
    *((pod, "database", 5432, "TCP", ALLOWED) for pod in (COORDINATOR, WORKER, "notebook", GRAFANA, PUBLISHER)),
    *((PUBLISHER, place, 443, "TCP", DENIED) for place in ("S3", "API server", "anybody")),
    (HUB, "database", 5432, "TCP", DENIED),
    *((pod, "S3", 443, "TCP", ALLOWED) for pod in (COORDINATOR, WORKER, "notebook", GRAFANA)),
    *((HUB, "API server", port, "TCP", ALLOWED) for port in (443, 6443, 8443, 16443)),
    *((pod, "API server", port, "TCP", DENIED) for pod in INSIDE if pod != HUB for port in (6443, 8443, 10250, 16443)),
    (HUB, "API server", 10250, "TCP", DENIED),
    # What addresses that nobody knows beforehand cost: these have nothing to do there, and could.
    (HUB, "S3", 443, "TCP", ALLOWED),
    *((pod, "API server", 443, "TCP", ALLOWED) for pod in (COORDINATOR, WORKER, "notebook", GRAFANA)),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target", "port", "protocol", "expected"), FLOWS)
def test_what_goes_out_and_comes_in_is_what_is_needed(
    policies: list[Policy], places: dict[str, Place], source: str, target: str, port: int, protocol: str, expected: bool
):
    assert answer(policies, places[source], places[target], port, protocol) is expected


def test_without_the_first_policy_all_the_doors_of_a_stranger_would_be_open(
    policies: list[Policy], places: dict[str, Place]
):
    others = [policy for policy in policies if policy["metadata"]["name"] != "default-deny"]
    assert answer(others, places["stranger in default"], places["stranger inside"], 8888)
    assert not answer(policies, places["stranger in default"], places["stranger inside"], 8888)


def test_the_evaluator_takes_the_sum_of_policies_and_lets_everything_through_where_there_is_none(
    policies: list[Policy], places: dict[str, Place]
):
    source, target = places["anybody"], places[GRAFANA]
    assert answer([], source, target, 3000)
    opening = {
        "metadata": {"namespace": OURS},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 3000}]}]},
    }
    assert answer([*policies, opening], source, target, 3000)
    assert not answer([*policies, opening], source, target, 3001)


def test_databases_and_a_lake_at_other_ports_are_reached_there(places: dict[str, Place]):
    def program() -> None:
        namespace = Namespace("namespace", NamespaceArgs(quota={}))
        NetworkPolicies(
            "policies", NetworkPoliciesArgs(namespace=namespace, database_ports=[20001, 20002], lake_port=20003)
        )

    made = [policy.inputs for policy in record(program).of(POLICY)]
    for port in (20001, 20002, 20003):
        assert answer(made, places[COORDINATOR], places["database"], port)
        assert answer(made, places["notebook"], places["database"], port)
    assert not answer(made, places[COORDINATOR], places["database"], 5432)
    assert not answer(made, places[HUB], places["database"], 20001)
    assert not answer(made, places[GRAFANA], places["S3"], 20003), "Grafana reads no file of the lake"


def test_every_policy_but_those_for_all_selects_a_pod_that_there_is(policies: list[Policy], places: dict[str, Place]):
    for policy in policies:
        selector = policy["spec"]["podSelector"]
        if policy["metadata"]["name"] in ("default-deny", "names"):
            assert selector == {}
        else:
            found = [name for name in INSIDE if _matches(selector, places[name].labels)]
            assert found, f"{policy['metadata']['name']} guards nobody: {selector}"
