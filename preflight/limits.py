"""The quotas of the account hold the mesh, beside what is in the account already."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from account.ask import UnansweredError, UnreachableError
from account.calls import GATEWAYS, IAM_USAGE, QUOTA, RDS_USAGE, VPCS
from mesh.demand import demand
from mesh.quotas import QUOTAS, Quota
from preflight.findings import Finding, green, red, yellow
from preflight.question import Question


@dataclass(frozen=True)
class Usage:
    """What an account has of a thing, of all its owners; `most` is the quota, None where Service Quotas is asked."""

    used: int
    most: int | None = None


_RDS = {
    "DBInstances": "dbInstances",
    "AllocatedStorage": "dbStorage",
    "DBParameterGroups": "parameterGroups",
    "DBSubnetGroups": "subnetGroups",
    "EventSubscriptions": "eventSubscriptions",
}
_IAM = {"Roles": "roles", "Users": "users", "Policies": "managedPolicies", "InstanceProfiles": "instanceProfiles"}
_EACH = {
    "AttachedPoliciesPerUserQuota": "userPolicies",
    "AttachedPoliciesPerRoleQuota": "rolePolicies",
    "AssumeRolePolicySizeQuota": "trustPolicy",
}
"""Quotas of each user or role, of which others use nothing."""
_OWN = {
    "dbInstances": ("aws:rds/instance:Instance",),
    "parameterGroups": ("aws:rds/parameterGroup:ParameterGroup",),
    "subnetGroups": ("aws:rds/subnetGroup:SubnetGroup",),
    "eventSubscriptions": ("aws:rds/eventSubscription:EventSubscription",),
    "roles": ("aws:iam/role:Role",),
    "users": ("aws:iam/user:User",),
    "managedPolicies": ("aws:iam/policy:Policy",),
    "instanceProfiles": ("aws:iam/instanceProfile:InstanceProfile",),
    "vpcs": ("aws:ec2/vpc:Vpc",),
    "internetGateways": ("aws:ec2/internetGateway:InternetGateway",),
}
"""The resources of a stack that count against a quota, by its key."""


def check_quotas(question: Question) -> Iterator[Finding]:
    """Every quota that the mesh needs something of. Raises UnreachableError."""
    wanted = demand(question.settings, len(question.domains))
    usage, unknown = _usage(question)
    enough = 0
    for quota in QUOTAS:
        if not (need := quota.need(wanted)):
            continue
        seen = usage.get(quota.key, Usage(0))
        try:
            most = seen.most if seen.most is not None else granted(question, quota)
        except UnreachableError:
            raise
        except UnansweredError as error:
            unknown.append(error)
            continue
        others = max(0, seen.used - _own(question, quota, wanted.storage))
        if need + others > most:
            yield _short(question, quota, need, others, most)
        elif need > question.settings.quotas.get(quota.key, quota.default):
            text = f"AWS has granted {most:,} {quota.what}; the settings know of fewer, and {need:,} are needed"
            yield red("quotas", text, f"pulumi config set --path quotas.{quota.key} {most} --stack {question.stack}")
        else:
            enough += 1
    yield green(
        "quotas", f"{enough} hold {len(question.domains)} domains, those of RDS, IAM and VPC beside what is there"
    )
    if unknown:
        reasons = "; ".join(dict.fromkeys(error.reason for error in unknown))
        yield yellow("quotas", f"not all are known: {reasons}", unknown[0].fix)


def granted(question: Question, quota: Quota) -> int:
    """The account's quota: AWS's answer, or the figure of its documents where it has no interface for it."""
    if quota.service is None:
        return question.settings.quotas.get(quota.key, quota.default)
    region = quota.region(question.settings.region)
    try:
        answer = question.account.ask(QUOTA, region, ServiceCode=quota.service, QuotaCode=quota.code)
    except UnansweredError as error:
        if error.code == "NoSuchResourceException":
            return question.settings.quotas.get(quota.key, quota.default)
        raise
    return int(answer["Quota"]["Value"])


def _own(question: Question, quota: Quota, storage: int) -> int:
    if quota.key == "dbStorage":
        return question.count(*_OWN["dbInstances"]) * storage
    return question.count(*_OWN.get(quota.key, ()))


def _usage(question: Question) -> tuple[Mapping[str, Usage], list[UnansweredError]]:
    """What the account has, by a quota's key; and why some of it is not known."""
    usage: dict[str, Usage] = {}
    unknown: list[UnansweredError] = []

    def rds() -> None:
        for each in question.account.ask(RDS_USAGE)["AccountQuotas"]:
            if each["AccountQuotaName"] in _RDS:
                usage[_RDS[each["AccountQuotaName"]]] = Usage(each["Used"], each["Max"])

    def iam() -> None:
        summary = question.account.ask(IAM_USAGE)["SummaryMap"]
        usage.update({key: Usage(summary[name], summary[f"{name}Quota"]) for name, key in _IAM.items()})
        usage.update({key: Usage(0, summary[name]) for name, key in _EACH.items()})

    def vpc() -> None:
        usage["vpcs"] = Usage(len(question.account.all(VPCS, "Vpcs")))
        usage["internetGateways"] = Usage(len(question.account.all(GATEWAYS, "InternetGateways")))

    for read in (rds, iam, vpc):
        try:
            read()
        except UnreachableError:
            raise
        except UnansweredError as error:
            unknown.append(error)
    return usage, unknown


def _short(question: Question, quota: Quota, need: int, others: int, most: int) -> Finding:
    beside = f" beside {others:,} of others" if others else ""
    text = f"{need:,} {quota.what} are needed{beside}, and AWS gives this account {most:,}"
    if quota.code is None or not quota.adjustable:
        return red("quotas", text, f"fewer domains, or fewer of others: {quota.source}")
    ask = (
        f"aws service-quotas request-service-quota-increase --region {quota.region(question.settings.region)} "
        f"--service-code {quota.service} --quota-code {quota.code} --desired-value {need + others}"
    )
    say = f"pulumi config set --path quotas.{quota.key} {need + others} --stack {question.stack}"
    return red("quotas", text, f"{ask}\nand when it is granted: {say}")
