"""Expressions of queries that lead to a key, and what is equal to them."""

from collections.abc import Iterable, Iterator

from sqlglot import exp

_STRICT = (
    exp.Column, exp.Identifier, exp.Paren, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Literal, exp.Lower, exp.Upper,
    exp.AtTimeZone, exp.TimestampTrunc, exp.Var,
)  # fmt: skip
"""What an expression may be of: each of these is NULL where its column is."""


def within(node: exp.Select, wanted: exp.Expr) -> exp.Expr | None:
    """`wanted` over what the query reads; None where rows of other values decide about those of the key's."""
    shown = {each.alias_or_name: each.unalias() for each in node.expressions}
    if any(column.name not in shown for column in _columns(wanted)):
        return None
    inside = _bare(wanted.transform(lambda each: shown[each.name].copy() if isinstance(each, exp.Column) else each))
    if not all(isinstance(each, _STRICT) for each in inside.walk()) or not _columns(inside):
        return None
    group = node.args.get("group")
    if group is not None and group.find(exp.GroupingSets, exp.Cube, exp.Rollup):
        return None
    if group is None and any(_aggregates(part) for part in (*node.expressions, node.args.get("having")) if part):
        return None
    parts = [each.args.get("partition_by") or [] for each in windows(node)]
    if distinct := node.args.get("distinct"):
        on = distinct.args.get("on")
        parts += [on.expressions] if on is not None else []
    return inside if all(_made_of(inside, part) for part in parts) else None


def windows(node: exp.Select) -> list[exp.Window]:
    """The window functions of a query, wherever they may be in it."""
    parts = (*node.expressions, node.args.get("distinct"), node.args.get("order"))
    return [each for part in parts if part is not None for each in part.find_all(exp.Window)]


def _aggregates(part: exp.Expr) -> bool:
    return any(not isinstance(each.parent, exp.Window) for each in part.find_all(exp.AggFunc))


def _made_of(expression: exp.Expr, parts: Iterable[exp.Expr]) -> bool:
    """Whether an expression has one value wherever `parts` have."""
    same = {_text(each) for each in parts}
    if _text(expression) in same:
        return True
    if isinstance(expression, exp.Column):
        return False
    inner = [each for each in expression.iter_expressions() if each.find(exp.Column)]
    return bool(inner) and all(_made_of(each, parts) for each in inner)


def equalities(condition: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from equalities(condition.left)
        yield from equalities(condition.right)
    elif isinstance(condition, exp.EQ):
        pair = _bare(condition.left), _bare(condition.right)
        if all(_columns(each) and all(isinstance(part, _STRICT) for part in each.walk()) for each in pair):
            yield pair


def closed(known: list[exp.Expr], equal: Iterable[tuple[exp.Expr, exp.Expr]]) -> list[exp.Expr]:
    """With all that has the same value by these equalities."""
    found = {_text(each): each for each in known}
    grown = True
    while grown:
        grown = False
        for one, other in equal:
            for this, that in ((one, other), (other, one)):
                if _text(this) in found and _text(that) not in found:
                    found[_text(that)], grown = that, True
    return list(found.values())


def renamed(wanted: exp.Expr, old: list[str], new: list[str]) -> exp.Expr | None:
    if len(old) != len(new) or any(each.name not in old or old.count(each.name) > 1 for each in _columns(wanted)):
        return None
    names = dict(zip(old, new, strict=True))
    return wanted.transform(
        lambda each: (
            exp.column(exp.to_identifier(names[each.name], quoted=True)) if isinstance(each, exp.Column) else each
        )
    )


def is_of(expression: exp.Expr, aliases: set[str]) -> bool:
    """Whether an expression is over columns of one of these alone."""
    named = {column.table for column in _columns(expression)}
    return named <= aliases and len(named) == 1


def named(expression: exp.Expr, alias: str) -> exp.Expr:
    """With the name of the only table before each column."""
    return expression.transform(
        lambda each: exp.column(each.this.copy(), table=alias) if isinstance(each, exp.Column) else each
    )


def _columns(expression: exp.Expr) -> list[exp.Column]:
    return list(expression.find_all(exp.Column))


def _bare(expression: exp.Expr) -> exp.Expr:
    """Without parentheses around anything."""
    return expression.copy().transform(lambda each: each.unnest() if isinstance(each, exp.Paren) else each)


def _text(expression: exp.Expr) -> str:
    return _bare(expression).sql("postgres", identify=True)
