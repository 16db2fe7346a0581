"""Everything that can be wrong with a domain's folder, found in a scratch database before anything changes."""

from contextlib import closing
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

from client.errors import CommandError
from client.stack import Stack
from mesh.contracts.model import Contract
from mesh.contracts.types import postgresql
from mesh.sql import quoted
from seed.copyrows import try_rows
from seed.describe import Description, Thing, describe, views_read
from seed.migrate import refuse_changed
from seed.notes import applied_migrations, ensure_notes, has_notes, noted_loads
from seed.ports import store
from seed.rowfile import FaultyFileError
from seed.scratch import scratch_database
from seed.sources import Source
from seed.sqlfile import read_sql, run_sql
from seed.stage import header_faults
from seed.tables import Table, any_row, columns, shapes, tables, tied


@dataclass(frozen=True)
class Checked:
    """A domain's folder, found sound, and what its `schema.sql` makes."""

    source: Source
    wanted: Description
    reads: dict[str, set[str]]
    """What each view of it reads, by the names of `wanted`."""
    columns: dict[str, list[str]]
    """The columns of the tables in schema public, in their order."""


def check(stack: Stack, source: Source) -> Checked:
    """Try a domain's schema, contract and sample rows together. Raises CommandError with all that is wrong."""
    problems = source.misplaced()
    for path in (source.schema, *source.migrations.values()):
        try:
            read_sql(path, source.label(path))
        except CommandError as error:
            problems.append(str(error))
    if problems:
        raise CommandError("\n".join(problems))
    applied, loaded = _noted(stack, source.domain)
    refuse_changed(source, applied)
    with scratch_database(stack, source.domain) as connection, connection, connection.cursor() as cursor:
        run_sql(cursor, source.schema, source.label(source.schema))
        wanted, reads = describe(cursor), views_read(cursor)
        made = {table.name: table for table in tables(cursor) if table.schema == "public"}
        order = {name: [column.name for column in columns(cursor, table)] for name, table in made.items()}
        if not made:
            raise CommandError(f"{source.label(source.schema)} makes no table")
        problems = broken_promises(source.contract, wanted) + _faulty_tables(cursor, source, made)
        problems += _faulty_samples(cursor, source, made, loaded)
        if problems:
            raise CommandError("\n".join(problems))
        ensure_notes(cursor)
        store.keep(cursor, store.wanted(source.contract), source.domain)
    return Checked(source, wanted, reads, order)


def _noted(stack: Stack, domain: str) -> tuple[dict[str, str], dict[str, str]]:
    """The migrations that the database contains, and the fingerprint of what the loader left in each table."""
    with closing(stack.connect(domain, "admin")) as connection, connection, connection.cursor() as cursor:
        if not has_notes(cursor):
            return {}, {}
        loads = {table.name: load.source for table, load in noted_loads(cursor).items() if table.schema == "public"}
        return applied_migrations(cursor), loads


def broken_promises(contract: Contract | None, wanted: Description) -> list[str]:
    """What the contract lists and `schema.sql` does not make."""
    found = []
    for table in contract.tables if contract else ():
        if _definition(wanted, table.kind, table.name) is None:
            found.append(f"{table.kind} {table.name} is in contract.yaml, and schema.sql does not make it")
            continue
        for column in table.columns:
            kind = postgresql(column.physical_type)
            definition = _definition(wanted, "column", column.name, table.name)
            if definition is None:
                found.append(f"column {table.name}.{column.name} is in contract.yaml, and schema.sql does not make it")
            elif definition != kind and not definition.startswith(f"{kind} "):
                found.append(
                    f"column {table.name}.{column.name} is {column.physical_type} in contract.yaml, and "
                    f"{definition} in schema.sql"
                )
    return [f"{contract.domain}: {problem}" for problem in found] if contract else []


def _definition(wanted: Description, kind: str, name: str, of: str = "") -> str | None:
    """The definition of a thing in schema public; PostgreSQL quotes names that are words of SQL."""
    for table in {of, quoted(of)} if of else {""}:
        for each in (name, quoted(name)):
            if (found := wanted.get(Thing(kind, each, table))) is not None:
                return found
    return None


def _faulty_tables(cursor: Cursor, source: Source, made: dict[str, Table]) -> list[str]:
    """Tables that Trino does not find, and those whose rows come from two places: the loader would replace one's."""
    schema, found = source.label(source.schema), []
    files = dict.fromkeys(source.generated(), source.label(source.generator))
    files |= {name: file.name for name, file in source.samples.items()}
    for name, table in made.items():
        if name != name.lower():
            found.append(f"{schema} makes a table {name}: Trino finds no capitals, so call it {name.lower()}")
        elif name in files and any_row(cursor, table):
            found.append(f"{schema} puts rows into {name}, and so does {files[name]}: keep one of them")
    return found


def _faulty_samples(cursor: Cursor, source: Source, made: dict[str, Table], loaded: dict[str, str]) -> list[str]:
    """What is wrong with the sample rows; those that the loader has loaded before are sound."""
    found = []
    for name, file in source.samples.items():
        if name not in made:
            found.append(f"{file.name} is read by nobody: schema.sql makes no table {name}")
            continue
        try:
            found += header_faults(file, shapes(cursor, made[name]), name)
        except FaultyFileError as error:
            found.append(str(error))
    if unknown := source.generated().keys() - made.keys():
        found.append(f"{source.domain}/generate.py has rows for {sorted(unknown)}, and schema.sql makes no such table")
    if found or all(loaded.get(name) == source.fingerprint(name) for name in made):
        return found
    for group in tied(cursor, list(made.values())):
        wrong: list[str] = []
        for table in group:
            if file := source.samples.get(table.name):
                # After a fault, rows that refer to the missing ones would be called wrong too.
                wrong += try_rows(cursor, table, file, constraints=not wrong)
        found += wrong
    return found
