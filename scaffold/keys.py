"""Keys of tables and references between them, asked of the rows themselves in a database where they lie."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import combinations

from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Composable, Identifier

from scaffold.model import Column, Reference, Table
from scaffold.naming import singular, words

SEEN = "seen"
"""The schema in which the rows lie, without keys."""
_IDENTIFYING = {
    *("id", "key", "code", "ref", "reference", "number", "no", "nr", "num", "numero", "nummer", "uuid", "guid", "sku"),
    *("isbn", "ean", "gtin", "siret", "siren", "matricule", "barcode", "serial"),
}
_ORDERING = {
    "year",
    "annee",
    "jahr",
    "month",
    "mois",
    "day",
    "week",
    "hour",
    "line",
    "ligne",
    "position",
    "seq",
    "rank",
}
_ABOVE = {"parent", "manager", "supervisor", "boss", "reports", "reportsto"}
_GENERIC = {"id", "code", "key", "number", "no", "nr", "num", "ref", "reference", "name", "uuid"}
_KINDS = ("integer", "bigint", "uuid", "text")
_LONGEST = 2_000
"""Bytes of a value above which it is in no key: a row of an index has 2,704 at most."""
_FEWEST_FOR_TWO = 5
"""Rows below which it proves nothing that two columns together are never the same."""


def with_keys(cursor: Cursor, tables: Sequence[Table]) -> list[Table]:
    """The tables with keys and references, each after those that it refers to."""
    keyed = [replace(table, key=_key(cursor, table)) for table in tables]
    tied = [_with_references(cursor, table, keyed) for table in keyed]
    return in_order([_without_lists(table) for table in tied])


def _without_lists(table: Table) -> Table:
    """Without the lists of values of columns whose values another table or the key decides."""
    known = {*table.key, *(name for reference in table.references for name in reference.columns)}
    columns = tuple(
        replace(column, allowed=(), seen="") if column.name in known else column for column in table.columns
    )
    return replace(table, columns=columns)


def in_order(tables: Sequence[Table]) -> list[Table]:
    """The tables, each after those that it refers to; a reference that would close a circle is left out and noted."""
    kept: dict[str, Table] = {}
    graph: dict[str, set[str]] = {table.name: set() for table in tables}
    for table in tables:
        references, notes = [], list(table.notes)
        for reference in table.references:
            graph[table.name].add(reference.table)
            if reference.table == table.name or _is_open(graph):
                references.append(reference)
            else:
                notes.append(f"{', '.join(reference.columns)} refers to {reference.table}, which refers back: left out")
            graph[table.name] -= {table.name} if reference in references else {reference.table}
        kept[table.name] = replace(table, references=tuple(references), notes=tuple(notes))
    return [kept[name] for name in TopologicalSorter(graph).static_order()]


def _is_open(graph: dict[str, set[str]]) -> bool:
    try:
        TopologicalSorter({name: others - {name} for name, others in graph.items()}).prepare()
    except CycleError:
        return False
    return True


def _key(cursor: Cursor, table: Table) -> tuple[str, ...]:
    """The columns that tell every row from every other, chosen by their names; none where there are none."""
    if not table.rows:
        return ()
    short = [column for column in table.columns if column.bytes <= _LONGEST]
    able = [column for column in short if column.required and column.type in _KINDS]
    ranked = sorted(
        (column for column in able if identifying(column)),
        key=lambda column: (_rank(column.name, table.name), table.columns.index(column)),
    )
    first = table.columns[0]
    if first in able and first not in ranked and not first.personal and not _spaced(cursor, table, first):
        ranked.append(first)
    if table.rows == 1:
        ranked = [column for column in ranked if _rank(column.name, table.name) == 0]
    for column in ranked:
        if _unique(cursor, table, [column.name]):
            return (column.name,)
    if table.rows < _FEWEST_FOR_TWO:
        return ()
    parts = [each for each in short if each.required and not each.personal and _part(each)][:7]
    for number in (2, 3):
        for chosen in combinations(parts, number):
            if (
                sum(each.bytes for each in chosen) <= _LONGEST
                and any(map(identifying, chosen))
                and _unique(cursor, table, [each.name for each in chosen])
            ):
                return tuple(each.name for each in chosen)
    return ()


def identifying(column: Column) -> bool:
    """Whether a column's name says that it identifies something."""
    return bool(set(column.name.split("_")) & _IDENTIFYING) or column.type == "uuid"


