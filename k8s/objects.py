"""ConfigMaps and Secrets of the platform: those that roll the pods which mount them, and those that are read again."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output

from k8s.namespace import Namespace


def config_map(
    name: str,
    data: Mapping[str, Input[str]],
    *,
    namespace: Namespace,
    parent: pulumi.Resource,
    labels: Mapping[str, str],
    fixed: str | None = None,
) -> Output[str]:
    """The name of a ConfigMap.

    Without a `fixed` name it cannot be changed: other contents are another object, and the pod that mounts it is made
    anew. With one it is changed in place, for programs that read their files again while they run.
    """
    return kubernetes.core.v1.ConfigMap(
        name,
        metadata={"name": fixed, "namespace": namespace.name, "labels": labels},
        data=data,
        immutable=fixed is None,
        opts=namespace.inside(parent),
    ).metadata.name


def secret(
    name: str,
    data: Mapping[str, Input[str]],
    *,
    namespace: Namespace,
    parent: pulumi.Resource,
    labels: Mapping[str, str],
    fixed: str | None = None,
) -> Output[str]:
    """The name of a Secret with these texts; `fixed` as for a ConfigMap."""
    return kubernetes.core.v1.Secret(
        name,
        metadata={"name": fixed, "namespace": namespace.name, "labels": labels},
        string_data={key: Output.secret(value) for key, value in data.items()},
        immutable=fixed is None,
        opts=namespace.inside(parent),
    ).metadata.name
