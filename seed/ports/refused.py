"""Why a view cannot be stored: what its rows depend on beside the rows of tables, or what no table could keep."""

import re
from collections.abc import Iterator, Sequence

import sqlglot
from psycopg2.extensions import cursor as Cursor
from sqlglot import exp
from sqlglot.errors import SqlglotError

from seed.ports.expressions import windows
from seed.ports.names import LONGEST

_AGGREGATES = (
    "count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or", "stddev", "stddev_pop",
    "stddev_samp", "variance", "var_pop", "var_samp",
)  # fmt: skip
_RANKS = ("rank", "dense_rank")
_ORDERED = ("row_number", "lag", "lead", "first_value", "last_value", "nth_value", "ntile", *_RANKS)

_RULE = "SELECT ev_action FROM pg_rewrite WHERE ev_class = %s AND rulename = '_RETURN'"
_CALLED = re.compile(r":(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)")
_OPERATORS = re.compile(r":opno (\d+)|:opnos \(o ([\d ]+)\)")
_MADE = re.compile(r":typid (\d+)|\{TABLEFUNC .*?:coltypes \(o ([\d ]+)\)", re.DOTALL)
"""Of values taken out of JSON and XML."""
_COLLATIONS = re.compile(r"coll(?:id|Oid) (\d+)")
_WORDS = {
    "{SQLVALUEFUNCTION": "the time or the user of who asks",
    "{NEXTVALUEEXPR": "a sequence",
    "{TABLESAMPLECLAUSE": "TABLESAMPLE",
    "{CURRENTOFEXPR": "a cursor",
    "{JSONCONSTRUCTOREXPR": "JSON made of values, whose text depends on the session that asks",
    "{XMLEXPR": "XML made of values, whose text depends on the session that asks",
}
_RESULT = re.compile(
    r"\{(?:VAR :.*?:vartype|CONST :consttype|FUNCEXPR :.*?:funcresulttype|OPEXPR :.*?:opresulttype|AGGREF :.*?:aggtype"
    r"|COALESCEEXPR :coalescetype|CASEEXPR :casetype|(?:RELABELTYPE|COERCEVIAIO) :arg .*:resulttype) (\d+)",
    re.DOTALL,
)


def reasons(
    cursor: Cursor, view: int, views: Sequence[tuple[int, str]], keys: dict[str, tuple[str, ...]]
) -> Iterator[str]:
    """Why the view cannot be stored, one line each.

    `view` is its number in pg_class, `views` are it and the views that it reads with their queries, and `keys` are the
    primary keys of the tables, by `schema.name`.
    """
    yield from _of_the_view(cursor, view)
    for oid, query in views:
        cursor.execute(_RULE, (oid,))
        (tree,) = cursor.fetchone() or ("",)
        yield from _of_the_tree(cursor, tree)
        yield from _undecided(query, keys)
    yield from _of_sources(cursor, [oid for oid, _ in views])


def _of_the_view(cursor: Cursor, view: int) -> Iterator[str]:
    cursor.execute(
        "SELECT relname, reloptions::text, EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid), "
        "EXISTS (SELECT FROM pg_rewrite WHERE ev_class = c.oid AND rulename <> '_RETURN'), "
        "EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_type'::regclass AND refobjid = c.reltype "
        "AND deptype = 'n') FROM pg_class c WHERE oid = %s",
        (view,),
    )
    name, options, triggers, rules, types = cursor.fetchone() or ("", None, False, False, False)
    if len(name.encode()) > LONGEST:
        yield f"its name has more than {LONGEST} bytes"
    if options:
        yield f"it is made WITH {options}"
    if triggers or rules:
        yield "it has triggers or rules of its own"
    if types:
        yield "functions or columns are of its row type"


def _of_the_tree(cursor: Cursor, tree: str) -> Iterator[str]:
    for word, what in _WORDS.items():
        if word in tree:
            yield f"it has {what} in it"
    if re.search(r":varattno -\d", tree):
        yield "it reads a system column"
    cursor.execute(
        "SELECT DISTINCT p.oid::regproc::text, provolatile FROM pg_proc p WHERE provolatile <> 'i' "
        "AND (p.oid = ANY(%s) OR p.oid IN (SELECT oprcode FROM pg_operator o WHERE o.oid = ANY(%s))) ORDER BY 1",
        ([int(each) for each in _CALLED.findall(tree)], _numbers(_OPERATORS, tree)),
    )
    for name, volatile in cursor.fetchall():
        on = "the session that asks, such as its time zone" if volatile == "s" else "more than its arguments"
        yield f"it calls {name}, whose result depends on {on}"
    cursor.execute(
        "SELECT quote_ident(collname) FROM pg_collation WHERE NOT collisdeterministic AND oid = ANY(%s) ORDER BY 1",
        ([int(each) for each in _COLLATIONS.findall(tree)],),
    )
    for (name,) in cursor.fetchall():
        yield f"it compares by the collation {name}, to which other texts are equal"
    yield from _by_text(cursor, tree)
    yield from _aggregates(cursor, tree)


