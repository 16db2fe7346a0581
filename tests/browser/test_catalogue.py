"""The catalogue in a browser: what people see, reach and copy, and that nothing of the mesh's data does anything."""

from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from catalogue.page import SECTIONS
from catalogue.words import LANGUAGES, dictionary
from tests.browser.opened import CATALOGUES, OPEN_ALL, WIDTHS, Colours, Open, chosen
from tests.catalogue_at_its_worst import HOSTILE
from tests.catalogue_example import example

pytestmark = pytest.mark.browser

REACHED = "a[href], button, input, summary, [tabindex='0']"
LEFT = """(same) => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, box = node.parentElement, said = node.data.trim();
    if (!/\\p{L}/u.test(said) || same.includes(said)) continue;
    if (box.closest("[translate=no], code, pre, script, style")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    if (range.getClientRects().length && box.closest("[lang]") === document.documentElement) found.push(said);
  }
  return found;
}"""
"""The visible words that are in no element which says its language: they stay when the language is changed."""


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("name", CATALOGUES)
def test_a_page_asks_nobody_and_complains_of_nothing(
    pages: dict[str, Path], open_page: Open, name: str, colours: Colours
):
    opened = open_page(pages[name], colours=colours)
    opened.run(OPEN_ALL)
    for button in opened.page.query_selector_all("button:visible"):
        button.click()
    opened.page.fill("#search", "sales")
    opened.page.wait_for_load_state("networkidle")
    assert opened.faults == []


def test_what_could_attack_is_text_that_can_be_read(pages: dict[str, Path], open_page: Open):
    opened = open_page(pages["hostile"])
    opened.run(OPEN_ALL)
    said = opened.run("document.body.innerText")
    readable = HOSTILE.split("\n")[0]
    assert said.count(readable) > 200, "an attack has become something else than text"
    counted = "['script', 'img', 'style', 'iframe', 'link'].map(name => document.getElementsByTagName(name).length)"
    assert opened.run(counted) == [1, 0, 1, 0, 0]
    attributes = "[...document.querySelectorAll('*')].flatMap(each => each.getAttributeNames())"
    assert not [name for name in opened.run(attributes) if name.startswith("on") or name == "style"]
    assert readable in opened.page.title()
    assert opened.faults == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", CATALOGUES)
def test_a_page_is_as_wide_as_its_window(pages: dict[str, Path], open_page: Open, name: str, width: int):
    opened = open_page(pages[name], width=width)
    opened.run(OPEN_ALL)
    for language in LANGUAGES:
        chosen(opened, language)
        assert opened.run("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", WIDTHS)
def test_texts_of_pictures_stay_in_their_boxes(pages: dict[str, Path], open_page: Open, width: int):
    opened = chosen(open_page(pages["example"], width=width), "fr")
    outside = opened.run(
        """() => [...document.querySelectorAll(".box")].filter(box => box.getClientRects().length).flatMap(box => {
          const frame = box.querySelector("rect").getBoundingClientRect();
          return [...box.querySelectorAll("text")].filter(text => {
            const it = text.getBoundingClientRect();
            return it.left < frame.left || it.right > frame.right || it.top < frame.top || it.bottom > frame.bottom;
          }).map(text => text.textContent);
        })"""
    )
    assert outside == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["example", "empty"])
def test_every_visible_word_is_in_the_language_that_was_chosen(
    pages: dict[str, Path], open_page: Open, name: str, language: str
):
    opened = chosen(open_page(pages[name]), language)
    opened.run(OPEN_ALL)
    first, second = (dictionary(each) for each in LANGUAGES)
    same = [value for key, value in first.items() if second.get(key) == value]
    assert opened.run(LEFT, same) == []
    assert opened.run("document.documentElement.lang") == language


def test_the_language_changes_what_is_read_and_is_remembered_without_a_cookie(pages: dict[str, Path], open_page: Open):
    opened = open_page(pages["example"])
    english, title = opened.run("document.body.innerText"), opened.page.title()
    assert "Who reads what" in english and "Qui lit quoi" not in english
    chosen(opened, "fr")
    opened.reload_until("document.documentElement.lang === 'fr'")
    french = opened.run("document.body.innerText")
    assert "Qui lit quoi" in french and "Who reads what" not in french
    assert opened.page.title() != title
    assert "1 039,99" in french.replace("\u202f", " ") and "1,039.99" in english
    assert opened.run("document.cookie") == ""
    assert opened.page.get_attribute("button[data-language=fr]", "aria-pressed") == "true"


def test_a_french_browser_is_greeted_in_french(pages: dict[str, Path], open_page: Open):
    assert open_page(pages["example"], locale="fr-FR").run("document.documentElement.lang") == "fr"


