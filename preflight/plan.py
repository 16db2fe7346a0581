"""The account: whose it is, its plan, and its credits beside the estimate."""

from collections.abc import Iterator, Sequence
from datetime import date

from account.ask import Account, UnansweredError, UnreachableError
from account.calls import IDENTITY
from account.credits import Credit, Plan, course, read_credits, read_plan
from account.identity import allow, refusal
from account.report import a_day
from mesh.cost.estimate import Estimate, estimate, stack_usage
from mesh.cost.years import project_end
from mesh.names import ACCOUNT_REGION
from preflight.findings import Finding, green, red, yellow
from preflight.question import Question


def check_identity(account: Account, allowed: Sequence[str], stack: str) -> tuple[str | None, Finding]:
    """The account's number and what is to say of it; no number where nothing else is to be asked."""
    try:
        answer = account.ask(IDENTITY)
    except UnreachableError as error:
        return None, red("account", f"{error.reason}; nothing was asked of AWS", error.fix)
    number, arn = answer["Account"], answer["Arn"]
    name = arn.partition(f"{number}:")[2]
    if problem := refusal(number, allowed):
        fix = f"export AWS_PROFILE=NAME\nor: {allow(number, allowed, stack)}"
        return None, red("account", f"{problem}; nothing else was asked of it", fix)
    if name == "root":
        text = f"{number}, as the root user, whose keys nobody can limit"
        return number, yellow("account", text, "make an administrator for yourself, and log in as that")
    if not allowed:
        text = f"{number}, as {name}; the stack would change any account of your credentials"
        return number, yellow("account", text, allow(number, allowed, stack))
    return number, green("account", f"{number}, as {name}, which the stack allows")


def check_plan(question: Question) -> Iterator[Finding]:
    """The plan in the settings is that of the account. Raises UnansweredError."""
    yield _kind(question, read_plan(question.account))


def check_credits(question: Question) -> Iterator[Finding]:
    """The credits last for the project, at the estimate. Raises UnansweredError."""
    try:
        plan = read_plan(question.account)
    except UnansweredError:
        plan = None  # `check_plan` says so; the list of credits is enough
    estimated = estimate(stack_usage(question.settings, len(question.domains), question.kept))
    credits = read_credits(question.account, question.number, plan, question.today)
    yield _credits(question, credits, estimated, plan)


def _kind(question: Question, plan: Plan | None) -> Finding:
    kind, said = plan.kind if plan else "paid", question.settings.account_plan
    if plan and plan.expired:
        fix = f"aws freetier upgrade-account-plan --account-plan-type PAID --region {ACCOUNT_REGION}"
        return red("plan", "the account's free plan has ended", fix)
    if kind == "free" and said == "paid":
        text = (
            "the account is on the free plan, and accountPlan says paid: RDS would refuse "
            f"{question.settings.backup_days} days of backups"
        )
        return red("plan", text, question.set("accountPlan", "free"))
    if kind == "paid" and said == "free":
        text = "the account is on the paid plan, and accountPlan says free: backups are kept for a day only"
        return yellow("plan", text, question.set("accountPlan", "paid"))
    return green("plan", f"{kind}, as accountPlan says" + ("" if plan else "; the account is older than the plans"))


def _credits(question: Question, credits: list[Credit], estimated: Estimate, plan: Plan | None) -> Finding:
    start = max(question.today, date.fromisoformat(question.settings.project_start))
    end = project_end(date.fromisoformat(question.settings.project_start), question.settings.months)
    left = sum(credit.usd for credit in credits)
    day, _ = course(credits, a_day(estimated), start)
    cost = f"the estimate is {a_day(estimated):.2f} a day and {estimated.total:.2f} for the project, until {end}"
    see = f"make cost STACK={question.stack}"
    if plan and plan.kind == "free" and plan.until and plan.until < end:
        return yellow("credits", f"the free plan ends on {plan.until}, and the account with it; {cost}", see)
    if not credits:
        return yellow("credits", f"none are left in this account's name; {cost}", see)
    if day is not None and day < end:
        return yellow("credits", f"{left:.2f} USD are left, for less than the project: until {day}; {cost}", see)
    return green("credits", f"{left:.2f} USD are left; {cost}")
