"""What axe-core finds on the catalogue: nothing, however serious."""

from pathlib import Path

import pytest

from tests.browser.opened import OPEN_ALL, Colours, Open, chosen

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("name", "colours", "language"),
    [
        ("example", "light", "en"),
        ("example", "light", "fr"),
        ("example", "dark", "en"),
        ("example", "dark", "fr"),
        ("hostile", "light", "fr"),
        ("empty", "dark", "en"),
    ],
)
def test_axe_finds_nothing(pages: dict[str, Path], open_page: Open, name: str, colours: Colours, language: str):
    opened = chosen(open_page(pages[name], colours=colours), language)
    opened.run(OPEN_ALL)
    assert opened.axe() == []


def test_axe_finds_what_is_wrong(pages: dict[str, Path], open_page: Open):
    opened = open_page(pages["empty"])
    opened.run("document.querySelector('#search').labels[0].remove()")
    assert [line for line in opened.axe() if line.startswith("critical: label:")]
