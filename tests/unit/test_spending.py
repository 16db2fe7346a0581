"""`make cost LIVE=1`: what AWS says was spent and is left, from answers that botocore's models accept."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from account.calls import BUDGETS, COST, CREDITS, IDENTITY, PLAN
from account.spending import CALLS, MOST_PAGES, OTHERS, SHARED
from commands.cost_live import live
from mesh.cost.estimate import Usage, estimate
from mesh.settings import Settings
from tests.unit.aws_answers import ACCOUNT, Asked, Recorded, Refusal, asked

TODAY = date(2026, 12, 27)
SETTINGS = Settings(owner="ada", project_start="2026-12-01", allowed_account_ids=(ACCOUNT,))
ME = asked(IDENTITY, {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada", "UserId": "AIDA"})


def costs(*groups: tuple[Any, str], token: str | None = None) -> dict[str, Any]:
    """A page of Cost Explorer's answer: keys and amounts of one period."""
    listed = [
        {"Keys": keys, "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}} for keys, amount in groups
    ]
    period = {"Start": "2026-12-01", "End": "2026-12-27"}
    page: dict[str, Any] = {"ResultsByTime": [{"TimePeriod": period, "Groups": listed, "Estimated": True}]}
    return page | ({"NextPageToken": token} if token else {})


OURS = "Project$DataMeesh"
BY_DOMAIN = (
    (["Domain$sales", OURS], "17.2"),
    (["Domain$marketing", OURS], "16.9"),
    (["Domain$", OURS], "2.1"),
    (["Domain$", "Project$"], "0.4"),
    (["Domain$sales", "Project$another"], "5"),
)
BY_KIND = ((["Usage"], "13.3"), (["Tax"], "0.7"), (["Credit"], "-14.0"), (["Refund"], "-1"))
SPENT = asked(COST, costs(*BY_DOMAIN), costs(*BY_KIND))


def budget(name: str, **spend: str) -> dict[str, Any]:
    amounts = {f"{kind}Spend": {"Amount": amount, "Unit": "USD"} for kind, amount in spend.items()}
    return {
        "BudgetName": name,
        "BudgetLimit": {"Amount": "200.0", "Unit": "USD"},
        "TimeUnit": "ANNUALLY",
        "BudgetType": "COST",
        "CalculatedSpend": amounts,
    }


BOTH = asked(
    BUDGETS,
    {"Budgets": [budget("datamesh-project-0a1b2c3", Actual="36.6", Forecasted="121.0")], "NextToken": "more"},
    {"Budgets": [budget("datamesh-month-0a1b2c3", Actual="36.6"), budget("somebody-elses", Actual="1")]},
)


def credit(left: str, until: datetime | None = None, **more: Any) -> dict[str, Any]:
    amount = {"currencyCode": "USD", "currencyAmount": left}
    return {
        "creditId": "1",
        "accountId": ACCOUNT,
        "creditType": "Promotion",
        "initialAmount": {"currencyCode": "USD", "currencyAmount": "200.0"},
        "remainingAmount": amount,
        "description": "credits",
        "startDate": datetime(2026, 11, 20, tzinfo=UTC),
        **({"endDate": until} if until else {}),
        **more,
    }


LEFT = asked(CREDITS, {"credits": [credit("160.0", datetime(2027, 11, 20, tzinfo=UTC))]})
PAID = asked(PLAN, {"accountId": ACCOUNT, "accountPlanType": "PAID", "accountPlanStatus": "ACTIVE"})
ALL = {"me": ME, "costs": SPENT, "budgets": BOTH, "plan": PAID, "credits": LEFT}


def show(capsys: pytest.CaptureFixture[str], today: date = TODAY, **changed: Asked | None) -> tuple[int, str]:
    """The exit status of the command and what it prints, where AWS answers as `ALL`, but for `changed`."""
    recorded = Recorded([each for each in (ALL | changed).values() if each is not None])
    status = live(recorded.account(), "dev", SETTINGS, estimate(Usage()), today)
    recorded.check()
    return status, capsys.readouterr().out


def figure(shown: str, name: str) -> float:
    (found,) = re.findall(rf"^  {name} {{2,}}([\d.]+)", shown, re.MULTILINE)
    return float(found)


def test_it_shows_what_each_domain_spent_beside_the_estimate(capsys: pytest.CaptureFixture[str]):
    status, shown = show(capsys)
    assert status == 0
    assert [figure(shown, name) for name in ("sales", "marketing", SHARED, OTHERS, "total")] == [
        17.2, 16.9, 2.1, 5.4, 41.6,
    ]  # fmt: skip
    assert "estimate for 26 days: 35.03" in shown
    assert figure(shown, "a day") == 2.0, "14 USD in 7 days; credits and refunds are no costs"
    assert figure(shown, "of these days, credits paid") == 14.0
    assert "160.00 USD are left; at 2.00 a day they are gone on 2027-03-17." in shown
    assert "The project ends on 2027-03-01: they last" in " ".join(shown.split())
    assert "datamesh-project-0a1b2c3" in shown and "121.00 forecast" in shown and "no forecast yet" in shown
    assert "somebody-elses" not in shown


def test_the_price_is_said_before_anything_that_costs_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    said = []

    def read(*_: Any) -> None:
        said.append(capsys.readouterr().out)
        raise AssertionError("enough")

    monkeypatch.setattr("commands.cost_live.read_spending", read)
    with pytest.raises(AssertionError, match="enough"):
        live(Recorded([ME]).account(), "dev", SETTINGS, estimate(Usage()), TODAY)
    assert f"{CALLS} calls, 0.02 USD" in said[0]


def test_as_many_calls_are_made_as_were_announced(capsys: pytest.CaptureFixture[str]):
    assert len(SPENT.answers) == CALLS  # `show` fails on one more or one less
    show(capsys)


def test_cost_explorer_is_asked_for_whole_days_and_without_credits():
    period = {"Start": "2026-12-01", "End": "2026-12-27"}
    first = asked(
        COST,
        costs(*BY_DOMAIN),
        parameters={
            "TimePeriod": period,
            "Granularity": "MONTHLY",
            "Metrics": ["UnblendedCost"],
            "Filter": {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund"]}}},
            "GroupBy": [{"Type": "TAG", "Key": "Domain"}, {"Type": "TAG", "Key": "Project"}],
        },
    )
    second = asked(
        COST,
        costs(*BY_KIND),
        parameters={
            "TimePeriod": {"Start": "2026-12-19", "End": "2026-12-26"},
            "Granularity": "DAILY",
            "Metrics": ["UnblendedCost"],
            "GroupBy": [{"Type": "DIMENSION", "Key": "RECORD_TYPE"}],
        },
    )
    recorded = Recorded([ME, first, second, BOTH, PAID, LEFT])
    assert live(recorded.account(), "dev", SETTINGS, estimate(Usage()), TODAY) == 0
    recorded.check()


def test_all_pages_count(capsys: pytest.CaptureFixture[str]):
    pages = asked(COST, costs(*BY_DOMAIN[:2], token="2"), costs(*BY_DOMAIN[2:]), costs(*BY_KIND))
    assert figure(show(capsys, costs=pages)[1], "total") == 41.6


def test_an_endless_answer_is_not_paid_for(capsys: pytest.CaptureFixture[str]):
    pages = asked(COST, *[costs(*BY_DOMAIN, token=str(page)) for page in range(MOST_PAGES)])
    status, shown = show(capsys, costs=pages)
    assert status == 1 and f"more than {MOST_PAGES} pages" in shown and "total" not in shown


@pytest.mark.parametrize("groups", [(), ((["Domain$", "Project$"], "3"),)], ids=["nothing spent", "no tags"])
def test_costs_without_tags_say_how_tags_are_activated(groups: Any, capsys: pytest.CaptureFixture[str]):
    status, shown = show(capsys, costs=asked(COST, costs(*groups), costs(*BY_KIND)))
    assert status == 0
    assert "aws ce update-cost-allocation-tags-status" in shown and "TagKey=Domain,Status=Active" in shown
    assert "--backfill-from 2026-12-01T00:00:00Z" in shown


def test_an_activated_domain_counts_before_project_is(capsys: pytest.CaptureFixture[str]):
    shown = show(capsys, costs=asked(COST, costs((["Domain$sales", "Project$"], "3")), costs(*BY_KIND)))[1]
    assert figure(shown, "sales") == 3.0


@pytest.mark.parametrize("today", [date(2026, 11, 20), date(2026, 12, 1), date(2026, 12, 2)])
def test_a_project_without_a_whole_day_is_not_asked_for_money(today: date, capsys: pytest.CaptureFixture[str]):
    status, shown = show(capsys, today, costs=None)
    assert status == 0 and "Cost Explorer is not asked" in shown
    assert "at 1.35 a day" in shown, "the estimate's rate stands in for a measured one"


def test_a_young_project_has_the_rate_of_its_days(capsys: pytest.CaptureFixture[str]):
    shown = show(capsys, date(2026, 12, 5))[1]
    assert "The 3 whole days from 2026-12-01 to 2026-12-03" in shown and "no 7 whole ones yet" in shown
    assert figure(shown, "a day") == 4.67


REFUSALS = {
    "denied": (Refusal("AccessDeniedException", "User is not authorized"), "you are not allowed ce:GetCostAndUsage"),
    "throttled": (Refusal("LimitExceededException"), "AWS asks to wait"),
    "not switched on": (
        Refusal("AccessDeniedException", "User not enabled for cost explorer access"),
        "open it once: https://console.aws.amazon.com",
    ),
    "no data": (Refusal("DataUnavailableException"), "no figures of this account yet"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_one_message_and_the_rest_is_shown(case: str, capsys: pytest.CaptureFixture[str]):
    refusal, reason = REFUSALS[case]
    status, shown = show(capsys, costs=asked(COST, refusal))
    assert status == 1, "a part of the answer is missing"
    assert shown.count(reason) == 1
    assert "Credits: 160.00 USD" in shown and "datamesh-project" in shown


@pytest.mark.parametrize("part", ["budgets", "credits"])
def test_budgets_and_credits_may_be_denied_each_by_itself(part: str, capsys: pytest.CaptureFixture[str]):
    call = {"budgets": BUDGETS, "credits": CREDITS}[part]
    status, shown = show(capsys, TODAY, **{part: asked(call, Refusal("AccessDeniedException"))})
    assert status == 1 and f"you are not allowed {call.right}" in shown
    assert figure(shown, "total") == 41.6


def test_a_free_plan_says_its_credits_where_the_list_of_credits_is_denied(capsys: pytest.CaptureFixture[str]):
    plan: Mapping[str, Any] = {
        "accountId": ACCOUNT,
        "accountPlanType": "FREE",
        "accountPlanStatus": "ACTIVE",
        "accountPlanRemainingCredits": {"amount": 88.5, "unit": "USD"},
        "accountPlanExpirationDate": datetime(2027, 1, 10, tzinfo=UTC),
    }
    denied = asked(CREDITS, Refusal("AccessDeniedException"))
    shown = " ".join(show(capsys, plan=asked(PLAN, plan), credits=denied)[1].split())
    assert "88.50 USD are left" in shown and "gone on 2027-01-11" in shown and "58.50 USD will expire" in shown
    assert "after that day you pay" in shown


@pytest.mark.parametrize(
    ("listed", "left"),
    [
        ([], "none are left"),
        ([credit("50.0", datetime(2026, 12, 1, tzinfo=UTC))], "none are left"),
        ([credit("50.0", creditStatus="DISABLED")], "none are left"),
        ([credit("50.0", estimatedAmount={"currencyCode": "USD", "currencyAmount": "31.5"})], "31.50 USD are left"),
        ([credit("50.0"), credit("20.0")], "70.00 USD are left"),
    ],
    ids=["empty", "expired", "disabled", "open bills", "two"],
)
def test_credits_that_still_count_are_added_up(listed: Any, left: str, capsys: pytest.CaptureFixture[str]):
    assert left in show(capsys, credits=asked(CREDITS, {"credits": listed}))[1]
