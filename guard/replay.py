"""Asks a query on both sides, and says what those who ask it find otherwise: no answer, other columns, other rows."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.extensions import Column
from psycopg2.extensions import cursor as Cursor
from sqlglot.errors import SqlglotError

from guard import mesh_database
from guard.findings import Finding
from guard.mesh_database import Catalogs
from guard.queries import Query
from guard.scratch import Server
from seed.sqlfile import reason

MOST = 50_000
"""Rows of an answer that are compared."""
_DIGITS = 12
"""Of a floating-point number; the last ones depend on the order in which rows are added."""


@dataclass(frozen=True)
class Side:
    """Where the queries of one side are asked: a database, and for Trino's the catalogs that it stands for."""

    database: str
    catalogs: Catalogs | None = None


@dataclass(frozen=True)
class Answer:
    """The columns with their types, and the rows; `problem` is why there is no answer, or nothing."""

    columns: Mapping[str, str]
    rows: list[tuple[Any, ...]]
    problem: str = ""


def replay(
    server: Server, query: Query, before: Side | None, after: Side, base: str, *, same_rows: bool
) -> Iterator[Finding]:
    """What a change does to a query. Without `before` it is asked on one side only."""
    if query.old is None or before is None:
        if query.new and (problem := _ask(server, query.new, after).problem):
            yield from _not_there_yet(query, after, problem)
        return
    if query.new is None:
        yield Finding("breaking", query.name, "is no more: what it needs is not there any more")
        return
    old = _ask(server, query.old, before)
    if old.problem:
        yield from _looked_up(query, before, after, base, old.problem)
        return
    text = query.old if query.keeps_text else query.new
    new = _ask(server, text, after)
    now = new if query.new == text else _ask(server, query.new, after)
    if new.problem:
        elsewhere = "" if now.problem else "; the file is changed with it, and those who ask the same elsewhere are not"
        yield Finding("breaking", query.name, f"worked on {base} and fails now: {new.problem}{elsewhere}")
    else:
        yield from _columns(query, old, new)
        if same_rows and text == query.old and _steady(server, text, before, old):
            yield from _rows(query, old, new)
    if now.problem:
        yield Finding("missing", query.name, f"change it too, or remove it: {now.problem}")


def _not_there_yet(query: Query, after: Side, problem: str) -> Iterator[Finding]:
    if after.catalogs is None or mesh_database.unknown(query.new or "", after.catalogs):
        yield Finding("missing", query.name, f"does not work: {problem}")


def _looked_up(query: Query, before: Side, after: Side, base: str, problem: str) -> Iterator[Finding]:
    """Of a query that PostgreSQL cannot answer in Trino's place: whether its tables and columns are still there."""
    if before.catalogs is None or after.catalogs is None or query.old is None:
        yield Finding("note", query.name, f"does not work on {base} either: {problem}")
    elif lacking := mesh_database.unknown(query.old, before.catalogs):
        yield Finding("note", query.name, f"does not work on {base} either: {lacking}")
    elif gone := mesh_database.unknown(query.old, after.catalogs):
        yield Finding("breaking", query.name, f"worked on {base} and fails now: {gone}")
    else:
        yield Finding("note", query.name, f"is not asked, only its tables and columns are looked up: {problem}")


def _columns(query: Query, old: Answer, new: Answer) -> Iterator[Finding]:
    for name, kind in old.columns.items():
        if name not in new.columns:
            yield Finding("breaking", query.name, f"has no column {name} any more")
        elif new.columns[name] != kind:
            yield Finding("breaking", query.name, f"{name} is {new.columns[name]}, and was {kind}")


def _rows(query: Query, old: Answer, new: Answer) -> Iterator[Finding]:
    shared = [name for name in old.columns if name in new.columns]
    was, now = (_counted(answer, shared) for answer in (old, new))
    if was == now:
        return
    gone, come = sum((was - now).values()), sum((now - was).values())
    only = [name for name in shared if _counted(old, [name]) != _counted(new, [name])]
    differ = f", in {', '.join(only)}" if only else ""
    yield Finding(
        "breaking",
        query.name,
        f"answers otherwise for the same rows: of {len(old.rows):,} rows {gone:,} are not there any more and {come:,} "
        f"are new{differ}",
    )


def _counted(answer: Answer, names: list[str]) -> Counter[tuple[Any, ...]]:
    places = [list(answer.columns).index(name) for name in names]
    return Counter(tuple(_value(row[place]) for place in places) for row in answer.rows)


def _value(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    if isinstance(value, list | dict):
        return json.dumps(value, sort_keys=True, default=str)
    return bytes(value) if isinstance(value, memoryview) else value


def _steady(server: Server, text: str, side: Side, first: Answer) -> bool:
    """Whether it answers the same twice, which a query of the clock or of chance does not."""
    again = _ask(server, text, side)
    names = list(first.columns)
    return len(first.rows) <= MOST and not again.problem and _counted(first, names) == _counted(again, names)


def _ask(server: Server, text: str, side: Side) -> Answer:
    if side.catalogs is not None:
        try:
            text = mesh_database.translated(text)
        except SqlglotError as error:
            return Answer({}, [], f"it is no query of Trino: {str(error).splitlines()[0]}")
    connection = server.reader(side.database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(text)
            found = cursor.description or ()
            rows = cursor.fetchmany(MOST + 1)
            names = _numbered([each.name for each in found])
            return Answer(dict(zip(names, _kinds(cursor, found), strict=True)), rows)
    except psycopg2.Error as error:
        return Answer({}, [], " ".join(reason(error).split()))
    finally:
        connection.rollback()


def _numbered(names: list[str]) -> list[str]:
    """The names of an answer's columns, of which two may be alike."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
    again: Counter[str] = Counter()
    numbered = []
    for name in names:
        again[name] += 1
        numbered.append(f"{name} ({again[name]})" if seen[name] > 1 else name)
    return numbered


def _kinds(cursor: Cursor, found: Sequence[Column]) -> list[str]:
    """The types of an answer's columns as PostgreSQL writes them."""
    cursor.execute(
        "SELECT oid, format_type(oid, NULL) FROM pg_type WHERE oid = ANY(%s)", ([c.type_code for c in found],)
    )
    called = dict(cursor.fetchall())
    return [called[each.type_code] + _size(each) for each in found]


def _size(column: Column) -> str:
    if column.precision is not None and column.precision < 1_000:  # a numeric without any says 65535
        return f"({column.precision},{column.scale})"
    varies = column.type_code in (1042, 1043) and column.internal_size and column.internal_size > 0
    return f"({column.internal_size})" if varies else ""
