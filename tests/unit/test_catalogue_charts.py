"""Positions in charts and pictures, and numbers as each language writes them."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import charts, formats, layers, pictures
from catalogue.model import Chart
from catalogue.product import Run
from tests.catalogue_example import example


def over_time(*rows: tuple[str, float]) -> Chart:
    return replace(example().charts[0], kind="time", unit="short", rows=rows)


def test_a_scale_of_whole_numbers_has_no_fractions():
    assert charts.ticks(1, least=1) == [0, 1]
    assert [tick.value for tick in charts.columns(over_time(("2024-01-01 00:00:00", 2.0))).ticks] == [0, 1, 2]


@given(st.floats(min_value=1e-6, max_value=1e12))
def test_a_scale_has_few_round_steps_and_ends_at_or_above_the_highest(highest: float):
    found = charts.ticks(highest)
    assert found[0] == 0 and found[-1] >= highest * (1 - 1e-9) and 2 <= len(found) <= 6


@pytest.mark.parametrize("highest", [0.0, -3.0, math.nan])
def test_a_scale_of_nothing_is_there_too(highest: float):
    assert charts.ticks(highest) == [0.0, 1.0]


@pytest.mark.parametrize(("value", "share"), [(5.0, 50.0), (0.0, 0.0), (-1.0, 0.0), (20.0, 100.0), (math.nan, 0.0)])
def test_a_bar_is_as_long_as_its_share_and_never_longer_than_the_picture(value: float, share: float):
    assert charts.share(value, 10.0) == share


def test_months_without_rows_have_a_place_and_no_bar():
    drawn = charts.columns(over_time(("2024-01-01 00:00:00", 4.0), ("2024-04-01 00:00:00", 2.0)))
    first, last = drawn.bars
    assert (first.height, last.height) == (100.0, 50.0)
    assert last.x == pytest.approx(first.x + 75)
    assert [str(label.text.in_("en")) for label in drawn.labels] == ["Jan 2024", "Apr 2024"]


@pytest.mark.parametrize(
    ("times", "label"),
    [
        (("2023-01-01 00:00:00", "2024-01-01 00:00:00"), "2023"),
        (("2023-01-01 00:00:00", "2024-02-01 00:00:00"), "janv. 2023"),
        (("2024-01-01 00:00:00", "2024-01-05 00:00:00"), "1 janv. 2024"),
        (("0044-03-15 00:00:00 BC", "infinity"), "0044-03-15 00:00:00 BC"),
    ],
)
def test_times_are_written_as_the_periods_that_begin_with_them(times: tuple[str, str], label: str):
    drawn = charts.columns(over_time(*((time, 1.0) for time in times)))
    assert str(drawn.bars[0].label.in_("fr")) == label


def test_labels_under_a_chart_do_not_touch():
    many = over_time(*((f"{year}-01-01 00:00:00", 1.0) for year in range(1990, 2025)))
    found = charts.columns(many).labels
    assert 3 <= len(found) <= 5
    assert all(after.x - before.x >= 20 for before, after in pairwise(found))


def test_one_failed_check_of_hundreds_can_be_seen():
    (run,) = charts.spark([Run(at="", passed=999, failed=1, not_checked=0)], 22, 5)
    assert run.failed == 5 and run.passed == 17
    assert charts.spark([Run(at="", passed=0, failed=0, not_checked=3)], 22, 5)[0].passed == 0


def test_the_parts_of_a_month_are_beside_each_other_and_as_wide_as_they_cost():
    cost = example().cost
    assert cost
    parts = charts.parts(cost, 0)
    assert [part.name for part in parts] == ["marketing", "sales", ""]
    for before, after in pairwise(parts):
        assert after.x == pytest.approx(before.x + before.width, abs=0.02)
    width = sum(part.width for part in parts)
    assert width == pytest.approx(charts.share(cost.months[0].total, charts.scale_of_cost(cost)), abs=0.05)


def test_readers_are_those_who_read_the_same_and_grafana():
    found = {reader.people: reader for reader in pictures.readers(example())}
    assert found[("admin",)].own == ("marketing", "sales", "events")
    assert found[("marketing-analyst",)].own == ("marketing", "events")
    assert found[("marketing-analyst",)].published == ("sales",)
    assert found[("sales-analyst",)].published == ()
    assert found[()].published == ("marketing", "sales", "events")


def test_a_publication_that_has_ended_is_no_line_of_the_mesh():
    mesh = example()
    ended = tuple(
        replace(
            domain,
            products=tuple(
                replace(each, consumers=tuple(replace(one, ended=True) for one in each.consumers))
                for each in domain.products
            ),
        )
        for domain in mesh.domains
    )
    found = pictures.readers(replace(mesh, domains=ended))
    assert not [reader for reader in found if reader.people and reader.published]


def test_everything_stands_right_of_what_it_is_made_of():
    drawn = pictures.lineage(example())
    assert drawn
    boxes = {box.id: box for box in drawn.boxes}
    assert len(drawn.lines) == 10
    for line in drawn.lines:
        source, target = boxes[line.source], boxes[line.target]
        assert source.x + source.width < target.x
    places = [(box.x, box.y) for box in drawn.boxes]
    assert len(places) == len(set(places)), "two boxes in one place"


@given(st.lists(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg")), max_size=15))
def test_layers_have_everything_once_even_where_there_is_a_circle(ties: list[tuple[str, str]]):
    found, ways = layers.layered(ties)
    names = [name for layer in found for name in layer if isinstance(name, str)]
    assert sorted(names) == sorted({name for tie in ties for name in tie})
    assert set(ways) == set(ties)


def test_a_line_that_passes_a_layer_goes_beside_its_boxes():
    found, ways = layers.layered([("table", "view"), ("view", "query"), ("table", "query")])
    bend = layers.Bend("table", "query", 1)
    assert sorted(map(str, found[1])) == sorted(["view", str(bend)])
    assert ways["table", "query"] == ["table", bend, "query"]


def test_a_mesh_of_which_nothing_is_made_has_no_lineage():
    assert pictures.lineage(replace(example(), edges=(), queries=())) is None


@pytest.mark.parametrize(
    ("shown", "english", "french"),
    [
        (formats.number(1234567), "1,234,567", "1 234 567"),
        (formats.number(0.5), "0.5", "0,5"),
        (formats.number(-math.inf), "-∞", "-∞"),
        (formats.money(1039.9), "$1,039.90", "1 039,90 $US"),
        (formats.size(2468), "2.5 kB", "2,5 ko"),
        (formats.size(1), "1 byte", "1 octet"),
        (formats.size(0), "0 bytes", "0 octet"),
        (formats.span(3 * 86400), "3 days", "3 jours"),
        (formats.span(36 * 3600), "1 day, 12 hours", "1 jour et 12 heures"),
        (formats.span(-5400), "1 hour, 30 minutes", "1 heure et 30 minutes"),
        (formats.span(45 * 86400 + 7), "45 days", "45 jours"),
        (formats.span(0), "0 seconds", "0 seconde"),
        (formats.span(math.inf), "∞", "∞"),
        (formats.minute("2026-02-01 08:05:00"), "1 Feb 2026, 08:05 UTC", "1 févr. 2026, 08:05 UTC"),
        (formats.minute("infinity"), "infinity", "infinity"),
        (formats.day("2027-06-30"), "30 Jun 2027", "30 juin 2027"),
    ],
)
def test_each_language_writes_numbers_and_times_its_own_way(shown: formats.Text, english: str, french: str):
    plain = [str(shown.in_(language)).replace("\u202f", " ").replace("\xa0", " ") for language in ("en", "fr")]
    assert plain == [english, french]
