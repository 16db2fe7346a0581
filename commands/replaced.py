"""What a changed region, account, cluster, owner or plan would take from a stack: pure functions of state and settings.

The state is what Pulumi wrote down at the last update. AWS moves nothing between regions or accounts and renames no
bucket: what such a setting decides would be made anew, empty, and the old one deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from shlex import quote
from typing import Any

from client.state import platform
from mesh.names import NAMESPACE, bucket
from mesh.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Placed:
    """The platform on a cluster."""

    context: str
    """Of the kubeconfig."""
    provider: str
    """The URN of Pulumi's provider for it, on which every object depends."""
    kubeconfig: str = ""
    """The file that KUBECONFIG named then; "" for that of kubectl's own choice."""


@dataclass(frozen=True, kw_only=True)
class Was:
    """A stack as its last update left it; None and empty where it has no such thing."""

    region: str | None = None
    account: str | None = None
    bucket: str | None = None
    databases: Mapping[str, int] = field(default_factory=dict)
    """By identifier, the days for which backups are kept."""
    platform: Placed | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an update with the new settings would do."""

    lines: tuple[str, ...]
    """What it would take, and how that is kept."""
    word: str | None = None
    """What gives it up in `REMOVE=`; longer than a domain's name, so that it is none."""
    possible: bool = True
    """Whether an update can do it at all."""


def was(resources: Sequence[Mapping[str, Any]]) -> Was:
    """The stack whose resources are those of `pulumi stack export`."""
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for resource in resources:
        if not resource.get("delete"):  # left over from a replacement that did not end
            by_type.setdefault(resource["type"], []).append(resource.get("outputs", {}))
    databases = by_type.get("aws:rds/instance:Instance", [])
    arns = [each["arn"].split(":") for each in databases if each.get("arn")]
    buckets = [each["bucket"] for each in by_type.get("aws:s3/bucket:Bucket", [])]
    providers = [each.get("region") for each in by_type.get("pulumi:providers:aws", [])]
    return Was(
        # of what exists, for a provider is there before anything else
        region=arns[0][3] if arns else providers[0] if buckets and providers else None,
        account=arns[0][4] if arns else None,
        bucket=buckets[0] if buckets else None,
        databases={each["identifier"]: int(each.get("backupRetentionPeriod") or 0) for each in databases},
        platform=_placed(resources),
    )


def _placed(resources: Sequence[Mapping[str, Any]]) -> Placed | None:
    provider = platform(resources)
    inputs = (provider or {}).get("inputs") or {}
    if provider is None or not inputs.get("context"):
        return None
    return Placed(context=inputs["context"], provider=provider["urn"], kubeconfig=str(inputs.get("kubeconfig") or ""))


def left_cluster(before: Was, settings: Settings) -> Placed | None:
    """The cluster from which the platform would have to go; None where it stays, and on `local`, which moves it."""
    there = before.platform
    return there if there and settings.local is None and there.context != settings.kube_context else None


def changes(before: Was, settings: Settings, stack: str, claims: str = "") -> list[Change]:
    """What an update of `stack` with these settings would take or change; empty when it keeps all.

    `claims` says which volume claims there are in the cluster that it would leave, in words.
    """
    name = quote(stack)
    if moved := _moved(before, settings, name):
        return [moved]
    found = [_other_cluster(before, settings, name, claims), _other_bucket(before, settings, name)]
    if settings.local is None:
        found.append(_other_backups(before, settings, name))
    return [change for change in found if change]


