"""ConfigMaps and Secrets: immutable ones, whose change restarts their pods, and ones that are changed in place."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output

from k8s.namespace import Namespace

UNAWAITED = {"pulumi.com/skipAwait": "true"}
"""Pulumi does not wait for the object. A Service is ready when its Deployment is, which it waits for."""


def config_map(
    name: str,
    data: Mapping[str, Input[str]],
    *,
    namespace: Namespace,
    parent: pulumi.Resource,
    labels: Mapping[str, str],
    fixed: str | None = None,
) -> Output[str]:
    """Makes a ConfigMap; its name.

    Without a `fixed` name it is immutable: new contents make a new object, and the pod that mounts it is replaced. With
    one it is changed in place, for programs that reread their files while they run.
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
    """Makes a Secret of these texts; its name. `fixed` is as for a ConfigMap."""
    return kubernetes.core.v1.Secret(
        name,
        metadata={"name": fixed, "namespace": namespace.name, "labels": labels},
        string_data={key: Output.secret(value) for key, value in data.items()},
        immutable=fixed is None,
        opts=namespace.inside(parent),
    ).metadata.name
