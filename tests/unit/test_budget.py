import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.budget import Budget, BudgetArgs
from mesh.alarms import BILLING_ALARMS
from mesh.cost.report import plan
from mesh.cost.years import year_shares
from tests.unit.recording import Recording, record

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def program(topic_arn: str | None = None, *, months: int = 3, project_start: str = "2026-12-01") -> Recording:
    return record(
        lambda: Budget(
            "budget",
            BudgetArgs(
                account_id="123456789012",
                email="ada@example.com",
                project_start=project_start,
                months=months,
                budget_usd=200,
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
    assert limits(budget) == {"datamesh-project": ("ANNUALLY", "131.11"), "datamesh-month": ("MONTHLY", "66.67")}


@pytest.mark.parametrize(
    ("start", "months", "shares"),
    [
        ("2026-03-01", 3, {2026: 200}),
        ("2026-10-01", 3, {2026: 200}),
        ("2026-12-01", 3, {2026: 68.89, 2027: 131.11}),
        ("2026-12-31", 2, {2026: 3.39, 2027: 196.61}),
        ("2026-12-01", 24, {2026: 8.48, 2027: 99.86, 2028: 91.66}),
        ("2027-11-30", 3, {2027: 70.33, 2028: 129.67}),
    ],
)
def test_the_yearly_budget_starts_anew_on_the_first_of_january_so_its_limit_is_the_largest_share(
    start: str, months: int, shares: dict[int, float]
):
    assert year_shares(200, start, months) == pytest.approx(shares)
    made = program(months=months, project_start=start)
    assert limits(made)["datamesh-project"] == ("ANNUALLY", f"{max(shares.values()):.2f}")
    assert f"{max(shares.values()):.2f} USD" in plan(200, start, months), "`make cost` says the same"


@given(start=st.dates(datetime.date(2026, 1, 1), datetime.date(2030, 12, 31)), months=st.integers(1, 36))
def test_the_shares_of_all_years_are_the_budget(start: datetime.date, months: int):
    shares = year_shares(200, start.isoformat(), months)
    assert sum(shares.values()) == pytest.approx(200, abs=0.05)
    assert min(shares.values()) >= 0 and len(shares) <= 2 + months // 12


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
    assert sorted(alarm.inputs["threshold"] for alarm in alarms) == [66.67], "the figure begins at 0 every month"
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
