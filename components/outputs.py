"""What a stack tells people and programs; the seed and the examples read nothing else."""

from collections.abc import Sequence

import pulumi
from pulumi import Output

from components.domain import MASTER_USER, Domain
from components.lake import EVENTS, Lake
from components.settings import Settings
from k8s.trino import Trino
from k8s.trino_config import HTTP_PORT


def export(settings: Settings, domains: Sequence[Domain], lake: Lake, trino: Trino, namespace: Output[str]) -> None:
    """Exports `domains`, `lake`, `trino`, `databaseCa` and, as a secret, `credentials`."""
    local = settings.local
    pulumi.export("domains", {domain.name.name: _domain(domain) for domain in domains})
    pulumi.export(
        "lake",
        {
            "bucket": lake.bucket,
            "region": settings.region,
            "eventsTable": Output.concat("lake.", lake.events_database, ".", lake.events_table),
            "eventsPrefix": f"{EVENTS}/",
            "endpoint": local.aws_endpoint if local else None,
        },
    )
    forward = Output.concat(
        f"kubectl --context {settings.kube_context} --namespace ", namespace, " port-forward ",
        "service/", trino.service, f" {HTTP_PORT}:{HTTP_PORT}",
    )  # fmt: skip
    pulumi.export(
        "trino",
        {
            "namespace": namespace,
            "service": trino.service,
            "url": f"http://127.0.0.1:{local.trino_port if local else HTTP_PORT}",
            "portForward": None if local else forward,
        },
    )
    pulumi.export("databaseCa", str(settings.database_ca))
    pulumi.export("credentials", Output.secret({domain.name.name: _credentials(domain) for domain in domains}))


def _domain(domain: Domain) -> dict:
    return {
        "host": domain.host,
        "port": domain.port,
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
    }
    if domain.analyst_password is not None:
        logins["analyst"] = {"user": domain.name.analyst_user, "password": domain.analyst_password}
    return logins
