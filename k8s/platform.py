"""The platform: everything that runs on the user's cluster."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_random as random
from pulumi import Input, Output, ResourceOptions

from k8s import resources
from k8s.certificate import Certificate, CertificateArgs
from k8s.grafana.component import Grafana, GrafanaArgs, GrafanaDatabase
from k8s.jupyterhub.component import JupyterHub, JupyterHubArgs, PersonLogins
from k8s.logins import People, PeopleArgs
from k8s.namespace import Namespace, NamespaceArgs
from k8s.network_policies import NetworkPolicies, NetworkPoliciesArgs
from k8s.publisher.component import Publisher, PublisherArgs, ScheduleArgs
from k8s.trino import access
from k8s.trino.component import NAME, AccessArgs, DatabaseArgs, LakeCatalogArgs, Trino, TrinoArgs
from k8s.trino.config import Memory
from mesh.contracts.model import Contract, Table
from mesh.names import GRAFANA, NAMESPACE, PUBLISHER, SERVICES, TRINO_WORKER, DomainName
from mesh.people import Person


@dataclass(frozen=True, kw_only=True)
class CloudWatchArgs:
    """The region and keys with which Grafana reads metrics and the bill, and the budget in USD."""

    region: str
    access_key: Input[str]
    secret_key: Input[str]
    monthly_usd: float


@dataclass(frozen=True, kw_only=True)
class PlatformArgs:
    """The data that the platform serves, its people, and its size."""

    databases: Mapping[DomainName, DatabaseArgs]
    dashboards: Sequence[GrafanaDatabase]
    """The same databases, with Grafana's logins."""
    contracts: Mapping[DomainName, Contract]
    """By domain; they decide who may read which tables."""
    events: Table
    """The table of the shared lake."""
    lake: LakeCatalogArgs
    cloudwatch: CloudWatchArgs
    people: Sequence[Person]
    """Everyone who can log in, without services."""
    logins: Mapping[str, Input[str]]
    """By person: JSON of their logins to databases; see `PersonLogins`."""
    mesh: Input[str]
    """JSON for every notebook; see `JupyterHubArgs`."""
    database_ca: str
    """PEM text of the authorities that sign the databases' certificates."""
    memory: Memory
    """Of each of Trino's servers."""
    workers: int
    """Of Trino, beside its coordinator."""
    published_ports: Mapping[int, int] = field(default_factory=dict)
    """On the `local` stack; see `TrinoArgs`."""
    schedule: ScheduleArgs | None = None
    """When a CronJob publishes into the lake; None without one."""
    addresses: Sequence[str] = ("127.0.0.1",)
    """IP addresses at which people reach Trino; a forwarded port is on the first."""


class Platform(pulumi.ComponentResource):
    """Trino with one catalog a domain, JupyterHub, Grafana, and everyone's login, in one namespace."""

    namespace: Output[str]
    service: Output[str]
    passwords: dict[str, Output[str]]
    """By person and service; secrets."""
    grafana_password: Output[str]
    """Of Grafana's `admin`; a secret."""
    authority: Output[str]
    """PEM text of the authority that signed Trino's certificate."""

    def __init__(self, name: str, args: PlatformArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:k8s:Platform", name, None, opts)
        child = ResourceOptions(parent=self)
        namespace = Namespace(f"{name}-namespace", NamespaceArgs(name=NAMESPACE, quota=_quota(args)), child)
        NetworkPolicies(
            "traffic",
            NetworkPoliciesArgs(
                namespace=namespace,
                database_ports=[database.port for database in args.databases.values()],
                lake_port=args.lake.port,
                publisher=args.schedule is not None,
            ),
            child,
        )
        logins = People("people", PeopleArgs(names=[*(person.name for person in args.people), *SERVICES]), child)
        certificate = Certificate(
            "trino-certificate",
            CertificateArgs(
                dns_names=[
                    NAME,
                    *(f"{NAME}.{NAMESPACE}{end}" for end in ("", ".svc", ".svc.cluster.local")),
                    "localhost",
                ],
                ip_addresses=args.addresses,
            ),
            child,
        )
        shared = random.RandomPassword("trino-shared-secret", length=48, special=False, opts=child)
        query_log = random.RandomPassword("trino-query-log", length=48, special=False, opts=child)
        trino = Trino(
            "trino",
            TrinoArgs(
                namespace=namespace,
                databases=list(args.databases.values()),
                lake=args.lake,
                access=AccessArgs(
                    rules=json.dumps(access.rules(args.contracts, args.people), indent=1),
                    groups=access.groups(args.people),
                    passwords=logins.hashes.apply(access.passwords),
                    certificate=certificate.server,
                    shared_secret=shared.result,
                    query_log_token=query_log.result,
                    worker_password=logins.passwords[TRINO_WORKER],
                ),
                database_ca=args.database_ca,
                memory=args.memory,
                workers=args.workers,
                published_ports=args.published_ports,
            ),
            child,
        )
        JupyterHub(
            "jupyterhub",
            JupyterHubArgs(
                namespace=namespace,
                people={
                    person.name: PersonLogins(trino=logins.passwords[person.name], databases=args.logins[person.name])
                    for person in args.people
                },
                password_file=trino.password_file,
                authority=certificate.authority,
                database_ca=args.database_ca,
                mesh=args.mesh,
            ),
            child,
        )
        grafana = Grafana(
            "grafana",
            GrafanaArgs(
                namespace=namespace,
                databases=args.dashboards,
                contracts=args.contracts,
                events=args.events,
                trino_password=logins.passwords[GRAFANA],
                authority=certificate.authority,
                database_ca=args.database_ca,
                region=args.cloudwatch.region,
                access_key=args.cloudwatch.access_key,
                secret_key=args.cloudwatch.secret_key,
                monthly_usd=args.cloudwatch.monthly_usd,
            ),
            child,
        )

        if args.schedule:
            Publisher(
                "publisher",
                PublisherArgs(
                    namespace=namespace,
                    schedule=args.schedule,
                    trino_password=logins.passwords[PUBLISHER],
                    authority=certificate.authority,
                    database_ca=args.database_ca,
                ),
                child,
            )

        self.namespace = namespace.name
        self.grafana_password = grafana.admin_password
        self.service = trino.service
        self.passwords = logins.passwords
        self.authority = certificate.authority
        self.register_outputs({"namespace": self.namespace, "service": self.service, "authority": self.authority})


def _quota(args: PlatformArgs) -> dict[str, str]:
    server = resources.trino(args.memory.limit)
    fixed = [*[server] * (1 + args.workers), resources.QUERY_LOG, resources.HUB, resources.PROXY, resources.GRAFANA]
    fixed += [resources.PUBLISHER] if args.schedule else []
    # A draining worker still runs when its successor starts; and a debugging pod must fit in.
    return resources.quota(fixed, len(args.people), spare=[*[server] * min(1, args.workers), resources.NOTEBOOK])
