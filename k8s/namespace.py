"""The namespace of the platform."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from k8s.resources import UNSAID
from mesh.names import NAMESPACE


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """The namespace's name, and how much of the cluster it may take."""

    quota: Mapping[str, str]
    """Hard limits by resource, e.g. `requests.memory`; see `k8s.resources.quota`."""
    name: str = NAMESPACE


class Namespace(pulumi.ComponentResource):
    """A namespace with a quota that admits only pods of Kubernetes' `restricted` security level."""

    name: Output[str]

    def __init__(self, name: str, args: NamespaceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:k8s:Namespace", name, None, opts)
        levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
        self.resource = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata={"name": args.name, "labels": levels},
            opts=ResourceOptions(parent=self),
        )
        self.name = self.resource.metadata.name
        kubernetes.core.v1.ResourceQuota(
            f"{name}-quota",
            metadata={"name": "platform", "namespace": self.name},
            spec={"hard": args.quota},
            opts=self.inside(self),
        )
        kubernetes.core.v1.LimitRange(
            f"{name}-limits",
            metadata={"name": "platform", "namespace": self.name},
            spec={
                "limits": [
                    {
                        "type": "Container",
                        "default": {"memory": f"{UNSAID.most_memory}Mi"},
                        "default_request": {"cpu": f"{UNSAID.cpu}m", "memory": f"{UNSAID.memory}Mi"},
                    },
                ]
            },
            opts=self.inside(self),
        )
        self.register_outputs({"name": self.name})

    def inside(self, parent: pulumi.Resource, patience: int | None = None) -> ResourceOptions:
        """Options of an object in the namespace, with `parent`; it is deleted with the namespace.

        `patience` is how long Pulumi waits for the object to be ready, in seconds; the default is ten minutes.
        """
        wait = f"{patience}s" if patience else None
        return ResourceOptions(
            parent=parent,
            deleted_with=self.resource,
            custom_timeouts=pulumi.CustomTimeouts(create=wait, update=wait) if wait else None,
        )