def _by_text(cursor: Cursor, tree: str) -> Iterator[str]:
    """Casts by way of text, which for dates and times depend on settings of the session."""
    types = set(_numbers(_MADE, tree))
    for match in re.finditer(r"\{COERCEVIAIO ", tree):
        whole = _balanced(tree, match.start())
        inner = _balanced(tree, tree.index("{", match.end()))
        found = _RESULT.match(inner)
        result = re.findall(r":resulttype (\d+)", whole)
        if found is None or not result:
            yield "it has a cast by way of text that is not understood"
            continue
        types |= {int(found[1]), int(result[-1])}
    cursor.execute(
        "SELECT format_type(t.oid, NULL) FROM pg_type t WHERE t.oid = ANY(%s) AND EXISTS (SELECT FROM pg_proc p "
        "WHERE p.oid IN (typinput, typoutput) AND provolatile <> 'i') ORDER BY 1",
        (list(types),),
    )
    for (name,) in cursor.fetchall():
        yield f"it casts {name} from or to text, which depends on the session that asks"


def _numbers(pattern: re.Pattern[str], tree: str) -> list[int]:
    return [int(each) for match in pattern.finditer(tree) for part in match.groups() if part for each in part.split()]


def _balanced(tree: str, start: int) -> str:
    depth, at = 0, start
    while at < len(tree):
        if tree[at] == "\\":
            at += 1
        elif tree[at] == "{":
            depth += 1
        elif tree[at] == "}":
            depth -= 1
            if depth == 0:
                return tree[start : at + 1]
        at += 1
    return tree[start:]


def _aggregates(cursor: Cursor, tree: str) -> Iterator[str]:
    cursor.execute(
        "SELECT proname, format_type(prorettype, NULL), pronamespace = 'pg_catalog'::regnamespace, prokind "
        "FROM pg_proc WHERE oid = ANY(%s) ORDER BY 1",
        ([int(each) for each in re.findall(r":(?:aggfnoid|winfnoid) (\d+)", tree)],),
    )
    for name, kind, own, sort in cursor.fetchall():
        known = _AGGREGATES if sort == "a" else _ORDERED
        if not own or name not in known:
            yield f"{name} may depend on the order in which rows are read"
        elif kind in ("real", "double precision") and name not in ("min", "max", *_ORDERED):
            yield f"{name} of floating-point numbers depends on the order in which rows are read: cast them to numeric"


def _undecided(query: str, keys: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """What picks rows by an order in which two can be equal, and tables of the server, which depend on nothing."""
    try:
        tree = sqlglot.parse_one(query, read="postgres")
    except SqlglotError:
        yield "its query is not understood"
        return
    ctes = {each.alias for each in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not table.db and isinstance(table.this, exp.Identifier) and table.name not in ctes:
            yield f"it reads {table.name}, which is the server's own"
    for select in tree.find_all(exp.Select, exp.SetOperation):
        if any(select.args.get(cut) for cut in ("limit", "offset", "fetch")):
            yield "LIMIT and OFFSET pick rows of the whole"
        if not isinstance(select, exp.Select):
            continue
        distinct = select.args.get("distinct")
        if distinct and distinct.args.get("on") is not None and not _decided(select, select.args.get("order"), keys):
            yield f"DISTINCT ON picks one of equal rows: {_ADVICE}"
        if select.args.get("windows"):
            yield "it names a window: write what it is after each OVER"
        for window in windows(select):
            name = window.this.sql_name().lower() if isinstance(window.this, exp.Func) else ""
            plain = not window.args.get("order") and not window.args.get("spec")
            alike = name in _RANKS or (plain and isinstance(window.this, exp.AggFunc) and name not in _ORDERED)
            if not alike and not _decided(select, window.args.get("order"), keys):
                yield f"a window function meets equal rows in any order: {_ADVICE}"


_ADVICE = "put the primary key of the one table that it reads at the end of its ORDER BY"


def _decided(select: exp.Select, order: exp.Expr | None, keys: dict[str, tuple[str, ...]]) -> bool:
    start = select.args.get("from_")
    table = start.this if start is not None else None
    if not isinstance(table, exp.Table) or select.args.get("joins") or order is None:
        return False
    key = keys.get(f"{table.db}.{table.name}", ())
    by = {each.this.unnest().name for each in order.expressions if isinstance(each.this.unnest(), exp.Column)}
    return bool(key) and set(key) <= by


_KINDS = {"m": "a materialized view", "f": "a foreign table", "p": "a partitioned table", "S": "a sequence"}
_SOURCES = """
SELECT DISTINCT c.oid::regclass::text, relkind, relispartition OR relhassubclass, relforcerowsecurity, relpersistence,
       relnamespace::regnamespace::text ~ '^(pg_|information_schema$|datamesh)'
FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid
WHERE ev_class = ANY(%s) AND c.oid <> ev_class AND relnamespace::regnamespace::text <> 'datamesh_definitions' ORDER BY 1
"""


def _of_sources(cursor: Cursor, views: list[int]) -> Iterator[str]:
    cursor.execute(_SOURCES, (views,))
    for name, kind, parts, forced, persistence, system in cursor.fetchall():
        if kind in _KINDS:
            yield f"it reads {name}, which is {_KINDS[kind]}"
        elif system:
            yield f"it reads {name}, which is the server's own"
        elif parts:
            yield f"it reads {name}, which is a part of another table or has parts"
        elif forced:
            yield f"it reads {name}, whose row level security is for its owner too"
        elif persistence != "p":
            yield f"it reads {name}, which is not there after the server has crashed"
