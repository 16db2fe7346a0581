"""The slides in a browser: both languages, all widths, by keyboard and on paper."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from slides import __main__ as slides
from slides.render import SLIDES
from tests.browser.opened import WIDTHS, Colours, Open, Opened
from tests.sample import DOMAINS_FOLDER

pytestmark = pytest.mark.browser

LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "en-US": ("Architecture", "Technologies", "Costs"), "fr-FR": ("Architecture", "Technologies", "Coûts"),
}  # fmt: skip
LOCALES = pytest.mark.parametrize("locale", LANGUAGES)


@pytest.fixture(scope="session")
def deck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that `make slides` writes, of the sample's domains."""
    file = tmp_path_factory.mktemp("slides") / "slides.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slides, "DOMAINS", DOMAINS_FOLDER)
        assert slides.main(["--file", str(file)]) == 0
    return file


def on_top(opened: Opened) -> str:
    """The slide at the top of the window, below the bar."""
    return opened.run(
        "() => { const y = document.querySelector('.top').getBoundingClientRect().bottom + 4;"
        " return document.elementFromPoint(innerWidth / 2, y).closest('section')?.id }"
    )


@pytest.mark.parametrize(("locale", "colours"), [("en-US", "light"), ("fr-FR", "dark")])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_slides_open_without_an_error_a_request_or_a_finding(
    deck: Path, open_page: Open, width: int, locale: str, colours: Colours
):
    opened = open_page(deck, width=width, locale=locale, colours=colours)
    assert opened.run("document.documentElement.lang") == locale[:2]
    assert opened.run("document.documentElement.scrollWidth") <= width, "wider than the window"
    titles = opened.run("[...document.querySelectorAll('.slide h2')].map((title) => title.innerText)")
    assert tuple(titles) == LANGUAGES[locale]
    assert not opened.axe()
    assert not opened.faults


@LOCALES
def test_arrows_and_a_remote_control_turn_the_slides_and_stop_at_both_ends(deck: Path, open_page: Open, locale: str):
    opened = open_page(deck, locale=locale)
    seen = []
    for key in ("ArrowRight", "PageDown", "ArrowRight", "ArrowLeft", "Home", "PageUp", "End"):
        opened.page.keyboard.press(key)
        seen.append(on_top(opened))
    first, second, third = SLIDES
    assert seen == [second, third, third, second, first, first, third]
    assert opened.run("document.querySelector('.top [aria-current]').hash") == f"#{third}"
    assert not opened.faults


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1280, 720), (1920, 1080)])
@LOCALES
def test_each_slide_fits_a_projector(deck: Path, open_page: Open, width: int, height: int, locale: str):
    opened = open_page(deck, width=width, locale=locale)
    opened.page.set_viewport_size({"width": width, "height": height})
    parts = [".top", *(f"#{slide}" for slide in SLIDES)]
    bar, *heights = opened.run("(parts) => parts.map((part) => document.querySelector(part).offsetHeight)", parts)
    assert all(bar + tall <= height for tall in heights), (bar, heights)


@LOCALES
def test_every_slide_is_one_page_on_paper(deck: Path, open_page: Open, locale: str):
    opened = open_page(deck, locale=locale, colours="dark")
    paper = opened.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == len(SLIDES)


def test_the_switches_choose_language_and_colours_and_are_remembered(deck: Path, open_page: Open):
    opened = open_page(deck)
    before = opened.run("getComputedStyle(document.body).color")
    opened.page.get_by_role("button", name="Français").click()
    opened.page.get_by_role("button", name="Sombre").click()
    assert opened.page.title() == "Data mesh : trois diapositives"
    assert opened.run("getComputedStyle(document.body).color") != before
    assert "122,94" in opened.page.inner_text("#costs") and "costs" not in opened.page.inner_text("#costs").lower()
    opened.reload_until("document.documentElement.lang === 'fr'")


def test_the_figures_are_shown_in_both_languages(deck: Path, open_page: Open):
    shown = []
    for locale in LANGUAGES:
        text = open_page(deck, locale=locale).page.inner_text("#costs").replace(",", ".")
        shown.append(re.findall(r"\d+\.\d\d", text))
    assert shown[0] == shown[1] and "122.94" in shown[0]
