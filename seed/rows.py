"""Sample rows into the tables that are as the loader left them. What anybody else has written stays."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from secrets import token_hex
from typing import Any, Literal

import psycopg2
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL

from client.errors import CommandError
from seed.check import Checked
from seed.content import Content
from seed.copyrows import try_rows
from seed.migrate import MADE_EMPTY, left_by_loader
from seed.notes import Load, note_loads, noted_loads
from seed.ports import store
from seed.rowfile import Block, without_end_mark
from seed.sources import Rows, Source, csv_of
from seed.sqlfile import reason
from seed.stage import copy_blocks
from seed.tables import Table, any_row, content, continue_numbering, tables, tied


@dataclass(frozen=True)
class Held:
    """What a table holds after a run, and what the run did; `sample` is how many rows it would have put there."""

    content: Content
    state: Literal["loaded", "unchanged", "left", "tied", "kept"]
    sample: int = 0


def bring_rows(cursor: Cursor, checked: Checked, *, reset: bool, say: Callable[[str], None]) -> dict[Table, Held]:
    """Put the sample into the domain's tables, as part of the caller's transaction.

    Tables that foreign keys tie to each other are replaced together or not at all: all of them are as the loader left
    them, or `reset` is given, and then `say` names first what is lost.
    """
    source, names = checked.source, tables(cursor)
    if reset:
        _lock(cursor, names)  # what is named is all that is lost
    mine, noted = left_by_loader(cursor, names), noted_loads(cursor)
    held: dict[Table, Held] = {}
    lost: list[str] = []
    changed: list[list[Table]] = []
    for group in tied(cursor, names):
        foreign = [table for table in group if table not in mine]
        if reset:
            lost += [_loss(cursor, table) for table in foreign if not _without_file(source, table, noted)]
        if (reset and foreign) or (not foreign and _differs(source, group, mine)):
            changed.append(group)
        else:
            held |= _as_it_is(cursor, source, group, mine)
    if reset:
        say(f"{source.domain}: RESET replaces {'; '.join(lost) or 'nothing that anybody else has written'}")
    if changed:
        _lock(cursor, [table for group in changed for table in group])
        store.unstore(cursor)  # their rows are worked out once, from all that is loaded
    for group in changed:
        held |= _replace(cursor, checked, group, reset=reset)
    return {table: held[table] for table in names}


def give_up(cursor: Cursor, domain: str, *, reset: bool, say: Callable[[str], None]) -> None:
    """Before tables are dropped: say which rows go that are not the loader's, or raise CommandError without `reset`.

    Nobody can write to the tables any more.
    """
    names = tables(cursor)
    _lock(cursor, names)
    mine = left_by_loader(cursor, names)
    lost = [_loss(cursor, table) for table in names if table not in mine]
    if lost and not reset:
        raise CommandError(
            f"RECREATE would drop the tables of {domain} with rows that are not the sample's. Nothing was changed.\n"
            + "\n".join(f"  {each}" for each in lost)
            + f"\nTo give them up, type\n  make seed RECREATE={domain} RESET={domain}"
        )
    if lost:
        say(f"{domain}: dropped with its tables are {'; '.join(lost)}")
    made = [f"{table} {load.content.rows:,} rows" for table, load in mine.items() if _made_in_place(load)]
    if made:
        say(f"{domain}: dropped are {'; '.join(made)}, too: what a migration inserted does not come back")


def _fingerprint(source: Source, table: Table) -> str | None:
    """What of the sample a table would hold; None where nothing is for it."""
    if table.schema == "public" and (table.name in source.samples or table.name in source.generated()):
        return source.fingerprint(table.name)
    return None


def _differs(source: Source, group: list[Table], mine: dict[Table, Load]) -> bool:
    """Whether the sample has other rows than those that it left."""
    return any(mine[table].source != (_fingerprint(source, table) or MADE_EMPTY) for table in group)


def _as_it_is(cursor: Cursor, source: Source, group: list[Table], mine: dict[Table, Load]) -> dict[Table, Held]:
    foreign = [table for table in group if table not in mine]
    held = {}
    for table in group:
        now = content(cursor, table) if table in foreign else mine[table].content
        if not foreign:
            held[table] = Held(now, "unchanged")
        else:
            there = source.count(table.name) if _fingerprint(source, table) else 0
            held[table] = Held(now, "left" if table in foreign else "tied", there)
    return held


def _replace(cursor: Cursor, checked: Checked, group: list[Table], *, reset: bool) -> dict[Table, Held]:
    source = checked.source
    _lock(cursor, group)
    mine = left_by_loader(cursor, group)  # again, now that nobody can write
    if not reset and any(table not in mine for table in group):
        return _as_it_is(cursor, source, group, mine)
    kept = _empty(cursor, source, group)
    generated = source.generated()
    problems: list[str] = []
    for table in group:
        if table.schema != "public":
            continue
        if sample := source.samples.get(table.name):
            problems += try_rows(cursor, table, sample, constraints=not problems)
        if (rows := generated.get(table.name)) is not None and not problems:
            _copy_generated(cursor, checked, table, rows)
        continue_numbering(cursor, table, down=True)
    if problems:
        raise CommandError("\n".join(problems) + "\nNothing was changed.")
    loads = {table: Load(_fingerprint(source, table) or MADE_EMPTY, content(cursor, table)) for table in group}
    others = {table for table in kept if table not in mine}
    note_loads(cursor, {table: load for table, load in loads.items() if table not in others})
    return {table: Held(load.content, "kept" if table in others else "loaded") for table, load in loads.items()}


def _copy_generated(cursor: Cursor, checked: Checked, table: Table, rows: Rows) -> None:
    """Rows of the generator, whose values are in the order of schema.sql: a migrated table may have another."""
    first = next(rows, None)
    if first is None:
        return
    known, place = checked.columns[table.name], f"{checked.source.domain}/generate.py"
    width = len(next(csv.reader(io.StringIO(first.decode(), newline="")))) if isinstance(first, bytes) else len(first)
    if width > len(known):
        raise CommandError(f"{place}: a row of {table} has {width} values, of {len(known)} columns")
    null = "" if isinstance(first, bytes) else token_hex(8)  # no text of a row
    try:
        copy_blocks(cursor, table, known[:width], _blocks(chain([first], rows), null), null=null)
    except psycopg2.errors.DiskFull:
        raise
    except psycopg2.Error as error:
        raise CommandError(f"{place}: {reason(error)}\nNothing was changed.") from None


def _blocks(rows: Iterator[Any], null: str) -> Iterator[Block]:
    """Generated rows as CSV, which they may be already."""
    if null:
        return csv_of(rows, null)
    return (Block(0, without_end_mark(piece)) for piece in rows)


def _without_file(source: Source, table: Table, noted: dict[Table, Load]) -> bool:
    """Whether a table has rows that schema.sql or a migration put there, and no file could put there again."""
    left = noted.get(table)
    return left is not None and _made_in_place(left) and _fingerprint(source, table) is None


def _made_in_place(load: Load) -> bool:
    return load.source == MADE_EMPTY and load.content.rows > 0


def _empty(cursor: Cursor, source: Source, group: list[Table]) -> list[Table]:
    """Take all rows out of the tables, but for those that no file has; returns the tables that keep theirs."""
    noted = noted_loads(cursor)
    kept = [table for table in group if _without_file(source, table, noted)]
    emptied = [table for table in group if table not in kept]
    if any(any_row(cursor, table) for table in emptied):
        try:
            cursor.execute(SQL("TRUNCATE {}").format(SQL(", ").join(table.sql for table in emptied)))
        except psycopg2.errors.FeatureNotSupported:
            raise CommandError(_in_the_way(source, kept)) from None
    return kept


def _in_the_way(source: Source, kept: list[Table]) -> str:
    """Why the sample cannot be replaced beneath rows that refer to it."""
    files = " and ".join(source.label(source.folder / f"{table.name}.csv") for table in kept)
    return (
        f"{source.domain}: the sample cannot be replaced: {', '.join(map(str, kept))} may refer to its rows, and a "
        "migration or schema.sql made what is in there; no file could put that there again. Nothing was changed.\n"
        f"Put these rows into {files}, and they are loaded with the others (psql … \\copy (TABLE {kept[0]}) TO "
        f"'{kept[0]}.csv' CSV HEADER). Or leave the sample as it was."
    )


def _lock(cursor: Cursor, names: list[Table]) -> None:
    if names:
        cursor.execute(
            SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(SQL(", ").join(table.sql for table in names))
        )


def _loss(cursor: Cursor, table: Table) -> str:
    """How many rows a table has that somebody else has written to."""
    noted = noted_loads(cursor).get(table)
    left = f"of which the loader put {noted.content.rows:,}" if noted else "none of them the loader's"
    return f"{table} {content(cursor, table).rows:,} rows, {left}"
