"""Trino on the user's cluster: one catalog per domain, and one for the lake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions
from pulumi_kubernetes.core.v1 import (
    ContainerPortArgsDict,
    PodSpecArgsDict,
    ProbeArgsDict,
    SecurityContextArgsDict,
    VolumeProjectionArgsDict,
)

from k8s import catalogs, trino_config
from k8s.trino_config import ETC, HTTP_PORT, Memory

NAME = "trino-coordinator"
IMAGE = "trinodb/trino:476"
LABELS = {"app.kubernetes.io/name": "trino", "app.kubernetes.io/component": "coordinator"}
_PATIENCE = 30 * 60
"""Seconds: the first pull of the image is over a gigabyte."""
_RESTRICTED: SecurityContextArgsDict = {
    "allow_privilege_escalation": False,
    "read_only_root_filesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """A PostgreSQL database that becomes a catalog."""

    catalog: str
    host: Input[str]
    port: Input[int]
    database: Input[str]
    user: str
    password: Input[str]

    @property
    def password_variable(self) -> str:
        """The environment variable of the server that holds the password."""
        return f"{self.catalog.upper()}_DB_PASSWORD"

    def properties(self) -> Output[str]:
        """The text of the catalog."""
        return Output.all(self.host, self.port, self.database).apply(
            lambda known: catalogs.postgresql(
                host=known[0],
                port=int(known[1]),
                database=known[2],
                user=self.user,
                password_variable=self.password_variable,
            )
        )


@dataclass(frozen=True, kw_only=True)
class LakeArgs:
    """The bucket and the keys of the catalog `lake`."""

    bucket: Input[str]
    region: str
    access_key: Input[str]
    secret_key: Input[str]
    endpoint: str | None = None
    """URL of an emulator in place of S3 and Glue."""

    def properties(self) -> Output[str]:
        """The text of the catalog."""
        return Output.from_input(self.bucket).apply(
            lambda bucket: catalogs.lake(region=self.region, bucket=bucket, endpoint=self.endpoint)
        )


@dataclass(frozen=True, kw_only=True)
class TrinoArgs:
    """What Trino serves and where."""

    namespace: Input[str]
    databases: Sequence[DatabaseArgs]
    lake: LakeArgs
    database_ca: str
    """PEM text of the authorities that sign the databases' certificates."""
    memory: Memory = field(default_factory=lambda: Memory(2560))
    host_ports: Mapping[int, int] = field(default_factory=dict)
    """Ports of the machine on which container ports answer; none on a cluster that is not this machine."""


class Trino(pulumi.ComponentResource):
    """A Trino server that queries all domains and the lake, behind the Service `trino-coordinator`."""

    service: Output[str]

    def __init__(self, name: str, args: TrinoArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:k8s:Trino", name, None, opts)
        self._namespace = args.namespace

        config = self._config_map(f"{name}-config", trino_config.coordinator(args.memory))
        authorities = self._config_map(f"{name}-database-ca", {"database-ca.pem": args.database_ca})
        texts = {database.catalog: database.properties() for database in args.databases}
        texts["lake"] = args.lake.properties()
        catalog = self._config_map(
            f"{name}-catalogs", {f"{catalog}.properties": text for catalog, text in texts.items()}
        )
        credentials = kubernetes.core.v1.Secret(
            f"{name}-credentials",
            metadata={"namespace": args.namespace, "labels": LABELS},
            string_data={
                "LAKE_ACCESS_KEY": Output.secret(args.lake.access_key),
                "LAKE_SECRET_KEY": Output.secret(args.lake.secret_key),
                **{database.password_variable: Output.secret(database.password) for database in args.databases},
            },
            opts=ResourceOptions(parent=self),
        )
        etc: list[VolumeProjectionArgsDict] = [
            {"config_map": {"name": config.metadata.name}},
            {"config_map": {"name": authorities.metadata.name}},
            {
                "config_map": {
                    "name": catalog.metadata.name,
                    "items": [
                        {"key": f"{catalog}.properties", "path": f"catalog/{catalog}.properties"} for catalog in texts
                    ],
                }
            },
        ]
        kubernetes.apps.v1.Deployment(
            f"{name}-coordinator",
            metadata={"name": NAME, "namespace": args.namespace, "labels": LABELS},
            spec={
                "replicas": 1,
                "strategy": {"type": "Recreate"},  # two coordinators would share one name and half the memory
                "progress_deadline_seconds": _PATIENCE,
                "selector": {"match_labels": LABELS},
                "template": {"metadata": {"labels": LABELS}, "spec": _pod(args, etc, credentials.metadata.name)},
            },
            opts=ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(create=f"{_PATIENCE}s", update=f"{_PATIENCE}s")
            ),
        )
        service = kubernetes.core.v1.Service(
            f"{name}-service",
            metadata={"name": NAME, "namespace": args.namespace, "labels": LABELS},
            spec={"selector": LABELS, "ports": [{"name": "http", "port": HTTP_PORT, "target_port": "http"}]},
            opts=ResourceOptions(parent=self),
        )

        self.service = service.metadata.name
        self.register_outputs({"service": self.service})

    def _config_map(self, name: str, data: Mapping[str, Input[str]]) -> kubernetes.core.v1.ConfigMap:
        """Named by Pulumi: other contents are another object, and the pod that mounts it is made anew."""
        return kubernetes.core.v1.ConfigMap(
            name,
            metadata={"namespace": self._namespace, "labels": LABELS},
            data=data,
            opts=ResourceOptions(parent=self),
        )


def _pod(args: TrinoArgs, etc: Sequence[VolumeProjectionArgsDict], credentials: Input[str]) -> PodSpecArgsDict:
    """The specification of Trino's pod; it keeps the `restricted` security level."""
    health: ProbeArgsDict = {"exec_": {"command": ["/usr/lib/trino/bin/health-check"]}, "timeout_seconds": 5}
    limit = f"{args.memory.limit}Mi"
    port: ContainerPortArgsDict = {"name": "http", "container_port": HTTP_PORT}
    if HTTP_PORT in args.host_ports:
        port["host_port"] = args.host_ports[HTTP_PORT]
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
                "env_from": [{"secret_ref": {"name": credentials}}],
                "ports": [port],
                "resources": {"requests": {"cpu": "500m", "memory": limit}, "limits": {"memory": limit}},
                "security_context": _RESTRICTED,
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
                    {"name": "data", "mount_path": "/data/trino"},
                    {"name": "tmp", "mount_path": "/tmp"},
                ],
            }
        ],
        "volumes": [
            {"name": "etc", "projected": {"sources": list(etc)}},
            {"name": "data", "empty_dir": {}},
            {"name": "tmp", "empty_dir": {}},
        ],
    }
