"""docs/tutorial.md on a running mesh, as it stands; before the last tests, because it starts Trino again.

A block `sh` is run, and a block `text` after it is what it printed, with `…` for what differs from run to run.
"""

import re

from tests.papers import blocks, read
from tests.stack.checkout import Checkout

REFUSED = "# refused"


def missing(shown: str, printed: str) -> str | None:
    """The first line of `shown` that `printed` has not, in their order; `…` is anything."""
    rest = [line.strip() for line in printed.splitlines()]
    for line in (line.strip() for line in shown.splitlines()):
        form = ".*".join(map(re.escape, line.split("…")))
        at = next((index for index, each in enumerate(rest) if re.fullmatch(form, each)), None)
        if at is None:
            return line
        rest = rest[at + 1 :] if line != "…" else rest
    return None


def follow(mesh: Checkout, page: str) -> None:
    printed = ""
    for language, content in blocks(read(page)):
        if language == "sh":
            # the virtual environment of the tests is there
            done = mesh.command("sh", "-e", "-c", content, env={"MAKEFLAGS": "VENV=:"})
            printed = done.stdout + done.stderr
            assert bool(done.returncode) == (REFUSED in content), f"{content}\n{printed}"
        elif language == "text":
            lost = missing(content, printed)
            assert lost is None, f"not printed: {lost}\n{printed}"


def test_the_tutorial_does_what_it_shows(mesh: Checkout):
    kept = {path: path.read_text() for path in (mesh.folder / "__main__.py", mesh.folder / "Makefile")}
    before = {path.name for path in mesh.folder.iterdir()} | {"notebooks"}  # git ignores that one
    follow(mesh, "docs/tutorial.md")
    assert {path: path.read_text() for path in kept} == kept
    assert {path.name for path in mesh.folder.iterdir()} <= before, "it leaves something behind"
    assert not (mesh.folder / "domains/billing").exists()


def test_a_line_that_was_not_printed_is_noticed():
    assert missing("a\n…\nc 1…", "a\nb\nc 1 2\n") is None
    assert missing("a\nc", "c\na") == "c" and missing("a …b", "a b") is None and missing("b", "a b") == "b"
