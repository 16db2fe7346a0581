"""The command line: `python -m seed [DOMAIN …] [--scale N] [--stack NAME]`."""

import argparse
import sys
import time
from collections.abc import Sequence

from client.errors import CommandError
from client.stack import Stack, read_stack
from mesh.contracts.model import Table
from mesh.contracts.read import ContractError, read_shared_contract
from seed.lake import events, fields, load_events
from seed.load import Loaded, load_domain
from seed.sources import find_sources
from seed.verify import verify_events, verify_postgresql, verify_trino


def main(arguments: Sequence[str] | None = None) -> int:
    """Seed a stack; the exit status: 0 when everything is there and reads back as loaded."""
    options = _parser().parse_args(arguments)
    try:
        seed(read_stack(options.stack), options)
    except CommandError as error:
        print(f"seed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("seed: interrupted; no domain is half loaded, the same again finishes", file=sys.stderr)
        return 130
    return 0


def seed(stack: Stack, options: argparse.Namespace) -> None:
    """Load the domains and the lake, then read everything back."""
    if unknown := set(options.domains) - stack.domains.keys():
        raise CommandError(f"the stack has no domain {', '.join(sorted(unknown))}: it has {', '.join(stack.domains)}")
    sources = find_sources(options.domains or stack.domains, options.scale)
    columns = fields(_table_of_events())
    expected, rows = {}, events(columns)
    for source in sources:
        started = time.monotonic()
        loaded = load_domain(stack, source, options.recreate)
        expected[source.domain] = verify_postgresql(stack, source.domain, loaded.contents)
        _say(source.domain, _held(loaded), started)
    if options.lake:
        started = time.monotonic()
        state = "loaded" if load_events(stack, columns, rows) else "unchanged"
        _say("lake", f"{stack.lake.events_table} {len(rows)} rows, {state}", started)
    if options.trino:
        started = time.monotonic()
        verify_trino(stack, expected)
        if options.lake:
            verify_events(stack, [column.name for column in columns], rows)
        _say("verified", "Trino reads the same rows", started)


def _table_of_events() -> Table:
    try:
        (table,) = read_shared_contract().tables
    except ContractError as error:
        raise CommandError(str(error)) from None
    return table


def _held(loaded: Loaded) -> str:
    tables = ", ".join(f"{table} {content.rows:,} rows" for table, content in loaded.contents.items())
    return f"{tables}, {'loaded' if loaded.changed else 'unchanged'}"


def _say(what: str, text: str, started: float) -> None:
    print(f"{what:<10} {text} ({time.monotonic() - started:.1f} s)", flush=True)


def _thousands(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100_000:
        raise argparse.ArgumentTypeError(f"{number} is not between 0 and 100000 (thousand customers)")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m seed",
        description="Make each domain's roles and tables, fill them and the lake with sample data, and read it all "
        "back. Any number of runs gives the same rows; other rows in these tables are removed.",
    )
    parser.add_argument("domains", nargs="*", metavar="DOMAIN", help="only these domains (default: all of the stack)")
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--scale", type=_thousands, default=0, metavar="N", help="add N thousand customers")
    parser.add_argument("--recreate", action="store_true", help="drop the tables first, with all their rows")
    parser.add_argument("--no-lake", dest="lake", action="store_false", help="leave the lake alone")
    parser.add_argument("--no-trino", dest="trino", action="store_false", help="do not read back through Trino")
    return parser


if __name__ == "__main__":
    sys.exit(main())
