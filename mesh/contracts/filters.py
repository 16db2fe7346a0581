"""The rows that a consumer sees: a predicate in SQL over the columns of one table, read, checked and written anew.

What is enforced is the text that `written` returns, which has only what was checked. It means the same to Trino and to
PostgreSQL, whoever asks and in whatever time zone. Trino filters rows before it masks columns: a filter sees values in
clear, and whoever knows the filter learns from it. So it may not name personal columns.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import Expr, exp
from sqlglot.errors import SqlglotError

from mesh.contracts import values
from mesh.contracts.types import family, postgresql, trino, with_zone
from mesh.sql import literal, quoted

LONGEST = 2_000
"""Characters of a predicate."""

_ORDER = {exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
_EQUAL = {exp.EQ: "=", exp.NEQ: "<>"}
_TYPED = {
    "date": ("DATE", ("DATE",)),
    "time": ("TIME(6)", ("TIME", "TIMETZ")),
    "timestamp": ("TIMESTAMP(6)", ("TIMESTAMP", "TIMESTAMPTZ")),
    "uuid": ("UUID", ("UUID",)),
}
"""By family, the type that a constant is cast to, and the types that the author may write before it."""
_EXAMPLES = {
    "boolean": "true or false",
    "date": "DATE '2027-06-30'",
    "integer": "a number",
    "number": "a number",
    "time": "TIME '23:59:59'",
    "timestamp": "TIMESTAMP '2027-06-30 23:59:59'",
    "uuid": "UUID '00000000-0000-0000-0000-000000000000'",
}
_NUMBER = re.compile(r"\d{1,18}(\.\d{1,18})?")


@dataclass(frozen=True)
class FilterColumn:
    """A column that a filter may name, as the database has it."""

    physical_type: str
    personal: bool


@dataclass(frozen=True)
class _Operand:
    sql: str
    kind: str
    """A family of types; `shown` for those that Trino shows as text and PostgreSQL does not compare with text."""
    column: str | None = None
    """The physical type of a column; None for a constant."""


class FilterError(ValueError):
    """What is wrong with a predicate, in the words of a message that begins with its place."""


def written(predicate: str, columns: Mapping[str, FilterColumn]) -> str:
    """The predicate in words of both Trino and PostgreSQL, every name quoted. Raises FilterError."""
    if len(predicate) > LONGEST:
        raise FilterError(f"has {len(predicate):,} characters: there can be {LONGEST:,}")
    try:
        statements = sqlglot.parse(predicate, read="trino")
        if len(statements) != 1 or statements[0] is None:
            raise FilterError("must be one predicate in SQL, such as total_amount > 0")
        return _Checker(columns).predicate(statements[0])
    except SqlglotError as error:
        reason = re.sub(r" (missing )?for <class.*| Line \d.*", "", str(error).partition("\n")[0])
        raise FilterError(f"is no predicate in SQL: {reason}") from error
    except RecursionError as error:
        raise FilterError("has too many parentheses") from error


class _Checker:
    def __init__(self, columns: Mapping[str, FilterColumn]) -> None:
        self._columns = columns

    def predicate(self, node: Any) -> str:
        """The SQL of a node that is true or false."""
        if _is(node, exp.Paren, "this"):
            return self.predicate(node.this)
        if _is(node, exp.Not, "this"):
            return f"NOT ({self.predicate(node.this)})"
        if _is(node, exp.And, "this", "expression") or _is(node, exp.Or, "this", "expression"):
            word = "AND" if type(node) is exp.And else "OR"
            return f"({self.predicate(node.this)}) {word} ({self.predicate(node.expression)})"
        if _is(node, exp.Column, "this") and self._column(node).kind == "boolean":
            return self._column(node).sql
        return self._comparison(node)

    def _comparison(self, node: Any) -> str:
        if _is(node, exp.Is, "this", "expression") and _is(node.expression, exp.Null):
            return f"{self._column(node.this).sql} IS NULL"
        if _is(node, exp.In, "this", "expressions"):
            listed = [self._operand(each, node.this).sql for each in node.expressions]
            return f"{self._tested(node.this).sql} IN ({', '.join(listed)})"
        if _is(node, exp.Between, "this", "low", "high"):
            low, high = (self._operand(node.args[side], node.this).sql for side in ("low", "high"))
            return f"{self._tested(node.this, ordered=True).sql} BETWEEN {low} AND {high}"
        if _is(node, exp.Like, "this", "expression") or _is(node, exp.Like, "this", "expression", "negate"):
            return self._like(node)
        for kind, sign in (_EQUAL | _ORDER).items():
            if _is(node, kind, "this", "expression"):
                right = self._operand(node.expression, node.this).sql
                return f"{self._tested(node.this, ordered=kind in _ORDER).sql} {sign} {right}"
        raise FilterError(
            f"has {_shown(node)}: there are AND, OR, NOT, parentheses, and a column with =, <>, <, <=, >, >=, IN, "
            "BETWEEN, LIKE or IS NULL"
        )

    def _tested(self, node: Any, ordered: bool = False) -> _Operand:
        column = self._column(node)
        if column.kind not in (*_EXAMPLES, "text"):
            raise FilterError(f"compares {_shown(node)}, which is {column.column}: only IS NULL can be asked of it")
        if ordered and column.kind not in values.ORDERED:
            raise FilterError(f"orders {_shown(node)}, which is {column.column}: use =, <>, IN or LIKE")
        return column

    def _like(self, node: Any) -> str:
        column = self._column(node.this)
        if not _text(node.expression):
            raise FilterError(f"has {_shown(node.expression)} where LIKE must have a text")
        pattern = node.expression.this
        if column.kind != "text" or trino(column.column or "").startswith("char"):
            raise FilterError(f"has LIKE of {_shown(node.this)}, which is {column.column}: it is for text and varchar")
        if "\\" in pattern:
            raise FilterError("has a backslash in LIKE, which Trino and PostgreSQL read differently")
        return f"{column.sql} {'NOT ' if node.args.get('negate') else ''}LIKE {literal(pattern)}"

    def _column(self, node: Any) -> _Operand:
        if _is(node, exp.Paren, "this"):
            return self._column(node.this)
        if not _is(node, exp.Column, "this") or type(node.this) is not exp.Identifier:
            raise FilterError(f"has {_shown(node)} where a column of this table must be")
        quoted_by_author = bool(node.this.args.get("quoted"))
        name = node.name if quoted_by_author else node.name.lower()
        column = self._columns.get(name)
        if column is None:
            raise FilterError(f"names {name}, which is no column of this table in the database")
        if column.personal:
            raise FilterError(f"names {name}, which is personal: the rows that are seen would tell of its values")
        return _Operand(quoted(name), _kind(column.physical_type), column.physical_type)

    def _operand(self, node: Any, beside: Any) -> _Operand:
        """A constant, or another column, that can be compared with the column `beside`."""
        tested = self._column(beside)
        physical = tested.column or ""
        if type(node) is exp.Column:
            other = self._column(node)
            if other.kind != tested.kind or with_zone(other.column or "") != with_zone(physical):
                raise FilterError(f"compares {_shown(beside)}, which is {physical}, with one that is {other.column}")
            return other
        sql = _constant(node, tested.kind, physical)
        if sql is None:
            example = _EXAMPLES.get(tested.kind, "'text'")
            example = f"{example[:-1]}+00:00'" if with_zone(physical) else example
            raise FilterError(f"compares {_shown(beside)}, which is {physical}, with {_shown(node)}: write {example}")
        return _Operand(sql, tested.kind)


def _kind(physical: str) -> str:
    """Trino leaves comparisons to PostgreSQL, which has none of an enum with text, and another one of citext."""
    return "shown" if postgresql(physical) == "citext" else family(physical) or "shown"


def _constant(node: Any, kind: str, physical: str) -> str | None:
    """SQL for a constant of this kind in both dialects; None for anything else."""
    if kind in ("integer", "number"):
        sign, node = ("-", node.this) if _is(node, exp.Neg, "this") else ("", node)
        plain = _is(node, exp.Literal, "this") and _NUMBER.fullmatch(node.this)
        return f"{sign}{node.this}" if plain else None
    if kind == "boolean":
        return str(node.this).lower() if type(node) is exp.Boolean else None
    if kind not in _TYPED:
        return literal(node.this) if _text(node) else None
    if not _is(node, exp.Cast, "this", "to") or not _text(node.this) or node.to.this.name not in _TYPED[kind][1]:
        return None
    shown = values.text(node.this.this, physical)
    zone = " WITH TIME ZONE" if with_zone(physical) else ""
    return f"CAST({literal(shown)} AS {_TYPED[kind][0]}{zone})" if shown else None


def _is(node: Any, kind: type[Expr], *parts: str) -> bool:
    """Whether a node is of exactly this kind and has these parts and no other: what is not looked at is refused."""
    return type(node) is kind and {name for name, part in node.args.items() if part} == set(parts)


def _text(node: Any) -> bool:
    return type(node) is exp.Literal and bool(node.is_string)


def _shown(node: Any) -> str:
    """A part of the predicate, as a message names it."""
    text = node.sql(dialect="trino") if isinstance(node, Expr) else str(node)
    return text if len(text) <= 60 else f"{text[:60]}…"
