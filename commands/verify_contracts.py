"""Whether the servers have what a contract says: each promise a result, and one that cannot be checked is broken."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.extensions import cursor as Cursor

from client.errors import CommandError
from client.stack import Stack
from client.trino import ask
from mesh.contracts.model import Column, Contract, Table
from mesh.contracts.questions import Question, questions, readable
from mesh.contracts.types import postgresql
from mesh.sql import quoted

_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view"}
_RELATIONS = """
SELECT c.relname, c.relkind, coalesce((
    SELECT array_agg(a.attname ORDER BY position)
    FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, position)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = c.oid AND i.indisprimary
), '{}'::name[])::text[]
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
"""
_COLUMNS = """
SELECT relname, attname, format_type(atttypid, atttypmod), NOT attnotnull
FROM pg_class c JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
"""

Shape = dict[str, tuple[str, bool]]
"""Columns: name -> type, and whether a value may be missing."""


@dataclass(frozen=True)
class Result:
    """One check: of what, through which server, and what is wrong; None when the promise is kept."""

    contract: str
    table: str
    what: str
    server: str
    breach: str | None


def shape_breach(column: Column, found: Shape, wanted: str | None, nullable: bool | None) -> str | None:
    """What is wrong with a column; `wanted` None: no type is known for it; `nullable` None: nothing says so there."""
    if column.name not in found:
        return "is missing"
    kind, may_be_missing = found[column.name]
    if wanted is None:
        return f"could not be checked: {column.physical_type} is no type that is known here; it is {kind}"
    if kind != wanted:
        return f"is {kind}, and must be {wanted}"
    if nullable is not None and may_be_missing != nullable:
        return "may be missing, and is required" if may_be_missing else "is never missing, and the contract says it may"
    return None


def in_postgresql(stack: Stack, contract: Contract) -> Iterator[Result]:
    """Structure and rows, read as Trino's own user."""
    try:
        connection = stack.connect(contract.domain, "trino")
    except CommandError as error:
        yield Result(contract.domain, "", "its database", "PostgreSQL", f"could not be checked: {error}")
        return
    try:
        connection.autocommit = True  # one question's failure leaves the others alone
        with connection.cursor() as cursor:
            yield from _structure(cursor, contract)
            for table in contract.tables:
                for question in questions(table, "postgresql", lambda name: f"public.{quoted(name)}"):
                    yield _asked(contract, table, question, "PostgreSQL", lambda query: _rows(cursor, query))
    except psycopg2.Error as error:
        yield Result(contract.domain, "", "its database", "PostgreSQL", f"could not be checked: {_said(error)}")
    finally:
        connection.close()


def _structure(cursor: Cursor, contract: Contract) -> Iterator[Result]:
    relations = {name: (_KINDS[kind], tuple(key)) for name, kind, key in _rows(cursor, _RELATIONS)}
    shapes: dict[str, Shape] = {name: {} for name in relations}
    for table, column, kind, nullable in _rows(cursor, _COLUMNS):
        shapes[table][column] = kind, nullable

    for table in contract.tables:
        kind, key = relations.get(table.name, ("missing", ()))
        wrong = None if kind == table.kind else f"is {kind}"
        yield Result(contract.domain, table.name, f"is a {table.kind}", "PostgreSQL", wrong)
        if table.kind == "table" and table.key:
            wrong = None if key == table.key else f"is {', '.join(key) or 'missing'}"
            yield Result(contract.domain, table.name, f"primary key {', '.join(table.key)}", "PostgreSQL", wrong)
        found = shapes.get(table.name, {})
        for column in table.columns:
            nullable = None if table.kind != "table" else not column.required
            wrong = shape_breach(column, found, postgresql(column.physical_type), nullable)
            yield Result(contract.domain, table.name, _promised(column), "PostgreSQL", wrong)
        yield _nothing_else(contract, table.name, "PostgreSQL", found, table)
    beyond = sorted(relations.keys() - {table.name for table in contract.tables})
    wrong = f"there are {', '.join(beyond)}: nobody has said what is personal there" if beyond else None
    yield Result(contract.domain, "", "no other tables and views", "PostgreSQL", wrong)


def in_trino(
    stack: Stack, contract: Contract, catalog: str, schema: str, type_of: Callable[[str], str | None], rows: bool
) -> Iterator[Result]:
    """The shape that Trino shows, and that it can read; with `rows`, every promise about them too."""

    def answered(query: str) -> list[tuple[Any, ...]]:
        return ask(stack, query).rows

    def place(name: str) -> str:
        return f"{catalog}.{quoted(schema)}.{quoted(name)}"

    shapes: dict[str, Shape] = {}
    select = (
        "SELECT table_name, column_name, data_type, is_nullable = 'YES' FROM",
        f"{catalog}.information_schema.columns",
    )
    try:
        for table, column, kind, nullable in answered(" ".join((*select, f"WHERE table_schema = '{schema}'"))):
            shapes.setdefault(table, {})[column] = kind, nullable
    except CommandError as error:
        yield Result(contract.domain, "", "its catalog", "Trino", f"could not be checked: {error}")
        return
    for table in contract.tables:
        found = shapes.get(table.name, {})
        for column in table.columns:
            nullable = None if rows or table.kind != "table" else not column.required
            wrong = shape_breach(column, found, type_of(column.physical_type), nullable)
            yield Result(contract.domain, table.name, _promised(column), "Trino", wrong)
        yield _nothing_else(contract, table.name, "Trino", found, table)
        asked = questions(table, "trino", place) if rows else [readable(table, place(table.name))]
        for question in asked:
            yield _asked(contract, table, question, "Trino", answered)


def _nothing_else(contract: Contract, name: str, server: str, found: Shape, table: Table) -> Result:
    beyond = sorted(found.keys() - {column.name for column in table.columns})
    wrong = f"there are {', '.join(beyond)}: nobody has said whether they are personal" if beyond else None
    return Result(contract.domain, name, "no other columns", server, wrong)


def _asked(
    contract: Contract, table: Table, question: Question, server: str, answer: Callable[[str], list[tuple[Any, ...]]]
) -> Result:
    try:
        rows = answer(question.query)
    except (psycopg2.Error, CommandError) as error:
        said = _said(error) if isinstance(error, psycopg2.Error) else str(error)
        return Result(contract.domain, table.name, question.what, server, f"could not be checked: {said}")
    return Result(contract.domain, table.name, question.what, server, _judged(question, rows))


def _judged(question: Question, rows: list[tuple[Any, ...]]) -> str | None:
    if len(rows) != 1 or len(rows[0]) != 1:
        return "could not be checked: the query must answer one number"
    try:
        found = float(rows[0][0])
    except (TypeError, ValueError):
        return f"could not be checked: the answer is {rows[0][0]!r}, not a number"
    return question.breach(found)


def _promised(column: Column) -> str:
    return f"column {column.name} {column.physical_type}{', required' if column.required else ''}"


def _rows(cursor: Cursor, query: str) -> list[tuple[Any, ...]]:
    # Text of the project's own, some of it from contracts: without parameters a % in it stays one.
    cursor.execute(query)
    return cursor.fetchall()


def _said(error: psycopg2.Error) -> str:
    return error.diag.message_primary or str(error).strip()
