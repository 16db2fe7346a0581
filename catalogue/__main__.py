"""Writes the page of a running mesh: `python -m catalogue`; with `--open`, shows the one that is there."""

import sys
from argparse import Namespace
from collections.abc import Sequence

from catalogue import file
from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.outputs import stack_name
from commands.contract_history import LOCAL


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the page and prints where; the exit status: 1 when something could not be asked, and is a gap there."""
    parser = Parser(prog="python -m catalogue", description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--open", action="store_true", help="show the page that is there, and ask nothing")
    parser.add_argument(
        "--keep", action="store_true", help="leave a page that shows this state already; its path stays unsaid"
    )
    options = parser.parse_args(arguments)
    return run("catalogue", lambda: _open(options) if options.open else _write(options))


def _write(options: Namespace) -> int:
    stack = stack_name(options.stack)
    path = file.place(stack)
    state = file.state(stack)
    if options.keep and state and file.shows(path, state):
        return 0
    if options.keep:
        print("Asking the mesh for its page", flush=True)
    # slow to import, and not needed for a page that stays
    from catalogue.collect import collect
    from catalogue.page import render
    from client.stack import read_stack

    catalogue = collect(read_stack(options.stack), stack)
    file.write(path, render(catalogue), None if catalogue.gaps else state)
    if not options.keep:
        print(path)
    for gap in catalogue.gaps:
        print(f"catalogue: {gap.place}: {' '.join(gap.why.split())}", file=sys.stderr)
    if count := len(catalogue.gaps):
        missing = "1 answer is" if count == 1 else f"{count} answers are"
        print(f"catalogue: {missing} missing; the page says which, and has the rest", file=sys.stderr)
    return 1 if catalogue.gaps else 0


def _open(options: Namespace) -> int:
    stack = stack_name(options.stack)
    path = file.place(stack)
    if not path.is_file():
        of = "" if stack == LOCAL else f" STACK={stack}"
        raise CommandError(f"there is no page of the stack {stack} yet. Type: make catalogue{of}")
    print(path, flush=True)
    import webbrowser

    if not webbrowser.open(path.as_uri()):
        raise CommandError("no browser was found here: open the file above in one")
    return 0


if __name__ == "__main__":
    sys.exit(main())
