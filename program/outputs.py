"""The outputs of a stack; the seed, the commands and the examples read nothing else of it."""

from collections.abc import Mapping, Sequence
from shlex import quote

import pulumi
from pulumi import Input, Output

from components.domain import Domain
from components.identity import Identity
from components.lake import Lake
from k8s.platform import Platform
from k8s.trino.config import HTTPS_PORT
from mesh.contracts.model import Contract
from mesh.cost.estimate import Estimate
from mesh.names import EVENTS, LAKE, MASTER_USER, DomainName
from mesh.settings import Settings


def export(
    settings: Settings,
    contracts: Mapping[DomainName, Contract],
    cost: Estimate,
    domains: Sequence[Domain],
    lake: Lake,
    identity: Identity,
    platform: Platform,
    addresses: Mapping[str, Input[str]],
) -> None:
    """Exports the outputs. Only `credentials` is secret. `addresses` are outputs of `operate`, by name."""
    local = settings.local
    pulumi.export("domains", {domain.name: describe_domain(domain) for domain in domains})
    pulumi.export("lake", describe_lake(settings, lake))
    forward = Output.concat(
        f"kubectl --context {quote(settings.kube_context)} --namespace ", platform.namespace, " port-forward ",
        "service/", platform.service, f" {HTTPS_PORT}:{HTTPS_PORT}",
    )  # fmt: skip
    pulumi.export(
        "trino",
        {
            "namespace": platform.namespace,
            "service": platform.service,
            "url": f"https://127.0.0.1:{local.trino_https_port if local else HTTPS_PORT}",
            "portForward": None if local else forward,
            "cluster": settings.kube_context or None,
            "authority": platform.authority,
        },
    )
    pulumi.export("readers", {name: list(contract.consumers) for name, contract in contracts.items()})
    names = [domain.name for domain in domains]
    pulumi.export("people", {person.name: person.own(names) for person in settings.people})
    pulumi.export("databaseCa", str(settings.database_ca))
    pulumi.export("cost", {"monthly": round(cost.monthly, 2), "project": round(cost.total, 2), "currency": "USD"})
    pulumi.export("adminRoleArn", identity.admin_role_arn)
    for name, value in addresses.items():
        pulumi.export(name, value)
    pulumi.export(
        "credentials",
        Output.secret(
            {
                "databases": {domain.name: _credentials(domain) for domain in domains},
                "people": platform.passwords,
                "grafana": {"user": "admin", "password": platform.grafana_password},
            }
        ),
    )


def describe_lake(settings: Settings, lake: Lake) -> dict:
    """The lake's bucket, table of events and endpoint; without secrets."""
    return {
        "bucket": lake.bucket,
        "region": settings.region,
        "eventsTable": Output.concat(f"{LAKE}.", lake.events_database, ".", lake.events_table),
        "eventsPrefix": f"{EVENTS}/",
        "endpoint": settings.local.aws_endpoint if settings.local else None,
    }


def describe_domain(domain: Domain) -> dict:
    """The addresses and names of a domain's resources; without secrets."""
    return {
        "host": domain.host,
        "port": domain.port,
        "identifier": domain.identifier,
        "database": domain.database,
        "catalog": domain.name.identifier,
        "analystRoleArn": domain.analyst_role_arn,
        "adminSecretArn": domain.admin_secret_arn,
        "trinoSecretArn": domain.trino_secret_arn,
        "glueDatabase": domain.glue_database,
        "lakePrefix": domain.lake_prefix,
    }


def _credentials(domain: Domain) -> dict:
    logins = {
        "admin": {"user": MASTER_USER, "password": domain.admin_password},
        "trino": {"user": domain.name.trino_user, "password": domain.trino_password},
        "grafana": {"user": domain.name.grafana_user, "password": domain.grafana_password},
    }
    if domain.analyst_password is not None:
        logins["analyst"] = {"user": domain.name.analyst_user, "password": domain.analyst_password}
    return logins
