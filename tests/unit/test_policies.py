"""IAM documents read like their intent; `iam.allows` reads them as AWS does."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.policies import admin as admin_policies
from components.policies import documents as policies
from components.policies import services as service_policies
from components.policies.admin import Mesh
from mesh.names import DomainName, refusal
from tests.unit.iam import allows, grants, listed, outside

ACCOUNT = "123456789012"
REGION = "us-east-1"
MESH = Mesh(region=REGION, account=ACCOUNT, owner="ada")
BUCKET = MESH.bucket_arn
GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}"
RDS = f"arn:aws:rds:{REGION}:{ACCOUNT}"
IAM = f"arn:aws:iam::{ACCOUNT}"
WORKBENCH = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-0abc"
OURS = {"aws:ResourceTag/Project": "DataMeesh"}


def analyst(domain: str) -> dict[str, Any]:
    name = DomainName(domain)
    return policies.analyst_policy(
        region=REGION,
        account=ACCOUNT,
        resource_id=f"db-{domain.upper()}",
        user=name.analyst_user,
        instance_arn=f"{RDS}:db:datamesh-{domain}-0a1b2c3d",
        bucket_arn=BUCKET,
        prefix=f"{domain}/",
        uploads_prefix=f"{domain}/uploads/",
        glue_database=name.identifier,
    )


SALES = analyst("sales")
TRINO = service_policies.trino_policy(
    region=REGION, account=ACCOUNT, bucket_arn=BUCKET, glue_databases=["sales", "marketing"]
)
GRAFANA = service_policies.grafana_policy(regions=[REGION, "us-east-1"])
SCHEDULER = service_policies.scheduler_policy(
    instance_arns=[f"{RDS}:db:datamesh-sales-0a1b2c3d"], workbench_arn=WORKBENCH
)
MACHINE = service_policies.workbench_policy(
    region=REGION, account=ACCOUNT, bucket_arn=BUCKET, glue_databases=["sales", "events"]
)
ADMIN = admin_policies.admin_policy(MESH, glue_databases=["sales", "marketing", "events"])
BOUNDARY = admin_policies.boundary(MESH)
IDENTITY_DOCUMENTS = {
    "analyst": SALES,
    "trino": TRINO,
    "grafana": GRAFANA,
    "scheduler": SCHEDULER,
    "workbench": MACHINE,
    "admin": ADMIN,
    "boundary": BOUNDARY,
}
every_document = pytest.mark.parametrize("document", IDENTITY_DOCUMENTS.values(), ids=IDENTITY_DOCUMENTS)

domains = st.from_regex(r"[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,9})?", fullmatch=True).filter(lambda name: not refusal(name))
owners = st.from_regex(r"[a-z][a-z0-9]{1,9}(-[a-z0-9]{1,8})?", fullmatch=True)
regions = st.sampled_from(["us-east-1", "eu-west-3", "ap-southeast-3", "ap-northeast-1", "il-central-1"])


def test_a_sales_analyst_connects_to_the_sales_database_as_the_analyst_and_as_nobody_else():
    connect = f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser"
    assert allows(SALES, "rds-db:connect", f"{connect}:db-SALES/sales_analyst")
    assert not allows(SALES, "rds-db:connect", f"{connect}:db-SALES/dm_admin"), "that is the master user"
    assert not allows(SALES, "rds-db:connect", f"{connect}:db-SALES/sales_trino"), "that is the service's user"
    assert not allows(SALES, "rds-db:connect", f"{connect}:db-MARKETING/sales_analyst"), "another domain's database"


def test_a_sales_analyst_reads_the_domain_and_the_shared_events_in_the_lake():
    assert allows(SALES, "s3:GetObject", f"{BUCKET}/sales/orders.parquet")
    assert allows(SALES, "s3:GetObject", f"{BUCKET}/events/part-0.parquet")
    assert not allows(SALES, "s3:GetObject", f"{BUCKET}/marketing/leads.parquet")
    assert not allows(SALES, "s3:GetObject", f"{BUCKET}/sales-eu/orders.parquet"), "a domain whose name begins alike"
    for table in ("sales/orders", "events/customer_events"):
        assert allows(SALES, "glue:GetTable", f"{GLUE}:table/{table}")
    assert not allows(SALES, "glue:GetTable", f"{GLUE}:table/marketing/leads")


def test_a_sales_analyst_lists_no_other_folder():
    def lists(prefix: str) -> bool:
        return allows(SALES, "s3:ListBucket", BUCKET, {"s3:prefix": prefix})

    assert lists("sales/")
    assert lists("sales/uploads/2026")
    assert lists("events/")
    assert not lists("")
    assert not lists("marketing/")
    assert not lists("sales"), "that would list sales-eu/ too"
    assert not allows(SALES, "s3:ListBucket", BUCKET), "without a prefix a list shows everything"


def test_a_sales_analyst_writes_uploads_only_and_deletes_nothing():
    assert allows(SALES, "s3:PutObject", f"{BUCKET}/sales/uploads/dataset.csv")
    assert not allows(SALES, "s3:PutObject", f"{BUCKET}/sales/orders.parquet")
    assert not allows(SALES, "s3:PutObject", f"{BUCKET}/events/part-0.parquet")
    assert not any("Delete" in action for action, _ in grants(SALES))


@given(st.lists(domains, min_size=2, max_size=2, unique=True))
def test_no_analyst_reaches_another_domain_whatever_the_two_are_called(names: list[str]):
    own, other = names
    document = analyst(own)
    assert not allows(document, "s3:GetObject", f"{BUCKET}/{other}/x")
    assert not allows(document, "s3:PutObject", f"{BUCKET}/{other}/uploads/x")
    assert not allows(document, "s3:ListBucket", BUCKET, {"s3:prefix": f"{other}/"})
    assert not allows(document, "glue:GetTable", f"{GLUE}:table/{DomainName(other).identifier}/x")
    assert not allows(document, "rds:DescribeDBInstances", f"{RDS}:db:datamesh-{other}-0a1b2c3d")


def test_the_documents_of_sales_never_name_marketing():
    assert "marketing" not in json.dumps(SALES)


@pytest.mark.parametrize("folder", ["sales", "/sales/", ""])
def test_a_folder_of_the_lake_without_its_slash_is_refused(folder: str):
    with pytest.raises(ValueError, match="folder of the lake"):
        policies.analyst_policy(
            region=REGION,
            account=ACCOUNT,
            resource_id="db-X",
            user="sales_analyst",
            instance_arn="arn",
            bucket_arn=BUCKET,
            prefix=folder,
            uploads_prefix="sales/uploads/",
            glue_database="sales",
        )


def test_trino_reads_the_lake_and_writes_the_shared_events_only():
    assert allows(TRINO, "s3:GetObject", f"{BUCKET}/sales/orders.parquet")
    assert allows(TRINO, "s3:ListBucket", BUCKET)
    assert allows(TRINO, "s3:PutObject", f"{BUCKET}/events/part-0.parquet")
    assert not allows(TRINO, "s3:PutObject", f"{BUCKET}/sales/orders.parquet")
    assert not allows(TRINO, "s3:DeleteObject", f"{BUCKET}/sales/orders.parquet")
    for action in ("glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable"):
        assert allows(TRINO, action, f"{GLUE}:table/events/customer_events")
        assert not allows(TRINO, action, f"{GLUE}:table/sales/orders")
    assert allows(TRINO, "glue:GetTables", f"{GLUE}:table/sales/orders")
    assert not any(action.startswith(("rds", "secretsmanager")) for action, _ in grants(TRINO)), "it has passwords"


def test_grafana_reads_metrics_and_nothing_else():
    here, bill, elsewhere = ({"aws:RequestedRegion": r} for r in (REGION, "us-east-1", "eu-west-3"))
    assert allows(GRAFANA, "cloudwatch:GetMetricData", "*", here)
    assert allows(GRAFANA, "cloudwatch:GetMetricData", "*", bill)
    assert not allows(GRAFANA, "cloudwatch:GetMetricData", "*", elsewhere)
    assert {action.partition(":")[0] for action, _ in grants(GRAFANA)} == {"cloudwatch"}
    assert not any(re.search("Put|Delete|Set", action) for action, _ in grants(GRAFANA))


def test_the_office_hours_start_and_stop_what_is_listed_and_do_nothing_else():
    assert {action for action, _ in grants(SCHEDULER)} == {
        "rds:StartDBInstance",
        "rds:StopDBInstance",
        "ec2:StartInstances",
        "ec2:StopInstances",
    }
    assert not allows(SCHEDULER, "rds:StopDBInstance", f"{RDS}:db:somebody-elses")
    alone = service_policies.scheduler_policy(instance_arns=["arn"])
    assert all(action.startswith("rds:") for action, _ in grants(alone)), "there is no workbench to stop"


def test_the_workbench_reads_the_lake_and_keeps_its_files_in_a_folder_of_its_own():
    assert allows(MACHINE, "s3:GetObject", f"{BUCKET}/sales/orders.parquet")
    assert allows(MACHINE, "s3:PutObject", f"{BUCKET}/workbench/result.parquet")
    assert not allows(MACHINE, "s3:PutObject", f"{BUCKET}/sales/orders.parquet")
    assert not allows(MACHINE, "ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/secret"), (
        "Amazon's own policy for Session Manager would allow that"
    )


def test_people_need_mfa_by_default_and_come_from_the_account_or_a_list():
    (statement,) = policies.trust_people(ACCOUNT)["Statement"]
    assert statement["Principal"] == {"AWS": [f"{IAM}:root"]}
    assert statement["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    (statement,) = policies.trust_people(ACCOUNT, [f"{IAM}:user/ada"], require_mfa=False)["Statement"]
    assert statement["Principal"] == {"AWS": [f"{IAM}:user/ada"]}
    assert "Condition" not in statement


@pytest.mark.parametrize("principal", ["*", "", "ada", "arn:aws:iam::*:root", f"{IAM}:user/*", ACCOUNT])
def test_nobody_unnamed_is_ever_trusted(principal: str):
    with pytest.raises(ValueError, match="may be trusted"):
        policies.trust_people(ACCOUNT, [principal])


def test_services_take_on_a_role_for_this_account_only():
    (statement,) = policies.trust_service("scheduler", ACCOUNT)["Statement"]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_only_services_that_work_for_this_account_publish_to_the_topic():
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:datamesh-alarms"
    (statement,) = policies.topic_policy(topic_arn=topic, account=ACCOUNT)["Statement"]
    assert statement["Action"] == "sns:Publish"
    assert statement["Resource"] == topic
    assert statement["Principal"] == {
        "Service": ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.rds.amazonaws.com"]
    }
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_bucket_refuses_plain_text_and_old_tls():
    document = policies.tls_only_bucket(BUCKET)
    assert {statement["Effect"] for statement in document["Statement"]} == {"Deny"}
    conditions = [statement["Condition"] for statement in document["Statement"]]
    assert conditions == [{"Bool": {"aws:SecureTransport": "false"}}, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}]
    assert all(statement["Resource"] == [BUCKET, f"{BUCKET}/*"] for statement in document["Statement"])


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


@every_document
def test_a_bare_star_stands_only_where_aws_has_no_narrower_form(document: dict[str, Any]):
    for statement in document["Statement"]:
        starred = "*" in listed(statement["Resource"])
        assert starred == statement["Sid"].startswith("NoResourceLevel"), statement["Sid"]


@every_document
def test_every_statement_has_a_readable_name_of_its_own(document: dict[str, Any]):
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(sids) == len(set(sids)), "AWS refuses a document in which two statements have one Sid"
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)
    assert document["Version"] == "2012-10-17", "older versions know no policy variables"


@given(owner=owners, region=regions, names=st.lists(domains, max_size=8, unique=True))
def test_documents_stay_inside_the_sizes_that_aws_allows(owner: str, region: str, names: list[str]):
    mesh = Mesh(region=region, account=ACCOUNT, owner=owner)
    admin = admin_policies.admin_policy(mesh, glue_databases=[DomainName(name).identifier for name in names])
    assert len(json.dumps(admin_policies.boundary(mesh), separators=(",", ":"))) <= 6144, "managed policy"
    assert len(json.dumps(admin, separators=(",", ":"))) <= 10240, "policy inside a role"
    assert len(mesh.boundary_name) <= 128
