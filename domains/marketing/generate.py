"""Any number of leads, always the same ones for the same scale."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

FIRST_CUSTOMER, FIRST_LEAD = 1_001, 10_001  # the sample keeps the numbers below
CAMPAIGN_STARTS = (datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 11, 25, tzinfo=UTC))


def rows(scale: int) -> dict[str, Iterator[tuple[object, ...]]]:
    """One lead and a half for each of `scale` thousand customers of sales, in the order of the table's columns."""
    return {"leads": _leads(scale * 1_000)}


def _leads(customers: int) -> Iterator[tuple[object, ...]]:
    for number in range(customers * 3 // 2):
        customer = FIRST_CUSTOMER + number % customers  # the first half comes a second time
        email = f"customer{customer}@example.com"
        campaign = number % 2 if number < customers else 1 - number % 2
        captured = CAMPAIGN_STARTS[campaign] + timedelta(minutes=number * 13 % 7_000)
        yield FIRST_LEAD + number, email.upper() if number % 10 == 0 else email, campaign + 1, captured
