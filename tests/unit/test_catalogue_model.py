"""The catalogue's plain data: what one can rely on who makes a page of it."""

from dataclasses import astuple

import pytest

from catalogue.model import Catalogue
from catalogue.page import render
from catalogue.panels import Panel, _chart
from tests.catalogue_at_its_worst import HOSTILE, empty, hostile
from tests.catalogue_example import example


@pytest.mark.parametrize("made", [example, hostile])
def test_edges_and_queries_name_products_and_samples_have_a_cell_a_column(made):
    catalogue: Catalogue = made()
    ids = {product.id for product in catalogue.products}
    assert {each for edge in catalogue.edges for each in (edge.source, edge.target)} <= ids
    assert {each for query in catalogue.queries for each in query.reads} <= ids
    for product in catalogue.products:
        assert all(len(sample.cells) in (0, len(product.columns)) for sample in product.samples)


def test_every_free_text_is_hostile_once_and_no_word_of_the_model_is():
    texts = [text for text in _texts(astuple(hostile())) if HOSTILE in text]
    assert len(texts) > 500 and all(text.count(HOSTILE) == 1 for text in texts)
    assert {product.kind for product in hostile().products} == {product.kind for product in example().products}


@pytest.mark.parametrize("made", [example, hostile, empty])
def test_a_page_is_made_of_each_and_no_text_becomes_a_tag(made):
    page = render(made())
    assert page.lower().startswith("<!doctype html>")
    assert "<script>alert" not in page and "<img src=x" not in page


def test_a_group_whose_sum_is_missing_is_drawn_as_none():
    panel = Panel("sales", "Revenue", "", "bar", "currencyUSD", "SELECT 1", trino=True)
    chart = _chart(panel, ("campaign", "revenue"), [("Spring", 2), ("none", None)], example().charts[0].source)
    assert chart.rows == (("Spring", 2.0),)


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)
