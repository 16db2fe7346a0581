"""The federated query's answer worked out in plain Python, from the sample files themselves."""

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from tests.sample import DOMAINS_FOLDER

Record = Mapping[str, str]
Row = tuple[int, str, int, Decimal, str | None]


def records(domain: str, table: str) -> list[Record]:
    """The sample rows of a table."""
    with (DOMAINS_FOLDER / domain / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sample_answer() -> list[Row]:
    """What the federated query must answer when the sample is loaded."""
    return federated_answer(
        records("sales", "customers"),
        records("sales", "orders"),
        records("marketing", "leads"),
        records("marketing", "campaigns"),
    )


def federated_answer(
    customers: Iterable[Record], orders: Iterable[Record], leads: Iterable[Record], campaigns: Iterable[Record]
) -> list[Row]:
    """Each customer's number, name, orders, revenue and first campaign; most revenue first, then by number."""
    names = {campaign["campaign_id"]: campaign["campaign_name"] for campaign in campaigns}
    first: dict[str, str] = {}
    for lead in sorted(leads, key=lambda lead: (datetime.fromisoformat(lead["captured_at"]), int(lead["lead_id"]))):
        first.setdefault(lead["email"].lower(), names[lead["campaign_id"]])
    amounts: dict[str, list[Decimal]] = {}
    for order in orders:
        amounts.setdefault(order["customer_id"], []).append(Decimal(order["total_amount"]))
    rows = []
    for customer in customers:
        bought = amounts.get(customer["customer_id"], [])
        revenue = sum(bought, Decimal("0.00"))
        campaign = first.get(customer["email"].lower())
        rows.append((int(customer["customer_id"]), customer["customer_name"], len(bought), revenue, campaign))
    return sorted(rows, key=lambda row: (-row[3], row[0]))
