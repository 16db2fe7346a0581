"""The CronJob that publishes into the lake what contracts keep there, by the person's schedule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from k8s.namespace import Namespace
from k8s.network_policies import labels
from k8s.objects import config_map, secret
from k8s.publisher import program
from k8s.publisher.pod import DATABASE_CA, OUTPUTS, Volumes, pod
from k8s.trino.component import NAME as TRINO
from k8s.trino.config import HTTPS_PORT
from mesh.names import PUBLISHER, DomainName
from mesh.publish_settings import Publish

NAME = "publisher"
LATE = 10 * 60
"""Seconds: a publication that could not begin for longer, because the cluster slept, is left to the next."""
LONGEST = 4 * 60 * 60
"""Seconds for a publication with its second and third try; what it has done by then stays."""
TRIES = 2
"""After the first."""


@dataclass(frozen=True, kw_only=True)
class ScheduleArgs:
    """When is published, and what the program on the cluster knows of the stack, in which there is no Pulumi."""

    publish: Publish
    stack: str
    """The stack's name."""
    outputs: Mapping[str, Any]
    """The stack's outputs `domains`, `lake` and `credentials.databases`, of domains with kept ports alone."""
    contracts: Mapping[DomainName, str]
    """The text of every domain's contract, by domain."""


@dataclass(frozen=True, kw_only=True)
class PublisherArgs:
    """The schedule, and the login of the user `publisher` to Trino."""

    namespace: Namespace
    schedule: ScheduleArgs
    trino_password: Input[str]
    """Of the user `publisher`."""
    authority: Input[str]
    """PEM text of the authority that signed Trino's certificate."""
    database_ca: str
    """PEM text of the authorities that sign the databases' certificates."""


class Publisher(pulumi.ComponentResource):
    """The CronJob `publisher`. It holds no more of the stack than a publication needs, and no right in the cluster."""

    def __init__(self, name: str, args: PublisherArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("datamesh:k8s:Publisher", name, None, opts)
        namespace, marks = args.namespace, labels(NAME)
        code, contracts = program.code(), program.contracts(args.schedule.contracts)
        volumes = Volumes(
            code=config_map(
                f"{name}-code", _by_key(code), namespace=namespace, parent=self, labels=marks
            ),
            contracts=config_map(
                f"{name}-contracts", _by_key(contracts) | {DATABASE_CA: args.database_ca},
                namespace=namespace, parent=self, labels=marks,
            ),
            outputs=secret(
                f"{name}-outputs", {OUTPUTS: _outputs(args)}, namespace=namespace, parent=self, labels=marks
            ),
            files_of_code=code,
            files_of_contracts=contracts,
        )  # fmt: skip
        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-account",
            metadata={"name": NAME, "namespace": namespace.name, "labels": marks},
            automount_service_account_token=False,
            opts=namespace.inside(self),
        ).metadata.name
        kubernetes.batch.v1.CronJob(
            f"{name}-schedule",
            metadata={"name": NAME, "namespace": namespace.name, "labels": marks},
            spec={
                "schedule": args.schedule.publish.schedule,
                "time_zone": args.schedule.publish.timezone,
                "concurrency_policy": "Forbid",
                "starting_deadline_seconds": LATE,
                "successful_jobs_history_limit": 1,
                "failed_jobs_history_limit": 1,
                "job_template": {
                    "spec": {
                        "backoff_limit": TRIES,
                        "active_deadline_seconds": LONGEST,
                        "template": {
                            "metadata": {"labels": marks},
                            "spec": pod(volumes, account, args.schedule.stack),
                        },
                    }
                },
            },
            opts=namespace.inside(self),
        )
        self.register_outputs({})


def _by_key(files: Mapping[str, str]) -> dict[str, str]:
    return {program.key(path): text for path, text in files.items()}


def _outputs(args: PublisherArgs) -> Output[str]:
    """JSON of outputs as `client.stack.parse_outputs` reads them."""
    known = args.schedule.outputs
    return Output.json_dumps(
        {
            "domains": known["domains"],
            "lake": known["lake"],
            "trino": {"url": f"https://{TRINO}:{HTTPS_PORT}", "authority": args.authority},
            "people": {},
            "databaseCa": DATABASE_CA,
            "credentials": {"databases": known["databases"], "people": {PUBLISHER: args.trino_password}},
        }
    )
