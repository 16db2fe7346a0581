"""The kinds of Kubernetes objects of the local stack."""

REPLACED_BY = {
    "ConfigMap": (),
    "Deployment": ("spec.selector",),
    "LimitRange": (),
    "Namespace": (),
    "NetworkPolicy": (),
    "PersistentVolumeClaim": tuple(
        f"spec.{it}" for it in ("accessModes", "selector", "storageClassName", "volumeName")
    ),
    "ResourceQuota": ("spec.scopes",),
    "Role": (),
    "RoleBinding": ("roleRef",),
    "Secret": ("type",),
    "Service": ("spec.clusterIP",),
    "ServiceAccount": (),
}
"""Whose change replaces an object, as in pulumi-kubernetes 4; those of name and namespace replace every object."""
