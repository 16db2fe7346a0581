"""Texts of the page in each of its languages, side by side: the page has all of them and shows one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from markupsafe import Markup, escape

LANGUAGES = ("en", "fr")
"""The first is what is shown where nothing says otherwise."""
FOLDER = Path(__file__).with_name("texts")


@dataclass(frozen=True)
class Text:
    """One text in each language of `LANGUAGES`, as safe HTML."""

    versions: tuple[Markup, ...]

    def in_(self, language: str) -> Markup:
        """The version of one language."""
        return self.versions[LANGUAGES.index(language)]

    def tagged(self, tag: str) -> Markup:
        """All versions, each in an element that says its language; one where all are the same."""
        if len(set(self.versions)) == 1:
            return self.versions[0]
        parts = zip(LANGUAGES, self.versions, strict=True)
        return Markup("").join(Markup("<{0} lang={1}>{2}</{0}>").format(tag, *part) for part in parts)

    def __html__(self) -> str:
        return self.tagged("span")


def each(version: Callable[[str], str]) -> Text:
    """The text that `version` gives for a language."""
    return Text(tuple(escape(version(language)) for language in LANGUAGES))


@cache
def dictionary(language: str, folder: Path = FOLDER) -> Mapping[str, str]:
    """The texts of a language by key. They are ours, so they may have HTML in them."""
    return yaml.safe_load((folder / f"{language}.yaml").read_text(encoding="utf-8"))


def text(key: str, **values: object) -> Text:
    """The text of a key, with `values` in the place of `{names}`: escaped, unless they are texts themselves."""
    return text_of(FOLDER, key, values)


def text_of(folder: Path, key: str, values: Mapping[str, object]) -> Text:
    """As `text`, of the texts in another folder."""

    def version(language: str) -> Markup:
        filled = {name: each.in_(language) if isinstance(each, Text) else each for name, each in values.items()}
        return Markup(dictionary(language, folder)[key]).format(**filled)

    return Text(tuple(version(language) for language in LANGUAGES))


def known(said: str, prefix: str = "said: ", *, forms: bool = True) -> Text:
    """A text of the mesh's own, e.g. the title of a panel: as the dictionary has it, else as it is.

    With `forms`, a key of the dictionary with `{}` stands for every text of that form: `said: {} over time`. Sentences
    that people wrote are of none.
    """
    return each(lambda language: _translated(language, prefix, said, forms))


def _translated(language: str, prefix: str, said: str, forms: bool) -> str:
    texts = dictionary(language)
    if prefix + said in texts:
        return texts[prefix + said]
    for form, translated in _forms(language) if forms else ():
        if found := form.fullmatch(prefix + said):
            return translated.format(*found.groups())
    return said


@cache
def _forms(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    forms = ((key, value) for key, value in dictionary(language).items() if "{}" in key)
    return tuple((re.compile(re.escape(key).replace(r"\{\}", "(.+)"), re.DOTALL), value) for key, value in forms)
