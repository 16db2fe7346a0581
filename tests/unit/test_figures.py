"""Figures in papers that the code can work out are those of the code."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from client.trino import Answer
from commands import footprint, query
from mesh import images
from mesh.cost.estimate import SEED, SEED_WITHOUT_EC2, Estimate, estimate, stack_usage
from mesh.settings import read_settings
from tests import federated_truth
from tests.papers import CHANGES, PAPERS, blocks, name, prose
from tests.sample import NAMES, ROOT
from tests.unit.recording import Recording

DOCUMENTS = {"databases": 90, "lake": 15, "EC2": 60, "secrets": 0, "CloudWatch": 15, "transfer": 15}
"""What the seed document estimates for three months, in USD."""


def readable() -> Iterable[tuple[Path, str]]:
    return ((paper, paper.read_text(encoding="utf-8")) for paper in PAPERS if paper != CHANGES)


def test_the_footprint_of_the_platforms_page_is_that_of_the_manifests(dev: Recording):
    manifests: list[dict[str, Any]] = [each.inputs for each in dev.resources if each.type.startswith("kubernetes:")]
    expected = footprint.table(footprint.footprint(manifests))
    assert expected in (ROOT / "docs/platform.md").read_text(encoding="utf-8"), expected


def test_every_federated_answer_in_a_paper_is_that_of_the_sample():
    names = ["customer_id", "customer_name", "total_orders", "revenue", "campaign_name"]
    expected = query.table(Answer(names, list(federated_truth.sample_answer())))
    shown = {
        name(paper): content.strip()
        for paper, text in readable()
        for _, content in blocks(text)
        if content.startswith("customer_id  ")
    }
    assert {"README.md", "README.fr.md", "docs/seed-document.md", "docs/seed-document.fr.md"} <= shown.keys()
    assert not [paper for paper, answer in shown.items() if answer != expected], expected


def part(estimated: Estimate, *beginnings: str) -> float:
    return sum(line.total for line in estimated.lines if line.what.startswith(beginnings))


def cents(*amounts: float) -> list[str]:
    return [f"{amount:.2f}" for amount in amounts]


@pytest.mark.parametrize("page", ["seed-document.md", "seed-document.fr.md"])
def test_the_prices_beside_the_documents_are_those_of_the_price_table(page: str):
    here = estimate(SEED)
    expected = {
        "databases": part(here, "2 databases", "their"),
        "lake": part(here, "lake"),
        "EC2": part(here, "workbench", "its "),
        "secrets": part(here, "secrets"),
        "CloudWatch": part(here, "alarms", "dashboards", "logs"),
        "transfer": part(here, "transfer"),
    }
    assert sum(expected.values()) == pytest.approx(here.total) and sum(DOCUMENTS.values()) == 195
    text = (ROOT / "docs" / page).read_text(encoding="utf-8").replace(",", ".")
    rows = re.findall(r"^\| [^|]+ \| (?:(\d+) )?\| (\d+\.\d\d) \|$", text, re.MULTILINE)
    beside = zip(DOCUMENTS.values(), cents(*expected.values()), strict=True)
    assert rows == [*((str(usd or ""), here) for usd, here in beside), ("195", f"{here.total:.2f}")]
    for amount in cents(estimate(SEED_WITHOUT_EC2).total, part(here, "their public addresses")):
        assert amount in text


def test_the_totals_on_the_page_of_costs_are_those_of_the_price_table():
    text = (ROOT / "docs/costs.md").read_text(encoding="utf-8")
    for amount in cents(estimate(SEED).total, estimate(SEED_WITHOUT_EC2).total, estimate(SEED).at_most[0].monthly):
        assert amount in text, amount


def test_the_price_of_forty_domains_is_that_of_the_price_table():
    (written,) = re.findall(r"their price, ([\d,]+) USD", (ROOT / "docs/quotas.md").read_text(encoding="utf-8"))
    given = yaml.safe_load((ROOT / "local/stack/dev-check.yaml").read_text(encoding="utf-8"))["config"]
    values = {
        key.partition(":")[2]: value if isinstance(value, str) else json.dumps(value) for key, value in given.items()
    }
    usage = stack_usage(read_settings(values, "dev-check", NAMES), 40)
    assert written == f"{estimate(usage).total:,.0f}"


def test_every_version_of_trino_and_postgresql_that_serves_here_is_the_pinned_one():
    trino = images.TRINO.partition(":")[2]
    for paper, text in readable():
        served = set(re.findall(r"Trino (\d{3})\b", prose(text)))
        assert served <= {trino, "481"}, f"{name(paper)}: {served}"  # 481: where the seed document's options ended


@pytest.mark.parametrize("page", ["seed-document.md", "seed-document.fr.md"])
def test_the_difference_between_both_answers_is_the_orders_that_are_counted_twice(page: str):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8").replace(",", ".")
    orders = [(row["customer_id"], Decimal(row["total_amount"])) for row in federated_truth.records("sales", "orders")]
    twice = sum(amount for customer, amount in orders if customer == "1")
    fourth = sum(amount for customer, amount in orders if customer == "4")
    truth = sum(amount for _, amount in orders)
    document = re.findall(r"^ .+\| +(\d+) \| +(\d+\.\d\d) \|", text, re.MULTILINE)
    assert sum(Decimal(revenue) for _, revenue in document) == truth + twice
    counted = sum(int(count) for count, _ in document)
    assert counted == len(orders) + Counter(customer for customer, _ in orders)["1"]
    for figure in (truth, truth + twice, twice, fourth, twice + fourth, counted, len(orders)):
        assert re.search(rf"\b{figure}\b", prose(text)), figure
