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
