"""Checks that the servers have what a contract describes: a result for each check; one that cannot run has failed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.extensions import cursor as Cursor

from client.errors import CommandError
from client.servers import SilentError, lost
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

Columns = dict[str, tuple[str, bool]]
"""Name -> type, and whether the column is nullable."""


@dataclass(frozen=True)
class Result:
    """The result of one check through one server; `failure` is None when it passed."""

    contract: str
    table: str
    what: str
    server: str
    failure: str | None


def column_failure(column: Column, actual: Columns, expected: str | None, nullable: bool | None) -> str | None:
    """Why a column fails its check, or None.

    `expected` is its type on the server, None for an unknown one; `nullable` is None where the server cannot tell.
    """
    if column.name not in actual:
        return "is missing"
    type_, actually_nullable = actual[column.name]
    if expected is None:
        return f"could not be checked: {column.physical_type} is not in mesh/contracts/types.py; the column is {type_}"
    if type_ != expected:
        return f"is {type_}, expected {expected}"
    if nullable is not None and actually_nullable != nullable:
        return "is nullable, expected NOT NULL" if actually_nullable else "is NOT NULL, expected nullable"
    return None


def in_postgresql(stack: Stack, contract: Contract) -> Iterator[Result]:
    """The checks of structure and rows, with the login that Trino uses."""
    try:
        connection = stack.connect(contract.domain, "trino")
    except SilentError:
        raise
    except CommandError as error:
        yield Result(contract.domain, "", "its database", "PostgreSQL", f"could not be checked: {error}")
        return
    try:
        connection.autocommit = True  # a query that fails does not end the others
        with connection.cursor() as cursor:
            yield from _structure(cursor, contract)
            for table in contract.tables:
                for question in questions(table, "postgresql", lambda name: f"public.{quoted(name)}"):
                    yield _checked(contract, table, question, "PostgreSQL", lambda query: _rows(cursor, query))
    except psycopg2.Error as error:
        if lost(error):
            raise
        yield Result(contract.domain, "", "its database", "PostgreSQL", f"could not be checked: {_reason(error)}")
    finally:
        connection.close()


def _structure(cursor: Cursor, contract: Contract) -> Iterator[Result]:
    relations = {name: (_KINDS[kind], tuple(key)) for name, kind, key in _rows(cursor, _RELATIONS)}
    columns: dict[str, Columns] = {name: {} for name in relations}
    for table, column, kind, nullable in _rows(cursor, _COLUMNS):
        columns[table][column] = kind, nullable

    for table in contract.tables:
        kind, key = relations.get(table.name, ("missing", ()))
        failure = None if kind == table.kind else f"is {kind}"
        yield Result(contract.domain, table.name, f"is a {table.kind}", "PostgreSQL", failure)
        if table.kind == "table" and table.key:
            failure = None if key == table.key else f"is {', '.join(key) or 'missing'}"
            yield Result(contract.domain, table.name, f"primary key {', '.join(table.key)}", "PostgreSQL", failure)
        actual = columns.get(table.name, {})
        for column in table.columns:
            nullable = None if table.kind != "table" else not column.required
            failure = column_failure(column, actual, postgresql(column.physical_type), nullable)
            yield Result(contract.domain, table.name, _described(column), "PostgreSQL", failure)
        yield _no_other_columns(contract, table, "PostgreSQL", actual)
    others = sorted(relations.keys() - {table.name for table in contract.tables})
    failure = f"there are {', '.join(others)}, whose personal columns are unknown" if others else None
    yield Result(contract.domain, "", "no other tables and views", "PostgreSQL", failure)


def in_trino(
    stack: Stack, contract: Contract, catalog: str, schema: str, type_of: Callable[[str], str | None], rows: bool
) -> Iterator[Result]:
    """The checks of columns as Trino shows them, and that it can read them; with `rows`, the checks of rows too."""

    def answer(query: str) -> list[tuple[Any, ...]]:
        return ask(stack, query).rows

    def place(name: str) -> str:
        return f"{catalog}.{quoted(schema)}.{quoted(name)}"

    columns: dict[str, Columns] = {}
    select = (
        "SELECT table_name, column_name, data_type, is_nullable = 'YES' FROM",
        f"{catalog}.information_schema.columns",
    )
    try:
        for table, column, kind, nullable in answer(" ".join((*select, f"WHERE table_schema = '{schema}'"))):
            columns.setdefault(table, {})[column] = kind, nullable
    except CommandError as error:
        yield Result(contract.domain, "", "its catalog", "Trino", f"could not be checked: {error}")
        return
    for table in contract.tables:
        actual = columns.get(table.name, {})
        for column in table.columns:
            nullable = None if rows or table.kind != "table" else not column.required
            failure = column_failure(column, actual, type_of(column.physical_type), nullable)
            yield Result(contract.domain, table.name, _described(column), "Trino", failure)
        yield _no_other_columns(contract, table, "Trino", actual)
        for question in questions(table, "trino", place) if rows else [readable(table, place(table.name))]:
            yield _checked(contract, table, question, "Trino", answer)


def _no_other_columns(contract: Contract, table: Table, server: str, actual: Columns) -> Result:
    others = sorted(actual.keys() - {column.name for column in table.columns})
    failure = f"there are {', '.join(others)}, which may be personal" if others else None
    return Result(contract.domain, table.name, "no other columns", server, failure)


def _checked(
    contract: Contract, table: Table, question: Question, server: str, answer: Callable[[str], list[tuple[Any, ...]]]
) -> Result:
    try:
        rows = answer(question.query)
    except SilentError:
        raise
    except (psycopg2.Error, CommandError) as error:
        if isinstance(error, psycopg2.Error) and lost(error):
            raise
        reason = _reason(error) if isinstance(error, psycopg2.Error) else str(error)
        return Result(contract.domain, table.name, question.what, server, f"could not be checked: {reason}")
    return Result(contract.domain, table.name, question.what, server, _failure(question, rows))


def _failure(question: Question, rows: list[tuple[Any, ...]]) -> str | None:
    if len(rows) != 1 or len(rows[0]) != 1:
        return "could not be checked: the query must return one number"
    try:
        actual = float(rows[0][0])
    except (TypeError, ValueError):
        return f"could not be checked: the answer is {rows[0][0]!r}, not a number"
    return question.failure(actual)


def _described(column: Column) -> str:
    return f"column {column.name} {column.physical_type}{', required' if column.required else ''}"


def _rows(cursor: Cursor, query: str) -> list[tuple[Any, ...]]:
    # Without parameters: a % in a contract's query stays a %.
    cursor.execute(query)
    return cursor.fetchall()


def _reason(error: psycopg2.Error) -> str:
    return error.diag.message_primary or str(error).strip()
