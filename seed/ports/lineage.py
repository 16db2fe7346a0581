"""Which expression over a source's row leads to the rows of a view that depend on it.

A view's rows of one key are worked out from the rows of a source for which an expression has the key's value: then a
change of source rows can change no other rows of the view. Where that does not follow from the query's shape, it is
not said, and such a source leads to all rows. `None` stands for that.

`needed(query, x)` below is an argument by structure. Its invariant: of a query's or a join's rows only those matter
for which `x` has the key's value, and that value is never NULL.
"""

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from seed.ports.expressions import closed, equalities, is_of, named, renamed, within
from seed.ports.joins import Join, Known, Leaf, Scope, Source, aliases, names, tree_of

Leads = dict[Source, set[str | None]]
"""By source, the SQL over its columns that leads to the key, one for each time that the query reads it."""

_CUT = ("limit", "offset", "fetch")


def leads(query: str, key: str, known: Known) -> Leads:
    """What leads from each source of a view's `query` to its column `key`; {} where the query cannot be read."""
    try:
        tree = sqlglot.parse_one(query, read="postgres")
    except SqlglotError:
        return {}
    found: Leads = {}
    for source, expression in _needed(tree, exp.column(exp.to_identifier(key, quoted=True)), Scope(known)):
        found.setdefault(source, set()).add(expression and expression.sql("postgres", identify=True))
    return found


_Found = Iterator[tuple[Source, exp.Expr | None]]


def _needed(node: exp.Expr, wanted: exp.Expr | None, scope: Scope) -> _Found:
    """What leads to the rows of a query for which `wanted`, over its columns, has the key's value."""
    if isinstance(node, exp.Subquery) and not node.args.get("joins"):
        node = node.this
    if with_ := node.args.get("with_"):
        if with_.args.get("recursive"):
            yield from _everything(node, scope)
            return
        for cte in with_.expressions:
            listed = cte.args["alias"].args.get("columns")
            inner = Scope(scope.known, dict(scope.ctes))
            scope = Scope(scope.known, {**scope.ctes, cte.alias: (exp.Null() if listed else cte.this, inner)})
            if listed:
                yield from _needed(cte.this, None, inner)
    if any(node.args.get(cut) for cut in _CUT):
        wanted = None
    if isinstance(node, exp.SetOperation):
        whole = names(node, scope)
        for side in (node.this, node.expression):
            yield from _needed(side, wanted and renamed(wanted, whole, names(side, scope)), scope)
    elif isinstance(node, exp.Select):
        yield from _selected(node, wanted, scope)
    else:
        yield from _everything(node, scope)


def _everything(node: exp.Expr, scope: Scope) -> _Found:
    """All tables below a node, of which nothing is known."""
    for table in node.find_all(exp.Table):
        if table.db:
            yield from _read(table, None, scope)
        elif table.name in scope.ctes:
            query, inner = scope.ctes[table.name]
            yield from _needed(query, None, inner)


def _read(table: exp.Table, wanted: exp.Expr | None, scope: Scope) -> _Found:
    """A table, or the query of a view."""
    source = (table.db, table.name)
    if source in scope.known.views:
        yield from _needed(sqlglot.parse_one(scope.known.views[source], read="postgres"), wanted, Scope(scope.known))
    else:
        yield source, wanted


def _selected(node: exp.Select, wanted: exp.Expr | None, scope: Scope) -> _Found:
    inside = within(node, wanted) if wanted is not None else None
    tree = tree_of(node, scope)
    if tree is None:
        yield from _everything(node, scope)
        return
    equal = list(equalities(node.args["where"].this)) if node.args.get("where") else []
    known = closed([inside] if inside is not None else [], equal)
    if isinstance(tree, Leaf):
        known = [named(each, tree.alias) for each in known]
    yield from _joined(tree, known, scope)
    for part in (
        *node.expressions,
        *(node.args.get(name) for name in ("where", "having", "group", "order", "distinct")),
    ):
        if part is not None:
            yield from _everything(part, scope)
    for join in node.args.get("joins") or []:
        if join.args.get("on") is not None:
            yield from _everything(join.args["on"], scope)


def _joined(tree: "Leaf | Join", known: list[exp.Expr], scope: Scope) -> _Found:
    """What leads to the rows of a join for which each of `known` has the key's value."""
    if isinstance(tree, Leaf):
        yield from _of_leaf(tree, known, scope)
        return
    left, right = (aliases(part) for part in (tree.left, tree.right))
    side = tree.side
    if side in ("LEFT", "FULL") and any(is_of(each, right) for each in known):
        side = "RIGHT" if side == "FULL" and not any(is_of(each, left) for each in known) else ""
    elif side in ("RIGHT", "FULL") and any(is_of(each, left) for each in known):
        side = "" if side == "RIGHT" else "LEFT"
    if side == "FULL" or (side != tree.side and scope.known.bare):
        side, known = "FULL", []
    outer = left if side == "LEFT" else right
    start = known if side == "" else [each for each in known if is_of(each, outer)]
    all_equal = closed(start, tree.equal)
    for part, its in ((tree.left, left), (tree.right, right)):
        mine = [each for each in (start if side and its == outer else all_equal) if is_of(each, its)]
        yield from _joined(part, mine, scope)


def _of_leaf(leaf: Leaf, known: list[exp.Expr], scope: Scope) -> _Found:
    best: list[tuple[Source, exp.Expr | None]] | None = None
    for each in [*known, None]:
        plain = each and each.transform(
            lambda part: exp.column(part.this.copy()) if isinstance(part, exp.Column) else part
        )
        found = list(_leaf_needed(leaf, plain, scope))
        if best is None or sum(one is None for _, one in found) < sum(one is None for _, one in best):
            best = found
    yield from best or []


def _leaf_needed(leaf: Leaf, wanted: exp.Expr | None, scope: Scope) -> _Found:
    node = leaf.node
    if isinstance(node, exp.Table) and not node.args.get("sample"):
        if node.db:
            yield from _read(node, wanted, scope)
            return
        if node.name in scope.ctes:
            query, inner = scope.ctes[node.name]
            yield from _needed(query, wanted, inner)
            return
    if isinstance(node, exp.Subquery):
        yield from _needed(node, wanted, scope)
    else:
        yield from _everything(node, scope)
