"""IAM documents of Trino, Grafana, the workbench and the office hours: pure functions."""

from collections.abc import Sequence

from components.policies.documents import GLUE_READ, UPLOAD, Document, Statement, allow, document, glue_resources

_GLUE_STATISTICS = ["glue:GetColumnStatisticsForPartition", "glue:GetColumnStatisticsForTable"]
_GLUE_WRITE = [
    "glue:BatchCreatePartition",
    "glue:BatchUpdatePartition",
    "glue:CreateTable",
    "glue:DeleteColumnStatisticsForPartition",
    "glue:DeleteColumnStatisticsForTable",
    "glue:DeletePartition",
    "glue:DeleteTable",
    "glue:UpdateColumnStatisticsForPartition",
    "glue:UpdateColumnStatisticsForTable",
    "glue:UpdatePartition",
    "glue:UpdateTable",
]
_GLUE_KEEP = ["glue:CreateTable", "glue:DeleteTable", "glue:UpdateTable"]
_WRITE = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]
KEPT = f"*-{'?' * 32}/*"
"""The files of tables that the lake keeps, of any domain: Trino puts 32 digits of its own behind a table's name."""


def trino_lake_policy(
    *,
    region: str,
    account: str,
    bucket_arn: str,
    events_database: str = "events",
    events_prefix: str = "events/",
) -> Document:
    """What Trino may do in the lake: read its files, write those that it keeps, and all of the shared events' tables.

    With `tables_policy`, these are the calls of Trino 476 and no more: docs/decisions/0010-rights-of-trino.md.
    """
    return document(
        [
            allow("ListTheLake", ["s3:ListBucket"], bucket_arn),
            allow("ReadTheLake", ["s3:GetObject"], f"{bucket_arn}/*"),
            allow(
                "WriteEvents",
                _WRITE,
                [f"{bucket_arn}/{events_prefix}*", f"{bucket_arn}/{KEPT}"],
            ),
            _read_tables(region, account, [events_database]),
            _list_databases(region, account),
            allow("WriteEventTables", _GLUE_WRITE, glue_resources(region, account, [events_database])),
        ]
    )


def tables_policy(*, region: str, account: str, glue_databases: Sequence[str]) -> Document:
    """What the workbench may do in some domains' Glue databases: read.

    A managed policy holds DATABASES_A_POLICY of them.
    """
    return document([_read_tables(region, account, glue_databases)])


def trino_tables_policy(*, region: str, account: str, glue_databases: Sequence[str]) -> Document:
    """What Trino may do there: read, and move the tables that it keeps to their next snapshot.

    One statement, since each names all databases anew.
    """
    statement = _read_tables(region, account, glue_databases)
    return document([{**statement, "Sid": "KeepTables", "Action": [*statement["Action"], *_GLUE_KEEP]}])


def grafana_policy(*, regions: Sequence[str]) -> Document:
    """What Grafana may do: read metrics, in the region of the mesh and in that of the bill."""
    return document([read_metrics(regions)])


def scheduler_policy(*, instance_arns: Sequence[str], workbench_arn: str | None = None) -> Document:
    """What the office hours may do: start and stop these databases, and the workbench if there is one."""
    databases = allow("Databases", ["rds:StartDBInstance", "rds:StopDBInstance"], list(instance_arns))
    workbench = (
        [allow("Workbench", ["ec2:StartInstances", "ec2:StopInstances"], workbench_arn)] if workbench_arn else []
    )
    return document([databases, *workbench])


def workbench_policy(
    *,
    region: str,
    account: str,
    bucket_arn: str,
    events_database: str = "events",
    scratch_prefix: str = "workbench/",
) -> Document:
    """What programs on the workbench may do: read the lake and the events, write files in one folder, take sessions."""
    return document(
        [
            allow("ListTheLake", ["s3:GetBucketLocation", "s3:ListBucket"], bucket_arn),
            allow("ReadTheLake", ["s3:GetObject"], f"{bucket_arn}/*"),
            allow("KeepFiles", [*UPLOAD, "s3:DeleteObject"], f"{bucket_arn}/{scratch_prefix}*"),
            _read_tables(region, account, [events_database]),
            _list_databases(region, account),
            *session_agent(region, account),
        ]
    )


def session_agent(region: str, account: str) -> list[Statement]:
    """The least rights with which Session Manager's agent on an instance works."""
    return [
        allow(
            "ReportToSessionManager", ["ssm:UpdateInstanceInformation"], f"arn:aws:ec2:{region}:{account}:instance/*"
        ),
        # the channels have no ARN: Session Manager ties them to the instance that asks
        allow(
            "NoResourceLevelSessionChannels",
            [
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            "*",
        ),
    ]


def read_metrics(regions: Sequence[str]) -> Statement:
    """The statement that allows to read CloudWatch metrics in some regions."""
    # metrics have no ARN; only the region can be limited
    return allow(
        "NoResourceLevelMetrics",
        ["cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics"],
        "*",
        {"StringEquals": {"aws:RequestedRegion": sorted(set(regions))}},
    )


def _read_tables(region: str, account: str, databases: Sequence[str]) -> Statement:
    return allow("ReadTables", [*GLUE_READ, *_GLUE_STATISTICS], glue_resources(region, account, databases))


def _list_databases(region: str, account: str) -> Statement:
    glue = f"arn:aws:glue:{region}:{account}"
    # Glue refuses the whole list when one database in it is not allowed
    return allow("ListDatabases", ["glue:GetDatabases"], [f"{glue}:catalog", f"{glue}:database/*"])
