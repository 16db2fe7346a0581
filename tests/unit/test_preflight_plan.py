"""`make preflight`: whose account it is, its plan and its credits."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from account.calls import CREDITS, IDENTITY, PLAN
from preflight.findings import Colour
from preflight.plan import check_credits, check_identity, check_plan
from tests.unit.aws_answers import ACCOUNT, Recorded, Refusal, asked
from tests.unit.rehearsal import SETTINGS, ask, credits, me, plan

FREE = replace(SETTINGS, account_plan="free", backup_days=1)
ENDED = datetime(2027, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("allowed", "arn", "colour", "says"),
    [
        ((ACCOUNT,), f"arn:aws:iam::{ACCOUNT}:user/ada", Colour.GREEN, "as user/ada, which the stack allows"),
        ((ACCOUNT,), f"arn:aws:sts::{ACCOUNT}:assumed-role/dev/ada", Colour.GREEN, "as assumed-role/dev/ada"),
        ((), f"arn:aws:iam::{ACCOUNT}:user/ada", Colour.YELLOW, "allowedAccountIds 123456789012 --stack dev"),
        ((ACCOUNT,), f"arn:aws:iam::{ACCOUNT}:root", Colour.YELLOW, "root user"),
        (("210987654321",), f"arn:aws:iam::{ACCOUNT}:user/ada", Colour.RED, "AWS_PROFILE"),
    ],
)
def test_the_account_is_one_that_the_stack_allows(allowed: tuple[str, ...], arn: str, colour: Colour, says: str):
    number, finding = check_identity(Recorded([me(arn)]).account(), allowed, "dev")
    assert finding.colour is colour and says in f"{finding.text} {finding.fix}"
    assert (number is None) == (colour is Colour.RED), "of another account nothing else is asked"


def test_without_credentials_nothing_else_is_asked():
    refused = asked(IDENTITY, Refusal("ExpiredToken"))
    number, finding = check_identity(Recorded([refused]).account(), (), "dev")
    assert number is None and finding.colour is Colour.RED and "has expired; nothing was asked" in finding.text


PLANS = {
    "paid": (plan(), SETTINGS, Colour.GREEN, "paid, as accountPlan says"),
    "free": (plan("FREE"), FREE, Colour.GREEN, "free, as accountPlan says"),
    "older than plans": (
        asked(PLAN, Refusal("ResourceNotFoundException")), SETTINGS, Colour.GREEN, "older than the plans",
    ),
    "free, said to be paid": (
        plan("FREE"), SETTINGS, Colour.RED, "RDS would refuse 7 days of backups pulumi config set accountPlan free",
    ),
    "paid, said to be free": (plan(), FREE, Colour.YELLOW, "pulumi config set accountPlan paid --stack dev"),
    "ended": (plan("FREE", "EXPIRED"), FREE, Colour.RED, "aws freetier upgrade-account-plan"),
}  # fmt: skip


@pytest.mark.parametrize("case", PLANS)
def test_the_plan_in_the_settings_is_that_of_the_account(case: str):
    answer, settings, colour, says = PLANS[case]
    (finding,) = ask(check_plan, answer, settings=settings)
    assert finding.what == "plan" and finding.colour is colour and says in f"{finding.text} {finding.fix}"


CREDITS_LEFT = {
    "enough": (credits("190.0"), plan(), Colour.GREEN, "190.00 USD are left"),
    "too few": (credits("63.0"), plan(), Colour.YELLOW, "for less than the project: until 2027-01-"),
    "none": (credits("0"), plan(), Colour.YELLOW, "none are left"),
    "expiring": (credits("190.0", datetime(2026, 12, 31, tzinfo=UTC)), plan(), Colour.YELLOW, "until 2027-01-01"),
    "plan ends": (credits("190.0"), plan("FREE", until=ENDED), Colour.YELLOW, "the free plan ends on 2027-01-15"),
}


@pytest.mark.parametrize("case", CREDITS_LEFT)
def test_the_credits_last_for_the_project(case: str):
    answer, kind, colour, says = CREDITS_LEFT[case]
    (finding,) = ask(check_credits, kind, answer, settings=FREE)
    assert finding.what == "credits" and finding.colour is colour and says in finding.text
    assert "138.96 for the project, until 2027-03-01" in finding.text


def test_a_free_plans_credits_count_where_the_list_is_denied():
    state = {
        "accountId": ACCOUNT,
        "accountPlanType": "FREE",
        "accountPlanStatus": "ACTIVE",
        "accountPlanRemainingCredits": {"amount": 150.0, "unit": "USD"},
    }
    denied = asked(CREDITS, Refusal("AccessDeniedException"))
    (finding,) = ask(check_credits, asked(PLAN, state), denied, settings=FREE)
    assert finding.colour is Colour.GREEN and "150.00 USD are left" in finding.text
