"""`make contracts` names what the rules of a running Trino give away, as each of those who read it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stack.access_matrix import OWN
from tests.stack.checkout import Checkout, Door
from tests.stack.test_access import eventually

PAYMENTS = f"SELECT 1 FROM {OWN}.public.payments"


def leaking(rules: dict[str, Any]) -> dict[str, Any]:
    """The rules with a leak of each kind; no two are about the same table and reader."""

    def one(table: str, group: str, several: bool = False) -> dict[str, Any]:
        (rule,) = (
            rule
            for rule in rules["tables"]
            if rule.get("table") == table and group in rule["group"] and ("user" in rule) == several
        )
        return rule

    def unmask(rule: dict[str, Any], *columns: str) -> None:
        rule["columns"] = [column for column in rule["columns"] if column["name"] not in columns]

    unmask(one("receipts", "marketing"), "payer_name", "payer_email", "payer_phone", "tax_number")
    del one("receipts", "sales")["filter"]
    one("refunds", "sales")["filter"] = "country IN ('FR', 'DE')"
    one("refunds", "marketing")["columns"] = [{"name": "payer_email", "mask": "if(payer_email <> '', '***')"}]
    del one("refunds", "marketing", several=True)["filter"]
    unmask(one("receipts", "grafana"), "payer_name")
    opened = {"catalog": OWN, "schema": "public", "privileges": ["SELECT"]}
    groups = {name: one("refunds", name)["group"] for name in ("marketing", "sales")}
    rules["tables"] = [
        {**opened, "group": groups["marketing"], "table": "payments"},
        {**opened, "group": groups["sales"], "table": "quotes"},
        *rules["tables"],
    ]
    return rules


@pytest.fixture
def planted(mesh: Checkout, door: Door) -> Iterator[None]:
    """Trino has the leaking rules; it has its own again afterwards."""
    (file,) = mesh.local.rglob("rules.json")
    good = file.read_text()

    def open_() -> bool:
        try:
            return door.rows("marketing-analyst", PAYMENTS) != []
        except RuntimeError as refused:
            assert "Access Denied" in str(refused)
            return False

    assert not open_()
    file.write_text(json.dumps(leaking(json.loads(good))))
    try:
        assert eventually(open_), "Trino did not read the rules"
        yield
    finally:
        file.write_text(good)
        assert eventually(lambda: not open_()), "Trino still has the leaking rules"


def failures(printed: str) -> dict[tuple[str, str], list[str]]:
    """The failed checks of a report, by table and reader."""
    found: dict[tuple[str, str], list[str]] = {}
    place = "", ""
    for line in printed.splitlines():
        if header := re.match(r"(\S+) +(.+?) +\d+ checks  ", line):
            place = header[1], header[2]
        elif line.startswith("    FAILED "):
            found.setdefault(place, []).append(line.removeprefix("    FAILED "))
    return found


def in_clear(column: str, values: int, mask: str) -> str:
    return f"{column} is masked: {values} values are in clear, or not masked as the contract says ({mask})"


def others_values(key: str) -> list[str]:
    """What too many rows make of the columns that are clear, and of the pseudonyms."""
    clear = [f"{column} is clear: shows other values than the table has" for column in (key, "country", "amount")]
    return [*clear, "payer_email is masked: shows others than the pseudonyms of the table's e-mails"]


@pytest.mark.usefixtures("planted")
def test_each_planted_leak_is_named_with_its_table_its_reader_and_what_is_seen_and_nothing_else_is(mesh: Checkout):
    done = mesh.python("-m", "commands.contracts")
    assert done.returncode == 1, done.stdout + done.stderr
    all_in_clear = [
        in_clear("payer_name", 3, "name"),
        in_clear("payer_email", 3, "email"),
        in_clear("payer_phone", 2, "phone"),
        in_clear("tax_number", 3, "hide"),
    ]
    filtered = "the rows that are seen: (\"country\" = 'FR')"
    either = 'the rows that are seen: ("amount" < 60) OR ("country" = \'FR\')'
    assert failures(done.stdout) == {
        (f"{OWN}.receipts", "as marketing"): all_in_clear,
        (f"{OWN}.refunds", "as marketing"): [in_clear("payer_email", 2, "email")],
        (OWN, "as marketing"): [
            "no other table is listed: payments is listed",
            "no other table can be read: payments can be read",
        ],
        (f"{OWN}.receipts", "as sales"): [f"{filtered}: 4 rows, expected 2", *others_values("receipt_id")],
        (f"{OWN}.refunds", "as sales"): [f"{filtered}: 4 rows, expected 2", *others_values("refund_id")],
        (OWN, "as sales"): [
            "no other table is listed: quotes is listed though access ended on 2020-01-31: type `make up`",
            "no other table can be read: quotes can be read though access ended on 2020-01-31: type `make up`",
        ],
        (f"{OWN}.refunds", "as marketing and sales"): [f"{either}: 5 rows, expected 3", *others_values("refund_id")],
        (f"{OWN}.receipts", "as marketing and sales"): all_in_clear,
        (OWN, "as marketing and sales"): [
            "no other table is listed: payments is listed, quotes is listed though access ended on 2020-01-31: "
            "type `make up`",
            "no other table can be read: payments can be read, quotes can be read though access ended on 2020-01-31: "
            "type `make up`",
        ],
        (f"{OWN}.receipts", "as grafana"): ["payer_name is closed: can be read"],
    }
