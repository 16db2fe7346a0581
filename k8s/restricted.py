"""The security contexts that Kubernetes' `restricted` level asks of a pod and its containers: pure functions."""

from pulumi_kubernetes.core.v1 import PodSecurityContextArgsDict, SecurityContextArgsDict


def pod(user: int, group: int | None = None) -> PodSecurityContextArgsDict:
    """The security context of a pod that runs as the user and group with these numbers; `group` defaults to `user`."""
    group = user if group is None else group
    return {
        "run_as_non_root": True,
        "run_as_user": user,
        "run_as_group": group,
        "fs_group": group,
        "seccomp_profile": {"type": "RuntimeDefault"},
    }


def container() -> SecurityContextArgsDict:
    """The security context of each container. Its root file system is read-only: it writes into volumes alone."""
    return {
        "allow_privilege_escalation": False,
        "read_only_root_filesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
