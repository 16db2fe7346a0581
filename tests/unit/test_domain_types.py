"""`make domain` chooses a type in which no digit of a value is lost."""

from pathlib import Path

import pytest

from scaffold.model import Column, Reference, Table
from scaffold.port import port
from scaffold.profile import profile
from scaffold.types import Chosen, choose
from seed.rowfile import RowFile


def chosen(folder: Path, *values: str) -> Chosen:
    path = folder / "rows.csv"
    path.write_text("\n".join(["measured", *values]) + "\n")
    (column,), _ = profile(RowFile(path, path.name))
    return choose(column, "measured", {}, "line")


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("12.5", "numeric(12, 2)"),
        ("1.12345", "numeric(16, 6)"),
        ("1027660517266237336123.28", "numeric(26, 2)"),
        (f"{'9' * 36}.25", "numeric(38, 2)"),
        (f"{'9' * 35}.123", "numeric(38, 3)"),
        (f"{'9' * 26}.{'1' * 12}", "numeric(38, 12)"),
        ("1.5e5", "double precision"),
        (f"{'9' * 37}.25", "text"),
        ("48.85837009999999", "numeric(24, 14)"),
        (f"0.{'1' * 38}", "text"),
        ("9" * 19, "text"),
    ],
)
def test_a_number_keeps_every_digit(value: str, type_: str, tmp_path: Path):
    assert chosen(tmp_path, value, "0.5" if "." in value else "1").type == type_


def test_a_number_of_too_many_digits_says_why_it_is_text(tmp_path: Path):
    assert chosen(tmp_path, f"{'9' * 37}.25").why.startswith("up to 37 digits before the point and 2 behind it")


@pytest.mark.parametrize(
    ("type_", "summed"),
    [("numeric", "numeric"), ("numeric(12, 2)", "numeric(18, 2)"), ("integer", "bigint"), ("bigint", "numeric(38, 0)")],
)
def test_a_port_adds_up_amounts_without_rounding_them(type_: str, summed: str):
    def column(name: str, kind: str) -> Column:
        return Column(name=name, original=name, type=kind, why="", required=True)

    customer = column("customer_id", "integer")
    customers = Table(name="customers", origin="", columns=(customer,), rows=1, file=None, key=("customer_id",))
    orders = Table(
        name="orders", origin="", rows=2, file=None, key=("order_id",),
        columns=(column("order_id", "integer"), customer, column("amount", type_)),
        references=(Reference(columns=("customer_id",), table="customers", to=("customer_id",)),),
    )  # fmt: skip
    made = port([customers, orders], ())
    assert made and f"CAST(coalesce(n.total_amount, 0) AS {summed})" in made.query
    assert {each.name: each.type for each in made.columns}["total_amount"] == summed
