"""The package `aws` of the local stack: everything lives in Pulumi's state, databases and lake on the machine."""

import json
from typing import Any

from local.providers import changes, sdk, values
from local.providers.aws.planes import planes
from local.providers.aws.results import NAMED_BY, all_tags, answer, generated, results
from local.providers.aws.types import KINDS, Kind
from local.providers.changes import Changes
from local.providers.package import Made, Package, Plane, RefusedError, Resource
from local.providers.values import Properties


class Aws(Package):
    """State for every type, ids and ARNs in AWS's form, and a data plane for databases, buckets and Glue."""

    name = "aws"

    def configure(self, arguments: Properties) -> None:
        self._region = arguments.get("region") or "us-east-1"
        self._tags = (_decoded(arguments.get("defaultTags")) or {}).get("tags") or {}
        self._planes = planes(_decoded(arguments.get("endpoints")) or [], self._region)

    def named(self, resource: Resource, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        _kind(resource)
        found = generated(resource.type, inputs, resource.name, seed)
        if found is None:
            return inputs | {"__defaults": []}
        argument, name = found
        if argument in (old.get("__defaults") or []) and old.get(argument):
            name = old[argument]
        return inputs | {argument: name, "__defaults": [argument]}

    def changed(self, resource: Resource, new: Properties) -> Changes:
        computed = sdk.resource(resource.type).computed

        def same(path: str) -> bool:
            """AWS keeps what it made up when an argument goes, and sees no change in an argument that says so."""
            if not computed(path):
                return False
            return new.get(path) is None or (path not in resource.inputs and resource.outputs.get(path) == new[path])

        changed = changes.between(resource.inputs, new)
        return {path: kind for path, kind in changed.items() if not same(path)}

    def replaces(self, resource: Resource, new: Properties, path: str) -> bool:
        if path == "userData" and resource.type == "aws:ec2/instance:Instance":
            return bool(new.get("userDataReplaceOnChange"))
        return changes.top(path) in {"region", *_kind(resource).replaced_by.split()}

    def delete_first(self, resource: Resource, new: Properties) -> bool:
        if _kind(resource).delete_first:
            return True
        if resource.type.startswith("aws:glue/catalog"):  # pulumi-aws does not count these among generated names
            return False
        argument = NAMED_BY.get(resource.type, "name")
        declared = sdk.resource(resource.type).inputs.get(argument)
        explicit = new.get(argument) is not None and argument not in (new.get("__defaults") or [])
        return explicit and declared is not None and declared.optional

    def create(self, resource: Resource) -> Made:
        id, made = results(resource.type, _kind(resource), resource.inputs, self._region, self._tags)
        return Made(id, made | (self._plane(resource).create(resource.inputs | made) or {}))

    def update(self, resource: Resource, new: Properties) -> Properties:
        self._plane(resource).update(resource.outputs | resource.inputs, new)
        return all_tags(resource.type, new, self._tags)

    def delete(self, resource: Resource) -> None:
        self._plane(resource).delete(resource.outputs | resource.inputs)

    def gone(self, resource: Resource) -> bool:
        return self._plane(resource).gone(resource.outputs | resource.inputs)

    def invoke(self, token: str, arguments: Properties) -> Properties:
        return answer(token, arguments, self._region)

    def _plane(self, resource: Resource) -> Plane:
        return self._planes.get(resource.type) or Plane()


def _kind(resource: Resource) -> Kind:
    kind = KINDS.get(resource.type.removeprefix("aws:"))
    if kind is None:
        raise RefusedError(
            f"The local stack does not know {resource.type} yet: its ids and results belong into "
            "local/providers/aws/types.py."
        )
    return kind


def _decoded(value: Any) -> Any:
    """Compound arguments of a provider come as JSON text."""
    return json.loads(value) if isinstance(value, str) and value != values.UNKNOWN else value


PACKAGE = Aws
