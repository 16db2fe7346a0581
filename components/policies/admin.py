"""IAM documents of the administrator, and of the permissions boundary of every role and user of the mesh.

Resources of the mesh are matched by ARN where their names begin with `datamesh`, and by the tag `Project` where AWS or
the program chooses another name. `"Resource": "*"` is only in statements whose Sid begins with `NoResourceLevel`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from components.policies.documents import Document, Statement, allow, document, glue_resources
from components.policies.services import read_metrics, session_agent
from mesh.names import ACCOUNT_REGION, ANALYST_USERS, bucket
from mesh.names import boundary as boundary_name
from mesh.tags import TAGS

SERVICE_USERS = ("trino", "grafana")
"""The two users that have keys: `datamesh-<name>-…`."""

SERVICE_ROLES = {"office-hours": "scheduler", "workbench": "ec2"}
"""Roles that AWS services assume, `datamesh-<name>-…`, and the service that does."""

_OURS = {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in TAGS.items()}}


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """The region, account and owner of the mesh, and the names that follow from them."""

    region: str
    account: str
    owner: str

    @property
    def bucket_arn(self) -> str:
        return f"arn:aws:s3:::{bucket(self.owner)}"

    @property
    def boundary_name(self) -> str:
        """Name of the boundary; fixed, because the boundary protects itself by name."""
        return boundary_name(self.owner)

    @property
    def boundary_arn(self) -> str:
        return f"arn:aws:iam::{self.account}:policy/{self.boundary_name}"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def iam(self, *resources: str) -> list[str]:
        return [f"arn:aws:iam::{self.account}:{resource}" for resource in resources]


def admin_policy(mesh: Mesh, *, events_database: str = "events") -> Document:
    """What the administrator may do: everything with the resources of this mesh, and nothing with any other.

    Except: create identities, change who may assume a role, or change the boundary. The domains' tables are in
    `admin_tables_policy`.
    """
    tables = allow("Tables", ["glue:*"], glue_resources(mesh.region, mesh.account, [events_database]))
    lists = allow("ListTables", ["glue:GetDatabases"], [mesh.arn("glue", "catalog"), mesh.arn("glue", "database/*")])
    return document([*_everything(mesh), tables, lists, _keep_the_boundary(mesh)])


def admin_tables_policy(mesh: Mesh, *, glue_databases: Sequence[str]) -> Document:
    """What the administrator may do with some domains' Glue databases: everything.

    A managed policy holds DATABASES_A_POLICY of them.
    """
    return document([allow("Tables", ["glue:*"], glue_resources(mesh.region, mesh.account, glue_databases))])


def boundary(mesh: Mesh) -> Document:
    """The most that any role or user of the mesh can ever do, whatever its own policies say.

    It grants nothing by itself. It names no domain, so that a new domain does not change it.
    """
    return document(
        [
            *_everything(mesh),
            allow("Tables", ["glue:*"], glue_resources(mesh.region, mesh.account, ["*"])),
            allow("Analysts", ["rds-db:connect"], mesh.arn("rds-db", f"dbuser:*/{ANALYST_USERS}")),
            *session_agent(mesh.region, mesh.account),
            _keep_the_boundary(mesh),
        ]
    )


def _keep_the_boundary(mesh: Mesh) -> Statement:
    return {
        "Sid": "KeepTheBoundary",
        "Effect": "Deny",
        "Action": ["iam:*PermissionsBoundary", "iam:*PolicyVersion", "iam:DeletePolicy"],
        # every role and user, not only the mesh's, so that none can be used to leave the boundary
        "Resource": [*mesh.iam("role/*", "user/*"), mesh.boundary_arn],
    }


def _everything(mesh: Mesh) -> list[Statement]:
    return [
        allow("Lake", ["s3:*"], [mesh.bucket_arn, f"{mesh.bucket_arn}/*"]),
        allow(
            "ByName",
            ["budgets:*", "cloudwatch:*", "logs:*", "rds:*", "scheduler:*", "secretsmanager:*", "sns:*"],
            [
                f"arn:aws:budgets::{mesh.account}:budget/datamesh-*",
                f"arn:aws:cloudwatch:*:{mesh.account}:alarm:datamesh-*",
                f"arn:aws:cloudwatch::{mesh.account}:dashboard/datamesh-*",
                mesh.arn("logs", "log-group:/aws/rds/instance/datamesh-*"),
                mesh.arn("rds", "*:datamesh-*"),
                # automatic snapshots are named rds:<instance>-<time>
                mesh.arn("rds", "snapshot:rds:datamesh-*"),
                # a restored database uses the option group that AWS made
                mesh.arn("rds", "og:default:postgres-*"),
                mesh.arn("scheduler", "schedule/datamesh-*"),
                mesh.arn("scheduler", "schedule-group/datamesh-*"),
                mesh.arn("secretsmanager", "secret:datamesh/*"),
                f"arn:aws:sns:*:{mesh.account}:datamesh-*",
            ],
        ),
        allow("ByTag", ["ec2:*", "rds:*"], [mesh.arn("ec2", "*"), mesh.arn("rds", "*")], _OURS),
        *_sessions(mesh),
        *_identities(mesh),
        *_lists(mesh),
    ]


def _sessions(mesh: Mesh) -> list[Statement]:
    """A shell on the workbench with Session Manager."""
    shells = [
        mesh.arn("ssm", "document/SSM-SessionManagerRunShell"),
        f"arn:aws:ssm:{mesh.region}::document/AWS-StartPortForwardingSession",
    ]
    own = {"StringLike": {"ssm:resourceTag/aws:ssmmessages:session-id": ["${aws:userid}"]}}
    return [
        allow("Workbench", ["ssm:StartSession"], mesh.arn("ec2", "instance/*"), _OURS),
        allow("Shells", ["ssm:StartSession"], shells),
        allow("OwnSessions", ["ssm:ResumeSession", "ssm:TerminateSession"], mesh.arn("ssm", "session/*"), own),
    ]


def _identities(mesh: Mesh) -> list[Statement]:
    """The mesh's roles and service users: reading all of them, and changes that give no right outside of the mesh."""
    return [
        allow("See", ["iam:Get*", "iam:List*"], mesh.iam("policy/datamesh-*", "role/datamesh-*", "user/datamesh-*")),
        allow("RotateKeys", ["iam:*AccessKey"], mesh.iam(*(f"user/datamesh-{user}-*" for user in SERVICE_USERS))),
        allow(
            "ChangeRoles",
            ["iam:DeleteRolePolicy", "iam:PutRolePolicy"],
            mesh.iam("role/datamesh-*"),
            {"StringEquals": {"iam:PermissionsBoundary": mesh.boundary_arn}},
        ),
        allow(
            "HandRolesToServices",
            ["iam:PassRole"],
            mesh.iam(*(f"role/datamesh-{role}-*" for role in SERVICE_ROLES)),
            {"StringEquals": {"iam:PassedToService": [f"{s}.amazonaws.com" for s in SERVICE_ROLES.values()]}},
        ),
    ]


