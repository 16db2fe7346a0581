"""Loads a file of rows into a table: `python -m commands.load --domain sales --table orders --file orders.csv`.

New rows are inserted; where the table has a primary key and a row with the same key is there, it is updated. All of the
file or nothing of it.
"""

import argparse
import errno
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.stack import Stack, read_stack
from client.waiting import waiting
from seed.copyrows import GuessedValueError, copy_rows
from seed.load import begin, transaction_errors
from seed.ports.store import stored
from seed.rowfile import FaultyFileError, RowFile
from seed.sqlfile import reason
from seed.stage import explain, header_faults, refused_rows
from seed.tables import Table, continue_numbering, refresh_views, shapes, tables
from seed.upsert import STAGE, insert_from_stage, rows_with_key

STANDARD_INPUT = "-"
USAGE = "make load DOMAIN=sales TABLE=orders FILE=orders.csv"


@dataclass(frozen=True)
class Counts:
    """What became of a file's rows."""

    inserted: int
    updated: int = 0
    unchanged: int = 0


def load(stack: Stack, domain: str, name: str, file: RowFile, *, dry_run: bool = False) -> Counts:
    """Load a file into the table called `name`, in one transaction; `dry_run` takes it back at the end.

    Raises CommandError with the first ten faulty lines, and nothing is changed.
    """
    with closing(stack.connect(domain, "admin")) as connection, transaction_errors(domain):
        begin(connection)
        with connection.cursor() as cursor:
            table = _table(cursor, domain, name)
            counts = _load(cursor, table, file)
            refresh_views(cursor, all_of_them=True)
        if dry_run:
            connection.rollback()
            return counts
        try:
            connection.commit()
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(SQL("ANALYZE {}").format(table.sql))
        except (psycopg2.Error, KeyboardInterrupt) as error:
            why = str(error) or "interrupted"
            raise CommandError(
                f"the rows of {file.name} may be there already: it stopped at the very end ({why}). "
                f"Count the rows of {table} before you load the file again."
            ) from None
    return counts


def _table(cursor: Cursor, domain: str, name: str) -> Table:
    known = [table for table in tables(cursor) if table.schema == "public"]
    if (table := Table("public", name)) in known:
        return table
    cursor.execute(
        "SELECT 1 FROM pg_class WHERE relname = %s AND relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')",
        (name,),
    )
    if cursor.fetchone() or name in stored(cursor):
        raise CommandError(f"{name} is a view: load into the tables that it reads. Nothing was changed.")
    raise CommandError(
        f"{domain} has no table {name!r}: it has {', '.join(map(str, known)) or 'none, type `make seed` first'}"
    )


def _load(cursor: Cursor, table: Table, file: RowFile) -> Counts:
    _refuse(header_faults(file, shapes(cursor, table), str(table)))
    cursor.execute("SAVEPOINT datamesh_copy")
    try:
        counts = Counts(copy_rows(cursor, table, file))
    except (psycopg2.Error, GuessedValueError):
        cursor.execute("ROLLBACK TO datamesh_copy")
        counts = _upsert(cursor, table, file)
    continue_numbering(cursor, table, down=False)
    return counts


def _upsert(cursor: Cursor, table: Table, file: RowFile) -> Counts:
    """The way for rows of which COPY refuses one: it is there already, or it does not fit."""
    try:
        _refuse(explain(cursor, table, file, constraints=False))
    except psycopg2.errors.DiskFull:
        raise
    except psycopg2.Error as error:  # not every type can look at a text without an error
        raise FaultyFileError(f"{file.name}: {reason(error)}\nNothing was changed.") from None
    # Else a row that somebody inserts meanwhile would be counted wrongly; reading goes on.
    cursor.execute(SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(table.sql))
    insert, conflict = insert_from_stage(cursor, table, file.header)
    cursor.execute("SAVEPOINT datamesh_upsert")
    try:
        known = rows_with_key(cursor, table, file.header)
        cursor.execute(
            SQL("WITH done AS ({} {} RETURNING 1) SELECT count(*), (SELECT count(*) FROM {}) FROM done").format(
                insert, conflict, STAGE.sql
            )
        )
        written, rows = cursor.fetchone() or (0, 0)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg2.errors.DiskFull:
        raise
    except psycopg2.Error as error:
        cursor.execute("ROLLBACK TO datamesh_upsert")
        _refuse(refused_rows(cursor, table, file))
        raise FaultyFileError(f"{file.name}: {reason(error)}\nNothing was changed.") from None
    return Counts(rows - known, written - (rows - known), rows - written)


def _refuse(problems: list[str]) -> None:
    if problems:
        raise FaultyFileError("\n".join(problems) + "\nNothing was changed.")


@contextmanager
def opened(text: str) -> Iterator[RowFile]:
    """The file that a person named; standard input is kept in a file meanwhile, as it may be read more than once."""
    if text != STANDARD_INPUT:
        yield RowFile(Path(text), text)
        return
    with tempfile.NamedTemporaryFile(prefix="datamesh-rows-") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        yield RowFile(Path(copy.name), "standard input")


def main(arguments: Sequence[str] | None = None) -> int:
    """Load and say what became of the rows; the exit status."""
    parser = Parser(prog="python -m commands.load", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--domain", default="", help="whose table it is, e.g. sales")
    parser.add_argument("--table", default="", help="e.g. orders")
    parser.add_argument("--file", default="", help="CSV, gzip of it, or Parquet; - is standard input")
    parser.add_argument("--dry-run", action="store_true", help="only say what would become of the rows")
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    options = parser.parse_args(arguments)
    return run("load", lambda: _run(options), "interrupted; nothing was changed")


def _run(options: argparse.Namespace) -> None:
    started = time.monotonic()
    try:
        if missing := [name.upper() for name in ("domain", "table", "file") if not getattr(options, name).strip()]:
            raise CommandError(f"{', '.join(missing)} is missing. Type: {USAGE}")
        stack = read_stack(options.stack)
        if options.domain not in stack.domains:
            raise CommandError(f"the stack has no domain {options.domain!r}: it has {', '.join(stack.domains)}")
        with waiting(f"Loading {options.file}"), opened(options.file) as file:
            counts = load(stack, options.domain, options.table, file, dry_run=options.dry_run)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise CommandError(f"{options.file} cannot be read to its end: {error}; nothing was changed") from None
    done = f"{counts.inserted:,} inserted, {counts.updated:,} updated, {counts.unchanged:,} unchanged"
    what = f"{options.domain}.{options.table}: {done}"
    print(
        f"{what}: a dry run, nothing was changed" if options.dry_run else f"{what} ({time.monotonic() - started:.1f} s)"
    )


if __name__ == "__main__":
    sys.exit(main())
