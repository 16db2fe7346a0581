"""Any number of customers and orders, always the same ones for the same scale.

They come as pieces of CSV, without a line of names: a million rows made one by one as tuples would take longer to make
than PostgreSQL takes to load them.
"""

from collections.abc import Iterator
from datetime import date, timedelta

FIRST_CUSTOMER, FIRST_ORDER = 1_001, 10_001  # the sample keeps the numbers below
ORDERS_EACH = 10
PIECE = 10_000  # rows
DAYS = [f"{date(2024, 1, 1) + timedelta(days=day)}" for day in range(366)]
TIMES = [f"{minute // 60:02}:{minute % 60:02}:00+00" for minute in range(1_440)]
CENTS = [f"{cents:02}" for cents in range(100)]


def rows(scale: int) -> dict[str, Iterator[bytes]]:
    """`scale` thousand customers with ten orders each: per table its rows, in the order of the table's columns."""
    return {"customers": _customers(scale * 1_000), "orders": _orders(scale * 1_000)}


def _customers(count: int) -> Iterator[bytes]:
    for start in range(0, count, PIECE):
        lines = []
        for number in range(start, min(start + PIECE, count)):
            customer, minute = FIRST_CUSTOMER + number, number % 40_000
            lines.append(
                f"{customer},Customer {customer},customer{customer}@example.com,555-{customer % 10_000:04},"
                f"{DAYS[minute // 1_440]} {TIMES[minute % 1_440]}\n"
            )
        yield "".join(lines).encode()


def _orders(customers: int) -> Iterator[bytes]:
    count = customers * ORDERS_EACH
    for start in range(0, count, PIECE):
        lines = []
        for number in range(start, min(start + PIECE, count)):
            cents = 500 + number * 7_919 % 49_501  # a prime step: amounts spread over 5.00 to 500.00
            minute = 30 * 1_440 + number * 37 % 480_000
            lines.append(
                f"{FIRST_ORDER + number},{FIRST_CUSTOMER + number // ORDERS_EACH},{cents // 100}.{CENTS[cents % 100]},"
                f"{DAYS[minute // 1_440]} {TIMES[minute % 1_440]}\n"
            )
        yield "".join(lines).encode()
