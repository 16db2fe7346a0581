"""A temporary table of text in which a file's rows are looked at: which do not fit, and why."""

import io
from collections.abc import Iterable

import psycopg2
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Identifier, Literal

from mesh.sql import literal
from seed.rowfaults import SHOWN, Fault, candidates, faults, located, merged
from seed.rowfile import Block, RowFile
from seed.tables import Shape, Table, copy_statement, key, refers_to_itself, shapes
from seed.upsert import STAGE, insert_from_stage

RECORD = Identifier("#")
"""The stage's own column: which record of the file it is, from 1."""
BATCH = 1_000
SIZE = 1 << 18
"""Bytes handed to the server at once."""

# Rows in batches, and a batch that fails row by row: every fault is met, and none of them costs the others.
_TRY = """
DO $try$
DECLARE
    datamesh_low bigint := 0; datamesh_top bigint; datamesh_one bigint; datamesh_found integer := 0;
    datamesh_said text; datamesh_detail text;
BEGIN
    SELECT max({record}) INTO datamesh_top FROM {stage};
    WHILE datamesh_low < datamesh_top AND datamesh_found < {shown} LOOP
        BEGIN
            {insert} WHERE {record} > datamesh_low AND {record} <= datamesh_low + {batch} {conflict};
        EXCEPTION WHEN OTHERS THEN
            FOR datamesh_one IN datamesh_low + 1 .. least(datamesh_low + {batch}, datamesh_top) LOOP
                BEGIN
                    {insert} WHERE {record} = datamesh_one {conflict};
                EXCEPTION WHEN OTHERS THEN
                    GET STACKED DIAGNOSTICS datamesh_said = MESSAGE_TEXT, datamesh_detail = PG_EXCEPTION_DETAIL;
                    INSERT INTO pg_temp.datamesh_faults VALUES (datamesh_one, datamesh_said, datamesh_detail);
                    datamesh_found := datamesh_found + 1;
                    EXIT WHEN datamesh_found >= {shown};
                END;
            END LOOP;
        END;
        datamesh_low := datamesh_low + {batch};
    END LOOP;
END $try$
"""


