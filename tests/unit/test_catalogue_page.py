"""The page as text: what its elements refer to, its policy, its figures, and its words in each language."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from string import Formatter
from typing import get_args, get_type_hints

import pytest

from catalogue import model, product
from catalogue.page import SECTIONS, anchors, render
from catalogue.words import LANGUAGES, dictionary, known, text
from tests.catalogue_at_its_worst import empty, hostile
from tests.catalogue_example import example
from tests.sample import ROOT

TEMPLATES = ROOT / "catalogue/templates"
CATALOGUES = {"example": example, "hostile": hostile, "empty": empty}
SAFE_FOR_DIGITS = {"bdi", "code", "data", "pre", "script", "style", "time", "title"}
"""Elements whose text may have digits that are no figures: names, values, times, and what nobody sees."""
VOID = {"meta", "input", "br", "link", "img"}


class Read(HTMLParser):
    """What the page has: every element with its attributes, and every text with the elements that it is in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, list[tuple[str, dict[str, str | None]]]]] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert self._open == [], f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.texts.append((data, list(self._open)))

    def of(self, name: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(name)) is not None]


@pytest.fixture(scope="module", params=CATALOGUES)
def page(request: pytest.FixtureRequest) -> Read:
    return Read(render(CATALOGUES[request.param]()))


def test_every_id_is_there_once_and_everything_that_is_named_is_there(page: Read):
    ids = page.of("id")
    assert len(ids) == len(set(ids))
    named = [*page.of("aria-labelledby"), *page.of("data-copy"), *page.of("for")]
    named += [address.removeprefix("#") for address in page.of("href")]
    assert len(named) > 20 and set(named) <= set(ids)


def test_the_policy_allows_this_style_and_this_script_and_nothing_else():
    whole = render(hostile())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', whole)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.replace("&#39;", "'").split(";"))
    assert rules.pop("default-src") == rules.pop("base-uri") == rules.pop("form-action") == "'none'"
    for name, rule in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{name}>(.*?)</{name}>", whole, re.DOTALL)
        assert rules.pop(rule) == f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
    assert not rules


def test_nothing_is_asked_of_a_network(page: Read):
    assert not {tag for tag, _ in page.elements} & {"img", "link", "iframe", "object", "embed", "form", "base", "audio"}
    assert not page.of("src") and not page.of("style")
    assert all(address.startswith("#") for address in page.of("href"))
    assert not re.search(r"url\(|@import|https?:", (TEMPLATES / "style.css").read_text(encoding="utf-8"))


def test_every_number_that_is_shown_is_named():
    for said, around in Read(render(example())).texts:
        classes = [attributes.get("class", "") for _, attributes in around]
        named = any(attributes.get("translate") == "no" for _, attributes in around) or "tick" in classes
        if re.search(r"\d", said) and not named and not {tag for tag, _ in around} & SAFE_FOR_DIGITS:
            raise AssertionError(f"a number that no test can find: {said.strip()!r} in {around[-1]}")


def test_a_figure_of_one_name_has_one_value(page: Read):
    values: dict[str, set[str | None]] = {}
    for tag, attributes in page.elements:
        if name := attributes.get("data-figure"):
            assert tag == "data"
            values.setdefault(name, set()).add(attributes["value"])
    assert len(values) >= 6
    assert [name for name, found in values.items() if len(found) > 1] == []


def test_every_product_domain_chart_connection_and_gap_is_on_the_page():
    shown = render(example())
    mesh = example()
    expected = [each.description for each in mesh.products] + [each.what for each in mesh.products[0].checks]
    expected += [column.name for each in mesh.products for column in each.columns]
    expected += [row[0] for row in mesh.charts[0].rows] + [gap.why for gap in mesh.gaps]
    for words in expected:
        assert words.replace("'", "&#39;") in shown, words


def test_products_whose_names_look_alike_have_places_of_their_own():
    found = anchors(["a.b", "a-b", "A.B", "é.ü", "", "product-a-b-2"])
    assert len(set(found.values())) == len(found)
    assert all(re.fullmatch(r"product-[a-z0-9-]*", anchor) for anchor in found.values())


def keys(language: str) -> set[str]:
    return {key for key in dictionary(language) if not key.startswith("said: ")}


def test_every_text_is_there_in_every_language_with_the_same_names_to_fill_in():
    first = dictionary(LANGUAGES[0])
    for language in LANGUAGES[1:]:
        assert keys(language) == keys(LANGUAGES[0])
        for key, said in dictionary(language).items():
            if key in first:
                assert fields(said) == fields(first[key]), f"{language}: {key}"


def fields(said: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(said) if name}


def test_every_text_is_used_and_every_text_that_is_used_is_there():
    code = [*TEMPLATES.glob("*.html"), *(ROOT / "catalogue").glob("*.py")]
    used = "\n".join(path.read_text(encoding="utf-8") for path in code)
    literal = set(re.findall(r"""\bt(?:ext)?\(f?["']([a-z.]+)["'][,)]""", used))
    chosen = set(re.findall(r"""["']([a-z]+\.[a-z. ]+)["']""", used))
    prefixes = set(re.findall(r"""["']([a-z.]+\.)["{]""", used)) | set(re.findall(r"""["']([a-z.]+\.)['"]""", used))
    assert literal <= keys("en")
    unused = [key for key in keys("en") if key not in literal | chosen and not key.startswith(tuple(prefixes))]
    assert unused == [], unused


WORDS = {
    "gap": (model.Gap, "kind"),
    "query": (model.Query, "kind"),
    "tool": (model.Connection, "tool"),
    "kind": (product.Product, "kind"),
    "reader": (product.Sample, "reader"),
    "outcome": (product.Check, "outcome"),
}


@pytest.mark.parametrize("prefix", WORDS)
def test_every_word_of_the_model_has_a_text(prefix: str):
    kind, field = WORDS[prefix]
    for word in get_args(get_type_hints(kind)[field]):
        assert text(f"{prefix}.{word}", domain="sales").in_("fr")
    assert {f"section.{section}" for section in SECTIONS} <= keys("fr")


def test_what_is_filled_in_is_escaped_once_and_texts_are_filled_in_as_they_are():
    said = text("moment", when=known("<b>"))
    assert said.in_("en") == "&lt;b&gt; UTC"
    assert text("moment", when="<b>").in_("fr") == "&lt;b&gt; UTC"
    assert "&amp;lt;" not in render(hostile())


def test_titles_of_panels_are_translated_by_their_form_and_others_stay():
    assert known("orders over time").in_("fr") == "orders au fil du temps"
    assert known("<i> by <b>").in_("fr") == "&lt;i&gt; par &lt;b&gt;"
    assert known("Something else").in_("fr") == "Something else"
    assert known("Orders placed by customers.", forms=False).in_("fr") == "Orders placed by customers."


def test_the_page_is_small():
    assert len(render(example()).encode()) < 250_000