def test_colours_follow_the_system_until_they_are_chosen(pages: dict[str, Path], open_page: Open):
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    dark, light = (open_page(pages["example"], colours=colours) for colours in ("dark", "light"))
    assert dark.run(ground) != light.run(ground)
    for system in ("dark", "light"):
        light.page.emulate_media(color_scheme=system)
        light.page.wait_for_function(f"() => document.documentElement.dataset.colours === '{system}'")
        assert (dark.run(ground) == light.run(ground)) == (system == "dark")
    dark.page.click("button[data-colours=light]")
    assert dark.run(ground) == light.run(ground)
    dark.reload_until("document.documentElement.dataset.colours === 'light'")
    assert dark.run(ground) == light.run(ground)


def test_the_keyboard_reaches_every_control_in_order_and_shows_where_it_is(pages: dict[str, Path], open_page: Open):
    opened = open_page(pages["example"])
    expected = opened.visible(REACHED)
    place = """(all) => [...document.querySelectorAll(all)].filter(each => each.checkVisibility())
      .indexOf(document.activeElement)"""
    for index in range(expected):
        opened.page.keyboard.press("Tab")
        assert opened.run(place, REACHED) == index
        reached = opened.run("document.activeElement.outerHTML")
        assert opened.run("getComputedStyle(document.activeElement).outlineStyle") != "none", f"nothing marks {reached}"
    assert expected > 30
    opened.page.keyboard.press("Tab")
    assert opened.run("document.activeElement === document.body"), "the page has a control that is not counted here"


def test_the_keyboard_skips_to_the_content_opens_and_switches(pages: dict[str, Path], open_page: Open):
    opened = open_page(pages["example"])
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")
    assert opened.run("document.activeElement.id") == "content"
    opened.page.focus("summary")
    opened.page.keyboard.press("Enter")
    assert opened.run("document.querySelector('details').open")
    opened.page.focus("button[data-language=fr]")
    opened.page.keyboard.press("Space")
    assert opened.run("document.documentElement.lang") == "fr"


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_screen_reader_finds_landmarks_headings_in_order_and_names_of_everything(
    pages: dict[str, Path], open_page: Open, name: str
):
    opened = open_page(pages[name])
    assert opened.run("['header.top', 'nav', 'main'].map(each => document.querySelectorAll(each).length)") == [1, 1, 1]
    levels = opened.run("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(each => +each.localName[1])")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    named = "table, svg[role=img], section, article, [role=region], [role=group]"
    nameless = """(named) => [...document.querySelectorAll(named)].filter(each => {
      const name = each.caption || document.getElementById(each.getAttribute("aria-labelledby"));
      return !name?.textContent.trim();
    }).map(each => each.outerHTML.slice(0, 90))"""
    assert opened.run(nameless, named) == []
    scopeless = "[...document.querySelectorAll('th:not([scope])')].map(each => each.outerHTML)"
    assert opened.run(scopeless) == []
    numbers = """() => [...document.querySelectorAll("svg[role=img]:not(.spark)")]
      .filter(each => !each.closest("figure").querySelector("table")).map(each => each.classList.value)"""
    assert opened.run(numbers) == [], "a picture without its table"


def test_paper_has_every_section_open_and_no_control(pages: dict[str, Path], open_page: Open):
    opened = open_page(pages["example"])
    opened.page.click("main summary")
    opened.page.emulate_media(media="print")
    opened.page.wait_for_function("() => [...document.querySelectorAll('details')].every(each => each.open)")
    assert all(opened.visible(f"#{section}") for section in SECTIONS)
    inner = "details > :not(summary)"
    assert opened.visible(inner) == opened.run(f"document.querySelectorAll('{inner}').length")
    assert opened.visible("nav, button, input") == 0
    opened.page.emulate_media(media="screen")
    opened.page.wait_for_function("() => document.querySelectorAll('details[open]').length === 2")
    assert opened.page.pdf().startswith(b"%PDF")


def test_the_copy_button_copies_the_whole_text_and_says_so(pages: dict[str, Path], open_page: Open):
    opened = open_page(pages["example"])
    opened.run(OPEN_ALL)
    texts = [connection.text for connection in example().connections]
    for button, text in zip(opened.page.query_selector_all("button[data-copy]"), texts, strict=True):
        button.click()
        opened.page.wait_for_function("button => button.classList.contains('done')", arg=button)
        assert opened.run("navigator.clipboard.readText()") == text
        assert "Copied" in button.inner_text()


@pytest.mark.parametrize(
    ("words", "shown"), [("", 7), ("revenue", 1), ("SALES  phone", 1), ("marketing lead", 2), ("<b>", 0)]
)
def test_the_search_shows_the_products_that_have_all_words(
    pages: dict[str, Path], open_page: Open, words: str, shown: int
):
    opened = open_page(pages["example"])
    opened.page.fill("#search", words)
    assert opened.visible("article") == shown and opened.page.inner_text("#found") == str(shown)
    assert opened.page.is_visible("#nothing") == (shown == 0)


def test_without_scripts_everything_is_there_but_the_switches(pages: dict[str, Path], browser: Browser):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(pages["example"].as_uri())
    assert "Who reads what" in page.inner_text("main") and not page.is_visible(".switches")
    assert page.is_visible("article >> nth=0")
    context.close()
