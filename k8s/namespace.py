"""The namespace in which the platform lives."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """How the namespace is called."""

    name: str = "data-platform"


class Namespace(pulumi.ComponentResource):
    """A namespace that admits only pods that keep Kubernetes' `restricted` security level."""

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
        self.register_outputs({"name": self.name})

    def inside(self, parent: pulumi.Resource, patience: int | None = None) -> ResourceOptions:
        """Options of an object of `parent` that lives in the namespace and goes with it.

        `patience` is for how many seconds its first start may last; ten minutes if it does not say.
        """
        wait = f"{patience}s" if patience else None
        return ResourceOptions(
            parent=parent,
            deleted_with=self.resource,
            custom_timeouts=pulumi.CustomTimeouts(create=wait, update=wait) if wait else None,
        )
