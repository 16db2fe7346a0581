"""The joins of a query as a tree, and what the names in it stand for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from seed.ports.expressions import equalities

Source = tuple[str, str]
"""A table by schema and name."""


@dataclass(frozen=True)
class Known:
    """What the names in a query stand for."""

    views: Mapping[Source, str]
    """The query of each view."""
    columns: Mapping[Source, tuple[str, ...]]
    """The columns of each table and view, in order."""
    bare: bool = False
    """Rows of the view may be without a key: what an outer join leaves without one is the key of no row."""


@dataclass(frozen=True)
class Leaf:
    node: exp.Expr
    alias: str


@dataclass(frozen=True)
class Join:
    left: "Leaf | Join"
    right: "Leaf | Join"
    side: str
    """`` (inner), LEFT, RIGHT or FULL."""
    equal: tuple[tuple[exp.Expr, exp.Expr], ...] = ()


@dataclass
class Scope:
    known: Known
    ctes: Mapping[str, tuple[exp.Expr, "Scope"]] = field(default_factory=dict)


def tree_of(node: exp.Select, scope: Scope) -> "Leaf | Join | None":
    """The joins of a query; None where one of them is not understood."""
    start = node.args.get("from_")
    return None if start is None else _joins(start.this, node.args.get("joins") or [], scope)


def _joins(first: exp.Expr, others: list[exp.Join], scope: Scope) -> "Leaf | Join | None":
    tree = _leaf(first, scope)
    for join in others:
        right = _leaf(join.this, scope)
        side = (join.side or "").upper()
        if tree is None or right is None or join.method or join.kind.upper() not in ("", "INNER", "OUTER", "CROSS"):
            return None
        equal = list(equalities(join.args["on"])) if join.args.get("on") is not None else []
        for name in join.args.get("using") or []:
            pair = [
                next((each for each in leaves(part) if name.name in shown(each, scope)), None) for part in (tree, right)
            ]
            if pair[0] and pair[1] and side in ("", "LEFT"):
                one, other = (exp.column(name.copy(), table=each.alias) for each in pair if each)
                equal.append((one, other))
        tree = Join(tree, right, side, tuple(equal))
    return tree


def _leaf(node: exp.Expr, scope: Scope) -> "Leaf | Join | None":
    inside = node.this if isinstance(node, exp.Subquery) else None
    if isinstance(inside, exp.Table) and not node.alias:  # joins in parentheses
        return _joins(inside, inside.args.get("joins") or [], scope)
    alias = node.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        return Leaf(exp.Tuple(expressions=[node.copy()]), node.alias)  # renamed: nothing leads through it
    if isinstance(node, exp.Table | exp.Subquery | exp.Lateral | exp.Unnest):
        return Leaf(node, node.alias_or_name)
    return None


def names(node: exp.Expr, scope: Scope) -> list[str]:
    """The columns of a query."""
    while isinstance(node, exp.SetOperation | exp.Subquery):
        node = node.this
    return [each.alias_or_name for each in node.expressions] if isinstance(node, exp.Select) else []


def shown(leaf: Leaf, scope: Scope) -> Iterable[str]:
    node = leaf.node
    if isinstance(node, exp.Table):
        if node.name in scope.ctes and not node.db:
            return names(scope.ctes[node.name][0], scope)
        return scope.known.columns.get((node.db, node.name), ())
    return names(node, scope)


def leaves(tree: "Leaf | Join") -> Iterator[Leaf]:
    if isinstance(tree, Leaf):
        yield tree
    else:
        yield from leaves(tree.left)
        yield from leaves(tree.right)


def aliases(tree: "Leaf | Join") -> set[str]:
    return {leaf.alias for leaf in leaves(tree)}
