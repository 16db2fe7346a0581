"""IAM documents of analysts, of trust in roles, and of shared resources: pure functions.

Every document names the resources that it opens. `"Resource": "*"` is only in statements whose Sid begins with
`NoResourceLevel`: AWS has no narrower form for their actions.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mesh.checks import PRINCIPAL

Statement = dict[str, Any]
Document = dict[str, Any]

GLUE_READ = [
    "glue:BatchGetPartition",  # without it nobody reads a partitioned table: lists of partitions hold names alone
    "glue:GetDatabase",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
]
UPLOAD = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"]


def document(statements: Iterable[Statement]) -> Document:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(
    sid: str, actions: Sequence[str], resources: str | Sequence[str], condition: Mapping[str, Any] | None = None
) -> Statement:
    """A statement that allows `actions` on `resources`, under `condition` when there is one."""
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}
    return statement | {"Condition": dict(condition)} if condition else statement


def trust_people(account: str, principals: Sequence[str] = (), *, require_mfa: bool = True) -> Document:
    """Who may assume a role: the listed users and roles, or those that `account` permits; with MFA by default.

    `principals` are ARNs. Raises ValueError for anything else, such as `*`.
    """
    for principal in principals:
        if not PRINCIPAL.fullmatch(principal):
            raise ValueError(
                f"{principal!r} is not the ARN of an account, a user or a role; nothing else may be trusted"
            )
    statement: Statement = {
        "Sid": "People",
        "Effect": "Allow",
        "Principal": {"AWS": list(principals) or [f"arn:aws:iam::{account}:root"]},
        "Action": "sts:AssumeRole",
    }
    if require_mfa:
        statement["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    return document([statement])


def trust_service(service: str, account: str | None = None) -> Document:
    """Lets an AWS service (`ec2`, `scheduler`) assume a role; with `account`, on behalf of that account alone."""
    statement: Statement = {
        "Sid": "Service",
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    if account:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    return document([statement])


def analyst_policy(
    *,
    region: str,
    account: str,
    resource_id: str,
    user: str,
    instance_arn: str,
    bucket_arn: str,
    prefix: str,
    uploads_prefix: str,
    glue_database: str,
    events_database: str = "events",
    events_prefix: str = "events/",
) -> Document:
    """What an analyst of one domain may do: connect to its database, read its part of the lake, upload, read events.

    `resource_id` is the instance's `db-…`, not its identifier; `user` the PostgreSQL user that logs in with IAM.
    Prefixes are folders of the bucket and end with a slash (ValueError otherwise: `sales` would also open `sales-eu/`).
    """
    for folder in (prefix, uploads_prefix, events_prefix):
        if not folder.endswith("/") or folder.startswith("/"):
            raise ValueError(f"{folder!r} is not a folder of the lake: it begins without a slash and ends with one")
    return document(
        [
            allow("Connect", ["rds-db:connect"], f"arn:aws:rds-db:{region}:{account}:dbuser:{resource_id}/{user}"),
            allow("FindTheDatabase", ["rds:DescribeDBInstances"], instance_arn),
            list_folders(bucket_arn, [prefix, events_prefix]),
            allow("ReadTheLake", ["s3:GetObject"], [f"{bucket_arn}/{prefix}*", f"{bucket_arn}/{events_prefix}*"]),
            allow("Upload", UPLOAD, f"{bucket_arn}/{uploads_prefix}*"),
            allow("ReadTables", GLUE_READ, glue_resources(region, account, [glue_database, events_database])),
        ]
    )


def list_folders(bucket_arn: str, folders: Sequence[str]) -> Statement:
    """The statement that allows to list some folders of a bucket and nothing else."""
    prefixes = [spelling for folder in folders for spelling in (folder, f"{folder}*")]
    return allow("ListFolders", ["s3:ListBucket"], bucket_arn, {"StringLike": {"s3:prefix": prefixes}})


def glue_resources(region: str, account: str, databases: Sequence[str]) -> list[str]:
    """ARNs of databases and all their tables, and of the catalog, which Glue requires with each of them."""
    glue = f"arn:aws:glue:{region}:{account}"
    tables = [f"{glue}:table/{name}/*" for name in databases]
    return [f"{glue}:catalog", *(f"{glue}:database/{name}" for name in databases), *tables]


def topic_policy(*, topic_arn: str, account: str) -> Document:
    """Lets only budgets, alarms and database events of this account publish to a topic."""
    services = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.rds.amazonaws.com"]
    return document(
        [
            {
                "Sid": "Alarms",
                "Effect": "Allow",
                "Principal": {"Service": services},
                "Action": "sns:Publish",
                "Resource": topic_arn,
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ]
    )


def tls_only_bucket(bucket_arn: str) -> Document:
    """Denies every request to a bucket without TLS, or with TLS older than 1.2."""
    refuse: Statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
    }
    return document(
        [
            {"Sid": "RefusePlainText", **refuse, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Sid": "RefuseOldTls", **refuse, "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}},
        ]
    )
