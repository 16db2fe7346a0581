"""Any number of customers and orders, always the same ones for the same scale."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

FIRST_CUSTOMER, FIRST_ORDER = 1_001, 10_001  # the sample keeps the numbers below
ORDERS_EACH = 10
NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


def rows(scale: int) -> dict[str, Iterator[tuple[object, ...]]]:
    """`scale` thousand customers with ten orders each: per table its rows, in the order of the table's columns."""
    return {"customers": _customers(scale * 1_000), "orders": _orders(scale * 1_000)}


def _customers(count: int) -> Iterator[tuple[object, ...]]:
    for number in range(count):
        customer = FIRST_CUSTOMER + number
        joined = NEW_YEAR + timedelta(minutes=number % 40_000)
        yield customer, f"Customer {customer}", f"customer{customer}@example.com", f"555-{customer % 10_000:04}", joined


def _orders(customers: int) -> Iterator[tuple[object, ...]]:
    for number in range(customers * ORDERS_EACH):
        cents = 500 + number * 7_919 % 49_501  # a prime step: amounts spread over 5.00 to 500.00
        ordered = NEW_YEAR + timedelta(days=30, minutes=number * 37 % 480_000)
        yield FIRST_ORDER + number, FIRST_CUSTOMER + number // ORDERS_EACH, f"{cents // 100}.{cents % 100:02}", ordered
