"""Asks AWS what a stack has spent and what is left: the part of `python -m commands.cost --live` that costs money."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from shlex import quote

from account import report
from account.ask import Account, UnansweredError, UnreachableError
from account.credits import Plan, read_credits, read_plan
from account.identity import identify
from account.spending import CALLS, read_budgets, read_spending, window
from mesh.cost.estimate import Estimate
from mesh.cost.years import project_end
from mesh.settings import Settings


def main(stack: str, settings: Settings, estimated: Estimate) -> int:
    """Asks the account of the user's credentials; the exit status."""
    try:
        return live(Account(settings.region), stack, settings, estimated, datetime.now(UTC).date())
    except UnansweredError as error:
        print(f"cost: {error}", file=sys.stderr)
        return 1


def live(account: Account, stack: str, settings: Settings, estimated: Estimate, today: date) -> int:
    """Prints what was spent until `today` (UTC) and what is left; the exit status: 1 where a part has no answer.

    Raises UnreachableError where none of it has.
    """
    number = identify(account, settings.allowed_account_ids, quote(stack))
    since = date.fromisoformat(settings.project_start)
    rates: list[float] = []

    def spent() -> str:
        spending = read_spending(account, since, today)
        rates.append(spending.usd_a_day)
        return report.spent(spending, since, estimated, today)

    def left() -> str:
        found = read_credits(account, number, _plan(account), today)
        rate = rates[0] if rates else report.a_day(estimated)
        return report.credits(found, rate, today, project_end(since, settings.months))

    answered = []
    if window(since, today) is None:
        print(f"\nCost Explorer is not asked: the project, from {since}, has no whole day behind it yet.")
    else:
        print(f"\n{report.announcement(CALLS)}", flush=True)  # before it is asked
        answered.append(_show("Spent", spent))
    answered.append(_show("Budgets", lambda: report.budgets(read_budgets(account, number))))
    answered.append(_show("Credits", left))
    return 0 if all(answered) else 1


def _plan(account: Account) -> Plan | None:
    """The account's plan, None where it cannot be asked: the list of credits is enough."""
    try:
        return read_plan(account)
    except UnansweredError:
        return None


def _show(name: str, part: Callable[[], str]) -> bool:
    """Prints a part of the report, or why there is none; whether there is one. Raises UnreachableError."""
    try:
        print(f"\n{part()}")
    except UnreachableError:
        raise
    except UnansweredError as error:
        print(f"\n{name}: {error}")
        return False
    return True
