"""Checks the running mesh against every contract, through PostgreSQL and Trino: `python -m commands.contracts`."""

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain

from client.arguments import Parser
from client.at_once import at_once
from client.command import run
from client.errors import CommandError
from client.outputs import stack_name
from client.servers import SilentError
from client.stack import Stack, read_stack
from client.tables import flat
from client.waiting import waiting
from commands.contract_history import History, Run, run_of
from commands.contract_notes import notes
from commands.contract_result import Result, unable
from commands.verify_contracts import in_postgresql, in_trino
from commands.verify_ports import in_definitions
from commands.verify_readers import as_readers
from mesh.contracts.model import Contract
from mesh.contracts.read import DOMAINS_FOLDER, ContractError, read_contracts, read_shared_contract
from mesh.contracts.types import GLUE, trino
from mesh.names import DomainName
from mesh.sql import quoted


def read(stack: Stack) -> dict[DomainName, Contract]:
    """The contracts of the stack's domains as they are written. Raises CommandError for one that cannot be used."""
    try:
        return read_contracts(DOMAINS_FOLDER, [domain.name for domain in stack.domains.values()])
    except ContractError as error:
        raise CommandError(str(error)) from None


def check(stack: Stack) -> Iterator[Result]:
    """The results of all checks of all contracts of a stack. A check that cannot run is a failed one.

    Of a server that stays silent nothing more is asked for that contract, and the other contracts are checked.

    Raises CommandError for a contract that cannot be used.
    """
    today = date.today()
    contracts = read(stack)
    try:
        lake = read_shared_contract()
    except ContractError as error:
        raise CommandError(str(error)) from None
    with waiting(f"Checking {', '.join(contracts)}"):
        found = at_once(lambda contract: list(_of_domain(stack, contract, today)), contracts.values())
    yield from chain.from_iterable(found)
    catalog, schema, _ = stack.lake.events_table.split(".")
    in_lake = in_trino(stack, lake, quoted(catalog), schema, GLUE.get, rows=True)
    yield from _heard(lake, "its catalog", "Trino", in_lake)


def _of_domain(stack: Stack, contract: Contract, today: date) -> Iterator[Result]:
    catalog = quoted(stack.domains[contract.domain].catalog)
    yield from _heard(contract, "its database", "PostgreSQL", in_postgresql(stack, contract))
    yield from _heard(contract, "its stored ports", "PostgreSQL", in_definitions(stack, contract))
    in_catalog = in_trino(stack, contract, catalog, "public", trino, rows=False)
    yield from _heard(contract, "its catalog", "Trino", in_catalog)
    yield from _heard(contract, "what others see", "Trino", as_readers(stack, contract, catalog, today))


def _heard(contract: Contract, what: str, server: str, results: Iterator[Result]) -> Iterator[Result]:
    """The results, the last of which has failed when a server stays silent."""
    try:
        with waiting(f"Checking {contract.domain}, {what}"):
            found = list(results)
        yield from found
    except SilentError as error:
        yield unable(contract, "", what, server, str(error))


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
        lines += [f"    FAILED {flat(result.what)}: {flat(result.failure)}" for result in failures]
    count = f"{len(failed)} of {len(results)} checks failed" if failed else f"all {len(results)} checks passed"
    return "\n".join([*lines, count])


def main(arguments: Sequence[str] | None = None) -> int:
    """Checks and prints the report; the exit status: 0 when every check ran and passed."""
    parser = Parser(prog="python -m commands.contracts", description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--history", action="store_true", help="what earlier runs found, and nothing else")
    options = parser.parse_args(arguments)
    return run("contracts", lambda: _act(options))


def _act(options: Namespace) -> int:
    history = History(stack_name(options.stack))
    if options.history:
        print(history.trend())
        if history.damaged:
            why = f"{history.damaged} lines of {history.path} cannot be read and are left out"
            print(f"contracts: {why}; remove the file to begin anew", file=sys.stderr)
        return 0
    stack = read_stack(options.stack)
    results = list(check(stack))
    made = kept(history, results)
    print("\n".join([report(results), *notes(read(stack), date.today())]))
    return 1 if not results or made.failed else 0


def kept(history: History, results: Sequence[Result], state: str | None = None) -> Run:
    """The run, which is in the history unless that cannot be written: then a message says so."""
    try:
        return history.add(results, state)
    except OSError as error:
        print(f"contracts: this run is not in the history: {error}", file=sys.stderr)
        return run_of(results, state)


if __name__ == "__main__":
    sys.exit(main())
