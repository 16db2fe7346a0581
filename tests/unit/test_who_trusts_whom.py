"""Every role, user and resource policy that the program registers: whom it trusts, what it opens, its boundary."""

import json
from typing import Any

import pytest

from tests.unit.everything import ACCOUNT, DOMAINS, ON_AWS, REGION, local, on_aws
from tests.unit.iam import allows, listed
from tests.unit.recording import Recording, record

ROLE, USER = "aws:iam/role:Role", "aws:iam/user:User"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ADA, BO = f"arn:aws:iam::{ACCOUNT}:user/ada", f"arn:aws:iam::{ACCOUNT}:role/bo"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
BUCKET, GLUE = "arn:aws:mock:::lake-bucket", f"arn:aws:glue:{REGION}:{ACCOUNT}"
SERVICES = {
    "datamesh-office-hours": ({"Service": "scheduler.amazonaws.com"}, THIS_ACCOUNT),
    # a machine gets its role through its instance profile
    "datamesh-workbench": ({"Service": "ec2.amazonaws.com"}, None),
}


def trust(recording: Recording) -> dict[str, tuple[Any, Any]]:
    """By role: whom it trusts to take it on, and on which condition."""
    found = {}
    for role in recording.of(ROLE):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
        found[role.name] = statement["Principal"], statement.get("Condition")
    return found


def people(**principals: str) -> dict[str, tuple[Any, Any]]:
    """The rows of the roles that people take on; who is not named trusts the account."""
    roles = {"admin": "datamesh-admin", **{domain: f"datamesh-{domain}-analyst" for domain in DOMAINS}}
    return {role: ({"AWS": [principals.get(whose, ROOT)]}, MFA) for whose, role in roles.items()}


def test_every_role_trusts_the_people_of_the_account_with_mfa_or_one_service_of_aws():
    assert trust(on_aws()) == people() | SERVICES


def test_the_local_stack_has_no_other_roles():
    assert trust(local()) == people()


def test_each_role_is_for_whom_the_configuration_lists_for_it():
    access = json.dumps({"sales": [ADA], "admin": [BO]})
    assert trust(record(config=ON_AWS | {"datamesh:access": access})) == people(sales=ADA, admin=BO) | SERVICES


def test_without_mfa_no_service_loses_its_condition():
    found = trust(record(config=ON_AWS | {"datamesh:requireMfa": "false"}))
    assert found == {role: (who, None) for role, (who, _) in people().items()} | SERVICES


@pytest.mark.parametrize("mesh", [on_aws, local], ids=["aws", "local"])
def test_every_role_and_user_carries_the_boundary_and_nothing_is_attached_from_elsewhere(mesh: Any):
    recording: Recording = mesh()
    boundary = recording.one("aws:iam/policy:Policy", "boundary-policy")
    for each in [*recording.of(ROLE), *recording.of(USER)]:
        assert each.inputs["permissionsBoundary"] == "arn:aws:mock:::boundary-policy", each.name
        assert boundary.urn in each.depends_on
        assert not each.inputs.keys() & {"managedPolicyArns", "inlinePolicies"}, f"{each.name} has other policies"
    known = {
        "Role",
        "RolePolicy",
        "User",
        "UserPolicy",
        "UserPolicyAttachment",
        "RolePolicyAttachment",
        "AccessKey",
        "Policy",
        "InstanceProfile",
    }
    assert {r.type.rpartition(":")[2] for r in recording.resources if r.type.startswith("aws:iam/")} <= known


@pytest.mark.parametrize(("mesh", "region"), [(on_aws, REGION), (local, "us-east-1")], ids=["aws", "local"])
def test_the_boundary_is_about_the_meshs_own_account_region_and_bucket(mesh: Any, region: str):
    policy = mesh().one("aws:iam/policy:Policy", "boundary-policy").inputs
    owner = policy["name"].removeprefix("datamesh-").removesuffix("-boundary")
    assert owner == ("ada" if mesh is on_aws else "local")
    statements = json.loads(policy["policy"])["Statement"]
    arns = {arn for statement in statements for arn in listed(statement["Resource"]) if arn != "*"}
    places = {tuple(arn.split(":")[3:5]) for arn in arns}
    anywhere = {("", ""), ("", ACCOUNT), ("*", ACCOUNT), (region, "")}
    assert places == anywhere | {(region, ACCOUNT)}, "('', '') is the bucket, '*' are topics and alarms on the bill"
    buckets = {arn for arn in arns if arn.startswith("arn:aws:s3:")}
    assert buckets == {f"arn:aws:s3:::datamesh-datalake-{owner}{end}" for end in ("", "/*")}


def test_a_user_whose_key_somebody_rotated_by_hand_can_still_be_removed():
    assert all(user.inputs["forceDestroy"] is True for user in on_aws().of(USER))


def tables(*databases: str) -> set[str]:
    """The ARNs of Glue databases with all that is in them."""
    kinds = ("database/{}", "table/{}/*")
    return {f"{GLUE}:catalog", *(f"{GLUE}:{kind.format(name)}" for name in databases for kind in kinds)}


