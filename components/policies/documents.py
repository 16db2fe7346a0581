"""IAM documents of analysts, of who may take on a role, and of shared resources: plain values in, a document out.

Every document names what it opens. `"Resource": "*"` stands only in statements whose Sid begins with
`NoResourceLevel`: Amazon knows no narrower form for their actions.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mesh.checks import PRINCIPAL

Statement = dict[str, Any]
Document = dict[str, Any]

GLUE_READ = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions"]
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
    """Who may take on a role: the listed users and roles, or whoever `account` itself permits, with MFA by default.

    `principals` are ARNs. Raises ValueError for anything else, `*` first of all.
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
    """Lets an AWS service (`ec2`, `scheduler`) take on a role, on behalf of `account` alone where it says for whom."""
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

    `resource_id` is the instance's `db-…`, not its identifier; `user` the PostgreSQL user that IAM may log in.
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
    """Listing of some folders of a bucket and of nothing beside them."""
    prefixes = [spelling for folder in folders for spelling in (folder, f"{folder}*")]
    return allow("ListFolders", ["s3:ListBucket"], bucket_arn, {"StringLike": {"s3:prefix": prefixes}})


def glue_resources(region: str, account: str, databases: Sequence[str]) -> list[str]:
    """ARNs of databases with all their tables, and of the catalog, which Glue wants to see with every one of them."""
    glue = f"arn:aws:glue:{region}:{account}"
    tables = [f"{glue}:table/{name}/*" for name in databases]
    return [f"{glue}:catalog", *(f"{glue}:database/{name}" for name in databases), *tables]


def topic_policy(*, topic_arn: str, account: str) -> Document:
    """Lets budgets, alarms and database events of this account, and nobody else, publish to a topic."""
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
    """Refuses every request to a bucket that comes without TLS, or with one older than 1.2."""
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
