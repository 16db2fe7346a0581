"""Commands of the papers, on a running mesh, as they stand there."""

import pytest

from tests.paper_commands import RUNS
from tests.stack.checkout import Checkout


@pytest.mark.parametrize("command", RUNS)
def test_a_command_of_a_paper_does_what_it_says(mesh: Checkout, command: str):
    line = command.replace("make ", "make VENV=: ") if command.startswith("make ") else command
    done = mesh.command("sh", "-c", line.replace("python ", ".venv/bin/python "))
    assert done.returncode == 0, done.stdout + done.stderr
    assert RUNS[command] in done.stdout + done.stderr, done.stdout + done.stderr


def test_a_refused_question_says_so(mesh: Checkout):
    done = mesh.command("make", "VENV=:", "query", "USER=sales-analyst")
    assert done.returncode and "Access Denied" in done.stderr
