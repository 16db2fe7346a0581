"""README and documents: what they tell people to type, and which of them is a translation of which."""

import re
from pathlib import Path

from tests.sample import ROOT

PAPERS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
CHANGES = ROOT / "CHANGELOG.md"
"""It names what was there before, too."""
TOOLS = ("make", "pulumi", "python", "trino")

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
_SHELL = (". .local/env && ", ".venv/bin/")


def name(paper: Path) -> str:
    """Its path from the top of the project."""
    return str(paper.relative_to(ROOT))


def read(path: str) -> str:
    """The text of the paper at this path from the top of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and content of each block of code, without its indentation."""
    return [
        (language, re.sub(rf"^{indent}", "", content, flags=re.MULTILINE))
        for indent, language, content in _BLOCK.findall(text)
    ]


def block(text: str, beginning: str) -> str:
    """The one block of code that begins so."""
    (found,) = [content for _, content in blocks(text) if content.startswith(beginning)]
    return found


def prose(text: str) -> str:
    """A paper without its blocks of code."""
    return _BLOCK.sub("", text)


def without_comment(line: str) -> str:
    """A line of a shell without the comment at its end."""
    return re.sub(r"(^| +)#( .*)?$", "", line).rstrip()


def commands(text: str) -> set[str]:
    """Every command line of the tools of this project, in blocks of code and between backticks, without its comment."""
    inside = "\n".join(content for _, content in blocks(text))
    inline = re.findall(r"`([^`\n]+)`", prose(text))
    lines = [without_comment(line.strip()) for line in [*inside.splitlines(), *inline]]
    return {line for line in lines if _tool(line) in TOOLS and not line.endswith(".")} - {"pulumi", "python", "trino"}


def _tool(line: str) -> str:
    for beginning in _SHELL:
        line = line.removeprefix(beginning)
    return line.split(" ")[0]


def original(paper: Path) -> Path | None:
    """The paper that this one is the French translation of; None when it is none."""
    return paper.with_name(paper.name.replace(".fr.md", ".md")) if paper.name.endswith(".fr.md") else None
