"""The checks of a contract on rows, as SQL queries whose answer is one number."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mesh.contracts.model import Column, Latency, Limit, Quality, Table
from mesh.sql import Dialect, literal, quoted

_NONE = (Limit("=", 0),)


@dataclass(frozen=True)
class Question:
    """One check: its description, a query for one number, and the limits of that number."""

    what: str
    query: str
    limits: tuple[Limit, ...]

    def failure(self, actual: float) -> str | None:
        """The actual and the expected number; None when the check passes."""
        if self.limits == _NONE:
            return f"{actual:,g}, expected none" if actual else None
        missed = [str(limit) for limit in self.limits if not limit.holds(actual)]
        return f"{actual:,g}, expected {' and '.join(missed)}" if missed else None


def questions(table: Table, dialect: Dialect, place: Callable[[str], str]) -> Iterator[Question]:
    """Every check on the rows of a table or view; `place` returns the name of a table for a query."""
    rows = place(table.name)
    for column in table.columns:
        yield from _of_column(column, rows, place, check_nulls=table.kind != "table" or dialect == "trino")
    for columns in dict.fromkeys([table.key, *((column.name,) for column in table.columns if column.unique)]):
        if columns:
            yield Question(f"{', '.join(columns)}: no value twice", _duplicates(rows, columns), _NONE)
    for rule in table.quality:
        yield Question(rule.what, _measured(rule, rows, dialect), rule.limits)
    for latency in table.latency:
        yield _lag(latency, rows, dialect, place)


def readable(table: Table, rows: str) -> Question:
    """The check that every column of the contract can be read by its name."""
    counts = " + ".join(f"count({quoted(column.name)})" for column in table.columns)
    return Question("can be read", " ".join(("SELECT", counts, "FROM", rows)), ())


def _of_column(column: Column, rows: str, place: Callable[[str], str], check_nulls: bool) -> Iterator[Question]:
    """`check_nulls`: the server has no NOT NULL there that could be looked up."""
    name = quoted(column.name)
    if column.required and check_nulls:
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
        orphans = _count(f"{rows} r", f"r.{name} IS NOT NULL AND NOT EXISTS ({there})")
        yield Question(f"{column.name}: every value is in {column.reference}", orphans, _NONE)


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


def _lag(latency: Latency, rows: str, dialect: Dialect, place: Callable[[str], str]) -> Question:
    newest = _newest(latency.column, rows)
    behind, source = "now()", "now"
    if latency.behind:
        table, column = latency.behind.split(".")
        behind, source = _newest(column, place(table)), latency.behind
    seconds = (
        f"extract(epoch FROM {behind} - {newest})"
        if dialect == "postgresql"
        else f"date_diff('second', {newest}, {behind})"
    )
    what = f"{latency.column}: at most {latency.seconds:,} s behind {source}"
    return Question(what, f"SELECT {seconds}", (Limit("<=", latency.seconds),))


def _newest(column: str, rows: str) -> str:
    return " ".join(("(SELECT CAST(max(", quoted(column), ") AS timestamp with time zone) FROM", f"{rows})"))


def _duplicates(rows: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(map(quoted, columns))
    groups = " ".join(("SELECT 1 FROM", rows, "GROUP BY", names, "HAVING count(*) > 1"))
    return " ".join(("SELECT count(*) FROM (", groups, ") d (found)"))


def _count(rows: str, condition: str) -> str:
    return " ".join(("SELECT count(*) FROM", rows, "WHERE", condition))
