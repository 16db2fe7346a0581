"""The specification of Trino's pod: a pure function; it keeps the `restricted` security level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi import Input
from pulumi_kubernetes.core.v1 import ContainerPortArgsDict, PodSpecArgsDict, ProbeArgsDict

from k8s.trino_config import ACCESS, ETC, HTTP_PORT, HTTPS_PORT, PASSWORDS, TLS, Memory

IMAGE = "trinodb/trino:476"
LABELS = {"app.kubernetes.io/name": "trino", "app.kubernetes.io/component": "coordinator"}


@dataclass(frozen=True, kw_only=True)
class Volumes:
    """Names of the ConfigMaps and Secrets that a coordinator mounts, and of the catalogs."""

    config: Input[str]
    database_ca: Input[str]
    catalogs: Input[str]
    catalog_names: Sequence[str]
    certificate: Input[str]
    credentials: Input[str]
    """A Secret whose keys become environment variables."""
    access: Input[str]
    passwords: Input[str]


def pod(volumes: Volumes, memory: Memory, host_ports: Mapping[int, int]) -> PodSpecArgsDict:
    """The pod of a coordinator; `host_ports` maps container ports to ports of the machine."""
    limit = f"{memory.limit}Mi"
    health: ProbeArgsDict = {"exec_": {"command": ["/usr/lib/trino/bin/health-check"]}, "timeout_seconds": 5}
    return {
        "automount_service_account_token": False,
        "enable_service_links": False,  # they would put variables named TRINO_… into the environment
        "termination_grace_period_seconds": 60,
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": 1000,
            "run_as_group": 1000,
            "fs_group": 1000,
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "trino",
                "image": IMAGE,
                "env": [{"name": "TRINO_ETC", "value": ETC}],
                "env_from": [{"secret_ref": {"name": volumes.credentials}}],
                "ports": [_port("http", HTTP_PORT, host_ports), _port("https", HTTPS_PORT, host_ports)],
                "resources": {"requests": {"cpu": "500m", "memory": limit}, "limits": {"memory": limit}},
                "security_context": {
                    "allow_privilege_escalation": False,
                    "read_only_root_filesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
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
        ],
        "volumes": [
            {
                "name": "etc",
                "projected": {
                    "sources": [
                        {"config_map": {"name": volumes.config}},
                        {"config_map": {"name": volumes.database_ca}},
                        {
                            "config_map": {
                                "name": volumes.catalogs,
                                "items": [
                                    {"key": f"{name}.properties", "path": f"catalog/{name}.properties"}
                                    for name in volumes.catalog_names
                                ],
                            }
                        },
                    ]
                },
            },
            {"name": "access", "config_map": {"name": volumes.access}},
            {"name": "passwords", "secret": {"secret_name": volumes.passwords}},
            {"name": "tls", "secret": {"secret_name": volumes.certificate}},
            {"name": "data", "empty_dir": {}},
            {"name": "tmp", "empty_dir": {}},
        ],
    }


def _port(name: str, number: int, host_ports: Mapping[int, int]) -> ContainerPortArgsDict:
    port: ContainerPortArgsDict = {"name": name, "container_port": number}
    if number in host_ports:
        port["host_port"] = host_ports[number]
    return port
