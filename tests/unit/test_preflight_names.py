"""`make preflight`: names that somebody else may have, and the alarms on the bill."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from account.ask import UnansweredError
from account.calls import BUCKET, DASHBOARDS, GLUE_DATABASES, METRICS, POLICY, PREFERENCES, SECRETS
from mesh.names import DomainName
from mesh.settings import read_settings
from preflight.alerts import check_alerts
from preflight.findings import Colour, Finding
from preflight.names import (
    BUCKET_TYPE,
    check_boundary,
    check_bucket,
    check_dashboard,
    check_glue,
    check_secrets,
    fixed,
)
from tests.unit.aws_answers import ACCOUNT, Asked, Refusal, asked
from tests.unit.recording import CONFIG, Recording
from tests.unit.rehearsal import ALL, BILL, SETTINGS, ask, resource

NAMES = ("name", "dashboardName", "identifier", "clusterIdentifier", "roleName", "userName", "groupName")
WITHIN_ANOTHER = ("aws:glue/catalogTable:CatalogTable",)
"""Their names need only be free within another resource, which is the mesh's own."""


def test_every_name_without_random_digits_is_looked_for(dev: Recording, pulumi_config: Any):
    settings = read_settings(pulumi_config(CONFIG), "dev", [DomainName("sales"), DomainName("marketing")])
    named: dict[str, set[str]] = {}
    for each in dev.resources:
        if each.custom and each.type.startswith("aws:") and each.type not in WITHIN_ANOTHER:
            keys = (*NAMES, "bucket") if each.type == BUCKET_TYPE else NAMES
            for name in {each.inputs[key] for key in keys if key in each.inputs}:
                if "0a1b2c3d" not in name:  # what `random` made
                    named.setdefault(each.type, set()).add(name)
    assert named == fixed(settings, [DomainName("sales"), DomainName("marketing")])


NAME = "datamesh-datalake-ada"
OWN = (resource("aws:s3/bucket:Bucket", NAME),)
BUCKETS = {
    "free": (Refusal("404", "Not Found", 404), (), Colour.GREEN, "is free"),
    "ours": ({}, OWN, Colour.GREEN, "made by this stack"),
    "in the account": ({}, (), Colour.RED, "not made by this stack"),
    "in the account, without a state": ({}, None, Colour.YELLOW, "cannot be known"),
    "of another account": (Refusal("403", "Forbidden", 403), (), Colour.RED, "belongs to another account"),
    "ours, in the region": ({"BucketRegion": SETTINGS.region}, OWN, Colour.GREEN, "made by this stack"),
    "ours, where botocore followed it": ({"BucketRegion": "us-west-2"}, OWN, Colour.RED, "exists in another region"),
    "elsewhere": (Refusal("301", "Moved", 301), (), Colour.RED, "exists in another region"),
}


@pytest.mark.parametrize("case", BUCKETS)
def test_the_buckets_name_is_free_or_the_stacks(case: str):
    answer, resources, colour, says = BUCKETS[case]
    question = {"Bucket": NAME, "ExpectedBucketOwner": ACCOUNT}
    parameters = None if isinstance(answer, Refusal) else question
    (found,) = ask(check_bucket, asked(BUCKET, answer, parameters=parameters), resources=resources)
    assert found.colour is colour and says in found.text
    assert colour is not Colour.RED or found.fix == "pulumi config set owner ANOTHER --stack dev"


def test_a_bucket_that_cannot_be_asked_for_is_no_free_one():
    with pytest.raises(UnansweredError, match="asks to wait"):
        ask(check_bucket, asked(BUCKET, Refusal("Throttling", "", 503)))


POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/datamesh-ada-boundary"
THERE = asked(POLICY, {"Policy": {"Arn": POLICY_ARN}}, parameters={"PolicyArn": POLICY_ARN})
BOARD = asked(DASHBOARDS, {"DashboardEntries": [{"DashboardName": "datamesh-ada"}]})
GLUE = asked(
    GLUE_DATABASES,
    {"DatabaseList": [{"Name": "default"}, {"Name": "sales"}], "NextToken": "more"},
    {"DatabaseList": [{"Name": "events"}, {"Name": "sales2"}]},
)
ALL_OWN = (
    resource("aws:glue/catalogDatabase:CatalogDatabase", f"{ACCOUNT}:sales"),
    resource("aws:glue/catalogDatabase:CatalogDatabase", f"{ACCOUNT}:events"),
    resource("aws:iam/policy:Policy", POLICY_ARN),
    resource("aws:cloudwatch/dashboard:Dashboard", "datamesh-ada"),
)


def check_names(glue: Asked, policy: Asked, dashboard: Asked, resources: Any = ()) -> list[Finding]:
    checks = {check_glue: glue, check_boundary: policy, check_dashboard: dashboard}
    return [found for check, answer in checks.items() for found in ask(check, answer, resources=resources)]


def test_names_that_are_free_in_the_account_are_green():
    found = check_names(ALL["glue"], ALL["policy"], ALL["dashboards"])
    assert [each.what for each in found] == ["Glue databases", "boundary", "dashboard"]
    assert {(each.colour, each.text) for each in found} == {(Colour.GREEN, "free")}, "datamesh-adam is another's"


@pytest.mark.parametrize(("resources", "colour"), [(ALL_OWN, Colour.GREEN), ((), Colour.RED), (None, Colour.YELLOW)])
def test_names_that_are_taken_are_red_unless_this_stack_has_them(resources: Any, colour: Colour):
    found = check_names(GLUE, THERE, BOARD, resources=resources)
    assert {each.colour for each in found} == {colour}
    assert "events, sales" in found[0].text and "sales2" not in found[0].text


def test_one_database_of_others_is_named_beside_the_stacks_own():
    found = check_names(GLUE, THERE, BOARD, resources=ALL_OWN[1:])
    assert [each.colour for each in found] == [Colour.RED, Colour.GREEN, Colour.GREEN]
    assert found[0].text == "sales: there already, and not made by this stack"


def test_secrets_that_wait_for_their_deletion_are_in_nobodys_way():
    waiting = {"Name": "datamesh/sales/admin-0a1b", "DeletedDate": datetime(2026, 11, 25, tzinfo=UTC)}
    answer = {"SecretList": [waiting, {"Name": "datamesh/sales/trino-0a1b"}]}
    parameters = {"IncludePlannedDeletion": True, "Filters": [{"Key": "name", "Values": ["datamesh/"]}]}
    (found,) = ask(check_secrets, asked(SECRETS, answer, parameters=parameters))
    assert found.colour is Colour.GREEN and found.text.startswith("1 of an earlier mesh")


def preference(value: str) -> dict[str, Any]:
    return {"billingPreferences": [{"feature": "BILLING_ALERTS", "key": "some key", "value": value}]}


NO_BILL = asked(METRICS, {"Metrics": []})
ALERTS = {
    "published": ([asked(METRICS, {"Metrics": [BILL]})], Colour.GREEN, "AWS publishes the bill"),
    "switched on": ([NO_BILL, asked(PREFERENCES, preference("ENABLED"))], Colour.GREEN, "comes within a day"),
    "off": (
        [NO_BILL, asked(PREFERENCES, preference("DISABLED"), parameters={"features": ["BILLING_ALERTS"]})],
        Colour.YELLOW,
        "--billing-preferences-per-key key='some key',value=ENABLED",
    ),
    "not known": ([NO_BILL, asked(PREFERENCES, Refusal("AccessDeniedException"))], Colour.YELLOW, "Alert preferences"),
}


@pytest.mark.parametrize("case", ALERTS)
def test_alarms_on_the_bill_need_billing_alerts(case: str):
    answers, colour, says = ALERTS[case]
    (found,) = ask(check_alerts, *answers)
    assert found.colour is colour and says in f"{found.text} {found.fix}"


def test_without_an_address_there_is_no_alarm_to_look_after():
    assert ask(check_alerts, settings=replace(SETTINGS, alert_email="")) == []