def opened() -> dict[tuple[str, str], set[str]]:
    """By role or user and policy of it: everything that the policy names."""
    lake, listing = {BUCKET, f"{BUCKET}/*"}, {f"{GLUE}:database/*"}
    found = {
        ("datamesh-trino", "datamesh-trino-lake"): {
            *lake, f"{BUCKET}/events/*", f"{BUCKET}/*-{'?' * 32}/*", *tables("events"), *listing,
        },
        ("datamesh-trino", "datamesh-trino-tables-1"): tables(*DOMAINS),
        ("datamesh-workbench", "datamesh-workbench-tables-1"): tables(*DOMAINS),
        ("datamesh-grafana", "identity-grafana"): {"*"},
        ("datamesh-office-hours-id", "office-hours-role"): {
            "arn:aws:mock:::workbench-machine",
            *(f"arn:aws:mock:::{domain}-db" for domain in DOMAINS),
        },
        ("datamesh-workbench-id", "workbench-role"): {
            *lake, f"{BUCKET}/workbench/*", *tables("events"), *listing, "*",
            f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/*",
        },
    }  # fmt: skip
    for domain in DOMAINS:
        found[f"datamesh-{domain}-analyst-id", f"{domain}-analyst"] = {
            f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:db-{domain.upper()}-DB/{domain}_analyst",
            f"arn:aws:mock:::{domain}-db",
            BUCKET,
            *(f"{BUCKET}/{folder}/*" for folder in (domain, f"{domain}/uploads", "events")),
            *tables(domain, "events"),
        }
    return found


def rights(recording: Recording) -> dict[tuple[str, str], dict[str, Any]]:
    """By role or user and inline or attached policy of it: the document."""
    managed = {f"arn:aws:mock:::{each.name}": each for each in recording.of("aws:iam/policy:Policy")}
    policies = [
        (each.inputs[kind], managed[each.inputs["policyArn"]])
        for kind in ("user", "role")
        for each in recording.of(f"aws:iam/{kind}PolicyAttachment:{kind.capitalize()}PolicyAttachment")
    ]
    policies += [(each.inputs["role"], each) for each in recording.of("aws:iam/rolePolicy:RolePolicy")]
    policies += [(each.inputs["user"], each) for each in recording.of("aws:iam/userPolicy:UserPolicy")]
    return {(whose, each.name): json.loads(each.inputs["policy"]) for whose, each in policies}


def test_every_role_and_user_has_policies_which_name_what_is_its_own_and_nothing_else():
    documents = rights(on_aws())
    documents.pop(("datamesh-admin-id", "identity-admin"))
    documents.pop(("datamesh-admin", "datamesh-admin-tables-1"))
    found = {
        key: {resource for statement in document["Statement"] for resource in listed(statement["Resource"])}
        for key, document in documents.items()
    }
    assert found == opened()


def test_grafana_reads_metrics_of_the_meshs_region_and_of_the_bills():
    (statement,) = rights(on_aws())["datamesh-grafana", "identity-grafana"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:RequestedRegion": [REGION, "us-east-1"]}}


def test_an_analyst_uploads_to_the_own_folder_and_lists_the_own_and_the_shared_one():
    for domain in DOMAINS:
        document = rights(on_aws())[f"datamesh-{domain}-analyst-id", f"{domain}-analyst"]
        assert allows(document, "s3:PutObject", f"{BUCKET}/{domain}/uploads/x")
        assert not allows(document, "s3:PutObject", f"{BUCKET}/{domain}/x")
        (listing,) = [s for s in document["Statement"] if "s3:ListBucket" in s["Action"]]
        folders = [f"{domain}/", f"{domain}/*", "events/", "events/*"]
        assert listing["Condition"] == {"StringLike": {"s3:prefix": folders}}


def test_the_administrator_reaches_this_meshs_bucket_and_tables_and_no_others():
    every = rights(on_aws())
    document = every["datamesh-admin-id", "identity-admin"]
    document["Statement"] += every["datamesh-admin", "datamesh-admin-tables-1"]["Statement"]
    for domain in DOMAINS:
        assert allows(document, "glue:DeleteTable", f"{GLUE}:table/{domain}/x")
    assert allows(document, "glue:DeleteTable", f"{GLUE}:table/events/x")
    assert not allows(document, "glue:DeleteTable", f"{GLUE}:table/others/x")
    assert allows(document, "s3:PutObject", "arn:aws:s3:::datamesh-datalake-ada/x")
    assert not allows(document, "s3:PutObject", "arn:aws:s3:::datamesh-datalake-bo/x")


def test_each_key_is_of_the_user_that_it_is_named_after():
    keys = {key.name: key.inputs["user"] for key in on_aws().of("aws:iam/accessKey:AccessKey")}
    assert keys == {"identity-trino": "datamesh-trino", "identity-grafana": "datamesh-grafana"}


def test_the_machine_has_the_role_of_the_workbench():
    profile = on_aws().one("aws:iam/instanceProfile:InstanceProfile")
    assert profile.inputs["role"] == "datamesh-workbench"
    assert on_aws().one("aws:ec2/instance:Instance").inputs["iamInstanceProfile"] == profile.name


def test_every_resource_policy_is_on_its_own_resource_and_trusts_whom_it_lists():
    found = {
        (each.type.rpartition(":")[2], each.name): json.loads(each.inputs["policy"])["Statement"]
        for each in on_aws().resources
        if "policy" in each.inputs and not each.type.startswith("aws:iam/")
    }
    services = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.rds.amazonaws.com"]
    topics = {
        ("TopicPolicy", topic): [
            {
                "Sid": "Alarms",
                "Effect": "Allow",
                "Principal": {"Service": services},
                "Action": "sns:Publish",
                "Resource": f"arn:aws:mock:::{topic}",
                "Condition": THIS_ACCOUNT,
            }
        ]
        for topic in ("datamesh-alarms", "datamesh-billing")
    }
    refused = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]}
    bucket = [
        {"Sid": "RefusePlainText", **refused, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "RefuseOldTls", **refused, "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}},
    ]
    assert found == topics | {("BucketPolicy", "lake-tls-only"): bucket}
    assert on_aws().one("aws:s3/bucketPolicy:BucketPolicy").inputs["bucket"] == "datamesh-datalake-ada"
    for _, topic in topics:
        assert on_aws().one("aws:sns/topicPolicy:TopicPolicy", topic).inputs["arn"] == f"arn:aws:mock:::{topic}"
