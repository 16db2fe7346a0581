import json

import pytest

from components.budget import Budget, BudgetArgs
from mesh.alarms import BILLING_ALARMS
from tests.unit.recording import Recording, record

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def program(topic_arn: str | None = None, months: int = 3, budget_usd: float = 200) -> Recording:
    return record(
        lambda: Budget(
            "budget",
            BudgetArgs(
                account_id="123456789012",
                email="ada@example.com",
                project_start="2026-12-01",
                months=months,
                budget_usd=budget_usd,
                topic_arn=topic_arn,
            ),
        )
    )


@pytest.fixture(scope="module")
def budget() -> Recording:
    return program()


def limits(recording: Recording) -> dict[str, tuple[str, str]]:
    found = recording.of("aws:budgets/budget:Budget")
    return {b.name: (b.inputs["timeUnit"], b.inputs["limitAmount"]) for b in found}


def test_the_whole_project_and_each_month_have_a_budget(budget: Recording):
    assert limits(budget) == {"datamesh-project": ("ANNUALLY", "200.00"), "datamesh-month": ("MONTHLY", "66.67")}


def test_a_project_longer_than_a_year_gets_a_yearly_share_since_that_budget_starts_anew_each_year():
    assert limits(program(months=24))["datamesh-project"] == ("ANNUALLY", "100.00")


def test_budgets_start_with_the_project_and_outlive_it(budget: Recording):
    for made in budget.of("aws:budgets/budget:Budget"):
        assert made.inputs["timePeriodStart"] == "2026-12-01_00:00"
        assert "timePeriodEnd" not in made.inputs, "AWS deletes a budget at its end, and forgotten things cost on"


def test_credits_do_not_hide_what_is_used(budget: Recording):
    for made in budget.of("aws:budgets/budget:Budget"):
        assert made.inputs["costTypes"] == {"includeCredit": False, "includeRefund": False}


def test_a_budget_warns_early_and_often_but_not_oftener_than_aws_allows(budget: Recording):
    for made in budget.of("aws:budgets/budget:Budget"):
        sent = made.inputs["notifications"]
        assert len(sent) <= 5, "AWS takes five a budget"
        assert {(n["notificationType"], n["threshold"]) for n in sent} == {
            ("ACTUAL", 50),
            ("ACTUAL", 80),
            ("ACTUAL", 90),
            ("ACTUAL", 100),
            ("FORECASTED", 100),
        }
        assert all(n["subscriberEmailAddresses"] == ["ada@example.com"] for n in sent)


def test_the_bill_is_watched_where_it_is_and_in_dollars(budget: Recording):
    alarms = budget.of(ALARM)
    assert len(alarms) == BILLING_ALARMS
    assert sorted(alarm.inputs["threshold"] for alarm in alarms) == [66.67, 180], "a month's share, and the document's"
    for alarm in alarms:
        assert alarm.inputs["region"] == "us-east-1"
        assert alarm.inputs["dimensions"] == {"Currency": "USD"}, "the metric does not exist without it"
        assert (alarm.inputs["namespace"], alarm.inputs["metricName"]) == ("AWS/Billing", "EstimatedCharges")


def test_the_topic_of_the_bill_is_in_the_region_of_the_bill(budget: Recording):
    for token in ("topic:Topic", "topicPolicy:TopicPolicy", "topicSubscription:TopicSubscription"):
        assert budget.one(f"aws:sns/{token}").inputs["region"] == "us-east-1", "an alarm cannot reach another region"
    policy = json.loads(budget.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"])
    assert "cloudwatch.amazonaws.com" in policy["Statement"][0]["Principal"]["Service"]


def test_a_topic_that_is_there_already_is_used():
    recording = program("arn:aws:sns:us-east-1:123456789012:datamesh-alarms")
    assert not recording.of("aws:sns/topic:Topic"), "a second one would want a second confirmation"
    for alarm in recording.of(ALARM):
        assert alarm.inputs["alarmActions"] == ["arn:aws:sns:us-east-1:123456789012:datamesh-alarms"]
