"""Any number of leads, always the same ones for the same scale, as pieces of CSV without a line of names."""

from collections.abc import Iterator
from datetime import date, timedelta

FIRST_CUSTOMER, FIRST_LEAD = 1_001, 10_001  # the sample keeps the numbers below
CAMPAIGN_STARTS = (date(2024, 3, 1), date(2024, 11, 25))
PIECE = 10_000  # rows
DAYS = [[f"{start + timedelta(days=day)}" for day in range(5)] for start in CAMPAIGN_STARTS]
TIMES = [f"{minute // 60:02}:{minute % 60:02}:00+00" for minute in range(1_440)]


def rows(scale: int) -> dict[str, Iterator[bytes]]:
    """One lead and a half for each of `scale` thousand customers of sales, in the order of the table's columns."""
    return {"leads": _leads(scale * 1_000)}


def _leads(customers: int) -> Iterator[bytes]:
    count = customers * 3 // 2
    for start in range(0, count, PIECE):
        lines = []
        for number in range(start, min(start + PIECE, count)):
            email = f"customer{FIRST_CUSTOMER + number % customers}@example.com"  # the first half comes a second time
            campaign = number % 2 if number < customers else 1 - number % 2
            minute = number * 13 % 7_000
            lines.append(
                f"{FIRST_LEAD + number},{email.upper() if number % 10 == 0 else email},{campaign + 1},"
                f"{DAYS[campaign][minute // 1_440]} {TIMES[minute % 1_440]}\n"
            )
        yield "".join(lines).encode()
