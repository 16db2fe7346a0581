"""The seed document's own query, as its page shows it: on the sample it answers what stands there."""

import pytest

from tests.papers import block, read
from tests.stack.checkout import Checkout


@pytest.mark.parametrize("page", ["docs/seed-document.md", "docs/seed-document.fr.md"])
def test_the_documents_query_answers_what_its_page_shows(mesh: Checkout, page: str):
    text = read(page)
    question = block(text, "SELECT\n    s.customer_name")
    done = mesh.python("-m", "commands.sql", "--query", question)
    assert done.returncode == 0, done.stderr
    assert _lines(done.stdout) == _lines(block(text, " customer_name |"))


def _lines(answer: str) -> list[str]:
    return [line.rstrip() for line in answer.strip("\n").splitlines()]
