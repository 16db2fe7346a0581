"""IAM: what an administrator reaches, and the boundary that nobody leaves."""

import json
from typing import Any

import pytest

from components.policies import documents as policies
from tests.unit.iam import allows, grants, outside
from tests.unit.iam_documents import (
    ACCOUNT,
    ADMIN,
    BOUNDARY,
    BUCKET,
    GLUE,
    IAM,
    IDENTITY_DOCUMENTS,
    MESH,
    OURS,
    RDS,
    REGION,
    WORKBENCH,
)


def test_the_admin_does_everything_with_what_the_mesh_is_made_of():
    assert allows(ADMIN, "rds:DeleteDBInstance", f"{RDS}:db:datamesh-sales-0a1b2c3d")
    assert allows(ADMIN, "rds:DeleteDBSnapshot", f"{RDS}:snapshot:rds:datamesh-sales-0a1b2c3d-2026-11-01")
    assert allows(ADMIN, "rds:ModifyDBSubnetGroup", f"{RDS}:subgrp:network-databases-0a1b2c3", OURS)
    assert allows(ADMIN, "s3:DeleteObject", f"{BUCKET}/sales/orders.parquet")
    assert allows(ADMIN, "glue:DeleteTable", f"{GLUE}:table/sales/orders")
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"
    assert allows(ADMIN, "secretsmanager:GetSecretValue", f"{secret}:datamesh/sales/admin-0a1b2c3-AbCdEf")
    assert allows(ADMIN, "ssm:StartSession", WORKBENCH, OURS)


def test_the_admin_touches_nothing_outside_the_mesh():
    assert not allows(ADMIN, "rds:DeleteDBInstance", f"{RDS}:db:somebody-elses")
    assert not allows(ADMIN, "s3:GetObject", "arn:aws:s3:::somebody-elses/file")
    assert not allows(ADMIN, "glue:DeleteTable", f"{GLUE}:table/somebody_elses/orders")
    assert not allows(ADMIN, "ec2:TerminateInstances", WORKBENCH), "a machine without the mesh's tag"
    assert not allows(ADMIN, "ssm:StartSession", WORKBENCH), "a machine without the mesh's tag"
    assert not allows(ADMIN, "iam:CreateAccessKey", f"{IAM}:user/datamesh-deployer"), "a person with more rights"
    assert "*" not in {action for action, _ in grants(ADMIN)}, "that would be AdministratorAccess"


@pytest.mark.parametrize("document", [ADMIN, BOUNDARY], ids=["admin", "boundary"])
@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:DeleteRolePermissionsBoundary", f"{IAM}:role/datamesh-admin-0a1b2c3"),
        ("iam:PutRolePermissionsBoundary", f"{IAM}:role/datamesh-admin-0a1b2c3"),
        ("iam:DeleteUserPermissionsBoundary", f"{IAM}:user/datamesh-trino-0a1b2c3"),
        ("iam:CreatePolicyVersion", MESH.boundary_arn),
        ("iam:SetDefaultPolicyVersion", MESH.boundary_arn),
        ("iam:DeletePolicy", MESH.boundary_arn),
        ("iam:UpdateAssumeRolePolicy", f"{IAM}:role/datamesh-sales-analyst-0a1b2c3"),
        ("iam:AttachRolePolicy", f"{IAM}:role/datamesh-admin-0a1b2c3"),
        ("iam:CreateRole", f"{IAM}:role/datamesh-new"),
        ("iam:CreateUser", f"{IAM}:user/datamesh-new"),
    ],
)
def test_nobody_in_the_mesh_gets_out_of_the_boundary(document: dict[str, Any], action: str, resource: str):
    bounded = {"iam:PermissionsBoundary": MESH.boundary_arn, "iam:PassedToService": "ec2.amazonaws.com"}
    assert not allows(document, action, resource, bounded)


@pytest.mark.parametrize("document", [ADMIN, BOUNDARY], ids=["admin", "boundary"])
def test_the_boundary_holds_even_if_somebody_once_allows_everything(document: dict[str, Any]):
    loosened = policies.document([*document["Statement"], policies.allow("Everything", ["*"], "*")])
    assert allows(loosened, "iam:CreateRole", f"{IAM}:role/x"), "the statement that was added is read"
    for action in ("iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"):
        assert not allows(loosened, action, f"{IAM}:role/anybody")
    for action in ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"):
        assert not allows(loosened, action, MESH.boundary_arn)


def test_the_admin_writes_policies_only_of_roles_inside_the_boundary():
    role = f"{IAM}:role/datamesh-sales-analyst-0a1b2c3"
    assert allows(ADMIN, "iam:PutRolePolicy", role, {"iam:PermissionsBoundary": MESH.boundary_arn})
    assert not allows(ADMIN, "iam:PutRolePolicy", role), "a role without the boundary could be given anything"
    assert not allows(BOUNDARY, "iam:PutRolePolicy", role), "else the admin could write itself the right to do it"


@pytest.mark.parametrize("name", [name for name in IDENTITY_DOCUMENTS if name != "boundary"])
def test_the_boundary_takes_away_nothing_that_anybody_needs(name: str):
    assert outside(IDENTITY_DOCUMENTS[name], BOUNDARY) == []


def test_the_boundary_names_no_domain_so_that_a_new_one_changes_nothing():
    text = json.dumps(BOUNDARY)
    assert not any(domain in text for domain in ("sales", "marketing"))
