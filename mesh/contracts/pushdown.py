"""Whether PostgreSQL alone picks the rows of a row filter, so that Trino never reads the others.

Trino hands conditions to the database if it can, those of the reader's own query too. It tells every reader how many
rows it has read (`EXPLAIN ANALYZE`, the statistics of each answer). If it applied the filter itself, to rows that it
has read, a reader would learn how many hidden rows meet a condition, and by and by their values. What Trino 476 hands
to PostgreSQL as a whole was tried form by form, as tests/stack/test_row_filters.py does again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import Expr, exp

from mesh.contracts.types import family, postgresql, trino, with_zone

MOST = 256
"""Values in a list: of more, Trino makes a range."""
_EXACT = ("integer", "number", "text")
"""Families whose comparisons are handed over in a condition over several columns, too."""
_RANGES = {exp.GT: "up", exp.GTE: "up", exp.LT: "down", exp.LTE: "down", exp.Between: "between"}
ADVICE = (
    "Say which rows are seen: a column with =, IN, one range, LIKE or IS NULL. "
    "Or publish a view that has those rows only"
)


@dataclass(frozen=True)
class _Part:
    """One comparison: `form` is list, up, down, between, like, null, not null or flag; `other` is a second column."""

    form: str
    column: str
    shown: str
    other: str | None = None


def left_to_trino(predicate: str, types: Mapping[str, str]) -> str | None:
    """The part of a predicate that Trino would apply itself, and why; None where PostgreSQL does all of it.

    `predicate` is as `written` returns it, `types` has the physical type of each column.
    """
    for condition in _split(sqlglot.parse_one(predicate, read="trino"), exp.And):
        parts = [_part(leaf) for leaf in _leaves(condition)]
        columns = {part.column for part in parts} | {part.other for part in parts if part.other}
        problems = [_alone(part, types) for part in parts]
        if len(columns) > 1:
            problems += [_beside(part, types) for part in parts]
        elif _gap([part.form for part in parts], condition):
            problems.append(f"{_shown(condition)}: what is seen is neither one range nor a list")
        if sum(len(each.expressions) for each in condition.find_all(exp.In)) > MOST:
            problems.append(f"{_shown(condition)}: there can be {MOST} values")
        if problem := next(filter(None, problems), None):
            return problem
    return None


def _split(node: Expr, kind: type[Expr]) -> Iterator[Expr]:
    """The operands of nested AND or OR."""
    node = node.unnest()
    if type(node) is kind:
        yield from _split(node.this, kind)
        yield from _split(node.expression, kind)
    else:
        yield node


def _leaves(node: Expr) -> Iterator[Expr]:
    node = node.unnest()
    if type(node) in (exp.And, exp.Or):
        yield from _leaves(node.this)
        yield from _leaves(node.expression)
    else:
        yield node


def _part(node: Expr) -> _Part:
    shown, negated = _shown(node), type(node) is exp.Not or bool(node.args.get("negate"))
    node = node.this.unnest() if type(node) is exp.Not else node
    name = next(node.find_all(exp.Column)).name
    if type(node) is exp.Column:
        form = "flag"
    elif type(node) is exp.Is:
        form = "not null" if negated else "null"
    elif type(node) is exp.Like:
        form = "not like" if negated and not set("%_") & set(node.expression.this) else "like"
    elif negated or type(node) is exp.NEQ:
        form = "not"
    else:
        form = _RANGES.get(type(node), "list")
    others = [each.name for each in node.find_all(exp.Column) if each.name != name]
    return _Part(form, name, shown, others[0] if others else None)


def _alone(part: _Part, types: Mapping[str, str]) -> str | None:
    """Why one comparison is never handed over as a whole."""
    physical = types[part.column]
    kind, type_ = family(physical), trino(physical)
    if kind in (None, "array", "json", "shown", "time") or postgresql(physical) == "citext":
        return f"{part.shown}: {part.column} is {physical}"
    if part.form in ("not", "not like"):
        return f"{part.shown}: it says which rows are hidden"
    if part.form == "not null" and kind == "text":
        return f"{part.shown}: of {physical}" + ("" if type_.startswith("char(") else f", write {part.column} LIKE '%'")
    if with_zone(physical) and type_ != "timestamp(6) with time zone" and part.form not in ("null", "not null"):
        return f"{part.shown}: {part.column} is {physical}, and timestamptz would do"
    if part.form == "between" and type_ != "timestamp(6)" and (kind == "timestamp" or type_ == "smallint"):
        return f"{part.shown}: write >= and <="
    if part.other and (trino(types[part.other]) != type_ or (part.form in ("up", "down") and kind not in _EXACT)):
        return f"{part.shown}: {part.column} is {physical}, {part.other} is {types[part.other]}"
    return None


def _beside(part: _Part, types: Mapping[str, str]) -> str | None:
    """Why a comparison is not handed over beside those of other columns, within OR."""
    physical = types[part.column]
    exact = family(physical) in _EXACT and trino(physical) not in ("real", "double")
    exact = exact and not trino(physical).startswith("char(")
    if exact or part.form in ("null", "not null", "flag") or part.other:
        return None
    return f"{part.shown}: of {physical}, beside another column within OR"


def _gap(forms: list[str], condition: Expr) -> bool:
    """Whether alternatives for one column leave something out between them.

    Where a reader adds many values of their own, Trino makes one range of what is left, over the gap.
    """
    ranges = [form for form in forms if form in ("up", "down", "between", "not null")]
    mixed = any(type(node) is exp.And for node in condition.find_all(exp.And))
    return bool(mixed or (ranges and "list" in forms) or len(set(ranges)) > 1 or ranges.count("between") > 1)


def _shown(node: Expr) -> str:
    text = node.sql(dialect="trino")
    return text if len(text) <= 60 else f"{text[:60]}…"
