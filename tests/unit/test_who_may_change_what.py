"""Every right in AWS to change something, over the whole program, and every condition on a right: complete tables."""

import json
import re
from typing import Any

import pytest

from tests.unit.everything import ACCOUNT, DOMAINS, REGION, on_aws
from tests.unit.iam import grants

BUCKET, GLUE = "arn:aws:mock:::lake-bucket", f"arn:aws:glue:{REGION}:{ACCOUNT}"
READS = re.compile(r"[a-z0-9-]+:(BatchGet|Get|List|Describe)\w*")
WRITE = {"s3:AbortMultipartUpload", "s3:PutObject"}
OURS = {"StringEquals": {"aws:ResourceTag/Project": "DataMeesh"}}
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/datamesh-ada-boundary"


def document(name: str) -> dict[str, Any]:
    """The policy of this name, of whatever type."""
    (text,) = [
        each.inputs["policy"]
        for each in on_aws().resources
        if each.type.startswith("aws:iam/") and each.name == name and "policy" in each.inputs
    ]
    return json.loads(text)


def both(actions: set[str], resources: set[str]) -> set[tuple[str, str]]:
    """Each action with each resource."""
    return {(action, resource) for action in actions for resource in resources}


def changes() -> dict[str, set[tuple[str, str]]]:
    """By policy: each action that does not only read, with each resource that it may be done to."""
    tables = {f"{GLUE}:catalog", f"{GLUE}:database/events", f"{GLUE}:table/events/*"}
    glue = {f"glue:{verb}Partition" for verb in ("BatchCreate", "BatchUpdate", "Delete", "Update")}
    glue |= {f"glue:{verb}Table" for verb in ("Create", "Delete", "Update")}
    glue |= {f"glue:{verb}ColumnStatisticsFor{of}" for verb in ("Delete", "Update") for of in ("Partition", "Table")}
    channels = {f"ssmmessages:{verb}{of}Channel" for verb in ("Create", "Open") for of in ("Control", "Data")}
    domains = {
        f"{GLUE}:catalog",
        *(f"{GLUE}:{kind}" for domain in DOMAINS for kind in (f"database/{domain}", f"table/{domain}/*")),
    }
    machine = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/*"
    found = {
        "datamesh-trino-tables-1": both({f"glue:{verb}Table" for verb in ("Create", "Delete", "Update")}, domains),
        "datamesh-workbench-tables-1": set(),
        "datamesh-admin-tables-1": both({"glue:*"}, domains),
        "datamesh-trino-lake": both({*WRITE, "s3:DeleteObject"}, {f"{BUCKET}/events/*", f"{BUCKET}/*-{'?' * 32}/*"})
        | both(glue, tables),
        "identity-grafana": set(),
        "workbench-role": both({*WRITE, "s3:DeleteObject"}, {f"{BUCKET}/workbench/*"})
        | both({"ssm:UpdateInstanceInformation"}, {machine})
        | both(channels, {"*"}),
        "office-hours-role": both(
            {"rds:StartDBInstance", "rds:StopDBInstance"}, {f"arn:aws:mock:::{domain}-db" for domain in DOMAINS}
        )
        | both({"ec2:StartInstances", "ec2:StopInstances"}, {"arn:aws:mock:::workbench-machine"}),
    }
    for domain in DOMAINS:
        user = f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:db-{domain.upper()}-DB/{domain}_analyst"
        found[f"{domain}-analyst"] = both(WRITE, {f"{BUCKET}/{domain}/uploads/*"}) | {("rds-db:connect", user)}
    return found


@pytest.mark.parametrize("policy", changes())
def test_each_policy_changes_what_is_in_the_table_and_nothing_else(policy: str):
    found = {(action, resource) for action, resource in grants(document(policy)) if not READS.fullmatch(action)}
    assert found == changes()[policy]


@pytest.mark.parametrize("policy", ["boundary-policy", "identity-admin"])
def test_every_condition_on_the_administrator_is_there_and_in_the_boundary_too(policy: str):
    services = ["scheduler.amazonaws.com", "ec2.amazonaws.com"]
    regions = {"StringEquals": {"aws:RequestedRegion": [REGION, "us-east-1"]}}
    found = {each["Sid"]: each["Condition"] for each in document(policy)["Statement"] if "Condition" in each}
    assert found == {
        "ByTag": OURS,
        "Workbench": OURS,
        "OwnSessions": {"StringLike": {"ssm:resourceTag/aws:ssmmessages:session-id": ["${aws:userid}"]}},
        "ChangeRoles": {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}},
        "HandRolesToServices": {"StringEquals": {"iam:PassedToService": services}},
        "NoResourceLevelMetrics": regions,
    }


@pytest.mark.parametrize("policy", ["boundary-policy", "identity-admin"])
def test_what_the_administrator_may_do_to_identities_is_in_the_table(policy: str):
    mine = [f"arn:aws:iam::{ACCOUNT}:{kind}/datamesh-*" for kind in ("policy", "role", "user")]
    found = {
        each["Sid"]: (each["Action"], each["Resource"])
        for each in document(policy)["Statement"]
        if each["Effect"] == "Allow" and any(action.startswith(("iam:", "sts:", "*")) for action in each["Action"])
    }
    keys = [f"arn:aws:iam::{ACCOUNT}:user/datamesh-{user}-*" for user in ("trino", "grafana")]
    roles = [f"arn:aws:iam::{ACCOUNT}:role/datamesh-{role}-*" for role in ("office-hours", "workbench")]
    assert found == {
        "See": (["iam:Get*", "iam:List*"], mine),
        "RotateKeys": (["iam:*AccessKey"], keys),
        "ChangeRoles": (["iam:DeleteRolePolicy", "iam:PutRolePolicy"], mine[1:2]),
        "HandRolesToServices": (["iam:PassRole"], roles),
    }


@pytest.mark.parametrize("policy", ["boundary-policy", "identity-admin"])
def test_nobody_can_take_the_boundary_off_a_role_or_a_user(policy: str):
    (deny,) = [statement for statement in document(policy)["Statement"] if statement["Effect"] == "Deny"]
    everyone = [f"arn:aws:iam::{ACCOUNT}:{kind}/*" for kind in ("role", "user")]
    assert deny["Resource"] == [*everyone, BOUNDARY]
    assert deny["Action"] == ["iam:*PermissionsBoundary", "iam:*PolicyVersion", "iam:DeletePolicy"]
    assert "Condition" not in deny


def test_inside_the_boundary_only_analysts_log_in_to_databases_by_iam():
    found = [resource for action, resource in grants(document("boundary-policy")) if action.startswith("rds-db:")]
    assert found == [f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:*/*_analyst"]
