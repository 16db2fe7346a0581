"""Writes the next migration of a domain: `python -m commands.migration --domain sales --name add_currency`."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.stack import read_stack
from client.typed import for_stack
from client.waiting import waiting
from seed.check import check
from seed.load import transaction_errors
from seed.propose import Proposal, propose
from seed.sources import MIGRATION, Source, find_sources

_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
USAGE = "make migration DOMAIN=sales NAME=add_currency"


def write(source: Source, name: str, proposal: Proposal) -> Path:
    """Write a proposal as the file behind the domain's last migration; the first is 0002, `schema.sql` being 0001."""
    numbers = [int(match[1]) for match in map(MIGRATION.fullmatch, source.migrations) if match]
    path = source.folder / "migrations" / f"{max(numbers, default=1) + 1:04}_{name}.sql"
    path.parent.mkdir(exist_ok=True)
    head = "-- To what schema.sql makes. Lines that begin with --> wait for a decision: take in, change or remove them."
    path.write_text(f"{head}\n\n{proposal.text}\n", encoding="utf-8")
    return path


def _said(source: Source, path: Path, proposal: Proposal) -> str:
    lines = [f"{source.label(path)} is written."]
    if proposal.choices:
        lines.append(f"{proposal.choices} lines in it wait for a decision: they begin with -->")
    if proposal.problems:
        lines += ["As it is, it does not lead to schema.sql:", *(f"  {each}" for each in proposal.problems)]
    else:
        lines.append("Tried in a scratch database, it leads to schema.sql. `make seed` applies it.")
    return for_stack("\n".join(lines))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write and say what is left to do; the exit status."""
    parser = Parser(prog="python -m commands.migration", description=__doc__)
    parser.add_argument("--domain", default="", help="whose tables have changed, e.g. sales")
    parser.add_argument("--name", default="", help="what the change is, e.g. add_currency")
    parser.add_argument(
        "--stack", help="the Pulumi stack whose database has the old tables (default: the selected one)"
    )
    options = parser.parse_args(arguments)
    return run("migration", lambda: _migration(options))


def _migration(options: argparse.Namespace) -> int:
    if not options.domain:
        raise CommandError(f"of which domain? Type: {USAGE}")
    if not _NAME.fullmatch(options.name):
        raise CommandError(f"NAME={options.name} is no name of small letters, digits and _. Type: {USAGE}")
    stack = read_stack(options.stack)
    if options.domain not in stack.domains:
        raise CommandError(f"the stack has no domain {options.domain!r}: it has {', '.join(stack.domains)}")
    (source,) = find_sources([options.domain])
    with waiting("Trying schema.sql in a scratch database"), transaction_errors(options.domain):
        proposal = propose(stack, check(stack, source))
    if proposal is None:
        print(f"The database of {options.domain} has what schema.sql makes already: there is nothing to write.")
    else:
        print(_said(source, write(source, options.name, proposal), proposal))
    return 0


if __name__ == "__main__":
    sys.exit(main())
