"""A project's budget by calendar year: AWS's yearly budgets start anew on 1 January.

A budget's period is a calendar one, whatever day it starts on (TimePeriod, AWS Budgets API Reference), and AWS has none
between two free dates. So the yearly limit is the share of the year that has most of the project.
"""

import calendar
import datetime


def year_shares(budget_usd: float, start: str, months: int) -> dict[int, float]:
    """By calendar year, the USD of the budget that fall into it, by days; `start` is an ISO date."""
    first = datetime.date.fromisoformat(start)
    last = project_end(first, months)
    days = {
        year: (min(last, datetime.date(year + 1, 1, 1)) - max(first, datetime.date(year, 1, 1))).days
        for year in range(first.year, last.year + 1)
    }
    return {year: round(budget_usd * days[year] / (last - first).days, 2) for year in days if days[year]}


def yearly_limit(budget_usd: float, start: str, months: int) -> float:
    """The limit in USD of the yearly budget that stands for the whole project."""
    return max(year_shares(budget_usd, start, months).values())


def project_end(start: datetime.date, months: int) -> datetime.date:
    """The first day after a project of whole months; the last of a month that lacks that day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
