"""The namespace: whom it admits, how much of the cluster it may take, and that everything fits."""

import json
from decimal import Decimal
from typing import Any

import pytest

from commands import quantities
from commands.footprint import footprint
from commands.quantities import Need, quantity, total
from k8s import resources
from tests.unit.recording import CONFIG, Recording, record

MIB, GIB = 1024**2, 1024**3
CONFIGURATIONS = {
    "the least": {},
    "workers": {"datamesh:trino": '{"memory": 4096, "workers": 3}'},
    "a schedule": {"datamesh:publish": '{"schedule": "0 * * * *"}'},
    "many people": {"datamesh:users": json.dumps({f"student{n}": {"domains": ["sales"]} for n in range(30)})},
}


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def program(request: pytest.FixtureRequest) -> Recording:
    return record(config=CONFIG | CONFIGURATIONS[request.param])


def manifests(recording: Recording) -> list[dict[str, Any]]:
    return [resource.inputs for resource in recording.resources if resource.type.startswith("kubernetes:")]


def hard(recording: Recording) -> dict[str, Decimal]:
    limits = recording.one("kubernetes:core/v1:ResourceQuota").inputs["spec"]["hard"]
    return {name: quantity(value) for name, value in limits.items()}


def test_everything_with_a_server_for_everybody_fits_into_the_quota(program: Recording):
    *_, all_of_it = footprint(manifests(program)).values()
    allowed = hard(program)
    assert all_of_it.cpu <= allowed["requests.cpu"]
    assert all_of_it.memory <= allowed["requests.memory"]
    assert all_of_it.most_memory <= allowed["limits.memory"]


def test_the_quota_leaves_room_for_the_pod_that_follows_one_on_its_way_out(program: Recording):
    *_, all_of_it = footprint(manifests(program)).values()
    rolling = [
        each["spec"]["template"]["spec"]
        for each in manifests(program)
        if each["kind"] == "Deployment" and each["spec"]["strategy"]["type"] == "RollingUpdate"
    ]
    follower = max((quantities.pod(pod).memory for pod in rolling), default=Decimal(0))
    assert hard(program)["requests.memory"] - all_of_it.memory >= follower, "a worker would wait for the other to drain"


def test_the_quota_limits_no_volumes_for_homes_stay_when_their_people_go(program: Recording):
    """A limit by people would fall below what is there, and nobody who comes in their place would get a home."""
    assert hard(program).keys() == {"requests.cpu", "requests.memory", "limits.memory"}


def test_the_quota_is_no_larger_than_one_more_server_of_each_kind(program: Recording):
    rows = footprint(manifests(program))
    *_, all_of_it = rows.values()
    server = total(quantities.pod(each["spec"]["template"]["spec"]) for each in manifests(program)
                   if each["kind"] == "Deployment" and each["metadata"]["name"] == "trino-coordinator")  # fmt: skip
    most = all_of_it + server + rows["one person's server"]
    assert hard(program)["requests.memory"] <= most.memory, "it would not stop what has gone wrong"
    assert hard(program)["limits.memory"] <= most.most_memory


def test_the_namespace_admits_only_restricted_pods_and_warns_of_others(dev: Recording):
    metadata = dev.one("kubernetes:core/v1:Namespace").inputs["metadata"]
    assert metadata["name"] == "data-platform"
    assert metadata["labels"] == {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
    }


def test_a_pod_that_declares_nothing_gets_a_little_and_so_counts_against_the_quota(dev: Recording):
    (limit,) = dev.one("kubernetes:core/v1:LimitRange").inputs["spec"]["limits"]
    assert limit["type"] == "Container"
    assert limit["defaultRequest"].keys() == {"cpu", "memory"}, "the quota refuses pods that leave one of them out"
    assert quantity(limit["default"]["memory"]) >= quantity(limit["defaultRequest"]["memory"])
    smallest = min(resources.HUB.most_memory, resources.NOTEBOOK.most_memory, resources.GRAFANA.most_memory)
    assert quantity(limit["default"]["memory"]) <= smallest * MIB


def test_quota_and_limits_go_with_the_namespace(dev: Recording):
    namespace = dev.one("kubernetes:core/v1:Namespace")
    for kind in ("ResourceQuota", "LimitRange"):
        each = dev.one(f"kubernetes:core/v1:{kind}")
        assert each.deleted_with == namespace.urn
        assert each.inputs["metadata"]["namespace"] == "data-platform"


@pytest.mark.parametrize(
    ("text", "number"),
    [("500m", Decimal("0.5")), ("2", 2), (1.0, 1), ("0.1", Decimal("0.1")), ("2560Mi", 2560 * MIB),
     ("1.5Gi", 3 * GIB / 2), ("1G", 1000**3), ("1k", 1000), ("4Ki", 4096)],
)  # fmt: skip
def test_a_quantity_is_the_number_that_kubernetes_takes_it_for(text: str, number: Decimal):
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "Mi", "1 Gi", "1gi", "1KI", "-1", "1e3", "1024MB", "ten"])
def test_what_is_no_quantity_is_refused(text: str):
    with pytest.raises(ValueError, match="is not a quantity"):
        quantity(text)


def container(memory: str, **other: Any) -> dict[str, Any]:
    resources = {"requests": {"cpu": "100m", "memory": memory}, "limits": {"memory": memory}}
    return {"name": memory, "resources": resources, **other}


def test_a_pod_needs_what_its_containers_need_together_or_its_largest_first_one_alone():
    small, large = container("64Mi"), container("512Mi")
    assert quantities.pod({"containers": [small, small]}).memory == 128 * MIB
    assert quantities.pod({"containers": [small, small], "initContainers": [small]}).memory == 128 * MIB
    both = quantities.pod({"containers": [small], "initContainers": [large, small]})
    assert (both.memory, both.cpu) == (512 * MIB, Decimal("0.1")), "they run one after the other"


def test_a_container_or_an_empty_volume_without_a_limit_is_an_error_that_names_it():
    unlimited = {"name": "greedy", "resources": {"requests": {"cpu": 1, "memory": "1Gi"}}}
    with pytest.raises(ValueError, match="greedy does not declare its 'limits'"):
        quantities.pod({"containers": [unlimited]})
    with pytest.raises(ValueError, match="tmp may fill the node's disk"):
        quantities.pod({"containers": [container("64Mi")], "volumes": [{"name": "tmp", "emptyDir": {}}]})


def test_empty_volumes_count_as_scratch_and_nothing_else_does():
    volumes = [{"name": "a", "emptyDir": {"sizeLimit": "1Gi"}}, {"name": "b", "configMap": {"name": "x"}}]
    need = quantities.pod({"containers": [container("64Mi")], "volumes": volumes})
    assert (need.scratch, need.kept) == (GIB, 0)
    assert need * 3 + Need(kept=Decimal(5)) == total([need, need, need, Need(kept=Decimal(5))])
