import json
from collections.abc import Callable
from dataclasses import replace

import pulumi
import pytest

from components.domain import Domain, DomainArgs
from mesh.windows import Windows
from tests.unit.recording import Recording

ARGS = DomainArgs(
    subnet_group="databases",
    security_group_id="sg-1",
    lake_bucket="lake",
    lake_bucket_arn="arn:aws:s3:::lake",
    events_database="events",
    account_id="123456789012",
    region="us-east-1",
    require_mfa=True,
    instance_class="db.t3.micro",
    backup_days=7,
    windows=Windows(backup="02:00-02:30", maintenance="sun:03:00-sun:03:30"),
)
INSTANCE = "aws:rds/instance:Instance"


@pytest.fixture(scope="module")
def sales() -> Recording:
    from tests.unit.recording import record

    return record(lambda: Domain("sales", ARGS))


def test_the_database_is_what_amazon_accepts_and_the_seed_document_wants(sales: Recording):
    inputs = sales.one(INSTANCE).inputs
    wanted = {
        "engine": "postgres",
        "engineVersion": "17",
        "instanceClass": "db.t3.micro",
        "allocatedStorage": 20,
        "storageType": "gp3",
        "storageEncrypted": True,
        "dbName": "sales_db",
        "username": "dm_admin",
        "publiclyAccessible": True,
        "backupRetentionPeriod": 7,
        "performanceInsightsEnabled": True,
        "performanceInsightsRetentionPeriod": 7,
        "iamDatabaseAuthenticationEnabled": True,
        "engineLifecycleSupport": "open-source-rds-extended-support-disabled",
        "copyTagsToSnapshot": True,
        "tags": {"Domain": "sales"},
    }
    assert {key: inputs.get(key) for key in wanted} == wanted
    assert inputs["identifier"] == "datamesh-sales-0a1b2c3d"
    assert "iops" not in inputs, "Amazon refuses it below 400 GiB"


def test_the_master_user_is_not_one_that_amazon_keeps_to_itself(sales: Recording):
    user = sales.one(INSTANCE).inputs["username"]
    assert user not in ("admin", "rdsadmin", "postgres") and not user.startswith("pg_") and len(user) <= 16


def test_a_replaced_database_is_made_before_the_old_one_goes(sales: Recording):
    assert sales.one(INSTANCE).delete_before_replace is False


def test_log_groups_exist_before_the_instance_that_would_make_them_endless(sales: Recording):
    exports = sales.one(INSTANCE).inputs["enabledCloudwatchLogsExports"]
    groups = sales.of("aws:cloudwatch/logGroup:LogGroup")
    expected = {f"/aws/rds/instance/datamesh-sales-0a1b2c3d/{export}" for export in exports}
    assert {group.inputs["name"] for group in groups} == expected
    assert {group.urn for group in groups} <= set(sales.one(INSTANCE).depends_on)


def test_connections_need_tls_and_passwords_stay_out_of_the_log(sales: Recording):
    group = sales.one("aws:rds/parameterGroup:ParameterGroup").inputs
    parameters = {parameter["name"]: parameter["value"] for parameter in group["parameters"]}
    assert parameters["rds.force_ssl"] == "1"
    assert parameters["log_statement"] == "none", "ddl and all write CREATE ROLE … PASSWORD"
    assert parameters["log_connections"] == parameters["log_disconnections"] == "1"


def test_every_role_has_its_own_generated_password(sales: Recording):
    passwords = sales.of("random:index/randomPassword:RandomPassword")
    assert {p.name for p in passwords} == {"sales-admin-password", "sales-trino-password", "sales-grafana-password"}
    assert all(p.inputs["length"] == 32 and p.inputs["special"] is False for p in passwords)


def test_two_secrets_hold_the_two_logins(sales: Recording):
    versions = {v.name: v for v in sales.of("aws:secretsmanager/secretVersion:SecretVersion")}
    assert set(versions) == {"sales-admin", "sales-trino"}
    assert all("secretString" in version.secrets for version in versions.values())
    login = json.loads(versions["sales-trino"].inputs["secretString"])
    assert (login["username"], login["dbname"], login["port"]) == ("sales_trino", "sales_db", 5432)


def test_where_iam_cannot_log_in_analysts_get_a_password(recorded: Callable[..., Recording]):
    recording = recorded(lambda: Domain("sales", replace(ARGS, iam_authentication=False)))
    names = {p.name for p in recording.of("random:index/randomPassword:RandomPassword")}
    assert "sales-analyst-password" in names


def test_a_domain_of_two_words_is_spelled_right_everywhere(recorded: Callable[..., Recording]):
    recording = recorded(lambda: Domain("customer-care", ARGS))
    instance = recording.one(INSTANCE).inputs
    assert instance["dbName"] == "customer_care_db"
    assert instance["identifier"].startswith("datamesh-customer-care-")
    assert recording.one("aws:glue/catalogDatabase:CatalogDatabase").inputs["name"] == "customer_care"
    assert instance["tags"] == {"Domain": "customer-care"}


def test_a_name_that_cannot_be_used_is_refused_by_the_domain_itself(recorded: Callable[..., Recording]):
    with pytest.raises(pulumi.RunError, match="cannot be the name of a domain"):
        recorded(lambda: Domain("pg-sales", ARGS))


def test_another_snapshot_is_another_database_with_another_identifier(recorded: Callable[..., Recording]):
    recording = recorded(lambda: Domain("sales", replace(ARGS, snapshot_identifier="before-the-exam")))
    assert recording.one(INSTANCE).inputs["snapshotIdentifier"] == "before-the-exam"
    plain, restored = (
        r.one("random:index/randomId:RandomId").inputs["keepers"]
        for r in (recorded(lambda: Domain("sales", ARGS)), recording)
    )
    assert plain != restored, "the new database would want the identifier that the old one still has"


def test_the_role_of_the_analysts_is_bounded_and_asks_for_mfa(recorded: Callable[..., Recording]):
    recording = recorded(lambda: Domain("sales", replace(ARGS, permissions_boundary="arn:aws:iam::1:policy/edge")))
    role = recording.one("aws:iam/role:Role").inputs
    assert role["permissionsBoundary"] == "arn:aws:iam::1:policy/edge"
    (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"AWS": ["arn:aws:iam::123456789012:root"]}
    assert statement["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def test_who_may_become_an_analyst_can_be_listed_for_each_domain(recorded: Callable[..., Recording]):
    ada = "arn:aws:iam::123456789012:user/ada"
    recording = recorded(lambda: Domain("sales", replace(ARGS, principals={"sales": [ada], "marketing": []})))
    (statement,) = json.loads(recording.one("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"AWS": [ada]}


def test_the_documents_of_sales_never_name_marketing(dev: Recording):
    for kind, key in (("aws:iam/rolePolicy:RolePolicy", "policy"), ("aws:iam/role:Role", "assumeRolePolicy")):
        texts = [r.inputs[key] for r in dev.of(kind) if "sales" in r.name]
        assert texts, f"sales has no {key}"
        assert not any("marketing" in text for text in texts)


def test_an_analyst_reads_and_connects_only_where_the_domain_is(sales: Recording):
    policy = json.loads(sales.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    connect = next(s for s in policy["Statement"] if "rds-db:connect" in s["Action"])
    assert connect["Resource"] == "arn:aws:rds-db:us-east-1:123456789012:dbuser:db-SALES-DB/sales_analyst"
    assert not [s for s in policy["Statement"] if s["Resource"] == "*"]
