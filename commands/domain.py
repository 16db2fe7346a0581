"""Makes a domain from rows that are there: `python -m commands.domain --name finance --from invoices.csv`."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from client.arguments import Parser, switch
from client.command import run
from client.errors import CommandError
from client.outputs import PROJECT
from commands.domain_server import server_for_a_moment
from mesh.contracts.read import ContractError, declared_domains, read_contracts
from mesh.names import DomainName
from scaffold import database
from scaffold.build import complete, from_files, without_rows
from scaffold.model import Draft, Table
from scaffold.report import decisions, example_query, loads, name_in_query, table_of
from scaffold.sources import USAGE, files
from scaffold.template import template
from scaffold.trial import check_as_the_seed_does, keep_promises, transaction, trial_stack, words_to_quote
from scaffold.write import fill, finish, read_back, refuse_name, unfinished

PUBLIC = "public"
LARGEST_SAMPLE = 5_000_000
"""Bytes of a file of rows that goes into the domain's folder; larger ones are loaded by `make load`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the domain, and say what was inferred and what to type next; the exit status."""
    parser = Parser(prog="python -m commands.domain", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--name", default="", help="the domain's, e.g. finance")
    parser.add_argument("--from", dest="origin", default="", help="files of rows with commas between, or a folder")
    parser.add_argument("--schema", help="of a database, whose tables are taken (default: public)")
    parser.add_argument("--template", type=switch, default=False, help="1: a small domain with a few invented rows")
    parser.add_argument("--rows", type=switch, help="0: leave all rows where they are")
    parser.add_argument("--program", type=switch, default=True, help="0: leave __main__.py alone")
    options = parser.parse_args(arguments)
    interrupted = "interrupted; nothing was written unless the line above says so"
    return run("domain", lambda: _run(options, PROJECT), interrupted)


def _run(options: argparse.Namespace, project: Path) -> None:
    if not options.name:
        raise CommandError(f"NAME is missing. Type: {USAGE}")
    if bool(options.origin) == options.template:
        which = "FROM and TEMPLATE are both given" if options.template else "FROM is missing"
        raise CommandError(f"{which}. Type: {USAGE}\nor, with a few invented rows: make domain NAME=finance TEMPLATE=1")
    if options.template and (options.rows is not None or options.schema is not None):
        which = "ROWS" if options.rows is not None else "SCHEMA"
        raise CommandError(f"{which} is of rows that are there, and TEMPLATE=1 invents its own: leave one of them out.")
    rows = options.rows is not False
    started = time.monotonic()
    domains, program = project / "domains", project / "__main__.py"
    refuse_name(options.name, domains, program, edit=options.program)
    name = DomainName(options.name)
    with unfinished(project) as work:
        tables, notes = _tables(options, work)
        print(f"{sum(table.rows or 0 for table in tables):,} rows read; trying the domain in a database …", flush=True)
        keys = not database.is_address(options.origin)  # a database knows its own
        draft = _tried(name, tables, notes, work, domains, rows=rows, keys=keys)
        finish(work / name, domains, name, program, edit=options.program)
    _say(draft, domains, time.monotonic() - started, options)


def _tables(options: argparse.Namespace, work: Path) -> tuple[list[Table], list[str]]:
    if options.template:
        return template(work), []
    if database.is_address(options.origin):
        return database.read(
            database.Source(options.origin, _schema(options)), work, 0 if options.rows is False else LARGEST_SAMPLE
        )
    if options.schema is not None:
        raise CommandError("SCHEMA is of a database: FROM=postgresql://USER@HOST/DATABASE. Leave it out.")
    found, left_out = files(options.origin)
    for name, file in found.items():
        print(f"Reading {file.name}, the table {name} ({file.path.stat().st_size:,} bytes)", flush=True)
    notes = [f"left out, because nothing reads it: {', '.join(left_out)}"] if left_out else []
    return from_files(found), notes


def _schema(options: argparse.Namespace) -> str:
    return PUBLIC if options.schema is None else options.schema


def _tried(
    name: DomainName, tables: list[Table], notes: list[str], work: Path, domains: Path, *, rows: bool, keys: bool
) -> Draft:
    """The draft, whose folder is in `work` and was found sound with every row."""
    with server_for_a_moment() as folder:
        stack = trial_stack(folder, name)
        with transaction(stack) as cursor:
            draft = complete(cursor, name, tables, notes, keys=keys)
            draft = without_rows(draft, [table.name for table in tables if not rows or _large(table)])
            fill(work / name, draft, words_to_quote(cursor))
            contract = read_back(work / name, name, domains)
            keep_promises(cursor, draft, work / name / "schema.sql", contract)
        check_as_the_seed_does(stack, name, work / name)
    return draft


def _large(table: Table) -> bool:
    return table.file is None or table.size > LARGEST_SAMPLE


def _say(draft: Draft, domains: Path, seconds: float, options: argparse.Namespace) -> None:
    print(table_of(draft))
    if found := list(decisions(draft)):
        print("\nLook at:")
        print("\n".join(f"  - {each}" for each in found))
    written = ", ".join(path.name for path in sorted((domains / draft.name).iterdir()))
    line = ", and the line in __main__.py" if options.program else "; __main__.py is as it was"
    print(f"\ndomains/{draft.name}/ is written ({written}){line}. {seconds:.1f} s")
    print("Next: make up")
    source = database.Source(options.origin, _schema(options))
    copy = source.copy_command if database.is_address(options.origin) else None
    if by_hand := list(loads(draft, copy)):
        print("Then, for the rows that stay where they are, in this order:")
        print("\n".join(by_hand))
    query = example_query(draft, _keys(domains, draft.name), DomainName(draft.name).identifier)
    print(f"Then: make sql QUERY={quote(query)}")


def _keys(domains: Path, name: str) -> dict[tuple[str, str], str]:
    """Name and type of the keys of other domains' tables -> the table as Trino calls it."""
    try:
        contracts = read_contracts(domains, [each for each in declared_domains(domains) if each != name])
    except ContractError:
        return {}
    found: dict[tuple[str, str], str] = {}
    for domain, contract in contracts.items():
        for table in contract.tables:
            if table.kind == "table" and len(table.key) == 1:
                kind = next(column.physical_type for column in table.columns if column.name == table.key[0])
                place = f"{name_in_query(domain.identifier)}.public.{name_in_query(table.name)}"
                found.setdefault((table.key[0], kind), place)
    return found


if __name__ == "__main__":
    sys.exit(main())
