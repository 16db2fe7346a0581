"""Rows of a file into a table at the speed of COPY, and what is wrong with them where they do not fit."""

from collections.abc import Iterator

import psycopg2
from psycopg2.extensions import cursor as Cursor

from seed.rowfaults import guessed
from seed.rowfile import Block, FaultyFileError, RowFile
from seed.sqlfile import reason
from seed.stage import copy_blocks, explain
from seed.tables import Table, shapes


class GuessedValueError(FaultyFileError):
    """A date or time is in another form than ISO 8601's, or a record has not as many fields as the header."""


def copy_rows(cursor: Cursor, table: Table, file: RowFile) -> int:
    """COPY a file into a table; the number of rows.

    Raises FaultyFileError or psycopg2's Error where that cannot be: then the transaction is to be rolled back.
    """
    types = {name: shape.base for name, shape in shapes(cursor, table).items()}
    copy_blocks(cursor, table, file.header, _sound_blocks(file, types))
    rows = cursor.rowcount
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return rows


def try_rows(cursor: Cursor, table: Table, file: RowFile, *, constraints: bool = True) -> list[str]:
    """Load a file into a table; what is wrong with it, where nothing was loaded. As `explain` for `constraints`."""
    cursor.execute("SAVEPOINT datamesh_rows")
    try:
        copy_rows(cursor, table, file)
    except (psycopg2.errors.UnsafeNewEnumValueUsage, psycopg2.errors.DiskFull):
        raise  # no fault of the file: the value is as new as the transaction, or the server has no room
    except (psycopg2.Error, FaultyFileError) as error:
        cursor.execute("ROLLBACK TO datamesh_rows")
        return explained(cursor, table, file, error, constraints=constraints)
    cursor.execute("RELEASE datamesh_rows")
    return []


def explained(cursor: Cursor, table: Table, file: RowFile, error: Exception, *, constraints: bool = True) -> list[str]:
    """What made the COPY of a file fail with `error`, in lines of the file; as `explain` for `constraints`."""
    if isinstance(error, FaultyFileError) and not isinstance(error, GuessedValueError):
        return [str(error)]
    cursor.execute("SAVEPOINT datamesh_explain")
    try:
        found = explain(cursor, table, file, constraints=constraints)
    except FaultyFileError as fault:
        return [str(fault)]
    except psycopg2.Error as other:  # not every type can look at a text without an error
        found, error = [], other
    finally:
        cursor.execute("ROLLBACK TO datamesh_explain")
    if found or not constraints:
        return found
    return [f"{file.name}: {reason(error) if isinstance(error, psycopg2.Error) else error}"]


def _sound_blocks(file: RowFile, types: dict[str, str]) -> Iterator[Block]:
    header = file.header
    for block in file.blocks():
        if guessed(block, header, types):
            raise GuessedValueError(f"{file.name}, {file.unit} {block.line} or later: a date that is not ISO 8601")
        yield block
