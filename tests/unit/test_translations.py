"""French papers say what the English ones say: the same code, figures, links and parts."""

import re
from pathlib import Path

import pytest

from tests.papers import PAPERS, blocks, name, original, prose, without_comment
from tests.sample import ROOT

TRANSLATIONS = [paper for paper in PAPERS if original(paper)]
_ENGLISH = (r"\.fr\.md\b", ".md")


def code(text: str) -> list[tuple[str, str]]:
    """All blocks, without the comments of a shell, which are translated."""
    return [
        (language, "\n".join(map(without_comment, content.splitlines())) if language in ("", "sh") else content)
        for language, content in blocks(text)
    ]


def inline(text: str) -> list[str]:
    return sorted(set(re.findall(r"`([^`\n]+)`", prose(text))))


def figures(text: str) -> list[str]:
    """Every number of the prose, with a point before its decimals."""
    words = re.sub(r"`[^`\n]+`|\]\([^)]*\)", "", prose(text))
    return sorted(each.replace(",", ".") for each in re.findall(r"\d+(?:[.,]\d+)*", words))


def links(text: str) -> list[str]:
    return sorted({re.sub(*_ENGLISH, link) for link in re.findall(r"\]\(([^)\s#]+)", prose(text))})


def shape(text: str) -> list[str]:
    """The marks that begin headings, rows of tables, items and steps."""
    return re.findall(r"^(?:#+|\||\*|-|\d+\.)(?= )", prose(text), re.MULTILINE)


@pytest.mark.parametrize("paper", TRANSLATIONS, ids=name)
@pytest.mark.parametrize("part", [code, inline, figures, links, shape], ids=lambda part: part.__name__)
def test_a_translation_has_what_its_original_has(paper: Path, part):
    english = original(paper)
    assert english and english.is_file(), "nothing that it translates"
    assert part(paper.read_text(encoding="utf-8")) == part(english.read_text(encoding="utf-8"))


def test_the_first_pages_of_a_newcomer_are_translated():
    assert {"README.fr.md", "docs/tutorial.fr.md", "docs/seed-document.fr.md"} <= {
        name(paper) for paper in TRANSLATIONS
    }


def test_another_figure_block_or_link_is_noticed():
    french = (ROOT / "docs/seed-document.fr.md").read_text(encoding="utf-8")
    for part, old, new in (
        (figures, "122,94", "122,95"), (code, "LIMIT 10", "LIMIT 9"), (links, "(costs.md)", "(data.md)"),
        (inline, "`dm_admin`", "`admin`"), (shape, "\n## ", "\n### "),
    ):  # fmt: skip
        assert old in french and part(french.replace(old, new)) != part(french), part.__name__
