"""What the account has spent, as AWS Cost Explorer and AWS Budgets know it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from account.ask import Account, UnansweredError
from account.calls import BUDGETS, COST
from mesh.tags import DOMAIN, PROJECT, TAGS

CALLS = 2
USD_A_CALL = 0.01
MOST_PAGES = 5
"""Pages of an answer that are paid for; more are an error, because a sum of a part is none."""
WINDOW = 7
LAG = 1
"""Days: Cost Explorer learns of a day's costs within 24 hours after it, so that yesterday is not complete."""
_MONTHS = 13
"""How many whole months back Cost Explorer goes, beside the current one."""
_NO_COST = ["Credit", "Refund"]
"""Kinds of records that are no costs; the budgets leave them out too (components/budget.py)."""
_METRIC = "UnblendedCost"

SHARED = "shared by the domains"
OTHERS = "not of this mesh, or not tagged"


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What was spent before credits, in USD."""

    since: date
    until: date
    """The last day that is in the sums."""
    by_domain: Mapping[str, float]
    """By domain, and under SHARED and OTHERS."""
    tagged: bool
    """Whether any cost has one of the mesh's tags."""
    window: tuple[date, date]
    """First and last day of the rate."""
    usd_a_day: float
    paid_by_credits: float
    """USD of the window that credits paid."""

    @property
    def total(self) -> float:
        """USD since `since`."""
        return sum(self.by_domain.values())


@dataclass(frozen=True)
class Budget:
    """A budget of the mesh; `forecast` is None until AWS has weeks of history."""

    name: str
    limit: float
    spent: float
    forecast: float | None


def window(since: date, today: date) -> tuple[date, date] | None:
    """First and last of the latest WINDOW whole days of a project; None when it has no whole day yet."""
    last = today - timedelta(days=LAG + 1)
    return (max(since, last - timedelta(days=WINDOW - 1)), last) if last >= since else None


def earliest(today: date) -> date:
    """The first day that Cost Explorer still knows."""
    months = today.year * 12 + today.month - 1 - _MONTHS
    return date(months // 12, months % 12 + 1, 1)


def read_spending(account: Account, since: date, today: date) -> Spending:
    """What was spent from `since` to yesterday: `CALLS` calls, more for answers of several pages.

    `since` has a whole day behind it (see `window`). Raises UnansweredError.
    """
    days = window(since, today)
    if days is None:
        raise ValueError(f"{since} has no whole day before {today}")
    since = max(since, earliest(today))
    sums = _sums(
        account,
        (since, today - timedelta(days=1)),
        Granularity="MONTHLY",
        Filter={"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": _NO_COST}}},
        GroupBy=[{"Type": "TAG", "Key": DOMAIN}, {"Type": "TAG", "Key": PROJECT}],
    )
    kinds = _sums(account, days, Granularity="DAILY", GroupBy=[{"Type": "DIMENSION", "Key": "RECORD_TYPE"}])
    spent = sum(usd for (kind,), usd in kinds.items() if kind not in _NO_COST)
    return Spending(
        since=since,
        until=today - timedelta(days=1),
        by_domain=_by_domain(sums),
        tagged=any(not key.endswith("$") for keys in sums for key in keys),
        window=days,
        usd_a_day=spent / ((days[1] - days[0]).days + 1),
        paid_by_credits=-sum(usd for (kind,), usd in kinds.items() if kind == "Credit"),
    )


def _by_domain(sums: Mapping[tuple[str, ...], float]) -> dict[str, float]:
    """The sums by domain. A tag's key is `<name>$<value>`, without a value where a cost has no such tag."""
    ours = f"{PROJECT}${TAGS[PROJECT]}"
    totals: dict[str, float] = {}
    for (domain, project), usd in sums.items():
        name = domain.partition("$")[2]
        if project != ours and (project != f"{PROJECT}$" or not name):  # `Project` may not be activated yet
            name = OTHERS
        totals[name or SHARED] = totals.get(name or SHARED, 0.0) + usd
    order = sorted(totals, key=lambda name: (name == OTHERS, name == SHARED, name))
    return {name: totals[name] for name in order}


def _sums(account: Account, days: tuple[date, date], **question: Any) -> dict[tuple[str, ...], float]:
    """USD by the keys of a group, over `days`, the last included. Each page of the answer costs USD_A_CALL."""
    period = {"Start": days[0].isoformat(), "End": (days[1] + timedelta(days=1)).isoformat()}
    sums: dict[tuple[str, ...], float] = {}
    page: dict[str, Any] = {}
    for _ in range(MOST_PAGES):
        token = {"NextPageToken": page["NextPageToken"]} if page else {}
        page = account.ask(COST, TimePeriod=period, Metrics=[_METRIC], **question, **token)
        for result in page.get("ResultsByTime", []):
            for group in result.get("Groups", []):
                cost, keys = group["Metrics"][_METRIC], tuple(group["Keys"])
                if cost["Unit"] not in ("USD", "N/A"):  # N/A: nothing was spent
                    raise UnansweredError(f"Cost Explorer counts in {cost['Unit']}, the prices here are in USD", "")
                sums[keys] = sums.get(keys, 0.0) + float(cost["Amount"])
        if not page.get("NextPageToken"):
            return sums
    raise UnansweredError(f"Cost Explorer's answer has more than {MOST_PAGES} pages, of which each costs", "")


def read_budgets(account: Account, number: str) -> list[Budget]:
    """The budgets of the mesh in account `number`. Raises UnansweredError."""
    return list(_ours(account.all(BUDGETS, "Budgets", AccountId=number)))


def _ours(budgets: Iterable[Mapping[str, Any]]) -> Iterable[Budget]:
    for each in sorted(budgets, key=lambda each: each["BudgetName"]):
        if each["BudgetName"].startswith("datamesh-") and "BudgetLimit" in each:
            calculated = each.get("CalculatedSpend", {})
            forecast = calculated.get("ForecastedSpend")
            yield Budget(
                name=each["BudgetName"],
                limit=float(each["BudgetLimit"]["Amount"]),
                spent=float(calculated.get("ActualSpend", {}).get("Amount", 0)),
                forecast=float(forecast["Amount"]) if forecast else None,
            )
