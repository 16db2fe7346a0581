"""Checks that tables, columns, types and keys are those of a contract, in PostgreSQL and in Trino."""

from collections.abc import Callable, Iterator

from commands.contract_result import Answer, Result
from mesh.contracts.model import Column, Contract, Table
from mesh.contracts.types import postgresql
from mesh.stored_ports import IS_STORED

_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "s": "stored view"}
_RELATIONS = " ".join(
    (
        "SELECT c.relname, CASE WHEN",
        IS_STORED,
        """THEN 's' ELSE c.relkind END, coalesce((
    SELECT array_agg(a.attname ORDER BY position)
    FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, position)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = c.oid AND i.indisprimary
), '{}'::name[])::text[]
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')""",
    )
)
_COLUMNS = """
SELECT relname, attname, format_type(atttypid, atttypmod), NOT attnotnull
FROM pg_class c JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
"""

Columns = dict[str, tuple[str, bool]]
"""Name -> type, and whether the column is nullable."""


def in_postgresql(contract: Contract, answer: Answer) -> Iterator[Result]:
    """The checks in the domain's own database, whose queries `answer` answers."""
    relations = {name: (_KINDS[kind], tuple(key)) for name, kind, key in answer(_RELATIONS)}
    columns: dict[str, Columns] = {name: {} for name in relations}
    for table, column, kind, nullable in answer(_COLUMNS):
        columns[table][column] = kind, nullable

    for table in contract.tables:
        kind, key = relations.get(table.name, ("missing", ()))
        expected = "stored view" if table.stored else table.kind
        failure = None if kind == expected else f"is {kind}"
        if failure and {kind, expected} == {"view", "stored view"}:
            failure += ": type `make seed`"
        yield Result(contract.domain, table.name, f"is a {expected}", "PostgreSQL", failure)
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
    contract: Contract,
    answer: Answer,
    catalog: str,
    schema: str,
    type_of: Callable[[str], str | None],
    nullability: bool,
) -> Iterator[Result]:
    """The checks of columns as Trino shows them to `admin`; with `nullability`, whether they may be missing too.

    `catalog` is a quoted name. Raises CommandError when Trino does not answer.
    """
    select = (
        "SELECT table_name, column_name, data_type, is_nullable = 'YES' FROM",
        f"{catalog}.information_schema.columns",
    )
    columns: dict[str, Columns] = {}
    for table, column, kind, nullable in answer(" ".join((*select, f"WHERE table_schema = '{schema}'"))):
        columns.setdefault(table, {})[column] = kind, nullable
    for table in contract.tables:
        actual = columns.get(table.name, {})
        for column in table.columns:
            nullable = not column.required if nullability and table.kind == "table" else None
            failure = column_failure(column, actual, type_of(column.physical_type), nullable)
            yield Result(contract.domain, table.name, _described(column), "Trino", failure)
        yield _no_other_columns(contract, table, "Trino", actual)


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


def _no_other_columns(contract: Contract, table: Table, server: str, actual: Columns) -> Result:
    others = sorted(actual.keys() - {column.name for column in table.columns})
    failure = f"there are {', '.join(others)}, which may be personal" if others else None
    return Result(contract.domain, table.name, "no other columns", server, failure)


def _described(column: Column) -> str:
    return f"column {column.name} {column.physical_type}{', required' if column.required else ''}"
