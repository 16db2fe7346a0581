"""The slides as one HTML file that asks nobody for anything; a pure function of their figures."""

from pathlib import Path

from markupsafe import Markup

from catalogue.page import TEMPLATES, environment, policy
from catalogue.words import Text, text_of
from slides.figures import Deck

_TEMPLATES = Path(__file__).with_name("templates")
TEXTS = Path(__file__).with_name("texts")
SLIDES = ("architecture", "technologies", "costs")
MOST = 6
"""Domains that have a box of their own on the first slide."""


def render(deck: Deck) -> str:
    """The slides in each language. What is in `deck` is data and is shown as text, whatever it is."""
    # the look is that of the catalogue's page
    style, script = (
        (TEMPLATES / look).read_text(encoding="utf-8") + (_TEMPLATES / own).read_text(encoding="utf-8")
        for look, own in (("style.css", "deck.css"), ("choices.js", "deck.js"))
    )
    return (
        environment(_TEMPLATES, _text)
        .get_template("deck.html")
        .render(
            deck=deck,
            slides=SLIDES,
            most=MOST,
            style=Markup(style),  # of the repository, like the script
            script=Markup(script),
            policy=policy(style, script),
        )
    )


def _text(key: str, **values: object) -> Text:
    return text_of(TEXTS, key, values)
