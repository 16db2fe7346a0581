"""What there is to open on a stack, and the command for each: `python -m commands.addresses`."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from client.arguments import Parser
from client.command import run
from client.outputs import local_folder
from client.stack import Stack, read_stack
from client.tables import columns, table, terminal_width
from mesh.names import ADMIN

CATALOGUE = "catalogue.html"
NAMES = ("what", "where", "how")


def rows(stack: Stack, catalogue: Path, given: str = "") -> Iterator[tuple[str, str, str]]:
    """What to open, where it is, and what to type; `given` is the `STACK=…` of a stack that is not the local one."""
    person = next((each for each in sorted(stack.people) if each != ADMIN), ADMIN)
    if stack.is_local and catalogue.is_file():
        yield "the page of the mesh", str(catalogue), "make open"
    if stack.is_local:
        yield "the notebook", "JupyterLab on this machine", f"make notebook USER={person}"
        yield "Trino, for every client", stack.trino.url, f"make sql USER={person}"
        if stack.trino.cluster:
            yield "Grafana, JupyterHub", f"ports of this machine, from {stack.trino.cluster}", "make ports"
    else:
        yield "Trino, for every client", stack.trino.url, f"make sql{given} USER={person}"
        yield "Grafana, JupyterHub", "ports of this machine", f"make ports{given}"
    for name, domain in stack.domains.items():
        yield f"database of {name}", f"{domain.host}:{domain.port}/{domain.database}", "any client of PostgreSQL, TLS"
    yield "a person's password", ", ".join(sorted(stack.people)), f"make password{given} USER={person}"
    yield "Trino's certificate", "for clients of your own", f"make authority{given} > trino-ca.pem"
    yield "every command", "a list", "make"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; the exit status."""
    parser = Parser(prog="python -m commands.addresses", description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    options = parser.parse_args(arguments)
    return run("addresses", lambda: _print(options.stack))


def shown(found: Sequence[tuple[str, str, str]], width: int | None) -> list[str]:
    """The lines of a table, or three a thing where the terminal is narrower: what is copied must be whole."""
    lines = table(NAMES, found)
    if width is None or max(map(columns, lines)) <= width:
        return lines
    return [line for what, where, how in found for line in (what, f"  {where}", f"  {how}")]


def _print(stack: str | None) -> None:
    found = read_stack(stack)
    given = f" STACK={stack}" if stack and not found.is_local else ""
    print("\n".join(shown(list(rows(found, local_folder() / CATALOGUE, given)), terminal_width())))


if __name__ == "__main__":
    sys.exit(main())
