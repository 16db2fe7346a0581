"""Every Kubernetes object that the program registers: valid, contained, and held together."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.recording import CONFIG, Recording, Registration, record

KUBERNETES = "1.34"
VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
}  # fmt: skip
"""The kinds of volume that the security level `restricted` admits."""
MAY_ASK_THE_API_SERVER = {"jupyterhub"}
PROBES = ("readinessProbe", "livenessProbe")


@pytest.fixture(scope="module", params=["the least", "every workload"])
def program(request: pytest.FixtureRequest, dev: Recording) -> Recording:
    return dev if request.param == "the least" else record(config=CONFIG | {"datamesh:trino": '{"workers": 2}'})


def objects(recording: Recording) -> list[Registration]:
    return [resource for resource in recording.resources if resource.type.startswith("kubernetes:")]


def of(recording: Recording, kind: str) -> list[Registration]:
    return [each for each in objects(recording) if each.inputs["kind"] == kind]


def named(registration: Registration) -> str:
    """As whom the cluster knows it: by its own name, or the one that it is given when it is made."""
    return registration.inputs["metadata"].get("name", f"{registration.name}-0a1b2c3d")


def pods(recording: Recording) -> dict[str, dict[str, Any]]:
    """The specification of the pods of each workload, by its name."""
    found = {named(each): each.inputs["spec"]["template"]["spec"] for each in of(recording, "Deployment")}
    assert {"trino-coordinator", "jupyterhub", "grafana"} <= set(found)
    others = {each.type for each in objects(recording)} & {
        f"kubernetes:apps/v1:{k}" for k in ("StatefulSet", "DaemonSet")
    }
    assert not others, "these have pods too, and nobody looks at them"
    return found


def containers(recording: Recording) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every container with its name, those that run first included."""
    for workload, pod in pods(recording).items():
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            yield f"{workload}/{container['name']}", container


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


def _against_restricted(pod: dict[str, Any]) -> Iterator[str]:
    """What the security level `restricted` of Kubernetes 1.34 refuses in a pod, as its documentation lists it."""
    whole = pod.get("securityContext", {})
    for switch in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(switch):
            yield switch
    if whole.get("sysctls"):
        yield "sysctls"
    for volume in pod.get("volumes", []):
        if not volume.keys() - {"name"} <= VOLUMES:
            yield f"volume {volume}"
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        own = container.get("securityContext", {})
        capabilities = own.get("capabilities", {})
        if own.get("privileged") or own.get("procMount", "Default") != "Default":
            yield "privileged"
        if own.get("allowPrivilegeEscalation") is not False:
            yield "allowPrivilegeEscalation"
        if capabilities.get("drop") != ["ALL"] or not set(capabilities.get("add", [])) <= {"NET_BIND_SERVICE"}:
            yield f"capabilities {capabilities}"
        if own.get("runAsNonRoot", whole.get("runAsNonRoot")) is not True:
            yield "runAsNonRoot"
        if own.get("runAsUser", whole.get("runAsUser")) == 0:
            yield "runAsUser"
        if own.get("seccompProfile", whole.get("seccompProfile", {})).get("type") not in (
            "RuntimeDefault",
            "Localhost",
        ):
            yield "seccompProfile"
        if any("hostPort" in port for port in container.get("ports", [])):
            yield "hostPort"
        handlers = [container.get(probe, {}) for probe in (*PROBES, "startupProbe")]
        handlers += container.get("lifecycle", {}).values()
        if any("host" in handler.get(way, {}) for handler in handlers for way in ("httpGet", "tcpSocket")):
            yield "a probe of another host"


def test_every_pod_keeps_the_restricted_security_level(program: Recording):
    refused = {name: told for name, pod in pods(program).items() if (told := list(_against_restricted(pod)))}
    assert refused == {}


def test_the_check_of_the_security_level_refuses_what_the_level_refuses(dev: Recording):
    good = pods(dev)["trino-coordinator"]
    for breaks in (
        lambda pod: pod.update(hostNetwork=True),
        lambda pod: pod["securityContext"].pop("seccompProfile"),
        lambda pod: pod["securityContext"].update(runAsUser=0.0),
        lambda pod: pod["containers"][0]["securityContext"].update(runAsNonRoot=False),
        lambda pod: pod["containers"][0]["securityContext"].pop("allowPrivilegeEscalation"),
        lambda pod: pod["containers"][0]["securityContext"]["capabilities"].update(add=["SYS_ADMIN"]),
        lambda pod: pod["containers"][0]["ports"][0].update(hostPort=80.0),
        lambda pod: pod["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
        lambda pod: pod.update(initContainers=[{"name": "first"}]),
    ):
        bad = copy.deepcopy(good)
        breaks(bad)
        assert list(_against_restricted(bad)), "the API server would refuse this pod"


def test_every_container_that_stays_is_probed(program: Recording):
    for name, pod in pods(program).items():
        for container in pod["containers"]:
            probes = [probe for probe in PROBES if container.get(probe)]
            assert probes == list(PROBES), f"nobody would see that {name}/{container['name']} is stuck"


def test_every_container_is_limited_and_writes_only_to_its_volumes(program: Recording):
    for name, container in containers(program):
        resources = container["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys(), f"{name} promises itself nothing"
        assert "memory" in resources["limits"], f"{name} may take all the memory of its node"
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name


def test_no_pod_gets_variables_of_services_or_fills_the_disk(program: Recording):
    for name, pod in pods(program).items():
        assert pod["enableServiceLinks"] is False, f"{name} gets variables that look like its own settings"
        unlimited = [v["name"] for v in pod["volumes"] if "emptyDir" in v and "sizeLimit" not in v["emptyDir"]]
        assert not unlimited, f"{name} could fill the disk of its node: {unlimited}"


def test_every_image_is_of_a_version_that_stays(program: Recording):
    images = {container["image"] for _, container in containers(program)}
    hub = next(container for name, container in containers(program) if name == "jupyterhub/hub")
    images |= {each["value"] for each in hub["env"] if each["name"] == "NOTEBOOK_IMAGE"}
    assert len(images) >= 5
    for image in images:
        assert re.fullmatch(r"[a-z0-9./-]+:v?\d+[\w.-]*", image), f"{image} may be another one tomorrow"


def test_every_application_has_an_account_of_its_own_and_only_the_hub_a_token(program: Recording):
    accounts = {named(each): each.inputs for each in of(program, "ServiceAccount")}
    owners: dict[str, set[str]] = {}
    for each in of(program, "Deployment"):
        template = each.inputs["spec"]["template"]
        pod, application = template["spec"], template["metadata"]["labels"]["app.kubernetes.io/name"]
        assert pod["serviceAccountName"] in accounts, f"{each.name} runs as the namespace's default account"
        owners.setdefault(pod["serviceAccountName"], set()).add(application)
        assert pod["automountServiceAccountToken"] is (named(each) in MAY_ASK_THE_API_SERVER), each.name
    assert all(len(applications) == 1 for applications in owners.values()), f"some share an account: {owners}"
    assert all(account["automountServiceAccountToken"] is False for account in accounts.values())


def test_rights_go_to_the_hub_alone_and_name_what_they_are_for(program: Recording):
    assert not of(program, "ClusterRole") + of(program, "ClusterRoleBinding")
    (binding,) = of(program, "RoleBinding")
    assert [subject["name"] for subject in binding.inputs["subjects"]] == ["jupyterhub"]
    for role in of(program, "Role"):
        for rule in role.inputs["rules"]:
            assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
            assert not {"secrets", "pods/exec"} & set(rule["resources"]), "it could read everybody's passwords"


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
