"""The promises of a contract about rows, as questions in SQL whose answer is one number."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mesh.contracts.model import Column, Latency, Limit, Quality, Table
from mesh.sql import Dialect, literal, quoted

_NONE = (Limit("=", 0),)


@dataclass(frozen=True)
class Question:
    """One promise: in words, as a query for one number, and what that number must be."""

    what: str
    query: str
    limits: tuple[Limit, ...]

    def breach(self, found: float) -> str | None:
        """What is wrong with the number that was found; None when the promise is kept."""
        if self.limits == _NONE:
            return f"{found:,g} where there may be none" if found else None
        broken = [str(limit) for limit in self.limits if not limit.holds(found)]
        return f"{found:,g}, and must be {' and '.join(broken)}" if broken else None


def questions(table: Table, dialect: Dialect, place: Callable[[str], str]) -> Iterator[Question]:
    """Every promise about the rows of a table or view; `place` gives the name of a table as a query has it."""
    rows = place(table.name)
    for column in table.columns:
        yield from _of_column(column, rows, place, ask_missing=table.kind != "table" or dialect == "trino")
    for columns in dict.fromkeys([table.key, *((column.name,) for column in table.columns if column.unique)]):
        if columns:
            yield Question(f"{', '.join(columns)}: no value twice", _duplicates(rows, columns), _NONE)
    for rule in table.quality:
        yield Question(rule.what, _measured(rule, rows, dialect), rule.limits)
    for promise in table.latency:
        yield _lag(promise, rows, dialect, place)


def readable(table: Table, rows: str) -> Question:
    """That every promised column can be asked for by its name."""
    counts = " + ".join(f"count({quoted(column.name)})" for column in table.columns)
    return Question("can be read", " ".join(("SELECT", counts, "FROM", rows)), ())


def _of_column(column: Column, rows: str, place: Callable[[str], str], ask_missing: bool) -> Iterator[Question]:
    """`ask_missing`: the server has no NOT NULL there that would answer."""
    name = quoted(column.name)
    if column.required and ask_missing:
        yield Question(f"{column.name}: never missing", _count(rows, f"{name} IS NULL"), _NONE)
    beyond = [f"{name} < {column.minimum}"] if column.minimum is not None else []
    beyond += [f"{name} > {column.maximum}"] if column.maximum is not None else []
    if beyond:
        limits = [f"at least {column.minimum}"] if column.minimum is not None else []
        limits += [f"at most {column.maximum}"] if column.maximum is not None else []
        yield Question(f"{column.name}: {' and '.join(limits)}", _count(rows, " OR ".join(beyond)), _NONE)
    if column.reference:
        table, key = column.reference.split(".")
        there = " ".join(("SELECT 1 FROM", place(table), "p WHERE", f"p.{quoted(key)} = r.{name}"))
        lost = _count(f"{rows} r", f"r.{name} IS NOT NULL AND NOT EXISTS ({there})")
        yield Question(f"{column.name}: every value is in {column.reference}", lost, _NONE)


def _measured(rule: Quality, rows: str, dialect: Dialect) -> str:
    if rule.query is not None:
        return rule.query
    if rule.metric == "duplicateValues":
        return _duplicates(rows, rule.columns)
    name = quoted(rule.columns[0]) if rule.columns else ""
    if rule.metric == "nullValues":
        return _count(rows, f"{name} IS NULL")
    if rule.metric == "invalidValues" and rule.pattern is not None:
        pattern = literal(rule.pattern)
        fits = f"{name} ~ {pattern}" if dialect == "postgresql" else f"regexp_like({name}, {pattern})"
        return _count(rows, f"NOT {fits}")
    if rule.metric == "invalidValues":
        listed = ", ".join(literal(str(value)) for value in rule.valid_values)
        return _count(rows, f"CAST({name} AS varchar) NOT IN ({listed})")
    return _count(rows, "true")


def _lag(promise: Latency, rows: str, dialect: Dialect, place: Callable[[str], str]) -> Question:
    newest = _newest(promise.column, rows)
    behind, source = "now()", "now"
    if promise.behind:
        table, column = promise.behind.split(".")
        behind, source = _newest(column, place(table)), promise.behind
    seconds = (
        f"extract(epoch FROM {behind} - {newest})"
        if dialect == "postgresql"
        else f"date_diff('second', {newest}, {behind})"
    )
    what = f"{promise.column}: at most {promise.seconds:,} s behind {source}"
    return Question(what, f"SELECT {seconds}", (Limit("<=", promise.seconds),))


def _newest(column: str, rows: str) -> str:
    return " ".join(("(SELECT CAST(max(", quoted(column), ") AS timestamp with time zone) FROM", f"{rows})"))


def _duplicates(rows: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(map(quoted, columns))
    groups = " ".join(("SELECT 1 FROM", rows, "GROUP BY", names, "HAVING count(*) > 1"))
    return " ".join(("SELECT count(*) FROM (", groups, ") d (found)"))


def _count(rows: str, condition: str) -> str:
    return " ".join(("SELECT count(*) FROM", rows, "WHERE", condition))
