"""When credits end, and over which days money is counted."""

from datetime import date
from typing import Any

import pytest

from account.credits import Credit, course
from account.spending import earliest, window
from mesh.cost.years import project_end

TODAY = date(2026, 12, 27)


@pytest.mark.parametrize(
    ("credits", "rate", "day", "lost"),
    [
        ([Credit(20)], 2, date(2027, 1, 6), 0),
        ([Credit(20)], 0, None, 0),
        ([Credit(20, date(2026, 12, 31))], 2, date(2027, 1, 1), 10),
        ([Credit(100), Credit(20, date(2026, 12, 31))], 2, date(2027, 2, 20), 10),
        ([Credit(2, date(2026, 12, 31)), Credit(4, date(2027, 1, 1))], 2, date(2026, 12, 30), 0),
        ([Credit(5, date(2026, 12, 31))], 0, date(2027, 1, 1), 5),
    ],
)
def test_the_credit_that_expires_first_is_spent_first(credits: Any, rate: float, day: date | None, lost: float):
    assert course(credits, rate, TODAY) == (day, lost)


def test_whole_days_end_before_yesterday_and_old_months_are_left_out():
    assert window(date(2026, 12, 1), TODAY) == (date(2026, 12, 19), date(2026, 12, 25))
    assert window(date(2026, 12, 26), TODAY) is None
    assert earliest(TODAY) == date(2025, 11, 1) and earliest(date(2027, 1, 31)) == date(2025, 12, 1)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 12, 1), 3, date(2027, 3, 1)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 10, 31), 1, date(2026, 11, 30)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 11, 15), 1, date(2026, 12, 15)),
    ],
)
def test_a_project_ends_after_whole_months(start: date, months: int, end: date):
    assert project_end(start, months) == end
