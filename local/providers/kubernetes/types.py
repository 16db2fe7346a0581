"""Which changes replace a Kubernetes object, as in pulumi-kubernetes 4, and which kinds have no namespace."""


def _under(prefix: str, names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in names.split())


REPLACED_BY = {
    "Secret": ("type",),
    "Service": ("spec.clusterIP",),
    "Deployment": ("spec.selector",),
    "DaemonSet": ("spec.selector",),
    "StatefulSet": _under("spec", "podManagementPolicy revisionHistoryLimit selector serviceName volumeClaimTemplates"),
    "Job": _under("spec", "completions parallelism selector template"),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "StorageClass": ("parameters", "provisioner"),
    "PersistentVolumeClaim": _under("spec", "accessModes selector storageClassName volumeName"),
    "ResourceQuota": ("spec.scopes",),
}
"""Property paths by kind; `metadata.name` and `metadata.namespace` replace every object."""

CLUSTER_WIDE = frozenset(
    {
        "APIService",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
