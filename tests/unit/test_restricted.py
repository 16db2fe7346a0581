"""Every pod keeps the security level `restricted` of Kubernetes."""

import copy
from collections.abc import Iterator
from typing import Any

from tests.unit.manifests import pods
from tests.unit.recording import Recording

VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
}  # fmt: skip
"""The kinds of volume that the security level `restricted` admits."""
PROBES = ("readinessProbe", "livenessProbe")


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
