"""Grafana on the user's cluster: a dashboard for each domain and one for the whole mesh."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random
from pulumi import Input, Output, ResourceOptions

from k8s.grafana import config as grafana_config
from k8s.grafana import dashboards
from k8s.grafana.config import ACCESS_KEY_VARIABLE, SECRET_KEY_VARIABLE, TRINO_VARIABLE, Database
from k8s.grafana.pod import Volumes, pod
from k8s.namespace import Namespace
from k8s.objects import UNAWAITED, config_map, secret
from k8s.trino.component import NAME as TRINO
from k8s.trino.config import HTTPS_PORT
from mesh.contracts.model import Contract, Table
from mesh.names import DomainName

NAME = "grafana"
_PATIENCE = 15 * 60
"""Seconds: the image is pulled first."""
_LABELS = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/component": "server"}


@dataclass(frozen=True, kw_only=True)
class GrafanaDatabase:
    """A domain's PostgreSQL database, and the password of the role that reads no personal column."""

    domain: DomainName
    host: Input[str]
    port: Input[int]
    database: Input[str]
    password: Input[str]
    identifier: Input[str]
    """Of the RDS instance, for its metrics in CloudWatch."""


@dataclass(frozen=True, kw_only=True)
class GrafanaArgs:
    """The data that the dashboards show, and Grafana's logins to it."""

    namespace: Namespace
    databases: Sequence[GrafanaDatabase]
    contracts: Mapping[DomainName, Contract]
    events: Table
    """The table of the shared lake."""
    trino_password: Input[str]
    """Of the user `grafana`."""
    authority: Input[str]
    """PEM text of the authority that signed Trino's certificate."""
    database_ca: str
    """PEM text of the authorities that sign the databases' certificates."""
    region: str
    access_key: Input[str]
    """Of Grafana's AWS user, which may only read metrics."""
    secret_key: Input[str]
    monthly_usd: float


class Grafana(pulumi.ComponentResource):
    """Dashboards behind the Service `grafana`; the user `admin` logs in. Changes in the browser are not kept."""

    service: Output[str]
    admin_password: Output[str]
    """A secret."""

    def __init__(self, name: str, args: GrafanaArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:k8s:Grafana", name, None, opts)
        namespace, inside = args.namespace, args.namespace.inside(self)
        child = ResourceOptions(parent=self)

        admin = random.RandomPassword(f"{name}-admin", length=32, special=False, opts=child)
        key = random.RandomPassword(f"{name}-secret-key", length=48, special=False, opts=child)
        boards = Output.all(*(database.identifier for database in args.databases)).apply(
            lambda identifiers: dashboards.files(
                args.contracts,
                args.events,
                identifiers=dict(zip((database.domain for database in args.databases), identifiers, strict=True)),
                region=args.region,
                monthly_usd=args.monthly_usd,
            )
        )
        volumes = Volumes(
            config=config_map(
                f"{name}-config",
                {
                    "grafana.ini": grafana_config.server(),
                    "datasources.yaml": _data_sources(args),
                    "dashboards.yaml": grafana_config.dashboard_provider(),
                    "database-ca.pem": args.database_ca,
                },
                namespace=namespace, parent=self, labels=_LABELS,
            ),
            dashboards=tuple(  # all of them are more than one ConfigMap may hold
                config_map(
                    f"{name}-dashboards{suffix}", {file: boards[file]},
                    namespace=namespace, parent=self, labels=_LABELS, fixed=f"{NAME}-dashboards{suffix}",
                )
                for file, suffix in dashboards.names(args.contracts).items()
            ),
            credentials=secret(
                f"{name}-credentials",
                {
                    "GF_SECURITY_ADMIN_PASSWORD": admin.result,
                    "GF_SECURITY_SECRET_KEY": key.result,
                    TRINO_VARIABLE: args.trino_password,
                    ACCESS_KEY_VARIABLE: args.access_key,
                    SECRET_KEY_VARIABLE: args.secret_key,
                    **{database.domain.password_variable: database.password for database in args.databases},
                },
                namespace=namespace, parent=self, labels=_LABELS,
            ),
        )  # fmt: skip
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata={"name": NAME, "namespace": namespace.name, "labels": _LABELS},
            automount_service_account_token=False,
            opts=inside,
        ).metadata.name
        kubernetes.apps.v1.Deployment(
            f"{name}-server",
            metadata={"name": NAME, "namespace": namespace.name, "labels": _LABELS},
            spec={
                "replicas": 1,
                "strategy": {"type": "Recreate"},  # two servers would not share sessions
                "progress_deadline_seconds": _PATIENCE,
                "selector": {"match_labels": _LABELS},
                "template": {"metadata": {"labels": _LABELS}, "spec": pod(volumes, account)},
            },
            opts=namespace.inside(self, _PATIENCE),
        )
        self.service = kubernetes.core.v1.Service(
            f"{name}-service",
            metadata={"name": NAME, "namespace": namespace.name, "labels": _LABELS, "annotations": UNAWAITED},
            spec={"selector": _LABELS, "ports": [{"name": "http", "port": 80, "target_port": "http"}]},
            opts=inside,
        ).metadata.name
        self.admin_password = admin.result
        self.register_outputs({"service": self.service})


def _data_sources(args: GrafanaArgs) -> Output[str]:
    def text(values: dict[str, Any]) -> str:
        databases = [
            Database(domain=database.domain, host=host, port=int(port), database=name)
            for database, (host, port, name) in zip(args.databases, values["databases"], strict=True)
        ]
        return grafana_config.data_sources(
            databases, region=args.region, trino_url=f"https://{TRINO}:{HTTPS_PORT}", authority=values["authority"]
        )

    return Output.all(
        databases=Output.all(*(Output.all(each.host, each.port, each.database) for each in args.databases)),
        authority=args.authority,
    ).apply(text)