def _lists(mesh: Mesh) -> list[Statement]:
    """The lists that consoles and command lines request first."""
    return [
        allow(
            "Lists",
            [
                "budgets:ViewBudget",
                "cloudwatch:DescribeAlarms",
                "logs:DescribeLogGroups",
                "pi:GetResourceMetrics",
                "rds:Describe*",
            ],
            [
                f"arn:aws:budgets::{mesh.account}:budget/*",
                mesh.arn("cloudwatch", "alarm:*"),
                mesh.arn("logs", "log-group:*"),
                mesh.arn("pi", "metrics/rds/*"),
                mesh.arn("rds", "*"),
            ],
        ),
        read_metrics([mesh.region, ACCOUNT_REGION]),
        # AWS has these for the whole account only
        allow(
            "NoResourceLevelLists",
            [
                "billing:GetCredits",
                "ce:GetCostAndUsage",
                "ce:GetCostForecast",
                "cloudwatch:ListDashboards",
                "ec2:Describe*",
                "freetier:GetAccountPlanState",
                "rds:DescribeDBEngineVersions",
                "rds:DescribeEvents",
                "rds:DescribeOrderableDBInstanceOptions",
                "s3:ListAllMyBuckets",
                "secretsmanager:ListSecrets",
                "sns:ListTopics",
                "tag:GetResources",
            ],
            "*",
        ),
    ]
