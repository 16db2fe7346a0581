"""IAM: what an analyst reaches, and who may become one; `iam.allows` reads the documents as AWS does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.policies import documents as policies
from mesh.names import DomainName
from tests.unit.iam import allows, grants
from tests.unit.iam_documents import ACCOUNT, BUCKET, GLUE, IAM, RDS, REGION, SALES, analyst, domains


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
