"""The quotas of AWS that grow with a mesh's domains, people and options: what AWS gives, and what a mesh needs.

`problems` is asked before anything is registered. A quota that an account was granted more of is a number in the
setting `quotas`, under the key of its row: `pulumi config set --path quotas.dbInstances 60`. Sizes of IAM documents are
in `program/documents.py`, prices of what stops being free in `mesh/cost`.

The mesh has no VPC endpoint, and uses no elastic address of the quota of five: those of databases are Amazon RDS's own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mesh.names import ACCOUNT_REGION

DATABASES_A_POLICY = 30
"""Glue databases that one managed policy opens: 6,144 characters hold those of the longest names."""
SUBNET_ADDRESSES = 251
"""Addresses of a subnet of 256, of which AWS keeps five."""

_DOCS = "https://docs.aws.amazon.com/"
_RDS = f"{_DOCS}AmazonRDS/latest/UserGuide/CHAP_Limits.html"
_VPC = f"{_DOCS}vpc/latest/userguide/amazon-vpc-limits.html"
_IAM = f"{_DOCS}IAM/latest/UserGuide/reference_iam-quotas.html"
_CLOUDWATCH = f"{_DOCS}AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What the quotas depend on, as plain numbers."""

    domains: int
    storage: int
    """GiB of one database's disk."""
    secrets: int
    alarms: int
    addresses: int
    """Address ranges that reach the databases."""
    watched: bool
    """Whether somebody gets alarms."""
    office_hours: bool
    workbench: bool
    trust: int
    """Characters of the longest policy that says who may assume a role."""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One quota of AWS. `service` and `code` are those of Service Quotas; without them AWS has no interface for it."""

    key: str
    """Its name in the setting `quotas`."""
    what: str
    """What is counted: `DB instances`."""
    default: int
    """What AWS gives an account that has asked for nothing."""
    most: int | None
    """What AWS raises it to at most; None where AWS names no limit, `default` where it cannot be raised."""
    need: Callable[[Demand], int]
    cause: str
    """What makes the need, with fields of a Demand: `{domains} databases need`."""
    source: str
    service: str | None = None
    code: str | None = None
    whole_account: bool = False
    """Whether it counts all regions together; ask for it in ACCOUNT_REGION."""

    @property
    def adjustable(self) -> bool:
        """Whether AWS raises it."""
        return self.most is None or self.most > self.default

    def region(self, mesh: str) -> str:
        """The region in which Service Quotas answers for it; `mesh` is that of the mesh."""
        return ACCOUNT_REGION if self.whole_account else mesh


def table_policies(domains: int) -> int:
    """Managed policies that open the Glue databases of so many domains, for Trino as for the administrator."""
    return -(-domains // DATABASES_A_POLICY)


def dashboard_metrics(domains: int) -> int:
    """Metrics on the CloudWatch dashboard of a mesh."""
    return 6 * domains + 3


def _rds(key: str, code: str, what: str, default: int, need: Callable[[Demand], int], cause: str) -> Quota:
    return Quota(
        key=key, what=what, default=default, most=None, need=need, cause=cause, source=_RDS, service="rds", code=code
    )


def _vpc(key: str, code: str, what: str, default: int, need: Callable[[Demand], int], cause: str) -> Quota:
    return Quota(
        key=key, what=what, default=default, most=None, need=need, cause=cause, source=_VPC, service="vpc", code=code
    )


def _iam(key: str, code: str, what: str, default: int, most: int, need: Callable[[Demand], int], cause: str) -> Quota:
    return Quota(
        key=key,
        what=what,
        default=default,
        most=most,
        need=need,
        cause=cause,
        source=_IAM,
        service="iam",
        code=code,
        whole_account=True,
    )


QUOTAS: Sequence[Quota] = (
    _rds("dbInstances", "L-7B6409FD", "DB instances", 40, lambda d: d.domains, "{domains} databases need"),
    _rds("dbStorage", "L-7ADDB58A", "GiB of RDS storage", 100_000, lambda d: d.domains * d.storage,
         "{domains} databases of {storage} GiB need"),
    # 20 in ap-south-1
    _rds("parameterGroups", "L-DE55804A", "RDS parameter groups", 50, lambda d: d.domains, "{domains} databases need"),
    _rds("subnetGroups", "L-48C6BF61", "RDS subnet groups", 50, lambda d: 1, "a mesh needs"),
    _rds("eventSubscriptions", "L-A59F4C87", "RDS event subscriptions", 20,
         lambda d: int(d.watched and d.domains > 0), "`alertEmail` needs"),
    _vpc("vpcs", "L-F678F1CE", "VPCs", 5, lambda d: 1, "a mesh needs"),
    _vpc("internetGateways", "L-A4707A72", "internet gateways", 5, lambda d: 1, "a mesh needs"),
    # rules of one direction count by themselves; the workbench has two outwards
    _vpc("securityGroupRules", "L-0EA8095F", "inbound rules of a security group", 60,
         lambda d: d.addresses + d.workbench, "{addresses} ranges in `allowedCidrs` need"),
    Quota(key="subnetAddresses", what="addresses of a subnet", default=SUBNET_ADDRESSES, most=SUBNET_ADDRESSES,
          # Amazon RDS chooses the zone: all may be in one
          need=lambda d: d.domains + d.workbench, cause="{domains} databases need",
          source=f"{_DOCS}vpc/latest/userguide/subnet-sizing.html"),
    # every type of the price table has two
    Quota(key="vcpus", what="vCPUs of standard EC2 instances", default=5, most=None, need=lambda d: 2 * d.workbench,
          cause="the workbench needs", source=f"{_DOCS}AWSEC2/latest/UserGuide/ec2-on-demand-instances.html",
          service="ec2", code="L-1216C47A"),
    _iam("roles", "L-FE177D64", "IAM roles", 1_000, 10_000,
         lambda d: d.domains + 1 + d.office_hours + d.workbench, "{domains} domains need"),
    _iam("users", "L-F55AF5E4", "IAM users", 5_000, 5_000, lambda d: 2, "Trino and Grafana need"),
    _iam("managedPolicies", "L-E95E4862", "managed policies", 1_500, 10_000,
         lambda d: 2 + (2 + d.workbench) * table_policies(d.domains),
         "{domains} domains need"),
    _iam("userPolicies", "L-4019AD8B", "managed policies of a user", 10, 20,
         lambda d: 1 + table_policies(d.domains), "{domains} domains need"),
    # AWS gives newer accounts 20
    _iam("rolePolicies", "L-0DA4ABF3", "managed policies of a role", 10, 25,
         lambda d: table_policies(d.domains), "{domains} domains need"),
    _iam("trustPolicy", "L-C07B4B0D", "characters of a role's trust policy", 2_048, 8_192,
         lambda d: d.trust, "those who are listed in `access` need"),
    # of the role that starts and stops each database; the others' do not grow
    Quota(key="inlinePolicies", what="characters of a role's inline policies", default=10_240, most=10_240,
          need=lambda d: (320 + 84 * d.domains) * d.office_hours, cause="`officeHours` of {domains} databases need",
          source=_IAM, whole_account=True),
    _iam("instanceProfiles", "L-6E65F664", "instance profiles", 1_000, 10_000,
         lambda d: int(d.workbench), "the workbench needs"),
    Quota(key="secrets", what="secrets", default=500_000, most=None, need=lambda d: d.secrets,
          cause="{domains} databases need", source=f"{_DOCS}secretsmanager/latest/userguide/reference_limits.html",
          service="secretsmanager", code="L-2F66C23C"),
    Quota(key="glueDatabases", what="Glue databases", default=10_000, most=None, need=lambda d: d.domains + 1,
          cause="{domains} domains and the events need", source=f"{_DOCS}general/latest/gr/glue.html",
          service="glue", code="L-A57B5BCE"),
    Quota(key="schedules", what="EventBridge schedules", default=10_000_000, most=None,
          need=lambda d: 2 * (d.domains + d.workbench) * d.office_hours, cause="{domains} databases need",
          source=f"{_DOCS}scheduler/latest/UserGuide/scheduler-quotas.html"),
    Quota(key="logGroups", what="log groups", default=1_000_000, most=None, need=lambda d: 3 * d.domains,
          cause="{domains} databases need", source=f"{_DOCS}AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
          service="logs", code="L-D2832119"),
    Quota(key="alarms", what="CloudWatch alarms", default=5_000, most=None, need=lambda d: d.alarms,
          cause="{domains} databases need", source=_CLOUDWATCH),
    Quota(key="dashboardWidgets", what="widgets of a dashboard", default=500, most=500,
          need=lambda d: (5 * d.domains + 4) * d.watched, cause="{domains} databases need", source=_CLOUDWATCH),
    Quota(key="dashboardMetrics", what="metrics of a dashboard", default=2_500, most=2_500,
          need=lambda d: dashboard_metrics(d.domains) * d.watched, cause="{domains} databases need",
          source=_CLOUDWATCH),
    Quota(key="topics", what="SNS topics", default=100_000, most=None, need=lambda d: int(d.watched),
          cause="`alertEmail` needs", source=f"{_DOCS}general/latest/gr/sns.html", service="sns", code="L-61103206"),
    Quota(key="budgetNotifications", what="notifications of a budget", default=5, most=5,
          need=lambda d: 5 * d.watched, cause="`alertEmail` needs",
          source=f"{_DOCS}cost-management/latest/userguide/management-limits.html", whole_account=True),
    Quota(key="buckets", what="buckets", default=10_000, most=None, need=lambda d: 1, cause="a mesh needs",
          source=f"{_DOCS}AmazonS3/latest/userguide/BucketRestrictions.html", service="s3", code="L-DC2B2D3D",
          whole_account=True),
)  # fmt: skip
"""Every quota, each with the figure of its source as read in November 2026."""

BY_KEY = {quota.key: quota for quota in QUOTAS}


def problems(demand: Demand, granted: Mapping[str, int], region: str) -> list[str]:
    """What does not fit the quotas of AWS, with what to type; `granted` are those that an account was given, by key."""
    return [
        _message(quota, demand, have, region)
        for quota in QUOTAS
        if quota.need(demand) > (have := granted.get(quota.key, quota.default))
    ]


def refusal(key: str, granted: int) -> str | None:
    """Why an account cannot have `granted` of the quota called `key`, or None."""
    quota = BY_KEY[key]
    if granted > quota.default and not quota.adjustable:
        return f"'{key}' is {quota.default} for everyone, AWS does not raise it"
    most = quota.most if quota.adjustable and quota.most else 1_000_000_000
    if not 1 <= granted <= most:
        return f"'{key}' is {granted}, and can be 1 to {most:,}"
    return None


def _message(quota: Quota, demand: Demand, have: int, region: str) -> str:
    need = quota.need(demand)
    cause = quota.cause.format_map(vars(demand))
    text = f"{cause} a quota of {need:,} {quota.what}; AWS gives {have:,}."
    if quota.most is not None and need > quota.most:
        return (
            f"{text} AWS raises it to {quota.most:,} at most: make a second mesh, with a stack and an owner of its own"
        )
    ask = (
        f"aws service-quotas request-service-quota-increase --region {quota.region(region)} "
        f"--service-code {quota.service} --quota-code {quota.code} --desired-value {need}"
        if quota.code
        else f"ask AWS's support for it ({quota.source})"
    )
    return (
        f"{text} Ask for more, and when it is granted, say so:\n      {ask}\n"
        f"      pulumi config set --path quotas.{quota.key} {need}"
    )
