"""The specifications of Trino's pods, at the `restricted` security level: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    KeyToPathArgsDict,
    PodSpecArgsDict,
    ProbeArgsDict,
    TopologySpreadConstraintArgsDict,
)

from k8s import resources, restricted
from k8s.trino.config import ACCESS, ETC, GRACE_SECONDS, HTTP_PORT, HTTPS_PORT, PASSWORDS, QUERY_LOG_PORT, TLS, Memory
from mesh.images import HUB
from mesh.images import TRINO as IMAGE
from mesh.names import TRINO_WORKER

NAME_LABEL = {"app.kubernetes.io/name": "trino"}
COORDINATOR = {**NAME_LABEL, "app.kubernetes.io/component": "coordinator"}
WORKER = {**NAME_LABEL, "app.kubernetes.io/component": "worker"}

LOG_VARIABLE = "QUERY_LOG_TOKEN"
QUERIES = "/data/queries"
"""Where the log of queries is, in the container `query-log`."""
WORKER_VARIABLE = "TRINO_WORKER_PASSWORD"
_DRAIN_SECONDS = 12 * GRACE_SECONDS
"""How long a worker may take to finish its queries before it is killed."""

# The server ends when its work is done, and this command with it. The password goes through a pipe, because the
# arguments of a process are visible.
_SHUT_DOWN = rf"""
printf 'user = "{TRINO_WORKER}:%s"\n' "${WORKER_VARIABLE}" |
  curl --config - --fail --silent --show-error --max-time 10 --cacert {TLS}/trino.pem \
    --request PUT --header 'Content-Type: application/json' --data '"SHUTTING_DOWN"' \
    https://localhost:{HTTPS_PORT}/v1/info/state && sleep {_DRAIN_SECONDS}
