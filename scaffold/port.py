"""The output port of a new domain, where there is an obvious one: counts and sums for each of what rows refer to."""

from collections.abc import Sequence
from dataclasses import dataclass

from mesh.contracts.types import family
from mesh.sql import quoted
from scaffold.keys import identifying
from scaffold.model import Column, Port, PortColumn, Table
from scaffold.naming import free, singular, words

_ADDITIVE = {
    *("amount", "total", "price", "sum", "cost", "revenue", "fee", "tax", "paid", "budget", "net", "gross", "debit"),
    *(
        "credit",
        "quantity",
        "qty",
        "hours",
        "montant",
        "prix",
        "quantite",
        "betrag",
        "summe",
        "menge",
        "sales",
        "value",
    ),
}
_UNIT = {"unit", "unitaire", "average", "avg", "mean", "rate", "percent", "stueckpreis"}
"""Words of columns whose sum says nothing."""
_TIMES = ("date", "timestamp", "timestamptz")
_MOST_SUMS, _MOST_SHOWN = 3, 11


@dataclass(frozen=True)
class _Sides:
    """The rows that are counted, the column that groups them, and the table that has a row for each group, if any."""

    child: Table
    by: Column
    parent: Table | None = None
    to: str = ""


def port(tables: Sequence[Table], written: Sequence[str]) -> Port | None:
    """The port; None where none is obvious. `written`: names of SQL that are to be quoted."""
    sides = _sides(tables)
    return _port(sides, {table.name for table in tables}, set(written)) if sides else None


def _sides(tables: Sequence[Table]) -> _Sides | None:
    """Of the tables that refer to others the one with most rows; or one with a repeated identifier and amounts."""
    by_name = {table.name: table for table in tables}
    found = [
        (
            len(_sums(table)) > 0,
            table.rows or 0,
            _Sides(table, table.column(one.columns[0]), by_name[one.table], one.to[0]),
        )
        for table in tables
        for one in table.references
        if one.table != table.name and len(one.columns) == 1
    ]
    if found:
        return max(found, key=lambda each: each[:2])[2]
    for table in tables:
        for column in table.columns:
            repeats = column.name not in table.key and column.required and not column.personal
            if table.rows and repeats and identifying(column) and column.name.endswith("_id") and _sums(table):
                return _Sides(table, column)
    return None


def _sums(table: Table) -> list[Column]:
    return [
        column
        for column in table.columns
        if (column.type in ("integer", "bigint") or column.type.startswith(("numeric", "double")))
        and words(column.name) & _ADDITIVE
        and not words(column.name) & _UNIT
        and column.name not in table.key
        and not identifying(column)
        and not column.personal
    ][:_MOST_SUMS]


def _port(sides: _Sides, taken: set[str], written: set[str]) -> Port:
    def q(name: str) -> str:
        return quoted(name) if name in written else name

    child, parent, one = sides.child, sides.parent, singular(sides.child.name)
    key = parent.column(sides.to) if parent else sides.by
    columns = [_shown(column, key, "p" if parent else "c", q) for column in _of(parent, key)]
    used = [column.name for column in columns]
    made = _counted(sides, one, used, q)
    subject = singular(parent.name) if parent else key.name.removesuffix("_id")
    name = free(f"{subject}_{child.name}"[:60], taken)
    description = f"The output port: one row for each {subject.replace('_', ' ')}"
    if parent:
        inner = ", ".join(
            [f"c.{q(sides.by.name)} AS {q('counted_by')}", *(f"{sql} AS {q(column.name)}" for column, sql in made)]
        )
        shown = [f"p.{q(column.name)}" for column in columns]
        shown += [_outer(column, q) for column, _ in made]
        query = (
            "SELECT\n    " + ",\n    ".join(shown) + f"\nFROM {q(parent.name)} p\nLEFT JOIN (\n    SELECT {inner}\n"
            f"    FROM {q(child.name)} c\n    GROUP BY c.{q(sides.by.name)}\n) n ON n.counted_by = p.{q(sides.to)}"
        )
        description += f", those without {child.name.replace('_', ' ')} too."
    else:
        shown = [f"c.{q(key.name)}", *(f"{_cast(sql, column)} AS {q(column.name)}" for column, sql in made)]
        query = "SELECT\n    " + ",\n    ".join(shown) + f"\nFROM {q(child.name)} c\nGROUP BY c.{q(key.name)}"
        description += f" that {child.name.replace('_', ' ')} refer to."
    return Port(
        name=name,
        description=description,
        query=query,
        columns=(*columns, *(column for column, _ in made)),
        key=key.name,
        checks=tuple(_checks(sides, name, [column for column, _ in made], q)),
    )


