"""IAM: what the services of the mesh reach, and who may use what is theirs."""

import re

from components.policies import documents as policies
from components.policies import services as service_policies
from tests.unit.iam import allows, grants
from tests.unit.iam_documents import ACCOUNT, BUCKET, GLUE, GRAFANA, MACHINE, RDS, REGION, SCHEDULER, TRINO


def test_trino_reads_the_lake_and_writes_the_shared_events_and_what_it_keeps():
    assert allows(TRINO, "s3:GetObject", f"{BUCKET}/sales/orders.parquet")
    assert allows(TRINO, "s3:ListBucket", BUCKET)
    assert allows(TRINO, "s3:PutObject", f"{BUCKET}/events/part-0.parquet")
    assert not allows(TRINO, "s3:PutObject", f"{BUCKET}/sales/orders.parquet")
    assert not allows(TRINO, "s3:DeleteObject", f"{BUCKET}/sales/orders.parquet")
    for action in ("glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable"):
        assert allows(TRINO, action, f"{GLUE}:table/events/customer_events")
        assert allows(TRINO, action, f"{GLUE}:table/sales/customer_revenue")
        assert not allows(TRINO, action, f"{GLUE}:table/anothers/orders")
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
