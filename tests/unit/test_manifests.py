"""Every Kubernetes object that the program registers: valid, contained, and held together."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.manifests import named, objects, of, pods
from tests.unit.recording import Recording

KUBERNETES = "1.34"


def problem(manifest: dict[str, Any]) -> str | None:
    """What the schema has against an object; a field that it does not know counts."""
    import kubernetes_validate  # seconds, which every process that collects the tests would pay

    try:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(str(part) for part in error.path)}: {error.message[:300]}"
    return None


def test_every_object_is_as_the_schema_of_kubernetes_says(program: Recording):
    found = objects(program)
    assert len(found) > 30, "there is little to look at"
    wrong = {each.name: told for each in found if (told := problem(each.inputs))}
    assert wrong == {}


@pytest.mark.parametrize(
    ("place", "misspelt"),
    [((), "sepc"), (("spec",), "replica"), (("spec", "template", "spec"), "enableServiceLink"),
     (("spec", "template", "spec", "containers", 0), "readynessProbe"),
     (("spec", "template", "spec", "containers", 0, "securityContext"), "readOnlyRootFileSystem")],
)  # fmt: skip
def test_a_misspelt_field_is_found(dev: Recording, place: tuple[str | int, ...], misspelt: str):
    manifest = copy.deepcopy(dev.one("kubernetes:apps/v1:Deployment", "trino-coordinator").inputs)
    assert problem(manifest) is None
    inner: Any = manifest
    for step in place:
        inner = inner[step]
    inner[misspelt] = True
    assert misspelt in (problem(manifest) or "")


def test_a_value_of_the_wrong_type_and_a_missing_one_are_found(dev: Recording):
    manifest = copy.deepcopy(dev.one("kubernetes:apps/v1:Deployment", "trino-coordinator").inputs)
    manifest["spec"]["replicas"] = "two"
    assert problem(manifest)
    del manifest["spec"]["replicas"], manifest["spec"]["selector"]
    assert "selector" in (problem(manifest) or "")


def test_everything_in_the_namespace_goes_with_it(program: Recording):
    (namespace,) = of(program, "Namespace")
    for each in objects(program):
        if each is not namespace:
            assert each.inputs["metadata"]["namespace"] == "data-platform", each.name
            assert each.deleted_with == namespace.urn, f"{each.name} would be deleted one by one"


def test_no_config_map_holds_a_secret(program: Recording):
    for each in of(program, "ConfigMap"):
        text = json.dumps(each.inputs)
        assert not each.secrets, f"{each.name} is made from secrets"
        assert "PASSWORD-" not in text and "PRIVATE KEY" not in text, f"{each.name} shows a secret"


def test_what_is_secret_is_marked_so_and_is_in_secrets(program: Recording):
    for each in of(program, "Secret"):
        assert "stringData" in each.secrets and "data" not in each.inputs, f"{each.name} shows in the state"


def _names(node: Any) -> Iterator[tuple[str, str]]:
    """(kind, name) of every ConfigMap, Secret and volume claim that a specification of a pod refers to."""
    keys = {
        "configMap": ("ConfigMap", "name"), "configMapRef": ("ConfigMap", "name"),
        "configMapKeyRef": ("ConfigMap", "name"), "secret": ("Secret", "secretName"), "secretRef": ("Secret", "name"),
        "secretKeyRef": ("Secret", "name"), "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
    }  # fmt: skip
    if isinstance(node, list):
        for item in node:
            yield from _names(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in keys and isinstance(value, dict):
                kind, field = keys[key]
                yield kind, value.get(field) or value["name"]
            yield from _names(value)


def test_a_pod_mounts_only_what_the_program_makes(program: Recording):
    made = {(each.inputs["kind"], named(each)) for each in objects(program)}
    for workload, pod in pods(program).items():
        wanted = set(_names(pod))
        assert wanted, f"{workload} mounts nothing"
        assert wanted <= made, f"{workload} would wait for {wanted - made} for ever"


def test_every_file_that_a_volume_picks_is_in_its_config_map(program: Recording):
    data = {named(each): each.inputs["data"].keys() for each in of(program, "ConfigMap")}
    for workload, pod in pods(program).items():
        sources = [volume for volume in pod["volumes"] if "configMap" in volume]
        sources += [source for volume in pod["volumes"] for source in volume.get("projected", {}).get("sources", [])]
        for source in sources:
            picked = {item["key"] for item in source.get("configMap", {}).get("items", [])}
            assert picked <= data[source["configMap"]["name"]], f"{workload} would not start"


def test_every_service_and_every_deployment_finds_its_pods(program: Recording):
    templates = [each.inputs["spec"]["template"] for each in of(program, "Deployment")]
    for each in of(program, "Deployment"):
        selector = each.inputs["spec"]["selector"]["matchLabels"]
        found = [template for template in templates if selector.items() <= template["metadata"]["labels"].items()]
        assert found == [each.inputs["spec"]["template"]], f"{each.name} selects pods of others, or none"
    for each in of(program, "Service"):
        selector = each.inputs["spec"]["selector"]
        (template,) = [t for t in templates if selector.items() <= t["metadata"]["labels"].items()]
        ports = {port["name"] for container in template["spec"]["containers"] for port in container.get("ports", [])}
        assert {port["targetPort"] for port in each.inputs["spec"]["ports"]} <= ports, each.name
        assert each.inputs["spec"].get("type", "ClusterIP") == "ClusterIP", f"{each.name} is open to the network"


def test_no_config_map_or_secret_is_larger_than_the_api_server_takes(program: Recording):
    for each in [*of(program, "ConfigMap"), *of(program, "Secret")]:
        size = len(json.dumps(each.inputs).encode())
        assert size < 900_000, f"{each.name} has {size} bytes, and 1 MiB is the most"