def _of(parent: Table | None, key: Column) -> list[Column]:
    """The columns of a group that are shown: the key, and the first of those that both servers compare."""
    others = [
        each for each in (parent.columns if parent else ()) if family(each.type) not in ("array", "json", "shown")
    ]
    return [key, *[each for each in others if each != key][:_MOST_SHOWN]]


def _shown(column: Column, key: Column, alias: str, q) -> PortColumn:
    return PortColumn(
        name=column.name,
        sql=f"{alias}.{q(column.name)}",
        type=column.type,
        description="",
        required=column.required or column.name == key.name,
        source=column,
    )


def _counted(sides: _Sides, one: str, used: list[str], q) -> list[tuple[PortColumn, str]]:
    """The columns that count, add up and find the newest, each with its SQL over the rows `c` of a group."""
    child, many = sides.child, sides.child.name.replace("_", " ")
    found: list[tuple[PortColumn, str]] = []

    def add(name: str, sql: str, type_: str, said: str, required: bool) -> None:
        name = free(name[:60], used)
        used.append(name)
        found.append((PortColumn(name=name, sql=sql, type=type_, description=said, required=required), sql))

    add(f"{one}_count", "count(*)", "bigint", f"How many {many} there are; 0 without any.", True)
    for column in _sums(child):
        add(
            column.name if column.name.startswith("total") else f"total_{column.name}",
            f"sum(c.{q(column.name)})",
            _sum_type(column.type),
            f"The sum of {column.name} of these {many}; 0 without any.",
            True,
        )
    newest = next((column for column in child.columns if column.type in _TIMES and not column.personal), None)
    if newest:
        said = f"The latest {newest.name} of these {many}; missing without any."
        add(f"last_{newest.name}", f"max(c.{q(newest.name)})", newest.type, said, False)
    return found


def _sum_type(type_: str) -> str:
    if type_.startswith("numeric("):
        precision, scale = map(int, type_[8:-1].split(","))
        return f"numeric({min(38, precision + 6)}, {scale})"
    if type_ == "numeric":
        return type_
    return "double precision" if type_.startswith("double") else "numeric(38, 0)" if type_ == "bigint" else "bigint"


def _outer(column: PortColumn, q) -> str:
    value = f"n.{q(column.name)}"
    return f"{_cast(f'coalesce({value}, 0)', column)} AS {q(column.name)}" if column.required else value


def _cast(sql: str, column: PortColumn) -> str:
    if not column.required or column.sql == "count(*)":
        return sql
    return f"CAST({sql if sql.startswith('coalesce') else f'coalesce({sql}, 0)'} AS {column.type})"


def _checks(sides: _Sides, name: str, made: list[PortColumn], q):
    child, counted = sides.child.name, made[0].name
    if sides.parent:
        said = f"Every row of {sides.parent.name} is there."
        yield said, f"SELECT (SELECT count(*) FROM {q(sides.parent.name)}) - (SELECT count(*) FROM {q(name)})"
    null = "" if sides.by.required else f" WHERE {q(sides.by.name)} IS NOT NULL"
    yield (
        f"Every row of {child} is counted once.",
        f"SELECT (SELECT count(*) FROM {q(child)}{null}) - (SELECT coalesce(sum({q(counted)}), 0) FROM {q(name)})",
    )
