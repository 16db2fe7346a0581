"""The three slides: their figures are those of the stack, and every text is there in each language."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from catalogue.words import LANGUAGES
from commands import cost
from mesh.contracts.read import read_contracts
from mesh.cost.estimate import Estimate, Usage, estimate, stack_usage
from mesh.settings import read_settings
from slides import __main__ as slides
from slides import figures
from slides.figures import Deck
from slides.render import MOST, SLIDES, render
from tests.sample import DOMAINS_FOLDER, NAMES, ROOT

TEXTS = {language: yaml.safe_load((ROOT / f"slides/texts/{language}.yaml").read_text()) for language in LANGUAGES}


def estimated(stack: str = "dev") -> tuple[Estimate, Deck]:
    settings = read_settings(cost.configuration(stack), stack, NAMES)
    found = estimate(stack_usage(settings, len(NAMES)))
    pins = figures.pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    contracts = read_contracts(DOMAINS_FOLDER, NAMES)
    return found, figures.deck(stack, settings, contracts, found, pins, owner=None)


@pytest.fixture(scope="module")
def deck() -> Deck:
    return estimated()[1]


def shown(html: str) -> dict[str, str]:
    """The figures of the slides by their names."""
    return {name: value for value, name in re.findall(r'<data value="([^"]*)" data-figure="([^"]*)"', html)}


def test_every_line_of_an_estimate_is_in_one_part_and_the_parts_add_up_to_the_total():
    usage = Usage(
        databases=9, workbench="t3.medium", workbench_months=2, alarms=40, secrets=18, logs=9, transfer=200, lake=90
    )
    whole = estimate(usage)
    parts = figures.parts(whole, 200)
    assert {part.key for part in parts} == set(figures.KINDS), "each kind costs something in this mesh"
    assert sum(part.usd for part in parts) == pytest.approx(whole.total)
    assert parts[-1].start + parts[-1].share == pytest.approx(100), "beyond the budget the whole bar is the total"


def test_the_figures_are_those_that_make_cost_prints(deck: Deck, capsys: pytest.CaptureFixture[str]):
    found, _ = estimated()
    figures_ = shown(render(deck))
    assert figures_["total"] == f"{found.total:.2f}"
    of_databases = [line.total for line in found.lines if line.what.startswith("2 databases")]
    assert figures_["databases"] == f"{sum(of_databases):.2f}"
    cost.main(["--stack", "dev"])
    printed = capsys.readouterr().out
    saved = {name.removeprefix("saves:"): value for name, value in figures_.items() if name.startswith("saves:")}
    assert saved and all(f"{value}  {how}" in printed for how, value in saved.items())


def test_versions_are_those_that_are_pinned_and_databases_those_of_the_contracts(deck: Deck):
    assert deck.versions["pulumi-aws"] in (ROOT / "requirements.txt").read_text()
    assert [(each.domain, each.database, each.tables, each.published) for each in deck.databases] == [
        ("marketing", "marketing_db", 3, 0), ("sales", "sales_db", 3, 2),
    ]  # fmt: skip
    html = render(deck)
    assert all(version in html for version in deck.versions.values())


def test_every_text_is_there_in_each_language_with_the_same_places_to_fill_and_is_used():
    english, french = (TEXTS[language] for language in LANGUAGES)
    assert english.keys() == french.keys()
    templates = "".join(path.read_text() for path in Path(ROOT / "slides/templates").glob("*.html"))
    for key in english:
        assert set(re.findall(r"{\w+}", english[key])) == set(re.findall(r"{\w+}", french[key])), key
        assert f"t('{key}'" in templates or key in SLIDES or key.removeprefix("part.") in figures.KINDS, key


def test_what_a_stack_is_called_is_shown_as_text_and_nothing_comes_from_elsewhere(deck: Deck):
    html = render(replace(deck, stack="<script>alert(1)</script>", bucket="</style><img src=x>"))
    assert "<script>alert" not in html and "<img" not in html
    assert not re.findall(r"""(?:src|href)=["'](?!#)""", html) and "://" not in html


def test_many_domains_are_counted_and_not_all_drawn(deck: Deck):
    many = replace(deck, databases=deck.databases * MOST)
    assert render(many).count('class="own"') == MOST + 2
    assert f"and {MOST} more" in render(many)


def test_beyond_the_budget_the_slide_says_so(deck: Deck):
    over = replace(deck, budget=100.0)
    assert over.rest == pytest.approx(100 - deck.total) and over.limit < 100
    assert "over the budget" in render(over) and "over the budget" not in render(deck)


def test_the_command_writes_a_file_that_git_ignores_and_refuses_a_broken_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    assert "/slides.html" in (ROOT / ".gitignore").read_text().splitlines()
    monkeypatch.setattr(slides, "DOMAINS", DOMAINS_FOLDER)
    assert slides.main(["--file", str(tmp_path / "slides.html")]) == 0
    assert str(tmp_path / "slides.html") in capsys.readouterr().out
    assert slides.main(["--file", str(tmp_path / "no" / "slides.html")]) == 1
    assert slides.main(["--stack", "../x", "--file", str(tmp_path / "other.html")]) == 1
    assert not (tmp_path / "other.html").exists() and "slides: " in capsys.readouterr().err
