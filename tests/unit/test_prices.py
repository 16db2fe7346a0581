import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh.cost.estimate import SEED, SEED_WITHOUT_EC2, UnknownPrice, Usage, estimate
from mesh.cost.prices import CREDITS, INSTANCE_CLASSES, PRICES, VCPUS, WORKBENCH_TYPES
from mesh.cost.regions import REGIONS, instance_classes, refusal, workbench_types
from mesh.cost.report import cheaper, check_budget, render
from mesh.cost.resource_types import FREE, PRICED, unpriced
from tests.unit.recording import Recording

shapes = st.builds(
    Usage,
    months=st.integers(1, 12),
    databases=st.integers(0, 6),
    instance_class=st.sampled_from(INSTANCE_CLASSES),
    storage=st.integers(20, 200),
    secrets=st.integers(0, 12),
    hours_a_week=st.integers(1, 168),
    workbench=st.none() | st.sampled_from(WORKBENCH_TYPES),
    lake=st.floats(0, 500),
    alarms=st.integers(0, 40),
    dashboards=st.integers(0, 5),
    logs=st.floats(0, 50),
    transfer=st.floats(0, 300),
)


def test_the_seed_document_costs_what_the_bill_would_say():
    """Its own quantities for three months, two of them with its machine; 730 hours a month."""
    usd = {name: price.usd for name, price in PRICES.items()}
    mesh = {
        "2 databases, db.t3.micro": 2 * 730 * 3 * usd["db.t3.micro"],
        "their disks": 2 * 20 * 3 * usd["database disk"],
        "their public addresses": 2 * 730 * 3 * usd["public address"],
        "secrets": 2 * 2 * 3 * usd["secret"],
        "lake: storage": 50 * 3 * usd["lake storage"],
        "lake: writes": 10 * 3 * usd["lake writes"],
    }
    machine = {
        "workbench, t3.medium": 730 * 2 * usd["t3.medium"],
        "its disk": 30 * 2 * usd["workbench disk"],
        "its public address": 730 * 2 * usd["public address"],
    }
    assert {line.what: line.total for line in estimate(SEED).lines if line.total} == pytest.approx(mesh | machine)
    assert estimate(SEED).total == pytest.approx(sum(mesh.values()) + sum(machine.values()))
    assert estimate(SEED_WITHOUT_EC2).total == pytest.approx(sum(mesh.values()))


def test_office_hours_bring_the_databases_to_the_price_that_is_promised():
    lines = estimate(Usage(hours_a_week=60)).lines[:3]
    assert 50 <= sum(line.total for line in lines) <= 64


def test_what_is_free_costs_nothing_until_it_is_used_up():
    def alarms(count: int) -> float:
        return next(line.total for line in estimate(Usage(alarms=count)).lines if line.what == "alarms")

    price = PRICES["alarm"]
    assert price.free and alarms(int(price.free)) == 0
    assert alarms(int(price.free) + 4) == pytest.approx(4 * price.usd * 3)


@pytest.mark.parametrize("region", REGIONS)
def test_every_price_says_when_it_was_noted_and_where_to_check_it(region: str):
    for name, price in REGIONS[region].items():
        assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", price.noted), name
        assert price.source.endswith("pricing"), name
        assert price.usd > 0, name


@pytest.mark.parametrize("usage", [Usage(instance_class="db.r5.large"), Usage(workbench="p5.48xlarge")])
def test_a_size_without_a_price_is_refused_with_those_that_have_one(usage: Usage):
    with pytest.raises(UnknownPrice, match=r"it has .*t4g\.micro"):
        estimate(usage)


@pytest.mark.parametrize("region", REGIONS)
def test_a_mesh_in_any_accepted_region_has_an_estimate_at_the_prices_of_that_region(region: str):
    assert refusal(region) is None
    assert "db.t4g.micro" in instance_classes(region), "the class that is offered where another has no price"
    for instance_class in instance_classes(region):
        for workbench in (None, *workbench_types(region)):
            made = estimate(Usage(region=region, instance_class=instance_class, workbench=workbench))
            assert made.lines[0].monthly == pytest.approx(1460 * REGIONS[region][instance_class].usd)


def test_regions_cost_what_their_own_tables_say():
    """Two db.t4g.micro with disks and addresses, four secrets, 50 GiB and 10,000 writes, three months; by hand."""
    by_hand = {
        "us-east-1": 3 * (1460 * 0.016 + 40 * 0.115 + 7.30 + 1.60 + 50 * 0.023 + 0.05),
        "eu-west-3": 3 * (1460 * 0.018 + 40 * 0.133 + 7.30 + 1.60 + 50 * 0.024 + 0.053),
        "eu-central-1": 3 * (1460 * 0.019 + 40 * 0.137 + 7.30 + 1.60 + 50 * 0.0245 + 0.054),
        "ca-central-1": 3 * (1460 * 0.018 + 40 * 0.127 + 7.30 + 1.60 + 50 * 0.025 + 0.055),
    }
    for region, total in by_hand.items():
        assert estimate(Usage(region=region, instance_class="db.t4g.micro")).total == pytest.approx(total), region


@pytest.mark.parametrize(
    ("region", "says"),
    [
        ("ap-southeast-2", "have no ap-southeast-2"),
        ("cn-north-1", "partition aws-cn"),
        ("us-gov-west-1", "partition aws-us-gov"),
        ("us-isob-east-1", "partition aws-iso-b"),
        ("paris", "is not an AWS region"),
    ],
)
def test_other_regions_are_refused_with_the_reason(region: str, says: str):
    assert says in str(refusal(region))
    with pytest.raises(UnknownPrice, match="us-east-1"):
        estimate(Usage(region=region))


