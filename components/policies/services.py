"""IAM documents of the programs that work for the mesh: Trino, Grafana, the workbench, the office hours."""

from collections.abc import Sequence

from components.policies.documents import GLUE_READ, UPLOAD, Document, Statement, allow, document, glue_resources

_GLUE_STATISTICS = ["glue:GetColumnStatisticsForPartition", "glue:GetColumnStatisticsForTable"]
_GLUE_WRITE = [
    "glue:BatchCreatePartition",
    "glue:BatchDeletePartition",
    "glue:BatchUpdatePartition",
    "glue:CreatePartition",
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


def trino_policy(
    *,
    region: str,
    account: str,
    bucket_arn: str,
    glue_databases: Sequence[str],
    events_database: str = "events",
    events_prefix: str = "events/",
) -> Document:
    """What Trino may do: read the lake and the mesh's Glue databases; in the shared events also write and drop."""
    return document(
        [
            allow("ListTheLake", ["s3:GetBucketLocation", "s3:ListBucket"], bucket_arn),
            allow("ReadTheLake", ["s3:GetObject"], f"{bucket_arn}/*"),
            allow("WriteEvents", [*UPLOAD, "s3:DeleteObject"], f"{bucket_arn}/{events_prefix}*"),
            *_read_tables(region, account, sorted({*glue_databases, events_database})),
            allow("WriteEventTables", _GLUE_WRITE, glue_resources(region, account, [events_database])),
        ]
    )


def grafana_policy(*, regions: Sequence[str]) -> Document:
    """What Grafana may do: read metrics, in the mesh's region and in the one that has the bill."""
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
    glue_databases: Sequence[str],
    scratch_prefix: str = "workbench/",
) -> Document:
    """What programs on the workbench may do: read the lake and its tables, keep files under one folder, be reached."""
    return document(
        [
            allow("ListTheLake", ["s3:GetBucketLocation", "s3:ListBucket"], bucket_arn),
            allow("ReadTheLake", ["s3:GetObject"], f"{bucket_arn}/*"),
            allow("KeepFiles", [*UPLOAD, "s3:DeleteObject"], f"{bucket_arn}/{scratch_prefix}*"),
            *_read_tables(region, account, sorted(glue_databases)),
            *session_agent(region, account),
        ]
    )


def session_agent(region: str, account: str) -> list[Statement]:
    """What the agent on an instance needs so that Session Manager reaches it, and no more than that."""
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
    """Reading of CloudWatch metrics in some regions."""
    # metrics have no ARN; the region is all that can be asked for
    return allow(
        "NoResourceLevelMetrics",
        ["cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics"],
        "*",
        {"StringEquals": {"aws:RequestedRegion": sorted(set(regions))}},
    )


def _read_tables(region: str, account: str, databases: Sequence[str]) -> list[Statement]:
    glue = f"arn:aws:glue:{region}:{account}"
    return [
        allow("ReadTables", [*GLUE_READ, *_GLUE_STATISTICS], glue_resources(region, account, databases)),
        # a list is refused as a whole when one database in it may not be seen
        allow("ListDatabases", ["glue:GetDatabases"], [f"{glue}:catalog", f"{glue}:database/*"]),
    ]
