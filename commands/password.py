"""Prints one person's password: `python -m commands.password sales-analyst`."""

import sys
from collections.abc import Sequence

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.outputs import needed, read_outputs
from mesh.names import GRAFANA_ADMIN


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the password, and nothing else, to standard output; the exit status."""
    parser = Parser(prog="python -m commands.password", description=__doc__)
    parser.add_argument("person", help="the person, e.g. sales-analyst")
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    options = parser.parse_args(arguments)
    return run("password", lambda: _print(options.person, options.stack))


def _print(person: str, stack: str | None) -> int:
    with needed(stack):
        credentials = read_outputs(stack)["credentials"]
        passwords = {**credentials["people"], GRAFANA_ADMIN: credentials["grafana"]["password"]}
    if person not in passwords:
        raise CommandError(f"there is no person {person}; there are {', '.join(sorted(passwords))}")
    print(passwords[person])
    return 0


if __name__ == "__main__":
    sys.exit(main())
