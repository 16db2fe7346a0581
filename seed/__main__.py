"""The command line: `python -m seed [DOMAIN …] [--scale N] [--reset DOMAIN] [--recreate DOMAIN] [--stack NAME]`."""

import argparse
import sys
import time
from collections.abc import Sequence

from client.arguments import Parser
from client.at_once import at_once
from client.command import run
from client.errors import CommandError
from client.stack import Stack, read_stack
from client.typed import for_stack
from client.waiting import say, waiting
from mesh.contracts.model import Table
from mesh.contracts.read import ContractError, read_shared_contract
from seed.check import Checked, check
from seed.lake import events, fields, load_events
from seed.load import Loaded, Orders, load_domain, transaction_errors
from seed.sources import Source, find_sources
from seed.verify import verify_domains, verify_events


def main(arguments: Sequence[str] | None = None) -> int:
    """Seed a stack; the exit status: 0 when everything is there and reads back as it is."""
    options = chosen(arguments)
    interrupted = "interrupted; no domain is half loaded, the same again finishes"
    return run("seed", lambda: seed(read_stack(options.stack), options), interrupted)


def chosen(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was chosen on the command line."""
    return _parser().parse_args(arguments)


def seed(stack: Stack, options: argparse.Namespace) -> None:
    """Check everything, load the domains and the lake, then read everything back."""
    domains = options.domains or list(stack.domains)
    given_up = {*options.reset, *options.recreate}
    if unknown := {*options.domains, *given_up} - stack.domains.keys():
        named = ", ".join(repr(name) for name in sorted(unknown))
        raise CommandError(f"the stack has no domain {named}: it has {', '.join(stack.domains)}")
    if beside := given_up - set(domains):
        raise CommandError(f"{', '.join(sorted(beside))} cannot be given up: this run is for {', '.join(domains)} only")
    started = time.monotonic()
    checked, columns, rows = _checked(stack, domains, options)
    changed = False
    for each in checked:
        domain = each.source.domain
        orders = Orders(reset=domain in options.reset, recreate=domain in options.recreate)
        with waiting(f"Loading {domain}"):
            loaded = load_domain(stack, each, orders, say)
        made = loaded.schema.made or bool(loaded.schema.migrations or loaded.ports)
        changed = changed or loaded.changed or made
        report(each.source, loaded, started)
        started = time.monotonic()
    if options.lake:
        with waiting("Loading the lake"):
            state = "loaded" if load_events(stack, columns, rows) else "unchanged"
        _say("lake", f"{stack.lake.events_table} {len(rows)} rows, {state}", started)
        started = time.monotonic()
    contracts = {each.source.domain: each.source.contract for each in checked}
    with waiting("Reading every row back" + (", through Trino too" if options.trino else "")):
        left_out = verify_domains(stack, contracts, trino=options.trino, changed=changed)
        if options.trino and options.lake:
            verify_events(stack, [column.name for column in columns], rows)
    if options.trino:
        _say("verified", "Trino reads the same rows", started)
        for each in left_out:
            print(f"{'':<10} {each}")


def _checked(stack: Stack, domains: Sequence[str], options: argparse.Namespace) -> tuple[list[Checked], list, list]:
    """Everything that is to be loaded. Raises CommandError with all that is wrong, before anything changes."""
    problems: list[str] = []
    columns, rows = [], []

    def tried(source: Source) -> Checked | None:
        try:
            with transaction_errors(source.domain):
                return check(stack, source)
        except CommandError as error:
            problems.append(str(error))
            return None

    with waiting(f"Trying the files of {', '.join(domains)} in scratch databases"):
        found = at_once(tried, find_sources(domains, options.scale))
    checked = [each for each in found if each]
    if options.lake:
        try:
            table = _table_of_events()
            columns, rows = fields(table), events(table)
        except CommandError as error:
            problems.append(str(error))
    if problems:
        raise CommandError("\n".join(problems) + "\nNothing was changed.")
    return checked, columns, rows


def _table_of_events() -> Table:
    try:
        (table,) = read_shared_contract().tables
    except ContractError as error:
        raise CommandError(str(error)) from None
    return table


def report(source: Source, loaded: Loaded, started: float) -> None:
    """Print what a domain's tables hold, and what was left alone."""
    domain = source.domain
    if loaded.schema.migrations:
        print(f"{domain:<10} migrated: {', '.join(loaded.schema.migrations)}")
    if loaded.schema.contained:
        print(
            f"{domain:<10} not run, and counted as applied: {', '.join(loaded.schema.contained)}. The tables were "
            "those of schema.sql already; statements in them that change rows are yours to run (psql)"
        )
    held = ", ".join(f"{table} {held.content.rows:,} rows" for table, held in loaded.tables.items())
    _say(domain, f"{held}, {'loaded' if loaded.changed else 'unchanged'}", started)
    for table, held in loaded.tables.items():
        rows = f"{held.content.rows:,} rows are there"
        if held.state == "left":
            print(
                f"{'':<10} {table}: {rows}, not as the loader left them: kept. The sample has {held.sample:,}; "
                + for_stack(f"`make seed RESET={domain}` replaces them")
            )
        elif held.state == "kept":
            print(f"{'':<10} {table}: {rows}, kept: schema.sql or a migration made its rows, and no file has them")
        elif held.state == "tied":
            print(f"{'':<10} {table}: {rows}, kept with the tables that foreign keys tie it to")

    if source.scale and not source.generator.exists():
        print(f"{'':<10} SCALE adds nothing: there is no {source.label(source.generator)}")
    for port, done in loaded.ports.items():
        print(f"{'':<10} {port} {done}")


def _say(what: str, text: str, started: float) -> None:
    print(f"{what:<10} {text} ({time.monotonic() - started:.1f} s)", flush=True)


def _thousands(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of thousand customers from 0 to 100000")
    return int(text)


def _domain(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("needs the name of a domain: it gives up rows that are not the sample's")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m seed",
        description="Make each domain's roles and tables, fill them and the lake with sample data, and read it all "
        "back. Tables that anybody else has written to are left as they are.",
    )
    parser.add_argument("domains", nargs="*", metavar="DOMAIN", help="only these domains (default: all of the stack)")
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--scale", type=_thousands, default=0, metavar="N", help="add N thousand customers")
    parser.add_argument(
        "--reset",
        type=_domain,
        action="append",
        default=[],
        metavar="DOMAIN",
        help="give up the rows of this domain that are not the sample's, named first",
    )
    parser.add_argument(
        "--recreate",
        type=_domain,
        action="append",
        default=[],
        metavar="DOMAIN",
        help="drop this domain's tables first, and make them anew from schema.sql",
    )
    parser.add_argument("--no-lake", dest="lake", action="store_false", help="leave the lake alone")
    parser.add_argument("--no-trino", dest="trino", action="store_false", help="do not read back through Trino")
    return parser


if __name__ == "__main__":
    sys.exit(main())
