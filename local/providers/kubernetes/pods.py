"""The Deployment that runs here: Trino, as a process that finds its files and variables as the container would."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from k8s.trino.config import PUBLISHED
from local import paths
from local.providers.kubernetes.files import folder, remove
from local.providers.package import RefusedError
from local.providers.values import Properties
from local.servers import descriptors, trino

_COORDINATOR = {"app.kubernetes.io/name": "trino", "app.kubernetes.io/component": "coordinator"}
_KINDS = {"configMap": "ConfigMap", "secret": "Secret"}  # by what references to them begin with


def run(deployment: Properties) -> None:
    """Runs the Deployment's pod if it is Trino's coordinator; other Deployments are state only."""
    template = deployment["spec"]["template"]
    if not _is_trino(deployment):
        return
    namespace, name = deployment["metadata"]["namespace"], deployment["metadata"]["name"]
    if deployment["spec"].get("replicas") == 0:
        trino.delete(name)
        return
    # as in a cluster: another template is another pod, with another name and other files
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
    if folder(namespace, "Deployment", name).exists():
        trino.delete(name)
        remove(namespace, "Deployment", name)


def gone(namespace: str, name: str, deployment: Properties) -> bool:
    """Whether what `run` made of the Deployment is lost: how Trino runs, or a file that it finds."""
    if not _is_trino(deployment) or deployment["spec"].get("replicas") == 0:
        return False
    links = folder(namespace, "Deployment", name).rglob("*")
    return not descriptors.known(name) or not all(link.exists() for link in links)


def _is_trino(deployment: Properties) -> bool:
    labels = (deployment["spec"]["template"].get("metadata") or {}).get("labels") or {}
    return _COORDINATOR.items() <= labels.items()


def pod(namespace: str, name: str, spec: Properties, place: Path, ports: Mapping[int, int]) -> trino.Pod:
    """What the first container finds here; `place` is for volumes that combine objects.

    `ports` are those of the machine by those of the container.
    """
    container = spec["containers"][0]
    volumes = {volume["name"]: volume for volume in spec.get("volumes") or []}
    mounts = {}
    for mount in container.get("volumeMounts") or []:
        if mount["name"] not in volumes:
            raise RefusedError(f'volumeMounts: Not found: "{mount["name"]}"')
        if mount.get("subPath"):
            raise RefusedError(f"The local stack mounts no part of a volume yet: {mount['name']}, subPath.")
        if source := _volume(namespace, place, volumes[mount["name"]]):
            mounts[mount["mountPath"]] = source
    variables = {"HOSTNAME": name, **dict(_variables(namespace, container))}
    return trino.Pod(mounts=mounts, env=variables, ports=dict(ports), host=paths.HOST)


def _volume(namespace: str, place: Path, volume: Properties) -> Path | None:
    """The folder of a volume; None for one that starts empty, which the process has no need of."""
    if "emptyDir" in volume:
        return None
    for source in (volume.get("projected") or {}).get("sources") or [volume]:
        found = _object(namespace, source)
        if found is None:
            raise RefusedError(
                f"The local stack mounts ConfigMaps and Secrets only: the volume {volume['name']} is something else."
            )
        origin, reference = found
        files = {file.name: file for file in origin.iterdir()}
        if items := reference.get("items"):
            files = {item["path"]: _key(origin, item["key"]) for item in items}
        elif "projected" not in volume:
            return origin  # the folder itself, so that a changed object shows at once, as in a pod
        for path, file in files.items():
            link = place / volume["name"] / path
            paths.private(link.parent)
            link.unlink(missing_ok=True)
            link.symlink_to(file)
    return place / volume["name"]


def _variables(namespace: str, container: Properties) -> Iterator[tuple[str, str | Path]]:
    for source in container.get("envFrom") or []:
        found = _object(namespace, source, "Ref")
        if found is None or source.get("prefix"):
            raise RefusedError(f"The local stack has no variables from {source} yet.")
        yield from ((file.name, file) for file in found[0].iterdir())
    for variable in container.get("env") or []:
        if variable.get("valueFrom"):
            raise RefusedError(f"The local stack has no value for the variable {variable['name']} yet: valueFrom.")
        yield variable["name"], variable.get("value") or ""


def _object(namespace: str, source: Properties, suffix: str = "") -> tuple[Path, Properties] | None:
    """The folder of the object that `source` refers to, and the reference; None if it refers to none."""
    for prefix, kind in _KINDS.items():
        if reference := source.get(prefix + suffix):
            name = reference.get("name") or reference.get("secretName") or ""
            place = folder(namespace, kind, name)
            if not name or not place.is_dir():
                raise RefusedError(f'{kind.lower()} "{name}" not found in the namespace {namespace}')
            return place, reference
    return None


def _key(origin: Path, key: str) -> Path:
    if not (origin / key).is_file():
        raise RefusedError(f"{origin.parent.name} {origin.name!r} has no key {key!r}")
    return origin / key