def header_faults(file: RowFile, known: dict[str, Shape], table: str, *, whole: bool = True) -> list[str]:
    """What is wrong with a file's column names for a table; `whole`: required columns must be among them."""
    names = file.header
    found = [f"column {name!r} is there twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    for name in dict.fromkeys(names):
        if not name.strip():
            found.append("a column has no name")
        elif name not in known:
            found.append(f"there is no column {name!r} in {table}: it has {', '.join(known)}")
        elif known[name].computed:
            found.append(f"column {name} is computed by the database: leave it out")
    missing = [name for name, shape in known.items() if shape.required and name not in names]
    found += [f"column {name} is missing, and {table} requires it" for name in missing if whole]
    return [f"{file.name}, line 1: {problem}" for problem in found]


def copy_blocks(cursor: Cursor, table: Table, names: list[str], blocks: Iterable[Block], null: str = "") -> None:
    """COPY of records into a table, in which `null` is no value. Raises what `blocks` raises, or psycopg2's Error."""
    stream = _Stream(blocks)
    try:
        cursor.copy_expert(copy_statement(table, names, f"FORMAT csv, NULL {literal(null)}"), stream, size=SIZE)
    except psycopg2.Error:
        if stream.error:
            raise stream.error from None
        raise


def explain(cursor: Cursor, table: Table, file: RowFile, *, constraints: bool = True) -> list[str]:
    """The first records of a file that do not fit into a table, one line each; the stage is left filled.

    `constraints`: also those that a constraint or a trigger of the table refuses; they are looked for in any case where
    something else is wrong.
    """
    found = faults(file, {name: shape.base for name, shape in shapes(cursor, table).items()})
    _fill(cursor, file, found)
    for look in (_misfits, _repeated_keys):
        found = merged(found, look(cursor, table, file))
        _take_out(cursor, found)
    # Of a table that refers to itself the rows that are missing now would make others look wrong.
    if (found and not refers_to_itself(cursor, table)) or (constraints and not found):
        found = merged(found, _refused(cursor, table, file))
    return located(file, found)


def refused_rows(cursor: Cursor, table: Table, file: RowFile) -> list[str]:
    """The first records in the stage that a constraint or a trigger of the table refuses, one line each."""
    return located(file, merged([], _refused(cursor, table, file)))


def _fill(cursor: Cursor, file: RowFile, found: list[Fault]) -> None:
    """Make the stage and put the file into it, a column of text for each of the file's and the number of the record."""
    listed = SQL(", ").join(SQL("{} text").format(Identifier(name)) for name in file.header)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.datamesh_stage")
    cursor.execute(
        SQL("CREATE TEMP TABLE datamesh_stage ({} bigint GENERATED BY DEFAULT AS IDENTITY, {})").format(RECORD, listed)
    )
    blocks, left_out = candidates(file, found)
    copy_blocks(cursor, STAGE, file.header, blocks)
    if left_out:
        later = SQL(" + ").join(
            SQL("({} >= {})::int").format(RECORD, Literal(number - before)) for before, number in enumerate(left_out)
        )
        cursor.execute(SQL("UPDATE {} SET {} = {} + {}").format(STAGE.sql, RECORD, RECORD, later))
    cursor.execute(SQL("CREATE UNIQUE INDEX ON {} ({})").format(STAGE.sql, RECORD))


def _take_out(cursor: Cursor, found: list[Fault]) -> None:
    """Take records at fault out of the stage, and with ten of them all that come later."""
    if found:
        numbers = [fault.number for fault in found]
        end = numbers[-1] if len(found) == SHOWN else None
        cursor.execute(
            SQL("DELETE FROM {} WHERE {} = ANY(%s) OR {} > %s").format(STAGE.sql, RECORD, RECORD), (numbers, end)
        )


def _misfits(cursor: Cursor, table: Table, file: RowFile) -> list[Fault]:
    """Records with a value that is not of its column's type, or missing where one is required."""
    found: list[Fault] = []
    known = shapes(cursor, table)
    for name in file.header:
        value, kind = Identifier(name), Literal(known[name].type)
        query = SQL(
            "SELECT {}, {}, (pg_input_error_info({}, {})).message FROM {} "
            "WHERE NOT pg_input_is_valid({}, {}) OR {} AND {} IS NULL ORDER BY 1 LIMIT {}"
        ).format(
            *(RECORD, value, value, kind, STAGE.sql, value, kind, Literal(known[name].not_null), value, Literal(SHOWN))
        )
        cursor.execute(query)
        for number, text, said in cursor.fetchall():
            problem = "has no value, and must have one" if text is None else f"{text!r}: {said}"
            found.append(Fault(number, name, problem))
    return found


def _repeated_keys(cursor: Cursor, table: Table, file: RowFile) -> list[Fault]:
    """Records with the primary key of an earlier one."""
    keys = key(cursor, table)
    if not keys or not set(keys) <= set(file.header):
        return []
    known = shapes(cursor, table)
    cast = SQL(", ").join(SQL("CAST({} AS {})").format(Identifier(name), SQL(known[name].type)) for name in keys)
    text = SQL(" || ', ' || ").join(map(Identifier, keys))
    query = SQL(
        "SELECT number, said FROM (SELECT {} AS number, {} AS said, row_number() OVER (PARTITION BY {} ORDER BY {}) "
        "FROM {}) each WHERE row_number > 1 ORDER BY 1 LIMIT {}"
    ).format(RECORD, text, cast, RECORD, STAGE.sql, Literal(SHOWN))
    cursor.execute(query)
    return [Fault(at, ", ".join(keys), f"{said!r} is there before") for at, said in cursor.fetchall()]


def _refused(cursor: Cursor, table: Table, file: RowFile) -> list[Fault]:
    """Records that the table's constraints or triggers refuse; nothing of the attempt stays."""
    insert, conflict = insert_from_stage(cursor, table, file.header)
    cursor.execute("SAVEPOINT datamesh_try; SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("CREATE TEMP TABLE datamesh_faults (number bigint, said text, detail text)")
    parts = {"record": RECORD, "stage": STAGE.sql, "insert": insert, "conflict": conflict}
    cursor.execute(SQL(_TRY).format(shown=Literal(SHOWN), batch=Literal(BATCH), **parts))
    cursor.execute("SELECT number, said, detail FROM pg_temp.datamesh_faults ORDER BY 1")
    found = [Fault(at, "", ": ".join(text for text in rest if text)) for at, *rest in cursor.fetchall()]
    cursor.execute("ROLLBACK TO datamesh_try; RELEASE datamesh_try")
    return found


class _Stream(io.RawIOBase):
    """Blocks as a file that COPY reads."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = iter(blocks)
        self._data, self._taken = b"", 0
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        if self._taken >= len(self._data):
            try:
                self._data, self._taken = next(self._blocks, Block(0, b"")).data, 0
            except BaseException as error:  # psycopg2 would make another error of it, of Ctrl-C too
                self.error = error
                raise
        piece = self._data[self._taken : self._taken + size] if size >= 0 else self._data[self._taken :]
        self._taken += len(piece)
        return piece
