"""The rows of the stage into a table: new ones are inserted, those whose primary key is there are updated."""

from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Composable, Composed, Identifier

from seed.rowfile import FaultyFileError
from seed.tables import Shape, Table, key, shapes

STAGE = Table("pg_temp", "datamesh_stage")
"""A temporary table with the columns of a file, all of them text."""


def insert_from_stage(cursor: Cursor, table: Table, names: list[str]) -> tuple[Composable, Composable]:
    """`INSERT INTO table SELECT … FROM stage`, and what makes an upsert of it where the file has the primary key.

    Raises FaultyFileError where rows that are there cannot be updated, whatever their values.
    """
    known = shapes(cursor, table)
    into = SQL(", ").join(map(Identifier, names))
    cast = SQL(", ").join(SQL("CAST({} AS {})").format(Identifier(name), SQL(known[name].type)) for name in names)
    insert = SQL("INSERT INTO {} AS t ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}")
    return insert.format(table.sql, into, cast, STAGE.sql), _upsert(cursor, table, names, known)


def rows_with_key(cursor: Cursor, table: Table, names: list[str]) -> int:
    """How many rows of the stage have a primary key that the table has; 0 where the key is not among these columns."""
    keys, known = key(cursor, table), shapes(cursor, table)
    if not keys or not set(keys) <= set(names):
        return 0
    return _count(cursor, table, keys, known)


def _count(cursor: Cursor, table: Table, keys: list[str], known: dict[str, Shape], other: str | None = None) -> int:
    """Rows of the stage that the table has, by their key; of those with another value in the column `other`."""
    cast = {each: SQL("CAST(s.{} AS {})").format(Identifier(each), SQL(known[each].type)) for each in known}
    same = [SQL("t.{} = {}").format(Identifier(each), cast[each]) for each in keys]
    same += [SQL("t.{} <> {}").format(Identifier(other), cast[other])] if other else []
    cursor.execute(
        SQL("SELECT count(*) FROM {} s JOIN {} t ON {}").format(STAGE.sql, table.sql, SQL(" AND ").join(same))
    )
    (rows,) = cursor.fetchone() or (0,)
    return rows


def _upsert(cursor: Cursor, table: Table, names: list[str], known: dict[str, Shape]) -> Composed:
    keys = key(cursor, table)
    if not keys or not set(keys) <= set(names):
        return Composed([])
    if _deferrable(cursor, table):
        if rows := _count(cursor, table, keys, known):
            raise FaultyFileError(
                f"{table} has {rows:,} of the file's rows already, and no row of it can be updated by its primary key, "
                f"which is DEFERRABLE: take these rows out, or make the key without it. Nothing was changed."
            )
        return Composed([])
    fixed = [name for name in names if known[name].always and name not in keys]
    for name in fixed:
        if rows := _count(cursor, table, keys, known, name):
            raise FaultyFileError(
                f"column {name} of {table} is GENERATED ALWAYS AS IDENTITY, so no row can be given another number, "
                f"and {rows:,} rows that are there have another in the file: leave the column out. Nothing was changed."
            )
    others = [Identifier(name) for name in names if name not in keys and name not in fixed]
    target = SQL(", ").join(map(Identifier, keys))
    if not others:
        return SQL("ON CONFLICT ({}) DO NOTHING").format(target)
    # As text: not every type can be compared, and 1.0 is another value than 1.00.
    now = SQL(", ").join(SQL("t.{}::text").format(name) for name in others)
    new = SQL(", ").join(SQL("EXCLUDED.{}::text").format(name) for name in others)
    each = SQL(", ").join(SQL("{0} = EXCLUDED.{0}").format(name) for name in others)
    return SQL("ON CONFLICT ({}) DO UPDATE SET {} WHERE ROW({}) IS DISTINCT FROM ROW({})").format(
        target, each, now, new
    )


def _deferrable(cursor: Cursor, table: Table) -> bool:
    cursor.execute(
        "SELECT EXISTS (SELECT FROM pg_constraint WHERE contype = 'p' AND condeferrable "
        "AND conrelid = format('%%I.%%I', %s::text, %s::text)::regclass)",
        (table.schema, table.name),
    )
    return cursor.fetchone() == (True,)
