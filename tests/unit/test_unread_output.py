"""Whoever reads a command's output may go before its end: no traceback, no advice, the exit status of a closed pipe."""

import subprocess
import sys

import pytest

from local import paths

COMMAND = "import sys; from client.command import run; sys.exit(run('test', lambda: {action}))"
STACK = "import sys; from local import __main__ as local; local.status = lambda: {action}; sys.argv[1:] = ['status']; sys.exit(local.main())"  # noqa: E501


@pytest.mark.parametrize("program", [COMMAND, STACK], ids=["command", "local"])
@pytest.mark.parametrize("action", ["print('short')", "print('long' * 100_000)"])
def test_an_output_that_nobody_reads_any_more_ends_a_command_without_a_word(program: str, action: str) -> None:
    words = [sys.executable, "-c", f"input(); {program.format(action=action)}"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=paths.checkout()
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        process.stdin.write("\n")
        process.stdin.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, "")
