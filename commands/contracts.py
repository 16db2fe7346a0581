"""`python -m commands.contracts`: every contract against the running mesh, through PostgreSQL and Trino."""

import argparse
import sys
from collections.abc import Iterator, Sequence

from client.errors import CommandError
from client.stack import Stack, read_stack
from commands.verify_contracts import Result, in_postgresql, in_trino
from mesh.contracts.read import DOMAINS_FOLDER, ContractError, read_contracts, read_shared_contract
from mesh.contracts.types import GLUE, trino
from mesh.sql import quoted


def check(stack: Stack) -> Iterator[Result]:
    """All checks of all contracts of a stack. What cannot be checked is a breach, and the others go on."""
    try:
        promised = read_contracts(DOMAINS_FOLDER, [domain.name for domain in stack.domains.values()])
        lake = read_shared_contract()
    except ContractError as error:
        raise CommandError(str(error)) from None
    for domain, contract in promised.items():
        yield from in_postgresql(stack, contract)
        catalog = quoted(stack.domains[domain].catalog)
        yield from in_trino(stack, contract, catalog, "public", trino, rows=False)
    catalog, schema, _ = stack.lake.events_table.split(".")
    yield from in_trino(stack, lake, quoted(catalog), schema, GLUE.get, rows=True)


def report(results: Sequence[Result]) -> str:
    """The results as a table: a line for each thing and server that keeps its promises, one for each breach."""
    broken = [result for result in results if result.breach]
    places = dict.fromkeys((result.contract, result.table, result.server) for result in results)
    lines = []
    for place in places:
        mine = [result for result in results if (result.contract, result.table, result.server) == place]
        bad = [result for result in mine if result.breach]
        name = f"{place[0]}.{place[1]}".rstrip(".")
        lines.append(f"{name:<28} {place[2]:<10} {len(mine):>3} checks  {f'{len(bad)} BROKEN' if bad else 'kept'}")
        lines += [f"    {result.what}: {result.breach}" for result in bad]
    ending = f"{len(broken)} of {len(results)} are broken" if broken else f"all {len(results)} are kept"
    return "\n".join([*lines, f"Promises of the contracts: {ending}"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, print; the exit status: 0 when every promise was checked and is kept."""
    parser = argparse.ArgumentParser(prog="python -m commands.contracts", description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    options = parser.parse_args(arguments)
    try:
        results = list(check(read_stack(options.stack)))
    except CommandError as error:
        print(f"contracts: {error}", file=sys.stderr)
        return 1
    print(report(results))
    return 1 if not results or any(result.breach for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
