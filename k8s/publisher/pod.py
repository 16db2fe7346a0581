"""The specification of the publisher's pod, at the `restricted` security level: a pure function."""

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import Input
from pulumi_kubernetes.core.v1 import ContainerArgsDict, PodSpecArgsDict

from k8s import restricted
from k8s.publisher.program import items
from k8s.resources import PUBLISHER
from k8s.trino.component import NAME as TRINO
from k8s.trino.config import HTTPS_PORT
from mesh.images import PUBLISHER as IMAGE

DATABASE_CA, OUTPUTS = "database-ca.pem", "outputs.json"
_PROGRAM, _SECRETS = "/srv/datamesh", "/etc/datamesh"
_WAIT = f"""
import socket, time
until = time.monotonic() + 120
while True:
    try:
        socket.create_connection(({TRINO!r}, {HTTPS_PORT}), timeout=5).close()
        break
    except OSError as error:
        if time.monotonic() > until:
            raise SystemExit(f"Trino does not answer at {TRINO}:{HTTPS_PORT}: {{error}}") from None
        time.sleep(1)
"""
_USER = 1000
"""The user of the image."""


@dataclass(frozen=True, kw_only=True)
class Volumes:
    """Names of the ConfigMaps and the Secret that the pod mounts, and the files of the ConfigMaps."""

    code: Input[str]
    contracts: Input[str]
    outputs: Input[str]
    files_of_code: Mapping[str, str]
    files_of_contracts: Mapping[str, str]


def pod(volumes: Volumes, service_account: Input[str], stack: str) -> PodSpecArgsDict:
    """The pod, which publishes once and ends. Code and contracts are one volume, and lie there as in the project."""
    beside = [*items(volumes.files_of_contracts), *items([DATABASE_CA])]
    return {
        "service_account_name": service_account,
        "automount_service_account_token": False,
        "enable_service_links": False,  # they would put variables into the environment that look like settings
        "restart_policy": "Never",  # a second try is another pod, so that the log of the first stays
        "security_context": restricted.pod(_USER),
        "init_containers": [_waiting()],
        "containers": [_container(stack)],
        "volumes": [
            {
                "name": "program",
                "projected": {
                    "sources": [
                        {"config_map": {"name": volumes.code, "items": items(volumes.files_of_code)}},
                        {
                            "config_map": {
                                "name": volumes.contracts,
                                "items": beside,
                            }
                        },
                    ]
                },
            },
            {"name": "outputs", "secret": {"secret_name": volumes.outputs, "default_mode": 0o440}},
            {"name": "tmp", "empty_dir": {"size_limit": "16Mi"}},
        ],
    }


def _waiting() -> ContainerArgsDict:
    """Ends when Trino answers: some clusters let a pod through their network policies only seconds after its start."""
    return {
        "name": "trino-answers",
        "image": IMAGE,
        "command": ["python", "-c", _WAIT],
        "resources": PUBLISHER.spec(),
        "security_context": restricted.container(),
    }


def _container(stack: str) -> ContainerArgsDict:
    return {
        "name": "publisher",
        "image": IMAGE,
        "command": ["python", "-m", "publish", "publish"],
        "working_dir": _PROGRAM,
        "env": [
            {"name": "DATAMESH_OUTPUTS", "value": f"{_SECRETS}/{OUTPUTS}"},
            {"name": "PULUMI_STACK", "value": stack},  # messages name the commands of this stack
            {"name": "PYTHONPATH", "value": _PROGRAM},
            {"name": "PYTHONUNBUFFERED", "value": "1"},
            {"name": "PYTHONDONTWRITEBYTECODE", "value": "1"},
        ],
        "resources": PUBLISHER.spec(),
        "security_context": restricted.container(),
        "volume_mounts": [
            {"name": "program", "mount_path": _PROGRAM, "read_only": True},
            {"name": "outputs", "mount_path": _SECRETS, "read_only": True},
            {"name": "tmp", "mount_path": "/tmp"},
        ],
    }
