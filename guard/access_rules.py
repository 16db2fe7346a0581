"""What a change takes from readers that the contract standard knows nothing of.

Publications, masks, latencies, and the past that the lake keeps.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

import sqlglot
from sqlglot import Expr, exp

from guard.findings import Finding
from mesh.contracts.model import Column, Contract, Latency, Publication, Table

CHECK = "access"
_BOUNDS = {exp.GT: (1, False), exp.GTE: (1, True), exp.LT: (-1, False), exp.LTE: (-1, True)}
"""By comparison with a number: the direction in which values are seen, and whether the bound itself is."""


def compare(before: Contract, after: Contract, today: date) -> list[Finding]:
    """What readers of `before` may no longer read, or find otherwise; publications that have ended do not count."""
    old, new = before.on(today), after.on(today)
    tables = {table.name: table for table in new.tables}
    found = []
    for table in old.tables:
        if table.name not in tables:
            continue  # that the table is gone is told by the contract's rules
        now = tables[table.name]
        found += [*_published(table, now), *_masks(table, now), *_latencies(table, now), *_kept(table, now)]
    return found


def consumers(before: Contract | None, today: date) -> tuple[str, ...]:
    """The domains that may read something of the contract today."""
    return tuple(before.on(today).consumers) if before else ()


def _published(old: Table, new: Table) -> Iterator[Finding]:
    now = {each.consumer: each for each in new.published}
    for each in old.published:
        if (other := now.pop(each.consumer, None)) is None:
            yield _breaking(f"{old.name}: is no longer published to {each.consumer}")
        else:
            yield from _limits(old.name, each, other)
    for consumer in now:
        yield Finding("additive", CHECK, f"{old.name}: is published to {consumer} now")


def _limits(name: str, old: Publication, new: Publication) -> Iterator[Finding]:
    who = f"{name}, published to {old.consumer}"
    if old.until != new.until:
        if new.until and (old.until is None or new.until < old.until):
            yield _breaking(
                f"{who}: ends on {new.until}, and {f'on {old.until}' if old.until else 'had no end'} before"
            )
        else:
            yield Finding("additive", CHECK, f"{who}: lasts until {new.until or 'further notice'}, not {old.until}")
    if old.rows != new.rows:
        if wider(old.rows, new.rows):
            yield Finding("additive", CHECK, f"{who}: rows that were hidden are seen: {new.rows or 'all'}")
        else:
            yield _breaking(f"{who}: rows that were seen may be hidden: {new.rows}, not {old.rows or 'all'}")


def wider(old: str | None, new: str | None) -> bool:
    """Whether every row that a row filter shows is surely shown by another one too; None shows all."""
    if new is None:
        return True
    return old is not None and _implies(_parsed(old), _parsed(new))


def _parsed(predicate: str) -> Expr:
    return sqlglot.parse_one(predicate, read="trino")


def _implies(strict: Expr, loose: Expr) -> bool:
    """Whether rows of `strict` are surely rows of `loose`; False where this does not see it."""
    strict, loose = strict.unnest(), loose.unnest()
    if strict == loose or _bounded(strict, loose) or _listed(strict, loose):
        return True
    if isinstance(strict, exp.Or):
        return all(_implies(each, loose) for each in strict.flatten())
    if isinstance(loose, exp.And):
        return all(_implies(strict, each) for each in loose.flatten())
    if isinstance(loose, exp.Or) and any(_implies(strict, each) for each in loose.flatten()):
        return True
    return isinstance(strict, exp.And) and any(_implies(each, loose) for each in strict.flatten())


def _bounded(strict: Expr, loose: Expr) -> bool:
    """`a > 5` within `a >= 0`."""
    one, other = _BOUNDS.get(type(strict)), _BOUNDS.get(type(loose))
    if not one or not other or one[0] != other[0] or strict.this != loose.this:
        return False
    low, high = _number(strict.expression), _number(loose.expression)
    if low is None or high is None:
        return False
    within = low > high if one[0] > 0 else low < high
    return within or (low == high and (other[1] or not one[1]))


def _listed(strict: Expr, loose: Expr) -> bool:
    """`a = 1` or `a IN (1)` within `a IN (1, 2)`."""
    if not isinstance(loose, exp.In) or strict.this != loose.this:
        return False
    seen = strict.expressions if isinstance(strict, exp.In) else [strict.expression]
    return isinstance(strict, exp.In | exp.EQ) and all(each in loose.expressions for each in seen)


def _number(node: Expr) -> Decimal | None:
    """Exactly: two large numbers may differ in the last digit alone."""
    try:
        number = Decimal(node.sql())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _masks(old: Table, new: Table) -> Iterator[Finding]:
    now = {column.name: column for column in new.columns}
    for column in old.columns:
        if column.name in now and now[column.name].mask != column.mask:
            yield _mask(f"{old.name}.{column.name}", column, now[column.name])


def _mask(place: str, old: Column, new: Column) -> Finding:
    if old.mask is None:
        grafana = "only so too, by Trino" if new.mask == "email" else "not at all"
        return _breaking(f"{place}: is personal now: other domains see it by the mask {new.mask}, Grafana {grafana}")
    if new.mask is None and old.mask != "email":
        return Finding(
            "additive", CHECK, f"{place}: is personal no more: everyone who reads it sees its values in clear"
        )
    what = f"by {new.mask}" if new.mask else "in clear"
    joined = ", so that joins on the pseudonyms find nothing" if old.mask == "email" else ""
    return _breaking(f"{place}: is shown {what}, not by {old.mask}{joined}")


def _latencies(old: Table, new: Table) -> Iterator[Finding]:
    now = {(each.column, each.behind): each for each in new.latency}
    for each in old.latency:
        what = f"{old.name}.{each.column}: it was at most {_behind(each)}"
        if (other := now.get((each.column, each.behind))) is None:
            yield _breaking(f"{what}, and nothing is promised now")
        elif other.seconds > each.seconds:
            yield _breaking(f"{what}, and may be {other.seconds:,} s now")


def _kept(old: Table, new: Table) -> Iterator[Finding]:
    """What other domains may read of a table's past."""
    if not old.published or old.kept == new.kept:
        return
    if new.kept is None:
        yield _breaking(f"{old.name}: the lake keeps it no more, and other domains cannot read its past")
        return
    if old.kept is None:
        yield Finding("additive", CHECK, f"{old.name}: the lake keeps its past now, for {new.kept.days} days")
        return
    if new.kept.days < old.kept.days:
        yield _breaking(f"{old.name}: its past can be read for {new.kept.days} days, not {old.kept.days}")
    elif new.kept.days > old.kept.days:
        days = f"{new.kept.days} days, not {old.kept.days}"
        yield Finding("additive", CHECK, f"{old.name}: its past can be read for {days}")
    columns = {column.name for column in old.columns}
    if hidden := set(new.kept.former) - set(old.kept.former) - columns:
        yield _breaking(f"{old.name}: other domains no longer see {', '.join(sorted(hidden))} in its past")


def _behind(latency: Latency) -> str:
    return f"{latency.seconds:,} s behind {latency.behind or 'the clock'}"


def _breaking(text: str) -> Finding:
    return Finding("breaking", CHECK, text)
