"""One line of what the contracts' checks found, for the end of `make up`: `python -m commands.contract_verdict`.

The checks run again only when the stack or the files of its domains are others than those that were checked last.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from client.arguments import Parser
from client.command import run
from client.outputs import stack_name
from commands.contract_history import History, state_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the line; the exit status, which is 0 for failed checks too."""
    parser = Parser(prog="python -m commands.contract_verdict", description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the file in which Pulumi keeps the resources")
    options = parser.parse_args(arguments)
    return run("contracts", lambda: _print(stack_name(options.stack), options.checkpoint))


def _print(stack: str, checkpoint: Path) -> None:
    history, state = History(stack), state_of(checkpoint)
    found = history.verdict(state)
    if found is None:
        from client.stack import read_stack  # slow to import, and most often not needed
        from commands.contracts import check, kept

        found = kept(history, list(check(read_stack(stack))), state)
    print(found)


if __name__ == "__main__":
    sys.exit(main())