"""


@dataclass(frozen=True, kw_only=True)
class Volumes:
    """Names of the ConfigMaps and Secrets that a server mounts, and of the catalogs."""

    config: Input[str]
    database_ca: Input[str]
    catalogs: Input[str]
    catalog_names: Sequence[str]
    certificate: Input[str]
    credentials: Input[str]
    """A Secret whose keys become environment variables."""
    access: Input[str]
    passwords: Input[str]


def coordinator(volumes: Volumes, memory: Memory, service_account: Input[str]) -> PodSpecArgsDict:
    """The pod of a coordinator."""
    container = _container(volumes.credentials, memory)
    container["env"] = [
        {"name": "TRINO_ETC", "value": ETC},
        {"name": "QUERY_LOG_URL", "value": f"http://127.0.0.1:{QUERY_LOG_PORT}/"},
    ]
    return _pod(volumes, [container, _query_log(volumes)], service_account, 60)


def worker(volumes: Volumes, memory: Memory, service_account: Input[str], password: Input[str]) -> PodSpecArgsDict:
    """The pod of a worker, which finishes its part of all queries before it ends.

    `password` names a Secret with the worker's login; its keys become environment variables.
    """
    container = _container(volumes.credentials, memory)
    container["env_from"] = [{"secret_ref": {"name": name}} for name in (volumes.credentials, password)]
    container["lifecycle"] = {"pre_stop": {"exec_": {"command": ["/bin/sh", "-c", _SHUT_DOWN]}}}
    spread: TopologySpreadConstraintArgsDict = {
        "max_skew": 1,
        "topology_key": "kubernetes.io/hostname",
        "when_unsatisfiable": "ScheduleAnyway",  # a cluster of one node cannot spread
        "label_selector": {"match_labels": NAME_LABEL},
    }
    pod = _pod(volumes, [container], service_account, _DRAIN_SECONDS + 30)
    pod["topology_spread_constraints"] = [spread]
    return pod


def _container(credentials: Input[str], memory: Memory) -> ContainerArgsDict:
    health: ProbeArgsDict = {"exec_": {"command": ["/usr/lib/trino/bin/health-check"]}, "timeout_seconds": 5}
    return {
        "name": "trino",
        "image": IMAGE,
        "env": [{"name": "TRINO_ETC", "value": ETC}],
        "env_from": [{"secret_ref": {"name": credentials}}],
        "ports": [{"name": "http", "container_port": HTTP_PORT}, {"name": "https", "container_port": HTTPS_PORT}],
        "resources": resources.trino(memory.limit).spec(),
        "security_context": restricted.container(),
        "startup_probe": {**health, "period_seconds": 5, "failure_threshold": 60},
        "readiness_probe": {**health, "period_seconds": 5},
        "liveness_probe": {
            "http_get": {"path": "/v1/info", "port": "http"},
            "period_seconds": 10,
            "timeout_seconds": 5,
            "failure_threshold": 6,
        },
        "volume_mounts": [
            {"name": "etc", "mount_path": ETC, "read_only": True},
            {"name": "access", "mount_path": ACCESS, "read_only": True},
            {"name": "passwords", "mount_path": PASSWORDS, "read_only": True},
            {"name": "tls", "mount_path": TLS, "read_only": True},
            {"name": "data", "mount_path": "/data/trino"},
            {"name": "tmp", "mount_path": "/tmp"},
        ],
    }


def _query_log(volumes: Volumes) -> ContainerArgsDict:
    """Keeps who asked what, in an image that has Python and is on the cluster anyway."""
    script = f"{ETC}/query_log.py"
    alive = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{QUERY_LOG_PORT}', timeout=4)"
    health: ProbeArgsDict = {
        "exec_": {"command": ["python3", "-I", "-c", alive]},
        "period_seconds": 30,
        "timeout_seconds": 10,
    }
    return {
        "name": "query-log",
        "image": HUB,
        "command": ["python3", "-I", script],
        "env": [
            {"name": "QUERY_LOG_FOLDER", "value": QUERIES},
            {"name": "QUERY_LOG_PORT", "value": str(QUERY_LOG_PORT)},
            {
                "name": LOG_VARIABLE,
                "value_from": {"secret_key_ref": {"name": volumes.credentials, "key": LOG_VARIABLE}},
            },
        ],
        "resources": resources.QUERY_LOG.spec(),
        "security_context": restricted.container(),
        "readiness_probe": health,
        "liveness_probe": {**health, "failure_threshold": 4},
        "volume_mounts": [
            {"name": "etc", "mount_path": ETC, "read_only": True},
            {"name": "queries", "mount_path": QUERIES},
        ],
    }


def _pod(
    volumes: Volumes, containers: Sequence[ContainerArgsDict], service_account: Input[str], grace: int
) -> PodSpecArgsDict:
    catalogs: list[KeyToPathArgsDict] = [
        {"key": f"{name}.properties", "path": f"catalog/{name}.properties"} for name in volumes.catalog_names
    ]
    return {
        "service_account_name": service_account,
        "automount_service_account_token": False,
        "enable_service_links": False,  # they would put variables named TRINO_… into the environment
        "termination_grace_period_seconds": grace,
        "security_context": restricted.pod(1000),
        "containers": containers,
        "volumes": [
            {
                "name": "etc",
                "projected": {
                    "sources": [
                        {"config_map": {"name": volumes.config}},
                        {"config_map": {"name": volumes.database_ca}},
                        {"config_map": {"name": volumes.catalogs, "items": catalogs}},
                    ]
                },
            },
            {"name": "access", "config_map": {"name": volumes.access}},
            {"name": "passwords", "secret": {"secret_name": volumes.passwords}},
            {"name": "tls", "secret": {"secret_name": volumes.certificate}},
            {"name": "data", "empty_dir": {"size_limit": "2Gi"}},
            {"name": "tmp", "empty_dir": {"size_limit": "1Gi"}},
            *([{"name": "queries", "empty_dir": {"size_limit": "64Mi"}}] if len(containers) > 1 else []),
        ],
    }
