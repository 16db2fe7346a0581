"""The package `kubernetes` of the local stack: objects live in Pulumi's state, their contents as files, Trino runs."""

import datetime
import hashlib
import json
import re
import secrets
import uuid
from typing import Any

from local.providers import sdk, values
from local.providers.changes import within
from local.providers.kubernetes import files as kubernetes_files
from local.providers.kubernetes import pods as kubernetes_pods
from local.providers.kubernetes.types import CLUSTER_WIDE, REPLACED_BY
from local.providers.package import Made, Package, RefusedError, Resource
from local.providers.values import Properties

_AUTONAMED = "pulumi.com/autonamed"
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


class Kubernetes(Package):
    """Objects as the API server would answer them, named and replaced as pulumi-kubernetes names and replaces."""

    name = "kubernetes"

    def configure(self, arguments: Properties) -> None:
        self._namespace = arguments.get("namespace") or "default"
        self._mutable = {
            "ConfigMap": arguments.get("enableConfigMapMutable") in (True, "true"),
            "Secret": arguments.get("enableSecretMutable") in (True, "true"),
        }

    def named(self, resource: Resource, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        if "metadata" not in sdk.resource(resource.type).inputs:
            raise RefusedError(f"The local stack does not make {resource.type}, which is no object of Kubernetes' own.")
        metadata = inputs.get("metadata") or {}
        opened = values.opened(metadata)
        if not isinstance(opened, dict):
            return inputs
        opened = dict(opened)
        if not opened.get("name") and not opened.get("generateName"):
            kept = _place(old)[1] if _autonamed(old) else None
            suffix = hashlib.sha256(seed or secrets.token_bytes(32)).hexdigest()[:8]
            opened["name"] = kept or f"{resource.name}-{suffix}"
            opened["annotations"] = _marked(opened.get("annotations") or {})
        if _kind(resource) not in CLUSTER_WIDE and not opened.get("namespace"):
            opened["namespace"] = self._namespace
        named = inputs | {"metadata": values.secret(opened) if values.is_secret(metadata) else opened}
        _require_names(values.plain(named))
        return named

    def replaces(self, resource: Resource, new: Properties, path: str) -> bool:
        roots = ["metadata.name", "metadata.namespace", *REPLACED_BY.get(_kind(resource), ())]
        if not self._mutable.get(_kind(resource), True) or resource.inputs.get("immutable") or new.get("immutable"):
            roots += {"ConfigMap": ["data", "binaryData"], "Secret": ["data", "stringData"]}.get(_kind(resource), [])
        return within(re.sub(r"\[\d+\]", "[*]", path), roots)

    def delete_first(self, resource: Resource, new: Properties) -> bool:
        old_place, new_place = _place(resource.inputs), _place(new)
        return not _autonamed(new) and old_place == new_place

    def create(self, resource: Resource) -> Made:
        inputs = resource.inputs
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        born = {"uid": str(uuid.uuid4()), "creationTimestamp": now, "resourceVersion": "1", "generation": 1}
        metadata = inputs["metadata"]
        if not metadata.get("name"):
            metadata = metadata | {"name": f"{metadata['generateName']}{secrets.token_hex(3)[:5]}"}
        known = inputs | {"metadata": metadata}
        _apply(_kind(resource), known)
        namespace, name = _place(known)
        return Made(f"{namespace}/{name}" if namespace else name, _contents(known) | {"metadata": metadata | born})

    def update(self, resource: Resource, new: Properties) -> Properties:
        before = resource.outputs.get("metadata") or {}
        revision = {
            "resourceVersion": str(int(before.get("resourceVersion") or 0) + 1),
            "generation": int(before.get("generation") or 0) + 1,
        }
        kept = {key: before[key] for key in ("name", "uid", "creationTimestamp") if key in before}
        known = new | {"metadata": kept | new["metadata"]}
        _apply(_kind(resource), known)
        return _contents(new) | {"metadata": known["metadata"] | revision}

    def delete(self, resource: Resource) -> None:
        namespace, name = _place(resource.outputs)
        match _kind(resource):
            case "ConfigMap" | "Secret" as kind:
                kubernetes_files.remove(namespace, kind, name)
            case "Deployment":
                kubernetes_pods.end(namespace, name)
            case "Namespace":
                # what was made with `deleted_with` the namespace goes with it
                for deployment in kubernetes_files.names(name, "Deployment"):
                    kubernetes_pods.end(name, deployment)
                kubernetes_files.remove_namespace(name)


def _apply(kind: str, known: Properties) -> None:
    """Makes the machine have what the object says."""
    namespace, name = _place(known)
    if kind in ("ConfigMap", "Secret"):
        kubernetes_files.write(namespace, kind, name, kubernetes_files.contents(kind, known))
    if kind == "Deployment":
        kubernetes_pods.run(known)


def _contents(known: Properties) -> Properties:
    """What the API server adds to a Secret; `stringData` is its other spelling of `data`."""
    if known.get("kind") != "Secret":
        return {}
    encoded = {key: kubernetes_files.encoded(text) for key, text in (known.get("stringData") or {}).items()}
    return {"data": (known.get("data") or {}) | encoded, "type": known.get("type") or "Opaque"}


def _kind(resource: Resource) -> str:
    return resource.type.rpartition(":")[2]


def _place(known: Properties) -> tuple[str, str]:
    """Namespace and name; unknown metadata are nowhere."""
    metadata: Any = known.get("metadata")
    return (metadata.get("namespace") or "", metadata.get("name") or "") if isinstance(metadata, dict) else ("", "")


def _autonamed(known: Properties) -> bool:
    metadata: Any = known.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return isinstance(annotations, dict) and annotations.get(_AUTONAMED) == "true"


def _marked(annotations: Any) -> Any:
    """The annotations with the one that tells whose name was generated; unknown ones stay so until they are known."""
    opened = values.opened(annotations)
    if not isinstance(opened, dict):
        return annotations
    marked = {**opened, _AUTONAMED: "true"}
    return values.secret(marked) if values.is_secret(annotations) else marked


def _require_names(known: Properties) -> None:
    """Refuses names that the API server refuses, and that would be no file names."""
    for what, name in zip(("namespace", "name"), _place(known), strict=True):
        if name and not values.is_unknown(name) and not (_SUBDOMAIN.fullmatch(name) and len(name) <= 253):
            raise RefusedError(
                f"metadata.{what}: Invalid value: {json.dumps(name)}: a lowercase RFC 1123 subdomain must consist of "
                "lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
            )
    for field in ("data", "stringData", "binaryData") if known.get("kind") in ("ConfigMap", "Secret") else ():
        keys = known.get(field)
        for key in keys if isinstance(keys, dict) else ():
            if not re.fullmatch(r"[-._a-zA-Z0-9]{1,253}", key) or key.startswith(".."):
                raise RefusedError(
                    f"{field}: Invalid value: {json.dumps(key)}: a valid config key must consist of alphanumeric "
                    "characters, '-', '_' or '.'"
                )


PACKAGE = Kubernetes
