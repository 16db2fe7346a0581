"""Prints one person's password: `python -m commands.password sales-analyst`."""

import argparse
import sys
from collections.abc import Sequence

from client.errors import CommandError
from client.outputs import read_outputs
from mesh.names import GRAFANA_ADMIN


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the password, and nothing else, to standard output; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m commands.password", description=__doc__)
    parser.add_argument("person", help="the person, e.g. sales-analyst")
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    options = parser.parse_args(arguments)
    try:
        credentials = read_outputs(options.stack)["credentials"]
    except CommandError as error:
        print(f"password: {error}", file=sys.stderr)
        return 1
    passwords = {**credentials["people"], GRAFANA_ADMIN: credentials["grafana"]["password"]}
    if options.person not in passwords:
        print(
            f"password: there is no person {options.person}; there are {', '.join(sorted(passwords))}", file=sys.stderr
        )
        return 1
    print(passwords[options.person])
    return 0


if __name__ == "__main__":
    sys.exit(main())
