"""The documents: links, paths, headings and test names in them lead somewhere."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.papers import CHANGES, PAPERS, name, prose, read
from tests.sample import ROOT

DECISIONS = ROOT / "docs" / "decisions"

_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_PATH = re.compile(r"(?:[\w-]+/)+|(?:[\w-]+/)*[\w-]+\.(?:py|yaml|md|txt|sql|toml|pem|ipynb)")
_LATER = {"commands/domains.py", "trino-ca.pem", "Pulumi.local.yaml", "domains/finance/", "domains/billing/"}
"""What a reader makes by following a document."""
_SEED_DOCUMENT = {
    "config/trino-catalogs-aws.yaml", "setup/aws/deploy_aws_hybrid.py", "setup/aws/load_data_to_rds.py",
    "examples/connect_aws.py",
}  # fmt: skip
"""Files that the seed document tells people to write."""


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    names = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in _HEADING.findall(prose(text)))
    return {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in names}


def broken_links(document: Path, text: str) -> Iterator[str]:
    for link in _LINK.findall(_CODE.sub("", prose(text))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        known = text if target == document else _text(target)
        if known is None or (anchor and anchor not in anchors(known)):
            yield link


def _text(target: Path) -> str | None:
    """What a link of a document leads to; None when it leads out of the project or to nothing."""
    if not target.exists() or ROOT not in [target, *target.parents]:
        return None
    return target.read_text(encoding="utf-8") if target.suffix == ".md" else ""  # a folder, a picture


def missing_paths(text: str) -> Iterator[str]:
    """Paths in backticks of which the project has neither the file nor, for `servers/` and the like, such a folder."""
    for code in _CODE.findall(prose(text)):
        for word in code.split():
            if _PATH.fullmatch(word) and word not in _LATER | _SEED_DOCUMENT and not _is_there(word):
                yield word


def _is_there(path: str) -> bool:
    """From the top, or in any folder where it is named for short: "`local/` with `servers/`", "`questions.py`"."""
    return (ROOT / path).exists() or any((folder / path).exists() for folder in _folders())


@cache
def _folders() -> tuple[Path, ...]:
    tops = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return tuple(folder for top in tops for folder in [top, *top.rglob("*")] if folder.is_dir())


@cache
def names_of_tests() -> frozenset[str]:
    """The names of all tests, and of the modules that they are in."""
    names: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        names.add(path.stem)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return frozenset(names)


def missing_tests(text: str) -> list[str]:
    return [
        code for code in _CODE.findall(prose(text)) if re.fullmatch(r"test_\w+", code) and code not in names_of_tests()
    ]


@pytest.mark.parametrize("document", PAPERS, ids=name)
def test_every_link_path_and_test_of_a_document_is_there(document: Path):
    text = document.read_text(encoding="utf-8")
    assert not list(broken_links(document, text)), "links that lead nowhere"
    assert not missing_tests(text), "tests that do not exist"
    if document != CHANGES:
        assert not list(missing_paths(text)), "files that do not exist"


def test_the_index_of_docs_has_every_page():
    text = read("docs/README.md")
    linked = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in _LINK.findall(text)}
    pages = {paper for paper in PAPERS if paper.is_relative_to(ROOT / "docs") and paper.parent != DECISIONS}
    assert not {name(page) for page in pages - linked - {ROOT / "docs/README.md"}}, "not in docs/README.md"


@pytest.mark.parametrize("paper", ["README.md", "README.fr.md"])
def test_the_first_paper_is_one_screen(paper: str):
    assert len(read(paper).splitlines()) <= 80, "the rest belongs into docs/"


def test_every_decision_is_in_the_list_of_decisions():
    listed = set(_LINK.findall((DECISIONS / "README.md").read_text(encoding="utf-8")))
    pages = {path.name for path in DECISIONS.glob("*.md")} - {"README.md"}
    assert pages and pages <= listed, f"not in the list: {', '.join(sorted(pages - listed))}"


def test_every_decision_says_context_decision_consequences_and_what_would_change_it():
    for page in sorted(DECISIONS.glob("0*.md")):
        assert re.findall(r"^## (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE) == [
            "Context", "Decision", "Consequences", "What would change it",
        ], page.name  # fmt: skip


def test_what_leads_nowhere_is_noticed():
    text = (
        "# One `two`: three\n[a](README.md) [b](gone.md) [c](#one-two-three) [d](#four)\n"
        "[e](docs/architecture.md#tests) [f](docs/architecture.md#nothing) [g](https://example.com/x.md)\n"
        "`mesh/names.py` `mesh/gone.py` `servers/`\n"
        "`gone/` `test_what_leads_nowhere_is_noticed` `test_gone`\n```\n`mesh/in_a_block.py` [h](in_a_block.md)\n```\n"
    )
    assert list(broken_links(ROOT / "README.md", text)) == ["gone.md", "#four", "docs/architecture.md#nothing"]
    assert list(missing_paths(text)) == ["mesh/gone.py", "gone/"]
    assert missing_tests(text) == ["test_gone"]
