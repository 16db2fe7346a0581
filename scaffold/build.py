"""From rows to the draft of a domain."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from psycopg2.extensions import cursor as Cursor

from client.errors import CommandError
from scaffold.declared import as_declared
from scaffold.keys import in_order, with_keys
from scaffold.model import Draft, Table
from scaffold.naming import column_names
from scaffold.port import port
from scaffold.profile import examples, profile
from scaffold.ranges import with_ranges
from scaffold.sources import NamedFile
from scaffold.trial import bring, words_to_quote
from scaffold.types import draft as draft_column
from seed.rowfile import FaultyFileError, RowFile, lines

MOST_COLUMNS = 1_599
"""Of a table of PostgreSQL, less the one that the loader adds while it looks at rows."""


def from_files(files: Mapping[str, RowFile]) -> list[Table]:
    """The tables of files, every row of which was looked at. Raises CommandError with all files that cannot be read."""
    tables, problems = [], []
    for name, file in files.items():
        try:
            tables.append(_table(name, file))
        except FaultyFileError as error:
            problems.append(str(error))
    if problems:
        raise CommandError("\n".join([*problems, "Nothing was written."]))
    return tables


def _table(name: str, file: RowFile) -> Table:
    header = file.header
    if len(header) > MOST_COLUMNS:
        raise file.fault(f"has {len(header):,} columns; a table has {MOST_COLUMNS:,} at most")
    found, size = profile(file)
    names = column_names(header)
    where = lines(file, set(examples(found)))
    columns = [draft_column(column, own, names, where, file.unit) for column, own in zip(found, names, strict=True)]
    rows = found[0].rows if found else 0
    return Table(
        name=name,
        origin=file.path.name,
        columns=tuple(as_declared(file, columns)),
        rows=rows,
        file=NamedFile(file.path, file.name, tuple(names)),
        size=size,
    )


def complete(cursor: Cursor, name: str, tables: Sequence[Table], notes: Sequence[str], *, keys: bool) -> Draft:
    """The draft, with an output port, after all rows went into a database; `keys`: look for keys and references."""
    for table in tables:
        bring(cursor, table)
    keyed = [with_ranges(cursor, table) for table in (with_keys(cursor, tables) if keys else in_order(tables))]
    made = port(keyed, sorted(words_to_quote(cursor)))
    return Draft(name=name, tables=tuple(keyed), port=made, notes=tuple(notes))


def without_rows(draft: Draft, names: Sequence[str]) -> Draft:
    """The draft with the rows of these tables left where they are, and of all that references tie to them."""
    tied = tied_to(draft.tables, names)
    tables = tuple(replace(table, sample=False) if table.name in tied else table for table in draft.tables)
    return replace(draft, tables=tables)


def tied_to(tables: Sequence[Table], names: Sequence[str]) -> set[str]:
    """These tables, and all that references tie to them."""
    tied, pairs = set(names), {(table.name, each.table) for table in tables for each in table.references}
    while more := {name for pair in pairs if tied & {*pair} for name in pair} - tied:
        tied |= more
    return tied
