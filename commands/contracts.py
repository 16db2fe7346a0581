"""Checks the running mesh against every contract, through PostgreSQL and Trino: `python -m commands.contracts`."""

import argparse
import sys
from collections.abc import Iterator, Sequence

from client.command import run
from client.errors import CommandError
from client.stack import Stack, read_stack
from commands.verify_contracts import Result, in_postgresql, in_trino
from mesh.contracts.read import DOMAINS_FOLDER, ContractError, read_contracts, read_shared_contract
from mesh.contracts.types import GLUE, trino
from mesh.sql import quoted


def check(stack: Stack) -> Iterator[Result]:
    """The results of all checks of all contracts of a stack. A check that cannot run is a failed one.

    Raises CommandError for a contract that cannot be used.
    """
    try:
        contracts = read_contracts(DOMAINS_FOLDER, [domain.name for domain in stack.domains.values()])
        lake = read_shared_contract()
    except ContractError as error:
        raise CommandError(str(error)) from None
    for domain, contract in contracts.items():
        yield from in_postgresql(stack, contract)
        catalog = quoted(stack.domains[domain].catalog)
        yield from in_trino(stack, contract, catalog, "public", trino, rows=False)
    catalog, schema, _ = stack.lake.events_table.split(".")
    yield from in_trino(stack, lake, quoted(catalog), schema, GLUE.get, rows=True)


def report(results: Sequence[Result]) -> str:
    """The results as a table: a line for each table and server, and one for each failed check."""
    failed = [result for result in results if result.failure]
    places = dict.fromkeys((result.contract, result.table, result.server) for result in results)
    lines = []
    for place in places:
        here = [result for result in results if (result.contract, result.table, result.server) == place]
        failures = [result for result in here if result.failure]
        name = f"{place[0]}.{place[1]}".rstrip(".")
        outcome = f"{len(failures)} FAILED" if failures else "passed"
        lines.append(f"{name:<28} {place[2]:<10} {len(here):>3} checks  {outcome}")
        lines += [f"    FAILED {result.what}: {result.failure}" for result in failures]
    count = f"{len(failed)} of {len(results)} checks failed" if failed else f"all {len(results)} checks passed"
    return "\n".join([*lines, count])


def main(arguments: Sequence[str] | None = None) -> int:
    """Checks and prints the report; the exit status: 0 when every check ran and passed."""
    parser = argparse.ArgumentParser(prog="python -m commands.contracts", description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    options = parser.parse_args(arguments)
    return run("contracts", lambda: _print(list(check(read_stack(options.stack)))))


def _print(results: Sequence[Result]) -> int:
    print(report(results))
    return 1 if not results or any(result.failure for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
