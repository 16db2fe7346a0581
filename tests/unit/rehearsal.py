"""What a rehearsal asks, and answers of AWS that are all green."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from account.calls import (
    AUTHORITIES,
    BUCKET,
    CREDITS,
    DASHBOARDS,
    ENGINES,
    GATEWAYS,
    GLUE_DATABASES,
    IAM_USAGE,
    IDENTITY,
    METRICS,
    PLAN,
    POLICY,
    QUOTA,
    RDS_USAGE,
    SECRETS,
    VPCS,
    ZONES,
)
from mesh.demand import demand
from mesh.names import DomainName
from mesh.quotas import QUOTAS
from mesh.settings import Settings
from preflight.findings import Finding
from preflight.question import Question
from tests.unit.aws_answers import ACCOUNT, REGION, Asked, Recorded, Refusal, asked

TODAY = date(2026, 11, 27)
DOMAINS = (DomainName("marketing"), DomainName("sales"))
SETTINGS = Settings(
    owner="ada",
    region=REGION,
    allowed_account_ids=(ACCOUNT,),
    allowed_cidrs=("203.0.113.7/32",),
    kube_context="kind-datamesh",
    alert_email="ada@example.com",
    project_start="2026-12-01",
)
ROOT_OF_REGION = "7c40cb42714b6fdb2b296f9bbd0e8bb364436a76"
"""As Amazon RDS names one of its RSA2048 roots, that of us-west-2."""


def me(arn: str = f"arn:aws:iam::{ACCOUNT}:user/ada") -> Asked:
    return asked(IDENTITY, {"Account": ACCOUNT, "Arn": arn, "UserId": "AIDA"})


def plan(kind: str = "PAID", status: str = "ACTIVE", until: datetime | None = None) -> Asked:
    answer: dict[str, Any] = {"accountId": ACCOUNT, "accountPlanType": kind, "accountPlanStatus": status}
    return asked(PLAN, answer | ({"accountPlanExpirationDate": until} if until else {}))


def credits(usd: str, until: datetime = datetime(2027, 11, 20, tzinfo=UTC)) -> Asked:
    credit = {
        "creditId": "1",
        "accountId": ACCOUNT,
        "creditType": "Promotion",
        "initialAmount": {"currencyCode": "USD", "currencyAmount": "200.0"},
        "remainingAmount": {"currencyCode": "USD", "currencyAmount": usd},
        "description": "credits",
        "startDate": datetime(2026, 11, 20, tzinfo=UTC),
        "endDate": until,
    }
    return asked(CREDITS, {"credits": [credit] if float(usd) else []})


def zones(*names: str) -> Mapping[str, Any]:
    return {"AvailabilityZones": [{"ZoneName": name, "State": "available"} for name in names]}


def option(**changed: Any) -> dict[str, Any]:
    """One way to order a database."""
    return {
        "Engine": "postgres",
        "EngineVersion": "17.6",
        "DBInstanceClass": "db.t3.micro",
        "StorageType": "gp3",
        "MinStorageSize": 20,
        "SupportsStorageEncryption": True,
        "SupportsIAMDatabaseAuthentication": True,
        "SupportsPerformanceInsights": True,
        "AvailabilityZones": [{"Name": f"{REGION}a"}, {"Name": f"{REGION}b"}],
    } | changed


def options(*listed: Mapping[str, Any]) -> dict[str, Any]:
    return {"OrderableDBInstanceOptions": list(listed)}


def authority(thumbprint: str = ROOT_OF_REGION, until: int = 2061, name: str = "rds-ca-rsa2048-g1") -> Asked:
    certificate = {
        "CertificateIdentifier": name,
        "CertificateType": "CA",
        "Thumbprint": thumbprint,
        "ValidTill": datetime(until, 5, 24, tzinfo=UTC),
    }
    return asked(AUTHORITIES, {"Certificates": [certificate]})


def rds_usage(used: int = 0, most: int = 40) -> Asked:
    names = ("DBInstances", "AllocatedStorage", "DBParameterGroups", "DBSubnetGroups", "EventSubscriptions")
    quotas = [{"AccountQuotaName": name, "Used": 0, "Max": 100_000} for name in names[1:]]
    return asked(RDS_USAGE, {"AccountQuotas": [{"AccountQuotaName": names[0], "Used": used, "Max": most}, *quotas]})


SUMMARY = {
    "Roles": 20, "RolesQuota": 1000, "Users": 3, "UsersQuota": 5000, "Policies": 4, "PoliciesQuota": 1500,
    "InstanceProfiles": 0, "InstanceProfilesQuota": 1000, "AttachedPoliciesPerUserQuota": 10,
    "AttachedPoliciesPerRoleQuota": 10, "AssumeRolePolicySizeQuota": 2048,
}  # fmt: skip


def quota(value: float) -> Mapping[str, Any]:
    return {"Quota": {"Value": value, "Adjustable": True}}


def granted(*first: Mapping[str, Any] | Refusal, whole_account: bool = False, services: Sequence[str] = ()) -> Asked:
    """What Service Quotas gives: `first`, then enough, for all that is needed and that no other call tells.

    `services` are those whose calls tell nothing.
    """
    needed = [
        each
        for each in QUOTAS
        if each.need(demand(SETTINGS, len(DOMAINS)))
        and each.whole_account is whole_account
        and each.service not in {None, "rds", "iam"} - set(services)
    ]
    answers = [*first, *[quota(60.0 if each.service == "vpc" else 5000.0) for each in needed]][: len(needed)]
    return asked(QUOTA, *answers, region="us-east-1" if whole_account else "")


def vpcs(count: int) -> Asked:
    return asked(VPCS, {"Vpcs": [{"VpcId": f"vpc-{number}"} for number in range(count)]})


GATEWAY = asked(GATEWAYS, {"InternetGateways": [{"InternetGatewayId": "igw-1"}]})
BILL = {"Namespace": "AWS/Billing", "MetricName": "EstimatedCharges", "Dimensions": []}
ALL: dict[str, Asked] = {
    "me": me(),
    "plan": plan(),
    "plan again": plan(),
    "credits": credits("190.0"),
    "rds": rds_usage(),
    "iam": asked(IAM_USAGE, {"SummaryMap": SUMMARY}),
    "vpcs": vpcs(1),
    "gateways": GATEWAY,
    "quotas": granted(),
    "account's quota": granted(whole_account=True),
    "zones": asked(ZONES, *[zones(f"{REGION}a", f"{REGION}b", f"{REGION}c")] * 2),
    "engines": asked(ENGINES, options(option())),
    "authority": authority(),
    "bucket": asked(BUCKET, Refusal("404", "Not Found", 404)),
    "glue": asked(GLUE_DATABASES, {"DatabaseList": [{"Name": "default"}]}),
    "policy": asked(POLICY, Refusal("NoSuchEntity", "", 404)),
    "dashboards": asked(DASHBOARDS, {"DashboardEntries": [{"DashboardName": "datamesh-adam"}]}),
    "secrets": asked(SECRETS, {"SecretList": []}),
    "bill": asked(METRICS, {"Metrics": [BILL]}),
}


def resource(type_: str, id_: str) -> Mapping[str, Any]:
    """A resource as a stack's state has it."""
    return {"type": type_, "id": id_, "urn": f"urn:{type_}::{id_}", "inputs": {}}


def ask(
    check: Callable[[Question], Iterator[Finding]],
    *answers: Asked,
    settings: Settings = SETTINGS,
    resources: Sequence[Mapping[str, Any]] | None = (),
    domains: Sequence[DomainName] = DOMAINS,
) -> list[Finding]:
    """What a check finds where AWS gives these answers, all of which must be asked for."""
    recorded = Recorded(answers)
    question = Question(
        stack="dev",
        settings=settings,
        domains=domains,
        account=recorded.account(),
        number=ACCOUNT,
        resources=resources,
        today=TODAY,
    )
    found = list(check(question))
    recorded.check()
    return found
