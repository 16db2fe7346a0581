"""Which changes replace a Kubernetes object, as in pulumi-kubernetes 4, and which kinds have no namespace."""

REPLACED_BY = {
    "Secret": "type",
    "Service": "spec.clusterIP",
    "Deployment": "spec.selector",
    "DaemonSet": "spec.selector",
    "StatefulSet": "spec.podManagementPolicy spec.revisionHistoryLimit spec.selector spec.serviceName "
    "spec.volumeClaimTemplates",
    "Job": "spec.completions spec.parallelism spec.selector spec.template",
    "RoleBinding": "roleRef",
    "ClusterRoleBinding": "roleRef",
    "StorageClass": "parameters provisioner",
    "PersistentVolumeClaim": "spec.accessModes spec.selector spec.storageClassName spec.volumeName",
    "ResourceQuota": "spec.scopes",
}
"""Property paths by kind; `metadata.name` and `metadata.namespace` replace every object."""

CLUSTER_WIDE = (
    "APIService ClusterRole ClusterRoleBinding CustomResourceDefinition IngressClass MutatingWebhookConfiguration "
    "Namespace Node PersistentVolume PriorityClass RuntimeClass StorageClass ValidatingAdmissionPolicy "
    "ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment"
)
"""Kinds of objects without a namespace."""
