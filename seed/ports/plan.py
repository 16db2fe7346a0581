"""How a port is kept: its columns and key, the tables that it reads, and what leads from each to the key."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import sqlglot
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Composed, Identifier
from sqlglot import exp

from client.errors import CommandError
from mesh.contracts.model import Table
from mesh.sql import quoted
from mesh.stored_ports import DEFINITIONS
from seed.ports.joins import Known, Source
from seed.ports.keys import FAMILIES, KEYS, TEXTS, WIDER, may_lack, plain
from seed.ports.lineage import Leads, leads
from seed.ports.refused import reasons

VERSION = 3
"""Of the objects that keep a port; another one has all of them made anew."""

_READ = """
WITH RECURSIVE reads (oid) AS (
    VALUES (%s::oid)
    UNION
    SELECT d.refobjid FROM reads JOIN pg_rewrite ON ev_class = reads.oid
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = pg_rewrite.oid
    AND d.refclassid = 'pg_class'::regclass
)
SELECT c.oid, nspname, relname, relkind, CASE WHEN relkind = 'v' THEN pg_get_viewdef(c.oid, true) END,
       (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
       (SELECT array_agg(attname::text) FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
        WHERE indrelid = c.oid AND indisprimary)
FROM reads JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY nspname, relname
"""


@dataclass(frozen=True)
class Kept:
    """A port that is to be stored, and how."""

    name: str
    columns: Mapping[str, str]
    """Name -> type."""
    key: tuple[str, ...]
    orders: tuple[str, ...]
    """The orders that it has an index for: a column, or a column and DESC."""
    unit: tuple[str, ...]
    """Those columns of the key by whose values rows are worked out anew together; none: all rows together."""
    sources: Mapping[Source, tuple[tuple[str, ...], ...]]
    """By table, for each time that it is read, what leads to `unit`; nothing: to all rows."""
    used: Mapping[Source, tuple[str, ...]]
    """The columns that are read of each table."""
    query: str
    bare: bool
    """Whether the view may have rows without a value of `unit`, as far as PostgreSQL can tell."""

    @property
    def fingerprint(self) -> str:
        """The same text for the same way of keeping the same rows."""
        return hashlib.sha256(repr((VERSION, self)).encode()).hexdigest()[:32]

    @property
    def whole(self) -> list[str]:
        """The tables of which any change has all rows worked out anew."""
        return [
            name if schema == "public" else f"{schema}.{name}"
            for (schema, name), ways in self.sources.items()
            if not ways
        ]


def plan(cursor: Cursor, table: Table, label: str) -> Kept:
    """How to keep a view of a contract. Raises CommandError that says why it cannot be kept.

    Ends the transaction's search path at `public`.
    """
    cursor.execute(
        "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = %s AND relkind = 'v' "
        "AND nspname IN (%s, 'public') ORDER BY nspname = 'public' LIMIT 1",
        (table.name, DEFINITIONS),
    )
    (view,) = cursor.fetchone() or (None,)
    if view is None:
        raise CommandError(f"{label}: view {table.name} is stored by contract.yaml, and schema.sql does not make it")
    cursor.execute("SET LOCAL search_path = pg_catalog")  # all that is not PostgreSQL's own is written with its schema
    cursor.execute(_READ, (view,))
    read = cursor.fetchall()
    queries = [(oid, text) for oid, _, _, _, text, _, _ in read if text is not None]
    keys = {f"{schema}.{name}": tuple(key or ()) for _, schema, name, _, _, _, key in read}
    found = list(dict.fromkeys(reasons(cursor, view, queries, keys)))
    columns = _types(cursor, view)
    found += [
        f"its key has {name}, which is {columns.get(name, 'missing')}: a key is of {', '.join(KEYS)}"
        for name in table.key
        if columns.get(name, "").partition("(")[0] not in KEYS and plain(columns.get(name, "")) not in KEYS
    ]
    cursor.execute(
        "SELECT attname, collname FROM pg_attribute JOIN pg_collation c ON c.oid = attcollation "
        "WHERE collname <> 'default' AND attrelid = %s AND attname = ANY(%s) ORDER BY attnum",
        (view, list(table.key)),
    )
    found += [f'its key has {name} in the collation {own}: add COLLATE "default"' for name, own in cursor.fetchall()]
    if found:
        cursor.execute("SET LOCAL search_path = public")
        raise CommandError(f"{label}: view {table.name} cannot be stored:\n" + "\n".join(f"  {each}" for each in found))
    query = next(text for oid, text in queries if oid == view)
    known = Known(
        {(schema, name): text for _, schema, name, _, text, _, _ in read if text is not None},
        {(schema, name): tuple(names or ()) for _, schema, name, _, _, names, _ in read},
    )
    bases = {(schema, name): oid for oid, schema, name, kind, _, _, _ in read if kind == "r"}
    traced = {name: _fitting(cursor, leads(query, name, known), columns[name]) for name in table.key}
    unit = _unit(table.key, traced, bases)
    if bare := may_lack(cursor, view, unit):
        known = replace(known, bare=True)
        traced = {name: _fitting(cursor, leads(query, name, known), columns[name]) for name in table.key}
        unit = _unit(table.key, traced, bases)
    kept = Kept(
        table.name,
        columns,
        table.key,
        table.orders,
        unit,
        {source: _ways(source, unit, traced) for source in sorted(bases)},
        _used(cursor, [oid for oid, _ in queries], bases),
        query.replace(f"{DEFINITIONS}.", "public."),  # of a view that is stored itself
        bare,
    )
    cursor.execute("SET LOCAL search_path = public")
    return kept


def _types(cursor: Cursor, oid: int) -> dict[str, str]:
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s AND attnum > 0 "
        "AND NOT attisdropped ORDER BY attnum",
        (oid,),
    )
    return dict(cursor.fetchall())


def _fitting(cursor: Cursor, found: Leads, kind: str) -> Leads:
    """Without expressions of another kind of type than the key's, whose values are compared in another way.

    Nothing leads to a key that some rows have no value for: a trigger would refuse those that the view passes over.
    """
    if any(each and _can_fail(cursor, source, each) for source, expressions in found.items() for each in expressions):
        return {}
    fitting: Leads = {}
    for source, expressions in found.items():
        for each in expressions:
            fits = each is not None and _alike(_type_of(cursor, source, each), kind)
            fitting.setdefault(source, set()).add(each if fits else None)
    return fitting


def _can_fail(cursor: Cursor, source: Source, expression: str) -> bool:
    """Whether an expression has a part that some rows may have no value for, such as a cast of a text to a number."""
    tree = sqlglot.parse_one(expression, read="postgres")
    if any(each.args["zone"].find(exp.Column) for each in tree.find_all(exp.AtTimeZone)):
        return True
    for cast in tree.find_all(exp.Cast):
        old, new = (_type_of(cursor, source, each.sql("postgres", identify=True)) for each in (cast.this, cast))
        wider = old in WIDER and new in WIDER[WIDER.index(old) :] and not cast.to.expressions
        if not wider and not (old in KEYS and new in TEXTS):
            return True
    return False


def _type_of(cursor: Cursor, source: Source, expression: str) -> str:
    place = Identifier(*source)
    cursor.execute(SQL("SELECT {} FROM {} LIMIT 0").format(SQL(expression), place))
    (column,) = cursor.description or (None,)
    if column is None:
        return ""
    cursor.execute("SELECT format_type(%s, NULL)", (column.type_code,))
    (kind,) = cursor.fetchone() or ("",)
    return kind


def _alike(one: str, other: str) -> bool:
    one, other = plain(one), plain(other)
    return one == other or any(one in family and other in family for family in FAMILIES)


def _unit(key: Iterable[str], traced: Mapping[str, Leads], bases: Iterable[Source]) -> tuple[str, ...]:
    """The columns of the key to which most tables lead."""
    led = {name: {source for source in bases if _leads(traced[name], source)} for name in key}
    most = max(led.values(), key=len, default=set())
    return tuple(name for name in key if most and led[name] == most)


def _leads(found: Leads, source: Source) -> bool:
    return bool(found.get(source)) and None not in found[source]


def _ways(source: Source, unit: tuple[str, ...], traced: Mapping[str, Leads]) -> tuple[tuple[str, ...], ...]:
    if not unit or not all(_leads(traced[name], source) for name in unit):
        return ()
    if len(unit) == 1:
        return tuple((str(each),) for each in sorted(map(str, traced[unit[0]][source])))
    # A table that is read more than once leads to each of the columns in several ways, and which belong together is
    # not known.
    each = [sorted(map(str, traced[name][source])) for name in unit]
    return (tuple(ways[0] for ways in each),) if all(len(ways) == 1 for ways in each) else ()


def _used(cursor: Cursor, views: list[int], bases: Mapping[Source, int]) -> dict[Source, tuple[str, ...]]:
    found = {}
    for source, oid in bases.items():
        cursor.execute(
            "SELECT DISTINCT attname, attnum FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass "
            "AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass JOIN pg_attribute a ON attrelid = d.refobjid "
            "AND NOT attisdropped AND (attnum = d.refobjsubid OR d.refobjsubid = 0) "
            "WHERE ev_class = ANY(%s) AND d.refobjid = %s AND attnum > 0 ORDER BY attnum",
            (views, oid),
        )
        found[source] = tuple(name for name, _ in cursor.fetchall())
    return found


def listed(names: Iterable[str], prefix: str = "") -> Composed:
    """Names with commas between."""
    return SQL(", ").join(SQL(f"{prefix}{quoted(name)}") for name in names)
