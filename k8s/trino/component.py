"""Trino on the user's cluster: one catalog per domain, and one for the lake."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions
from pulumi_kubernetes.apps.v1 import DeploymentStrategyArgsDict
from pulumi_kubernetes.core.v1 import PodSpecArgsDict

from k8s.namespace import Namespace
from k8s.objects import UNAWAITED, config_map, secret
from k8s.trino import catalogs
from k8s.trino import config as trino_config
from k8s.trino import pod as trino_pod
from k8s.trino.config import HTTP_PORT, HTTPS_PORT, PUBLISHED, Memory
from k8s.trino.pod import COORDINATOR, LOG_VARIABLE, NAME_LABEL, WORKER, WORKER_VARIABLE, Volumes
from mesh.names import ICEBERG, LAKE, DomainName

NAME = "trino-coordinator"
_PATIENCE = 30 * 60
"""Seconds: the first pull of the image is over a gigabyte."""


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """A PostgreSQL database that becomes a catalog."""

    domain: DomainName
    host: Input[str]
    port: Input[int]
    database: Input[str]
    password: Input[str]

    def properties(self) -> Output[str]:
        """The text of the catalog."""
        return Output.all(self.host, self.port, self.database).apply(
            lambda values: catalogs.postgresql(
                host=values[0],
                port=int(values[1]),
                database=values[2],
                user=self.domain.trino_user,
                password_variable=self.domain.password_variable,
            )
        )


@dataclass(frozen=True, kw_only=True)
class LakeCatalogArgs:
    """The bucket and the keys of the catalogs `lake` and `iceberg`."""

    bucket: Input[str]
    region: str
    access_key: Input[str]
    secret_key: Input[str]
    endpoint: str | None = None
    """URL of an emulator in place of S3 and Glue."""

    @property
    def port(self) -> int:
        """The port of S3 and Glue."""
        return (urlsplit(self.endpoint).port if self.endpoint else None) or 443

    def properties(self) -> dict[str, Output[str]]:
        """The text of each catalog."""
        bucket = Output.from_input(self.bucket)
        return {
            LAKE: bucket.apply(lambda name: catalogs.lake(region=self.region, bucket=name, endpoint=self.endpoint)),
            ICEBERG: bucket.apply(
                lambda name: catalogs.iceberg(region=self.region, bucket=name, endpoint=self.endpoint)
            ),
        }


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
    """With which Trino's servers authenticate each other."""
    query_log_token: Input[str]
    """With which the coordinator sends each query to the log beside it."""
    worker_password: Input[str]
    """Password of the user `trino-worker`."""


@dataclass(frozen=True, kw_only=True)
class TrinoArgs:
    """What Trino serves and where."""

    namespace: Namespace
    databases: Sequence[DatabaseArgs]
    lake: LakeCatalogArgs
    access: AccessArgs
    database_ca: str
    """PEM text of the authorities that sign the databases' certificates."""
    memory: Memory
    """Of each server."""
    workers: int
    """Servers beside the coordinator; with 0, the coordinator runs the queries itself."""
    published_ports: Mapping[int, int] = field(default_factory=dict)
    """The machine's port for each port of the coordinator, where there is no cluster; see `PUBLISHED`."""


class Trino(pulumi.ComponentResource):
    """A Trino that queries all domains and the lake, behind the Service `trino-coordinator`."""

    service: Output[str]
    password_file: Output[str]
    """Name of the Secret with everyone's bcrypt hash, in its key `password.db`; it changes in place."""

    def __init__(self, name: str, args: TrinoArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:k8s:Trino", name, None, opts)
        self._namespace = args.namespace

        texts = {database.domain.identifier: database.properties() for database in args.databases}
        texts |= args.lake.properties()
        passwords = self._secret(f"{name}-passwords", {"password.db": args.access.passwords}, "trino-passwords")
        volumes = Volumes(
            config=self._config_map(f"{name}-config", trino_config.coordinator(args.memory, args.workers)),
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
                    LOG_VARIABLE: args.access.query_log_token,
                    **{database.domain.password_variable: database.password for database in args.databases},
                },
            ),
            access=self._config_map(
                f"{name}-access", {"rules.json": args.access.rules, "groups.txt": args.access.groups}, "trino-access"
            ),
            passwords=passwords,
        )
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata={"name": "trino", "namespace": args.namespace.name, "labels": NAME_LABEL},
            automount_service_account_token=False,
            opts=args.namespace.inside(self),
        ).metadata.name

        self._deployment(
            f"{name}-coordinator",
            NAME,
            COORDINATOR,
            trino_pod.coordinator(volumes, args.memory, account),
            strategy={"type": "Recreate"},  # two coordinators would share one name and need twice the memory
            annotations={PUBLISHED: json.dumps(args.published_ports)} if args.published_ports else {},
        )
        if args.workers:
            own = self._config_map(f"{name}-worker-config", trino_config.worker(args.memory, NAME))
            login = self._secret(f"{name}-worker-login", {WORKER_VARIABLE: args.access.worker_password})
            self._deployment(
                f"{name}-worker",
                "trino-worker",
                WORKER,
                trino_pod.worker(replace(volumes, config=own), args.memory, account, login),
                # One at a time, and none in addition: a new worker needs the memory of its predecessor.
                strategy={"type": "RollingUpdate", "rolling_update": {"max_surge": 0, "max_unavailable": 1}},
                replicas=args.workers,
            )
        service = kubernetes.core.v1.Service(
            f"{name}-service",
            metadata={
                "name": NAME,
                "namespace": args.namespace.name,
                "labels": COORDINATOR,
                "annotations": UNAWAITED,
            },
            spec={
                "selector": COORDINATOR,
                "ports": [
                    {"name": "https", "port": HTTPS_PORT, "target_port": "https"},
                    {"name": "http", "port": HTTP_PORT, "target_port": "http"},  # for workers: it takes no logins
                ],
            },
            opts=args.namespace.inside(self),
        )

        self.service = service.metadata.name
        self.password_file = passwords
        self.register_outputs({"service": self.service, "password_file": self.password_file})

    def _deployment(
        self,
        name: str,
        called: str,
        labels: Mapping[str, str],
        pod: PodSpecArgsDict,
        strategy: DeploymentStrategyArgsDict,
        replicas: int = 1,
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        kubernetes.apps.v1.Deployment(
            name,
            metadata={
                "name": called,
                "namespace": self._namespace.name,
                "labels": labels,
                "annotations": annotations or {},
            },
            spec={
                "replicas": replicas,
                "strategy": strategy,
                "progress_deadline_seconds": _PATIENCE,
                "selector": {"match_labels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
            opts=self._namespace.inside(self, _PATIENCE),
        )

    def _config_map(self, name: str, data: Mapping[str, Input[str]], fixed: str | None = None) -> Output[str]:
        return config_map(name, data, namespace=self._namespace, parent=self, labels=NAME_LABEL, fixed=fixed)

    def _secret(self, name: str, data: Mapping[str, Input[str]], fixed: str | None = None) -> Output[str]:
        return secret(name, data, namespace=self._namespace, parent=self, labels=NAME_LABEL, fixed=fixed)
