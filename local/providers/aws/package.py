"""The package `aws` of the local stack: everything lives in Pulumi's state, databases and lake on the machine."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from local.paths import HOST
from local.providers import changes, sdk, values
from local.providers.aws.answers import answer
from local.providers.aws.databases import Databases
from local.providers.aws.lake import Buckets, GlueDatabases, GlueTables, Versioning
from local.providers.aws.results import NAMED_BY, all_tags, generated, results
from local.providers.aws.types import KINDS, Kind
from local.providers.changes import Changes
from local.providers.package import Made, Package, Plane, RefusedError, Resource
from local.providers.values import Properties

_GENERATED_WITHOUT_ORDER = "aws:glue/catalog"  # pulumi-aws does not count these among the names it generates


class Aws(Package):
    """State for every type, ids and ARNs in AWS's form, and a data plane for databases, buckets and Glue."""

    name = "aws"

    def configure(self, arguments: Properties) -> None:
        self._region = arguments.get("region") or "us-east-1"
        self._tags = (_decoded(arguments.get("defaultTags")) or {}).get("tags") or {}
        self._planes = _planes(_decoded(arguments.get("endpoints")) or [], self._region)

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

        return changes.without(changes.between(resource.inputs, new), same)

    def replaces(self, resource: Resource, new: Properties, path: str) -> bool:
        if path == "userData" and resource.type == "aws:ec2/instance:Instance":
            return bool(new.get("userDataReplaceOnChange"))
        return changes.top(path) in {"region", *_kind(resource).replaced_by.split()}

    def delete_first(self, resource: Resource, new: Properties) -> bool:
        if resource.type.startswith(_GENERATED_WITHOUT_ORDER):
            return False
        argument = NAMED_BY.get(resource.type, "name")
        declared = sdk.resource(resource.type).inputs.get(argument)
        explicit = new.get(argument) is not None and argument not in (new.get("__defaults") or [])
        return explicit and declared is not None and declared.optional

    def create(self, resource: Resource) -> Made:
        id, made = results(resource.type, _kind(resource), resource.inputs, self._region, self._tags)
        plane = self._planes.get(resource.type)
        return Made(id, made | (plane.create(resource.inputs | made) if plane else {}))

    def update(self, resource: Resource, new: Properties) -> Properties:
        if plane := self._planes.get(resource.type):
            plane.update(resource.outputs | resource.inputs, new)
        return all_tags(resource.type, new, self._tags)

    def delete(self, resource: Resource) -> None:
        if plane := self._planes.get(resource.type):
            plane.delete(resource.outputs | resource.inputs)

    def gone(self, resource: Resource) -> bool:
        plane = self._planes.get(resource.type)
        return plane is not None and plane.gone(resource.outputs | resource.inputs)

    def invoke(self, token: str, arguments: Properties) -> Properties:
        return answer(token, arguments, self._region)


def _planes(endpoints: list[Mapping[str, str]], region: str) -> dict[str, Plane]:
    """The resources that are more than state here, by type, on the S3 and Glue endpoints that the provider has."""
    urls = {service: url for endpoint in endpoints for service, url in endpoint.items() if url}
    host = urlsplit(urls.get("s3") or urls.get("glue") or "").hostname or HOST
    found: dict[str, Plane] = {"aws:rds/instance:Instance": Databases(host)}
    if s3 := urls.get("s3"):
        found["aws:s3/bucket:Bucket"] = Buckets(s3, region)
        found["aws:s3/bucketVersioning:BucketVersioning"] = Versioning(s3, region)
    if glue := urls.get("glue"):
        found["aws:glue/catalogDatabase:CatalogDatabase"] = GlueDatabases(glue, region)
        found["aws:glue/catalogTable:CatalogTable"] = GlueTables(glue, region)
    return found


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
