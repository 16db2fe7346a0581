"""Trino on the user's cluster: one catalog per domain, and one for the lake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from k8s import catalogs, trino_config
from k8s.trino_config import HTTPS_PORT, Memory
from k8s.trino_pod import LABELS, Volumes, pod

NAME = "trino-coordinator"
_PATIENCE = 30 * 60
"""Seconds: the first pull of the image is over a gigabyte."""


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
class LakeCatalogArgs:
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
class AccessArgs:
    """Who may log in, and who may see what."""

    rules: str
    """JSON of Trino's file access control."""
    groups: str
    """Trino's group file."""
    passwords: Input[str]
    """Trino's password file: bcrypt hashes."""
    certificate: Input[str]
    """PEM text of the server's key and certificate."""
    shared_secret: Input[str]
    """What Trino's servers show each other."""


@dataclass(frozen=True, kw_only=True)
class TrinoArgs:
    """What Trino serves and where."""

    namespace: Input[str]
    databases: Sequence[DatabaseArgs]
    lake: LakeCatalogArgs
    access: AccessArgs
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

        texts = {database.catalog: database.properties() for database in args.databases}
        texts["lake"] = args.lake.properties()
        volumes = Volumes(
            config=self._config_map(f"{name}-config", trino_config.coordinator(args.memory)),
            database_ca=self._config_map(f"{name}-database-ca", {"database-ca.pem": args.database_ca}),
            catalogs=self._config_map(
                f"{name}-catalogs", {f"{catalog}.properties": text for catalog, text in texts.items()}
            ),
            catalog_names=list(texts),
            certificate=self._secret(f"{name}-tls", {"trino.pem": args.access.certificate}),
            credentials=self._secret(
                f"{name}-credentials",
                {
                    "LAKE_ACCESS_KEY": args.lake.access_key,
                    "LAKE_SECRET_KEY": args.lake.secret_key,
                    "TRINO_SHARED_SECRET": args.access.shared_secret,
                    **{database.password_variable: database.password for database in args.databases},
                },
            ),
            access=self._config_map(
                f"{name}-access", {"rules.json": args.access.rules, "groups.txt": args.access.groups}, "trino-access"
            ),
            passwords=self._secret(f"{name}-passwords", {"password.db": args.access.passwords}, "trino-passwords"),
        )
        kubernetes.apps.v1.Deployment(
            f"{name}-coordinator",
            metadata={"name": NAME, "namespace": args.namespace, "labels": LABELS},
            spec={
                "replicas": 1,
                "strategy": {"type": "Recreate"},  # two coordinators would share one name and half the memory
                "progress_deadline_seconds": _PATIENCE,
                "selector": {"match_labels": LABELS},
                "template": {"metadata": {"labels": LABELS}, "spec": pod(volumes, args.memory, args.host_ports)},
            },
            opts=ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(create=f"{_PATIENCE}s", update=f"{_PATIENCE}s")
            ),
        )
        service = kubernetes.core.v1.Service(
            f"{name}-service",
            metadata={"name": NAME, "namespace": args.namespace, "labels": LABELS},
            spec={"selector": LABELS, "ports": [{"name": "https", "port": HTTPS_PORT, "target_port": "https"}]},
            opts=ResourceOptions(parent=self),
        )

        self.service = service.metadata.name
        self.register_outputs({"service": self.service})

    def _config_map(self, name: str, data: Mapping[str, Input[str]], fixed: str | None = None) -> Output[str]:
        """The name of a ConfigMap.

        Without a `fixed` name it cannot be changed: other contents are another object, and the pod that mounts it is
        made anew. With one it is changed in place, and Trino reads the files again while it runs.
        """
        return kubernetes.core.v1.ConfigMap(
            name,
            metadata={"name": fixed, "namespace": self._namespace, "labels": LABELS},
            data=data,
            immutable=fixed is None,
            opts=ResourceOptions(parent=self),
        ).metadata.name

    def _secret(self, name: str, data: Mapping[str, Input[str]], fixed: str | None = None) -> Output[str]:
        """The name of a Secret; `fixed` as for a ConfigMap."""
        return kubernetes.core.v1.Secret(
            name,
            metadata={"name": fixed, "namespace": self._namespace, "labels": LABELS},
            string_data={key: Output.secret(value) for key, value in data.items()},
            immutable=fixed is None,
            opts=ResourceOptions(parent=self),
        ).metadata.name
