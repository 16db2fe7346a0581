"""Prints the certificate of the authority that signed Trino's: `python -m commands.authority > trino-ca.pem`."""

import sys
from collections.abc import Sequence

from client.arguments import Parser
from client.command import run
from client.stack import read_stack


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints it as PEM text; the exit status."""
    parser = Parser(prog="python -m commands.authority", description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    options = parser.parse_args(arguments)
    return run("authority", lambda: print(read_stack(options.stack).trino.authority, end=""))


if __name__ == "__main__":
    sys.exit(main())
