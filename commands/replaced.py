"""What a changed region, account, owner or plan would take from a stack: pure functions of its state and settings.

The state is what Pulumi wrote down at the last update. AWS moves nothing between regions or accounts and renames no
bucket: what such a setting decides would be made anew, empty, and the old one deleted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from shlex import quote
from typing import Any

from mesh.names import bucket
from mesh.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Was:
    """A stack as its last update left it; None and empty where it has no such thing."""

    region: str | None = None
    account: str | None = None
    bucket: str | None = None
    databases: Mapping[str, int] = field(default_factory=dict)
    """By identifier, the days for which backups are kept."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an update with the new settings would do."""

    lines: tuple[str, ...]
    """What it would take, and how that is kept."""
    word: str | None = None
    """What gives it up in `REMOVE=`; longer than a domain's name, so that it is none."""
    possible: bool = True
    """Whether an update can do it at all."""


def was(resources: Iterable[Mapping[str, Any]]) -> Was:
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
    )


def changes(before: Was, settings: Settings, stack: str) -> list[Change]:
    """What an update of `stack` with these settings would take or change; empty when it keeps all."""
    name = quote(stack)
    if moved := _moved(before, settings, name):
        return [moved]
    found = [_other_bucket(before, settings, name)]
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