def _part(column: Column) -> bool:
    """Whether it may be one of several columns of a key."""
    ordered = column.type in ("date", "timestamp", "timestamptz") or (
        column.type in _KINDS and words(column.name) & _ORDERING
    )
    return bool(ordered) or (column.type in _KINDS and identifying(column)) or bool(column.allowed)


def _rank(name: str, table: str) -> int:
    one = singular(table)
    own = {"id", f"{one}_id", f"{table}_id", f"id_{one}", f"id_{table}", "uuid", f"{one}_uuid"}
    if name in own:
        return 0
    about = {one, table} & words(name) or name.startswith(f"{one}_")
    return 1 if about else 2


def _unique(cursor: Cursor, table: Table, names: Sequence[str]) -> bool:
    listed = SQL(", ").join(map(Identifier, names))
    cursor.execute(
        SQL("SELECT NOT EXISTS (SELECT FROM {} GROUP BY {} HAVING count(*) > 1)").format(place(table.name), listed)
    )
    return cursor.fetchone() == (True,)


def _spaced(cursor: Cursor, table: Table, column: Column) -> bool:
    if column.type != "text":
        return False
    cursor.execute(
        SQL("SELECT EXISTS (SELECT FROM {} WHERE {} ~ {})").format(
            place(table.name), Identifier(column.name), SQL(r"'\s|^$|.{40}'")
        )
    )
    return cursor.fetchone() == (True,)


def place(table: str) -> Composable:
    """A table of rows without keys, as a statement names it."""
    return Identifier(SEEN, table)


def _with_references(cursor: Cursor, table: Table, tables: Sequence[Table]) -> Table:
    references: list[Reference] = []
    notes = list(table.notes)
    columns = {column.name: column for column in table.columns}
    for column in table.columns:
        for parent in _parents(table, column, tables):
            (to,) = parent.key
            wanted = parent.column(to).type
            if column.type != wanted and {column.type, wanted} != {"integer", "bigint"}:
                notes.append(
                    f"{column.name} looks like {parent.name}.{to}, but is {column.type} and not {wanted}: "
                    "no foreign key"
                )
                continue
            lonely, example = _lonely(cursor, table, column, parent, to)
            if lonely:
                notes.append(
                    f"{column.name} looks like {parent.name}.{to}, but {lonely:,} rows refer to nobody, the first to "
                    f"{example!r}: no foreign key"
                )
                continue
            references.append(Reference(columns=(column.name,), table=parent.name, to=(to,)))
            columns[column.name] = replace(column, type=wanted, why=f"{column.why}; all are in {parent.name}.{to}")
            break
    return replace(table, columns=tuple(columns.values()), references=tuple(references), notes=tuple(notes))


def _parents(table: Table, column: Column, tables: Sequence[Table]) -> Iterator[Table]:
    """The tables that a column may refer to by its name, the likeliest first."""
    if not table.rows or column.missing == table.rows or column.type not in _KINDS:
        return
    found: list[tuple[int, Table]] = []
    for parent in tables:
        if len(parent.key) != 1 or (parent.name == table.name and column.name == parent.key[0]):
            continue
        key, one = parent.key[0], singular(parent.name)
        named = {f"{one}_{key}", f"{parent.name}_{key}", f"{one}_id", f"id_{one}", one}
        if parent.name == table.name:
            if words(column.name) & _ABOVE:
                found.append((2, parent))
        elif column.name in named or (column.name == key and one in key.split("_")):
            found.append((0, parent))
        elif table.key == (column.name,):
            continue  # two tables with the same key: the name of the other would have to be in it
        elif key not in _GENERIC and (column.name == key or column.name.endswith(f"_{key}")):
            found.append((1, parent))
    yield from (parent for _, parent in sorted(found, key=lambda each: (each[0], each[1].name)))


def _lonely(cursor: Cursor, table: Table, column: Column, parent: Table, to: str) -> tuple[int, str]:
    """How many values of a column are not in the parent's, and the first of them."""
    cursor.execute(
        SQL(
            "SELECT count(*), min(c.{0}::text) FROM {1} c WHERE c.{0} IS NOT NULL "
            "AND NOT EXISTS (SELECT FROM {2} p WHERE p.{3} = c.{0})"
        ).format(Identifier(column.name), place(table.name), place(parent.name), Identifier(to))
    )
    count, example = cursor.fetchone() or (0, "")
    return count, example
