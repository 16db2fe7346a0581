"""The specification of the hub's pod, at the `restricted` security level: a pure function."""

from dataclasses import dataclass

from pulumi import Input
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    EnvVarArgsDict,
    PodSpecArgsDict,
    ProbeArgsDict,
)

from k8s import resources, restricted
from mesh.images import HUB, NOTEBOOK, PROXY
from mesh.ports import JUPYTERHUB

PROXY_PORT, HUB_PORT, PROXY_API_PORT = JUPYTERHUB, 8081, 8001
VARIABLE = "CONFIGPROXY_AUTH_TOKEN"


@dataclass(frozen=True, kw_only=True)
class Mounts:
    """Names of the objects that the hub mounts, or that the servers it starts mount."""

    config: Input[str]
    password_file: Input[str]
    names: Input[str]
    proxy_token: Input[str]
    state: Input[str]
    people: Input[str]
    mesh: Input[str]


def pod(mounts: Mounts, service_account: Input[str]) -> PodSpecArgsDict:
    """The pod: the hub and its proxy, whose API only the hub can use."""
    token: EnvVarArgsDict = {
        "name": VARIABLE,
        "value_from": {"secret_key_ref": {"name": mounts.proxy_token, "key": VARIABLE}},
    }
    return {
        "service_account_name": service_account,
        "automount_service_account_token": True,  # the hub makes pods
        "enable_service_links": False,  # they would put variables named JUPYTERHUB_… into the environment
        "termination_grace_period_seconds": 20,
        "security_context": restricted.pod(1000),
        "containers": [_hub(mounts, token), _proxy(token)],
        "volumes": [
            {"name": "config", "config_map": {"name": mounts.config}},
            {"name": "passwords", "secret": {"secret_name": mounts.password_file}},
            {"name": "people", "config_map": {"name": mounts.names}},
            {"name": "state", "persistent_volume_claim": {"claim_name": mounts.state}},
            {"name": "tmp", "empty_dir": {"size_limit": "256Mi"}},
        ],
    }


def _hub(mounts: Mounts, token: EnvVarArgsDict) -> ContainerArgsDict:
    variables = {
        "HOME": "/srv/state",
        "PYTHONPATH": "/etc/jupyterhub",
        "PYTHONUNBUFFERED": "1",
        "NOTEBOOK_IMAGE": NOTEBOOK,
        "NOTEBOOK_CPU_REQUEST": str(resources.NOTEBOOK.cpu / 1000),
        "NOTEBOOK_CPU": str(resources.NOTEBOOK_CPU),
        "NOTEBOOK_MEMORY_REQUEST": f"{resources.NOTEBOOK.memory}M",  # KubeSpawner's spelling of Mi
        "NOTEBOOK_MEMORY": f"{resources.NOTEBOOK.most_memory}M",
        "NOTEBOOK_DISK": f"{resources.HOME_GIB}Gi",
        "PEOPLE_SECRET": mounts.people,
        "MESH_CONFIG_MAP": mounts.mesh,
    }
    health: ProbeArgsDict = {"http_get": {"path": "/hub/health", "port": "hub"}, "timeout_seconds": 5}
    return {
        "name": "hub",
        "image": HUB,
        "command": ["jupyterhub", "--config", "/etc/jupyterhub/jupyterhub_config.py"],
        "working_dir": "/srv/state",
        "env": [token, *({"name": name, "value": value} for name, value in variables.items())],
        "ports": [{"name": "hub", "container_port": HUB_PORT}],
        "resources": resources.HUB.spec(),
        "security_context": restricted.container(),
        "startup_probe": {**health, "period_seconds": 3, "failure_threshold": 100},
        "readiness_probe": {**health, "period_seconds": 5},
        "liveness_probe": {**health, "period_seconds": 10, "failure_threshold": 6},
        "volume_mounts": [
            {"name": "config", "mount_path": "/etc/jupyterhub", "read_only": True},
            {"name": "passwords", "mount_path": "/etc/mesh/passwords", "read_only": True},
            {"name": "people", "mount_path": "/etc/mesh/people", "read_only": True},
            {"name": "state", "mount_path": "/srv/state"},
            {"name": "tmp", "mount_path": "/tmp"},
        ],
    }


def _proxy(token: EnvVarArgsDict) -> ContainerArgsDict:
    health: ProbeArgsDict = {"http_get": {"path": "/_chp_healthz", "port": "http"}, "timeout_seconds": 5}
    return {
        "name": "proxy",
        "image": PROXY,
        "command": [
            "configurable-http-proxy",
            "--ip=0.0.0.0",
            f"--port={PROXY_PORT}",
            "--api-ip=127.0.0.1",
            f"--api-port={PROXY_API_PORT}",
            f"--default-target=http://127.0.0.1:{HUB_PORT}",
            f"--error-target=http://127.0.0.1:{HUB_PORT}/hub/error",
        ],
        "env": [token],
        "ports": [{"name": "http", "container_port": PROXY_PORT}],
        "resources": resources.PROXY.spec(),
        "security_context": restricted.container(),
        "readiness_probe": {**health, "period_seconds": 5},
        "liveness_probe": {**health, "period_seconds": 10, "failure_threshold": 6},
    }
