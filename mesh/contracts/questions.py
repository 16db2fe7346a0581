"""The checks of a contract on rows, as SQL queries whose answer is one number."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mesh.contracts.model import Column, Latency, Limit, Quality, Table, shown
from mesh.contracts.queries import replaced
from mesh.contracts.types import family
from mesh.contracts.values import constant
from mesh.sql import Dialect, literal, quoted

_NONE = (Limit("=", 0),)
_OPTIONS = {
    "minimum": ("at least {}", "{} < {}"),
    "exclusiveMinimum": ("above {}", "{} <= {}"),
    "maximum": ("at most {}", "{} > {}"),
    "exclusiveMaximum": ("below {}", "{} >= {}"),
    "multipleOf": ("a multiple of {}", "mod({}, {}) <> 0"),
    "minLength": ("at least {} characters", "{} < {}"),
    "maxLength": ("at most {} characters", "{} > {}"),
    "minItems": ("at least {} items", "{} < {}"),
    "maxItems": ("at most {} items", "{} > {}"),
}
"""By option: its words, and the SQL of what is beyond it."""


@dataclass(frozen=True)
class Question:
    """One check: its description, a query for one number, and the limits of that number."""

    what: str
    query: str
    limits: tuple[Limit, ...]

    def failure(self, actual: float) -> str | None:
        """The actual and the expected number; None when the check passes."""
        if self.limits == _NONE:
            return f"{shown(actual)}, expected none" if actual else None
        missed = [str(limit) for limit in self.limits if not limit.holds(actual)]
        return f"{shown(actual)}, expected {' and '.join(missed)}" if missed else None


def questions(table: Table, dialect: Dialect, place: Callable[[str], str]) -> Iterator[Question]:
    """Every check on the rows of a table or view; `place` returns the name of a table for a query."""
    rows = place(table.name)
    for column in table.columns:
        yield from _of_column(column, dialect, rows, place, check_nulls=table.kind != "table" or dialect == "trino")
    for columns in dict.fromkeys([table.key, *((column.name,) for column in table.columns if column.unique)]):
        if columns:
            # as of UNIQUE: a missing value is not the same as another
            there = rows if columns == table.key else f"{rows} WHERE {quoted(columns[0])} IS NOT NULL"
            yield Question(f"{', '.join(columns)}: no value twice", _duplicates(there, columns), _NONE)
    for rule in table.quality:
        yield Question(rule.what, _measured(rule, table, rows, dialect), rule.limits)
    for latency in table.latency:
        yield _lag(latency, rows, dialect, place)


def readable(table: Table, rows: str) -> Question:
    """The check that every column of the contract can be read by its name."""
    counts = " + ".join(f"count({quoted(column.name)})" for column in table.columns)
    return Question("can be read", " ".join(("SELECT", counts, "FROM", rows)), ())


def _of_column(
    column: Column, dialect: Dialect, rows: str, place: Callable[[str], str], check_nulls: bool
) -> Iterator[Question]:
    """`check_nulls`: the server has no NOT NULL there that could be looked up."""
    name = quoted(column.name)
    if column.required and check_nulls:
        yield Question(f"{column.name}: never missing", _count(rows, f"{name} IS NULL"), _NONE)
    beyond = [
        (words.format(value), condition.format(_measure(column, option), _limit(option, value, column, dialect)))
        for option, (words, condition) in _OPTIONS.items()
        if (value := column.options.get(option)) is not None
    ]
    if beyond:
        what = " and ".join(words for words, _ in beyond)
        yield Question(f"{column.name}: {what}", _count(rows, " OR ".join(wrong for _, wrong in beyond)), _NONE)
    if (pattern := column.options.get("pattern")) is not None:
        yield Question(f"{column.name}: has {pattern}", _count(rows, _unlike(column, pattern, dialect)), _NONE)
    if column.allowed:
        wrong = _not_in(column, column.allowed, dialect)
        yield Question(f"{column.name}: one of its values", _count(rows, wrong), _NONE)
    for reference in column.references:
        table, key = reference.split(".")
        there = " ".join(("SELECT 1 FROM", place(table), "p WHERE", f"p.{quoted(key)} = r.{name}"))
        orphans = _count(f"{rows} r", f"r.{name} IS NOT NULL AND NOT EXISTS ({there})")
        yield Question(f"{column.name}: every value is in {reference}", orphans, _NONE)


def _measure(column: Column, option: str) -> str:
    """What of a column an option limits."""
    name = quoted(column.name)
    if option in ("minItems", "maxItems"):
        return f"cardinality({name})"
    return f"length({_as_text(column)})" if option in ("minLength", "maxLength") else name


def _limit(option: str, value: Any, column: Column, dialect: Dialect) -> str:
    plain = option in ("multipleOf", "minItems", "maxItems", "minLength", "maxLength")
    if plain or (isinstance(value, float) and family(column.physical_type) == "integer"):
        return repr(value)
    return constant(value, column.physical_type, dialect)


def _as_text(column: Column) -> str:
    name = quoted(column.name)
    return name if family(column.physical_type) == "text" else f"CAST({name} AS varchar)"


def _unlike(column: Column, pattern: str, dialect: Dialect) -> str:
    text = _as_text(column)
    fits = f"{text} ~ {literal(pattern)}" if dialect == "postgresql" else f"regexp_like({text}, {literal(pattern)})"
    return f"NOT {fits}"


def _not_in(column: Column, among: tuple[Any, ...], dialect: Dialect) -> str:
    listed = ", ".join(constant(value, column.physical_type, dialect) for value in among)
    return f"{quoted(column.name)} NOT IN ({listed})"


def _measured(rule: Quality, table: Table, rows: str, dialect: Dialect) -> str:
    column = next((each for each in table.columns if (each.name,) == rule.columns), None)
    if rule.query is not None:
        return replaced(rule.query, rows, quoted(column.name) if column else "")
    number = _number(rule, table, column, rows, dialect)
    if not rule.percent:
        return number
    # 1e2: Trino would round a decimal. A table without rows has none at fault.
    return " ".join(("SELECT coalesce(1e2 *", f"({number})", "/ nullif((", _count(rows, "true"), "), 0), 0)"))


def _number(rule: Quality, table: Table, column: Column | None, rows: str, dialect: Dialect) -> str:
    """The query of a rule of the standard's library."""
    if rule.metric == "duplicateValues":
        return _duplicates(rows, rule.columns)
    if column is None:
        return _count(rows, "true")
    if rule.metric == "nullValues":
        return _count(rows, f"{quoted(column.name)} IS NULL")
    if rule.metric == "missingValues":
        missing = [f"{quoted(column.name)} IS NULL"] if None in rule.missing_values else []
        listed = [constant(each, column.physical_type, dialect) for each in rule.missing_values if each is not None]
        missing += [f"{quoted(column.name)} IN ({', '.join(listed)})"] if listed else []
        return _count(rows, " OR ".join(missing))
    if rule.pattern is not None:
        return _count(rows, _unlike(column, rule.pattern, dialect))
    return _count(rows, _not_in(column, rule.valid_values, dialect))


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
