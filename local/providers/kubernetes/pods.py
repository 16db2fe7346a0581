"""The Deployment that runs here: Trino, as a process that finds its files and variables as the container would."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from k8s.trino.config import PUBLISHED
from local import paths
from local.providers.kubernetes.files import folder, remove
from local.providers.package import RefusedError
from local.providers.values import Properties
from local.servers import trino

_COORDINATOR = {"app.kubernetes.io/name": "trino", "app.kubernetes.io/component": "coordinator"}


def run(deployment: Properties) -> None:
    """Runs the Deployment's pod if it is Trino's coordinator; other Deployments are state only."""
    template = deployment["spec"]["template"]
    labels = (template.get("metadata") or {}).get("labels") or {}
    if not _COORDINATOR.items() <= labels.items():
        return
    namespace, name = deployment["metadata"]["namespace"], deployment["metadata"]["name"]
    if deployment["spec"].get("replicas") == 0:
        trino.delete(name)
        return
    # as in a cluster: another template is another pod, with a name and files of its own
    revision = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]
    place = folder(namespace, "Deployment", name)
    paths.private(place / revision)
    ports = json.loads((deployment["metadata"].get("annotations") or {}).get(PUBLISHED, "{}"))
    published = {int(inside): outside for inside, outside in ports.items()}
    trino.apply(name, pod(namespace, f"{name}-{revision}", template["spec"], place / revision, published))
    for other in place.iterdir():
        if other.name != revision:
            shutil.rmtree(other)


def end(namespace: str, name: str) -> None:
    """Ends what `run` started; nothing happens for a Deployment that is state only."""
    place = folder(namespace, "Deployment", name)
    if place.exists():
        trino.delete(name)
        remove(namespace, "Deployment", name)


def pod(namespace: str, name: str, spec: Properties, place: Path, ports: Mapping[int, int]) -> trino.Pod:
    """What the first container finds on this machine; `place` is for volumes that combine objects.

    `ports` are those of the machine by those of the container.
    """
    container = spec["containers"][0]
    volumes = {volume["name"]: volume for volume in spec.get("volumes") or []}
    mounts = {}
    for mount in container.get("volumeMounts") or []:
        if mount["name"] not in volumes:
            raise RefusedError(f'volumeMounts: Not found: "{mount["name"]}"')
        source = _volume(namespace, place, volumes[mount["name"]])
        if source:
            mounts[mount["mountPath"]] = source / mount["subPath"] if mount.get("subPath") else source
    return trino.Pod(
        mounts=mounts,
        env={"HOSTNAME": name, **_from(namespace, container), **dict(_variables(namespace, name, container))},
        ports=dict(ports),
        host="127.0.0.1",
    )


def _volume(namespace: str, place: Path, volume: Properties) -> Path | None:
    """The folder of a volume; None for one that starts empty, which the process has no need of."""
    if "emptyDir" in volume:
        return None
    sources = (volume.get("projected") or {}).get("sources") or [volume]
    links = {}
    for source in sources:
        kind, reference = _reference(source, volume["name"])
        origin = _object(namespace, kind, reference.get("name") or reference.get("secretName") or "")
        if not reference.get("items") and "projected" not in volume:
            return origin  # the folder itself, so that a changed object shows at once, as in a pod
        links |= _links(origin, reference.get("items"))
    for path, file in links.items():
        link = place / volume["name"] / path
        paths.private(link.parent)
        link.unlink(missing_ok=True)
        link.symlink_to(file)
    return place / volume["name"]


def _reference(source: Properties, volume: str) -> tuple[str, Any]:
    for field, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
        if source.get(field):
            return kind, source[field]
    raise RefusedError(f"The local stack mounts ConfigMaps and Secrets only: the volume {volume} is something else.")


def _links(origin: Path, items: list[Properties] | None) -> dict[str, Path]:
    if items is None:
        return {file.name: file for file in origin.iterdir()}
    return {item["path"]: _key(origin, item["key"]) for item in items}


def _from(namespace: str, container: Properties) -> dict[str, str | Path]:
    found: dict[str, str | Path] = {}
    for source in container.get("envFrom") or []:
        for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            if source.get(field):
                origin = _object(namespace, kind, source[field]["name"])
                found |= {f"{source.get('prefix') or ''}{file.name}": file for file in origin.iterdir()}
    return found


def _variables(namespace: str, name: str, container: Properties) -> Iterator[tuple[str, str | Path]]:
    for variable in container.get("env") or []:
        origin = variable.get("valueFrom") or {}
        if reference := origin.get("secretKeyRef"):
            yield variable["name"], _key(_object(namespace, "Secret", reference["name"]), reference["key"])
        elif reference := origin.get("configMapKeyRef"):
            yield variable["name"], _key(_object(namespace, "ConfigMap", reference["name"]), reference["key"])
        elif (origin.get("fieldRef") or {}).get("fieldPath") == "metadata.name":
            yield variable["name"], name
        elif origin:
            raise RefusedError(
                f"The local stack cannot tell the variable {variable['name']} its value: {list(origin)}."
            )
        else:
            yield variable["name"], variable.get("value") or ""


def _object(namespace: str, kind: str, name: str) -> Path:
    place = folder(namespace, kind, name)
    if not name or not place.is_dir():
        raise RefusedError(f'{kind.lower()} "{name}" not found in the namespace {namespace}')
    return place


def _key(origin: Path, key: str) -> Path:
    if not (origin / key).is_file():
        raise RefusedError(f"{origin.parent.name} {origin.name!r} has no key {key!r}")
    return origin / key
