"""The whole program with every optional part, recorded once: in one mesh on AWS, and in the one of the local stack."""

import functools
import json
from collections.abc import Mapping
from typing import Any

from pulumi.runtime import mocks

from tests.sample import ROOT
from tests.unit.recording import CONFIG, Cloud, Recording, record

DOMAINS = ("sales", "marketing")
PEOPLE = {
    "ada": ("marketing",),
    "admin": DOMAINS,
    "bo": DOMAINS,
    "marketing-analyst": ("marketing",),
    "sales-analyst": ("sales",),
}
"""By person: the domains whose databases are theirs. `ada` and `bo`, an administrator, come from the configuration."""
SERVICES = ("grafana", "publisher", "trino-worker")
ACCOUNT, REGION = "123456789012", "eu-west-3"
PORTS = {"sales": 5433, "marketing": 5434}
"""On AWS all databases have the same port; here a port that belongs to another domain is seen."""

OTHER_PLACE = "198.51.100.0/24"
LOCAL_CA = str(ROOT / "tests/sample/authority.pem")
"""A certificate that is not Amazon's."""
USERS = json.dumps({"ada": {"domains": ["marketing"]}, "bo": {"admin": True}})
ON_AWS = CONFIG | {
    # no value is the default: one that is lost on its way is seen
    "datamesh:region": REGION,
    "datamesh:allowedAccountIds": ACCOUNT,
    "datamesh:allowedCidrs": json.dumps(["203.0.113.7/32", OTHER_PLACE]),
    "datamesh:instanceClass": "db.t4g.micro",
    "datamesh:backupDays": "3",
    "datamesh:months": "6",
    "datamesh:budgetUsd": "300",
    "datamesh:workbench": '{"instanceType": "t4g.small"}',
    "datamesh:officeHours": '{"days": "MON-FRI", "start": 8, "stop": 20, "timezone": "Europe/Paris"}',
    "datamesh:publish": '{"schedule": "5 8-18/2 * * MON-FRI", "timezone": "Europe/Paris"}',
    "datamesh:acceptCost": "true",
    "datamesh:trino": '{"memory": 4096, "workers": 2}',
    "datamesh:users": USERS,
}
LOCAL = {
    "datamesh:owner": "local",
    "datamesh:allowedCidrs": '["127.0.0.1/32"]',
    "datamesh:disposable": "true",
    "datamesh:local": json.dumps(
        {
            "awsEndpoint": "http://127.0.0.1:4566",
            "databaseCa": LOCAL_CA,
            "trinoPort": 20001,
            "trinoHttpsPort": 20002,
        }
    ),
    "datamesh:trino": '{"workers": 2}',
    "datamesh:users": USERS,
}


class _Cloud(Cloud):
    """Gives each database a port of its own."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made, outputs = super().new_resource(args)
        if args.typ == "aws:rds/instance:Instance":
            outputs["port"] = PORTS[args.name.removesuffix("-db")]
        return made, outputs


@functools.cache
def on_aws() -> Recording:
    """A mesh on AWS, where analysts log in by IAM."""
    return record(config=ON_AWS, cloud=_Cloud())


@functools.cache
def local() -> Recording:
    """The mesh of the local stack, where analysts have passwords."""
    return record(config=LOCAL, cloud=_Cloud(), stack_name="local")


def local_with(settings: Mapping[str, str]) -> Recording:
    """The mesh of the local stack with these settings besides."""
    return record(config={**LOCAL, **settings}, cloud=_Cloud(), stack_name="local")
