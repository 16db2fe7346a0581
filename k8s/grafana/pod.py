"""The specification of Grafana's pod, at the `restricted` security level: a pure function."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import Input
from pulumi_kubernetes.core.v1 import ContainerArgsDict, PodSpecArgsDict, ProbeArgsDict

from k8s import restricted
from k8s.grafana.config import DASHBOARDS, ETC, PORT
from k8s.resources import GRAFANA
from mesh.images import GRAFANA as IMAGE

_DATA = "/var/lib/grafana"
_USER = 472
"""The user of the image."""


@dataclass(frozen=True, kw_only=True)
class Volumes:
    """Names of the ConfigMaps and the Secret that the server mounts."""

    config: Input[str]
    dashboards: Sequence[Input[str]]
    credentials: Input[str]
    """A Secret whose keys become environment variables."""


def pod(volumes: Volumes, service_account: Input[str]) -> PodSpecArgsDict:
    """The pod. It needs no volume that stays: everything of value comes from its ConfigMaps and Secret."""
    return {
        "service_account_name": service_account,
        "automount_service_account_token": False,
        "enable_service_links": False,  # they would put variables into the environment that look like settings
        "security_context": restricted.pod(_USER),
        "containers": [_container(volumes)],
        "volumes": [
            {
                "name": "etc",
                "config_map": {
                    "name": volumes.config,
                    "items": [
                        {"key": "grafana.ini", "path": "grafana.ini"},
                        {"key": "database-ca.pem", "path": "database-ca.pem"},
                        {"key": "datasources.yaml", "path": "provisioning/datasources/mesh.yaml"},
                        {"key": "dashboards.yaml", "path": "provisioning/dashboards/mesh.yaml"},
                    ],
                },
            },
            {
                "name": "dashboards",
                "projected": {"sources": [{"config_map": {"name": each}} for each in volumes.dashboards]},
            },
            {"name": "data", "empty_dir": {"size_limit": "1Gi"}},
            {"name": "tmp", "empty_dir": {"size_limit": "256Mi"}},
        ],
    }


def _container(volumes: Volumes) -> ContainerArgsDict:
    health: ProbeArgsDict = {"http_get": {"path": "/api/health", "port": "http"}, "timeout_seconds": 5}
    return {
        "name": "grafana",
        "image": IMAGE,
        "env": [{"name": "GF_PATHS_LOGS", "value": f"{_DATA}/log"}],
        "env_from": [{"secret_ref": {"name": volumes.credentials}}],
        "ports": [{"name": "http", "container_port": PORT}],
        "resources": GRAFANA.spec(),
        "security_context": restricted.container(),
        "startup_probe": {**health, "period_seconds": 5, "failure_threshold": 60},  # the first start makes a database
        "readiness_probe": {**health, "period_seconds": 5},
        "liveness_probe": {**health, "period_seconds": 10, "failure_threshold": 6},
        "volume_mounts": [
            {"name": "etc", "mount_path": ETC, "read_only": True},
            {"name": "dashboards", "mount_path": DASHBOARDS, "read_only": True},
            {"name": "data", "mount_path": _DATA},
            {"name": "tmp", "mount_path": "/tmp"},
        ],
    }
