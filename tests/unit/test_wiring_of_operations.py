"""Alarms, budgets, office hours and providers over the whole program: what each watches, tells, starts and stops."""

import json
from typing import Any

from tests.unit.everything import ACCOUNT, DOMAINS, ON_AWS, REGION, local, on_aws
from tests.unit.recording import Recording, record

IDENTIFIERS = {domain: f"datamesh-{domain}-0a1b2c3d" for domain in DOMAINS}
ALARMS, BILL = "arn:aws:mock:::datamesh-alarms", "arn:aws:mock:::datamesh-billing"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def provider(recording: Recording, package: str) -> dict[str, Any]:
    """The inputs of a package's provider, read where they are JSON; without defaults of Pulumi's SDK."""
    found = recording.one(f"pulumi:providers:{package}").inputs
    read = {key: json.loads(value) if value[:1] in "[{tf" else value for key, value in found.items()}
    return {key: value for key, value in read.items() if key != "skipRegionValidation" and value is not False}


def test_each_alarm_watches_its_own_database_and_tells_the_topic_of_its_region():
    alarms = {alarm.name: alarm.inputs for alarm in on_aws().of(ALARM)}
    watched = {
        f"datamesh-{domain}-{what}": {
            "dimensions": {"DBInstanceIdentifier": IDENTIFIERS[domain]},
            "alarmActions": [ALARMS],
        }
        for domain in DOMAINS
        for what in ("cpu", "storage", "connections", "credits")
    }
    bill = {"dimensions": {"Currency": "USD"}, "alarmActions": [BILL], "region": "us-east-1"}
    watched |= {"datamesh-bill-month": bill}
    keys = ("dimensions", "alarmActions", "okActions", "region")
    assert {name: {key: alarm[key] for key in keys if key in alarm} for name, alarm in alarms.items()} == watched


def test_the_topic_of_the_bill_is_where_the_bill_is_and_there_is_one_where_both_are_in_one_region():
    for kind in ("topic:Topic", "topicPolicy:TopicPolicy", "topicSubscription:TopicSubscription"):
        regions = {each.name: each.inputs.get("region") for each in on_aws().of(f"aws:sns/{kind}")}
        assert regions == {"datamesh-alarms": None, "datamesh-billing": "us-east-1"}, kind
    together = record(config=ON_AWS | {"datamesh:region": "us-east-1"})
    assert [topic.name for topic in together.of("aws:sns/topic:Topic")] == ["datamesh-alarms"]
    bill = [alarm for alarm in together.of(ALARM) if "-bill-" in alarm.name]
    assert [alarm.inputs["alarmActions"] for alarm in bill] == [[ALARMS]]


def test_the_topics_write_to_the_configured_address_and_the_news_of_the_databases_go_there():
    mails = {each.name: each.inputs for each in on_aws().of("aws:sns/topicSubscription:TopicSubscription")}
    assert {name: (mail["topic"], mail["endpoint"]) for name, mail in mails.items()} == {
        "datamesh-alarms": (ALARMS, "ada@example.com"),
        "datamesh-billing": (BILL, "ada@example.com"),
    }
    news = on_aws().one("aws:rds/eventSubscription:EventSubscription").inputs
    assert (news["snsTopic"], news["sourceIds"]) == (ALARMS, list(IDENTIFIERS.values()))


def test_budgets_follow_the_configured_money_and_months():
    budgets = {budget.name: budget.inputs for budget in on_aws().of("aws:budgets/budget:Budget")}
    assert {name: (each["timeUnit"], each["limitAmount"]) for name, each in budgets.items()} == {
        "datamesh-project": ("ANNUALLY", "248.90"),
        "datamesh-month": ("MONTHLY", "50.00"),
    }
    for budget in budgets.values():
        assert (budget["accountId"], budget["timePeriodStart"]) == (ACCOUNT, "2026-12-01_00:00")
        assert budget["costTypes"] == {"includeCredit": False, "includeRefund": False}
    assert {a.name: a.inputs["threshold"] for a in on_aws().of(ALARM) if "-bill-" in a.name} == {
        "datamesh-bill-month": 50,
    }


def test_office_hours_start_and_stop_each_database_and_the_workbench_as_their_own_role():
    requests: dict[str, tuple[str, dict[str, Any]]] = {
        f"datamesh-{domain}-db": ("DBInstance", {"DbInstanceIdentifier": IDENTIFIERS[domain]}) for domain in DOMAINS
    }
    requests["datamesh-workbench"] = ("Instances", {"InstanceIds": ["workbench-machine-id"]})
    wanted = {
        f"{name}-{word}": (f"{word}{what}", request)
        for name, (what, request) in requests.items()
        for word in ("start", "stop")
    }
    schedules = {each.name: each.inputs for each in on_aws().of("aws:scheduler/schedule:Schedule")}
    targets = {name: schedule["target"] for name, schedule in schedules.items()}
    assert {n: (t["arn"].rpartition(":")[2], json.loads(t["input"])) for n, t in targets.items()} == wanted
    assert {target["roleArn"] for target in targets.values()} == {"arn:aws:mock:::datamesh-office-hours"}
    assert {schedule["groupName"] for schedule in schedules.values()} == {"datamesh-office-hours"}


def test_the_dashboard_shows_these_databases_and_this_bucket():
    board = on_aws().one("aws:cloudwatch/dashboard:Dashboard").inputs
    text = board["dashboardBody"]
    assert all(f'"{name}"' in text for name in [*IDENTIFIERS.values(), "datamesh-datalake-ada", REGION])
    assert board["dashboardName"] == "datamesh-ada"


def test_the_provider_of_aws_is_kept_to_region_and_accounts():
    assert provider(on_aws(), "aws") == {
        "region": REGION,
        "allowedAccountIds": [ACCOUNT],
        "defaultTags": {"tags": {"Project": "DataMeesh"}},
    }


def test_the_provider_of_the_local_stack_sends_every_call_to_this_machine():
    emulator = "http://127.0.0.1:4566"
    assert provider(local(), "aws") == {
        "region": "us-east-1",
        "defaultTags": {"tags": {"Project": "DataMeesh"}},
        "endpoints": [{"s3": emulator, "glue": emulator}],
        "s3UsePathStyle": True,
        "skipCredentialsValidation": True,
        "skipRequestingAccountId": True,
    }


def test_the_provider_of_kubernetes_changes_in_place_what_is_not_immutable():
    assert provider(on_aws(), "kubernetes") == {
        "context": "kind-datamesh",
        "enableConfigMapMutable": True,
        "enableSecretMutable": True,
    }
