"""The Kubernetes objects of a recording, and the pods in them."""

from collections.abc import Iterator
from typing import Any

from tests.unit.recording import Recording, Registration


def objects(recording: Recording) -> list[Registration]:
    return [resource for resource in recording.resources if resource.type.startswith("kubernetes:")]


def of(recording: Recording, kind: str) -> list[Registration]:
    return [each for each in objects(recording) if each.inputs["kind"] == kind]


def named(registration: Registration) -> str:
    """As whom the cluster knows it: by its own name, or the one that it is given when it is made."""
    return registration.inputs["metadata"].get("name", f"{registration.name}-0a1b2c3d")


def template(registration: Registration) -> dict[str, Any]:
    """The template of the pods of a Deployment or a CronJob."""
    spec = registration.inputs["spec"]
    return spec["jobTemplate"]["spec"]["template"] if registration.inputs["kind"] == "CronJob" else spec["template"]


def pods(recording: Recording) -> dict[str, dict[str, Any]]:
    """The specification of the pods of each workload, by its name."""
    found = {named(each): each.inputs["spec"]["template"]["spec"] for each in of(recording, "Deployment")}
    assert {"trino-coordinator", "jupyterhub", "grafana"} <= set(found)
    found |= {named(each): template(each)["spec"] for each in of(recording, "CronJob")}
    others = {each.type for each in objects(recording)} & {
        f"kubernetes:apps/v1:{k}" for k in ("StatefulSet", "DaemonSet")
    } | {each.type for each in objects(recording) if each.type.endswith((":Job", ":Pod"))}
    assert not others, "these have pods too, and nobody looks at them"
    return found


def containers(recording: Recording) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every container with its name, those that run first included."""
    for workload, pod in pods(recording).items():
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            yield f"{workload}/{container['name']}", container