def _moved(before: Was, settings: Settings, stack: str) -> Change | None:
    allowed = settings.allowed_account_ids
    if before.region and before.region != settings.region:
        key, old, new = "region", before.region, settings.region
    elif before.account and allowed and before.account not in allowed and settings.local is None:
        key, old, new = "allowedAccountIds", before.account, ", ".join(allowed)
    else:
        return None
    local = settings.local is not None
    held = [f"  the database {identifier} with all its rows" for identifier in before.databases]
    if before.bucket:
        held.append(f"  the bucket {before.bucket} with all its files")
    where = "" if local else f" STACK={stack}"
    down = f"make down{where}"
    if not settings.disposable:
        down = f"first {key} as above, then docs/destroy.md, then {key} again"
    anew = "" if local else "\nFor a mesh there beside this one: pulumi stack init NAME, and an `owner` of its own"
    return Change(
        possible=False,
        lines=(
            f"{key}: the stack is in {old}, and its configuration says {new}. AWS moves nothing: an update would make",
            "everything anew and empty, under names that are still taken, and would give up",
            *held,
            f"Nothing was changed. To stay there, type: pulumi config set {key} {old} --stack {stack}{anew}",
            f"To give all of it up, and begin there: {down}, then make up{where}",
        ),
    )


def _other_cluster(before: Was, settings: Settings, stack: str, claims: str) -> Change | None:
    there = left_cluster(before, settings)
    if there is None:
        return None
    old, new = quote(there.context), quote(settings.kube_context)
    return Change(
        possible=False,
        lines=(
            f"kubeContext: the platform is in {old}, and its configuration says {new}. Pulumi moves nothing: an update",
            f"would either make nothing in {new}, or give up all that is in the namespace {NAMESPACE} of {old}:",
            f"  {claims}",
            f"Nothing was changed. To stay there, type: pulumi config set kubeContext {old} --stack {stack}",
            f"To give it up and make the platform in {new}, type the following; databases and lake stay:",
            f"  pulumi destroy --stack {stack} --target {quote(there.provider)} --target-dependents",
            f"  make up STACK={stack}",
            f"Is {old} gone? Then `export PULUMI_K8S_DELETE_UNREACHABLE=true` before. Is {new} its new name? Then type",
            f"pulumi up --stack {stack}, which keeps everything.",
        ),
    )


def _other_bucket(before: Was, settings: Settings, stack: str) -> Change | None:
    new = bucket(settings.owner)
    old = before.bucket
    if not old or old == new:
        return None
    guard = (
        ()
        if settings.disposable
        else (
            "  `disposable` is not set, so Pulumi and S3 guard it. To give it up, empty it with all its versions, then",
            f"    pulumi state unprotect --stack {stack} 'URN of lake-bucket'      # pulumi stack --show-urns has it",
        )
    )
    return Change(
        word=old,
        lines=(
            f"owner: the lake is the bucket {old}, and the configuration names {new}. AWS renames none: an update",
            f"  makes {new}, empty, and deletes {old} with all its files; the databases stay",
            f"  To have the files afterwards, copy them before: aws s3 sync s3://{old} FOLDER",
            f"  To keep the bucket, type: pulumi config set owner {old.removeprefix(bucket(''))} --stack {stack}",
            *guard,
        ),
    )


def _other_backups(before: Was, settings: Settings, stack: str) -> Change | None:
    days = settings.backup_days
    longest = max(before.databases.values(), default=days)
    if days == longest:
        return None
    if days > longest:
        return Change(lines=(f"Backups are kept for {days} days in the place of {longest}; nothing is replaced.",))
    free = settings.account_plan == "free"
    named = ", ".join(before.databases)
    return Change(
        word=f"backups-older-than-{days}-days",
        lines=(
            f"{'accountPlan' if free else 'backupDays'}: backups of {named} are kept for {longest} days, and the "
            f"configuration says {days}.",
            "  Amazon RDS deletes the older ones at once: no database can be restored to a time before that",
            "  To keep a state for good: aws rds create-db-snapshot --db-instance-identifier NAME "
            "--db-snapshot-identifier NAME-kept",
            # the only way between plans in AWS's own interface is UpgradeAccountPlan (AWS Free Tier API Reference)
            *(("  A paid account never returns to the free plan. If yours is paid, type: "
               f"pulumi config set accountPlan paid --stack {stack}",) if free else ()),
        ),
    )  # fmt: skip
