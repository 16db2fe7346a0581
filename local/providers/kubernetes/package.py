"""The package `kubernetes` of the local stack: objects live in Pulumi's state, their contents as files, Trino runs."""

import base64
import datetime
import hashlib
import json
import re
import secrets
import uuid
from typing import Any

from local.providers import values
from local.providers.changes import within
from local.providers.kubernetes import files, pods
from local.providers.kubernetes.types import REPLACED_BY
from local.providers.package import Made, Package, RefusedError, Resource
from local.providers.values import Properties
from mesh.local_settings import NO_CLUSTER

_AUTONAMED = "pulumi.com/autonamed"
_SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_CONTENTS = {"ConfigMap": ("data", "binaryData"), "Secret": ("data", "stringData")}
"""The fields with the contents of an object, by kind."""


class Kubernetes(Package):
    """Objects as the API server would answer them, named and replaced as pulumi-kubernetes names and replaces."""

    name = "kubernetes"

    def unserved(self, provider: Resource, arguments: Properties) -> str | None:
        context = arguments.get("context") or NO_CLUSTER
        if provider.urn.startswith("urn:pulumi:local::") and context != NO_CLUSTER:
            return f"the platform is not yet in the cluster {context}: type `make up`, which brings it there."
        return None

    def configure(self, arguments: Properties) -> None:
        self._namespace = arguments.get("namespace") or "default"
        self._mutable = {kind: arguments.get(f"enable{kind}Mutable") in (True, "true") for kind in _CONTENTS}

    def named(self, resource: Resource, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        if resource.kind not in REPLACED_BY:
            place = "local/providers/kubernetes/types.py"
            raise RefusedError(f"The local stack does not know {resource.type} yet: it belongs into {place}.")
        metadata = inputs.get("metadata") or {}
        opened = values.opened(metadata)
        if not isinstance(opened, dict):
            return inputs
        opened = dict(opened)
        if not opened.get("name"):
            kept = _place(old)[1] if _autonamed(old) else None
            suffix = hashlib.sha256(seed or secrets.token_bytes(32)).hexdigest()[:8]
            opened["name"] = kept or f"{resource.name}-{suffix}"
            opened["annotations"] = _marked(opened.get("annotations") or {})
        if resource.kind != "Namespace" and not opened.get("namespace"):
            opened["namespace"] = self._namespace
        named = inputs | {"metadata": values.secret(opened) if values.is_secret(metadata) else opened}
        _require_names(resource.kind, values.plain(named))
        return named

    def replaces(self, resource: Resource, new: Properties, path: str) -> bool:
        roots = ["metadata.name", "metadata.namespace", *REPLACED_BY[resource.kind]]
        if not self._mutable.get(resource.kind, True) or resource.inputs.get("immutable") or new.get("immutable"):
            roots += _CONTENTS.get(resource.kind, ())
        return within(path, roots)

    def delete_first(self, resource: Resource, new: Properties) -> bool:
        return not _autonamed(new) and _place(resource.inputs) == _place(new)

    def create(self, resource: Resource) -> Made:
        known = resource.inputs
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        born = {"uid": str(uuid.uuid4()), "creationTimestamp": now}
        _apply(resource.kind, known)
        namespace, name = _place(known)
        id = f"{namespace}/{name}" if namespace else name
        return Made(id, _contents(resource.kind, known) | {"metadata": known["metadata"] | born})

    def update(self, resource: Resource, new: Properties) -> Properties:
        before = resource.outputs.get("metadata") or {}
        kept = {key: before[key] for key in ("name", "uid", "creationTimestamp") if key in before}
        known = new | {"metadata": kept | new["metadata"]}
        _apply(resource.kind, known)
        return _contents(resource.kind, new) | {"metadata": known["metadata"]}

    def gone(self, resource: Resource) -> bool:
        return gone(resource)

    def delete(self, resource: Resource) -> None:
        namespace, name = _place(resource.outputs)
        match resource.kind:
            case "ConfigMap" | "Secret" as kind:
                files.remove(namespace, kind, name)
            case "Deployment":
                pods.end(namespace, name)
            case "Namespace":
                # what was made with `deleted_with` the namespace goes with it
                for deployment in files.folder(name, "Deployment", "").glob("*"):
                    pods.end(name, deployment.name)
                for left in list(files.folder(name, "", "").glob("*/[!.]*")):
                    files.remove(name, left.parent.name, left.name)


def gone(resource: Resource) -> bool:
    """Whether the machine does not have what the object says."""
    namespace, name = _place(resource.outputs)
    match resource.kind:
        case "ConfigMap" | "Secret" as kind:
            return not files.whole(namespace, kind, name)
        case "Deployment":
            return pods.gone(namespace, name, resource.outputs)
    return False


def _apply(kind: str, known: Properties) -> None:
    """Makes the machine have what the object says."""
    namespace, name = _place(known)
    if kind in _CONTENTS:
        files.write(namespace, kind, name, files.contents(kind, known))
    if kind == "Deployment":
        pods.run(known)


def _contents(kind: str, known: Properties) -> Properties:
    """What the API server adds to a Secret; `stringData` is its other spelling of `data`."""
    if kind != "Secret":
        return {}
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in (known.get("stringData") or {}).items()}
    return {"data": (known.get("data") or {}) | encoded, "type": known.get("type") or "Opaque"}


def _place(known: Properties) -> tuple[str, str]:
    """Namespace and name; unknown metadata are nowhere."""
    metadata: Any = known.get("metadata")
    return (metadata.get("namespace") or "", metadata.get("name") or "") if isinstance(metadata, dict) else ("", "")


def _autonamed(known: Properties) -> bool:
    metadata: Any = known.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return isinstance(annotations, dict) and annotations.get(_AUTONAMED) == "true"


def _marked(annotations: Any) -> Any:
    """The annotations with the one that marks a generated name; unknown ones stay so until they are known."""
    opened = values.opened(annotations)
    if not isinstance(opened, dict):
        return annotations
    marked = {**opened, _AUTONAMED: "true"}
    return values.secret(marked) if values.is_secret(annotations) else marked


def _require_names(kind: str, known: Properties) -> None:
    """Refuses names that the API server refuses, and that would be no file names."""
    for what, name in zip(("namespace", "name"), _place(known), strict=True):
        if name and name != values.UNKNOWN and not _SUBDOMAIN.fullmatch(name):
            rule = "lower case letters and digits, with '-' and '.' between them, at most 253"
            raise RefusedError(f"metadata.{what}: Invalid value: {json.dumps(name)}: it must consist of {rule}.")
    for field in _CONTENTS.get(kind, ()):
        keys = known.get(field)
        for key in keys if isinstance(keys, dict) else ():
            if not re.fullmatch(r"[-._a-zA-Z0-9]{1,253}", key) or key.startswith(".."):
                rule = "a valid config key must consist of letters, digits, '-', '_' or '.'"
                raise RefusedError(f"{field}: Invalid value: {json.dumps(key)}: {rule}.")


PACKAGE = Kubernetes
