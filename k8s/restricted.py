"""What a pod and its containers say to keep Kubernetes' `restricted` security level: pure functions."""

from pulumi_kubernetes.core.v1 import PodSecurityContextArgsDict, SecurityContextArgsDict


def pod(user: int, group: int | None = None) -> PodSecurityContextArgsDict:
    """For a pod that runs as the user of this number, and its group, of the same number if none is given."""
    group = user if group is None else group
    return {
        "run_as_non_root": True,
        "run_as_user": user,
        "run_as_group": group,
        "fs_group": group,
        "seccomp_profile": {"type": "RuntimeDefault"},
    }


def container() -> SecurityContextArgsDict:
    """For each of its containers; what these write goes into volumes."""
    return {
        "allow_privilege_escalation": False,
        "read_only_root_filesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