@pytest.mark.parametrize(("instance_class", "monthly"), [("db.t3.micro", 197.10), ("db.t4g.small", 175.20)])
def test_databases_that_run_hot_all_month_are_the_worst_case_beside_the_total(instance_class: str, monthly: float):
    """Each of two databases has two vCPUs; a class earns a tenth, or a fifth, of them as credits."""
    made = estimate(Usage(instance_class=instance_class))
    assert made.at_most[0].monthly == pytest.approx(monthly)
    assert f"at most {monthly:.2f} USD a month if both databases run hot" in render(made)
    assert made.total == pytest.approx(sum(line.total for line in made.lines)), "and not in the total"
    assert set(CREDITS) == set(INSTANCE_CLASSES)
    assert all(0 < credits / 60 < VCPUS for credits in CREDITS.values())


def test_grafanas_reads_and_old_versions_are_in_the_worst_case():
    reads, versions = estimate(Usage(databases=2)).at_most[1:]
    assert reads.quantity == pytest.approx((3 * 2 + 1) * 60 * 730 / 1000), "in thousands, each minute"
    assert versions.total == estimate(Usage()).lines[4].total, "the lake a second time"


@given(shapes)
def test_the_total_is_the_sum_of_the_lines_and_grows_with_time(usage: Usage):
    made = estimate(usage)
    assert made.total == pytest.approx(sum(line.total for line in made.lines))
    assert made.total >= 0
    longer = Usage(**{**usage.__dict__, "months": usage.months + 1})
    assert estimate(longer).total >= made.total


@given(shapes)
def test_every_cheaper_choice_saves_something_and_the_largest_saving_comes_first(usage: Usage):
    made = estimate(usage)
    savings = [choice.saves for choice in cheaper(made)]
    assert all(0 < saves <= made.total + 0.01 for saves in savings)
    assert savings == sorted(savings, reverse=True)


def test_the_seed_document_could_be_cheaper_in_these_ways():
    ways = {
        "office hours, 8 to 20 o'clock on weekdays": replace(SEED, hours_a_week=5 * 12),
        "no workbench": SEED_WITHOUT_EC2,
        "workbench on t4g.medium": replace(SEED, workbench="t4g.medium"),
        "databases on db.t4g.micro": replace(SEED, instance_class="db.t4g.micro"),
    }
    saved = {what: estimate(SEED).total - estimate(usage).total for what, usage in ways.items()}
    assert {choice.what: choice.saves for choice in cheaper(estimate(SEED))} == pytest.approx(saved)


def test_a_choice_that_is_taken_is_not_offered_again():
    taken = Usage(instance_class="db.t4g.micro", hours_a_week=60, secrets=0)
    assert cheaper(estimate(taken)) == []
    assert "no cheaper choice" in render(estimate(taken))


def test_a_stack_over_its_budget_is_refused_with_what_to_do():
    made = estimate(Usage(workbench="t3.medium"))
    problem = check_budget(made, made.total - 1.5, accept_cost=False)
    assert problem is not None
    assert f"about {made.total:.2f} USD" in problem
    assert f"budget is {made.total - 1.5:.2f} USD" in problem
    assert "Nothing was created" in problem
    assert "pulumi config rm workbench" in problem
    assert "pulumi config set acceptCost true" in problem
    assert f"pulumi config set budgetUsd {int(made.total) + 1}" in problem


def test_a_stack_inside_its_budget_or_accepted_goes_on():
    assert check_budget(estimate(SEED), 200, accept_cost=False) is None
    assert check_budget(estimate(Usage(workbench="t3.medium")), 200, accept_cost=True) is None


@given(shapes, st.floats(1, 500))
def test_the_budget_that_the_refusal_proposes_is_enough(usage: Usage, budget: float):
    made = estimate(usage)
    problem = check_budget(made, budget, accept_cost=False)
    if problem:
        (proposed,) = re.findall(r"budgetUsd (\d+)", problem)
        assert check_budget(made, int(proposed), accept_cost=False) is None


def test_the_table_shows_every_line_the_document_and_what_is_cheaper():
    text = render(estimate(SEED))
    for line in estimate(SEED).lines:
        assert re.search(rf"^{re.escape(line.what)} .*{line.total:.2f}", text, re.MULTILINE), line.what
    total, without = (f"{estimate(usage).total:.2f}" for usage in (SEED, SEED_WITHOUT_EC2))
    assert re.search(rf"^total .*{re.escape(total)}$", text, re.MULTILINE)
    assert text.count(total) == 2, "this stack's total and the document's"
    assert without in text
    assert "pulumi config set instanceClass db.t4g.micro" in text


def test_no_type_is_both_priced_and_free():
    assert not PRICED.keys() & FREE.keys()


def test_every_price_is_that_of_a_type_and_every_priced_type_has_a_price():
    counted = {name for names in PRICED.values() for name in names}
    assert counted == PRICES.keys()


def test_a_type_that_nobody_thought_about_is_found():
    assert unpriced(["aws:ec2/natGateway:NatGateway", "aws:rds/instance:Instance", "kubernetes:core/v1:Secret"]) == [
        "aws:ec2/natGateway:NatGateway"
    ]


def test_the_program_registers_nothing_that_has_no_price_and_is_not_free(dev: Recording):
    assert unpriced(resource.type for resource in dev.resources) == []
