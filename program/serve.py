"""The platform of a mesh, connected to its domains and its lake."""

from collections.abc import Mapping, Sequence

from pulumi import Input, Output, ResourceOptions

from components.domain import Domain
from components.identity import Identity
from components.lake import Lake
from k8s.grafana.component import GrafanaDatabase
from k8s.platform import CloudWatchArgs, Platform, PlatformArgs
from k8s.trino.component import DatabaseArgs, LakeCatalogArgs
from k8s.trino.config import HTTP_PORT, HTTPS_PORT, Memory
from mesh.contracts.model import Contract
from mesh.names import DomainName
from mesh.people import Person
from mesh.settings import Settings
from program.outputs import describe_domain, describe_lake
from program.publisher import schedule


def serve(
    settings: Settings,
    contracts: Mapping[DomainName, Contract],
    texts: Mapping[DomainName, str],
    domains: Sequence[Domain],
    lake: Lake,
    identity: Identity,
    opts: ResourceOptions,
) -> Platform:
    """Makes Trino, JupyterHub and Grafana for these domains, and returns them as the platform.

    `texts` are those of the contracts, which the publisher on the cluster reads again.
    """
    local = settings.local
    return Platform(
        "platform",
        PlatformArgs(
            databases={domain.name: _trino(domain, settings) for domain in domains},
            dashboards=[_grafana(domain, settings) for domain in domains],
            contracts=contracts,
            events=lake.events,
            lake=LakeCatalogArgs(
                bucket=lake.bucket,
                region=settings.region,
                access_key=identity.trino_access_key_id,
                secret_key=identity.trino_secret_access_key,
                endpoint=local and local.pods_endpoint,
            ),
            cloudwatch=CloudWatchArgs(
                region=settings.region,
                access_key=identity.grafana_access_key_id,
                secret_key=identity.grafana_secret_access_key,
                monthly_usd=settings.monthly_usd,
            ),
            people=settings.people,
            logins={person.name: _own(person, domains) for person in settings.people},
            mesh=Output.json_dumps(
                {
                    "domains": {
                        domain.name: describe_domain(domain) | {"host": _host(domain, settings)} for domain in domains
                    },
                    "lake": describe_lake(settings, lake) | {"endpoint": local and local.pods_endpoint},
                }
            ),
            database_ca=settings.database_ca.read_text(),
            memory=Memory(settings.trino.memory),
            workers=settings.trino.workers,
            schedule=schedule(settings, contracts, texts, domains, lake),
            published_ports=(
                {HTTP_PORT: local.trino_port, HTTPS_PORT: local.trino_https_port}
                if local and not settings.kube_context
                else {}
            ),
        ),
        opts,
    )


def _host(domain: Domain, settings: Settings) -> Input[str]:
    """Where pods reach the domain's database."""
    return (settings.local and settings.local.host_address) or domain.host


def _trino(domain: Domain, settings: Settings) -> DatabaseArgs:
    return DatabaseArgs(
        domain=domain.name,
        host=_host(domain, settings),
        port=domain.port,
        database=domain.database,
        password=domain.trino_password,
    )


def _grafana(domain: Domain, settings: Settings) -> GrafanaDatabase:
    return GrafanaDatabase(
        domain=domain.name,
        host=_host(domain, settings),
        port=domain.port,
        database=domain.database,
        password=domain.grafana_password,
        identifier=domain.identifier,
    )


def _own(person: Person, domains: Sequence[Domain]) -> Output[str]:
    """JSON of a person's logins to databases, as the analyst of each of the person's domains."""
    own = person.own(domain.name for domain in domains)
    return Output.json_dumps(
        {
            domain.name: {"user": domain.name.analyst_user}
            | ({"password": domain.analyst_password} if domain.analyst_password is not None else {})
            for domain in domains
            if domain.name in own
        }
    )
