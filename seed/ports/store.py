"""Makes tables of views and views of tables again, and makes good what differs, in the caller's transaction."""

import re
from collections.abc import Collection, Iterable, Mapping

from psycopg2.errors import DuplicateTable, NotNullViolation, UniqueViolation
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Identifier, Literal

from client.errors import CommandError
from mesh.contracts.model import Contract, Table
from mesh.sql import quoted
from mesh.stored_ports import DEFINITIONS, GUARD
from seed.ports import functions, names, rights, shared
from seed.ports.keys import noted_type
from seed.ports.plan import Kept, listed, plan
from seed.tables import Table as Place
from seed.tables import shapes

_BY_VALUE = re.compile(r"(numeric|interval|real|double precision|jsonb|citext|numrange)(\[\])?")
"""Types of which equal values are written in several ways: which one a view shows may depend on the order of rows."""


def stored(cursor: Cursor) -> list[str]:
    """The names of the stored ports that a database has, also where somebody has dropped a part of one."""
    cursor.execute(
        SQL(
            "SELECT relname FROM pg_class c WHERE {} UNION SELECT relname FROM pg_class c JOIN pg_namespace n "
            "ON n.oid = relnamespace WHERE nspname = {} AND relkind = 'v' UNION SELECT substr(proname, 8) FROM pg_proc "
            "JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = {} AND proname ^@ 'settle_' ORDER BY 1"
        ).format(names.STORED, Literal(DEFINITIONS), Literal(names.LOADER))
    )
    return [name for (name,) in cursor.fetchall()]


def wanted(contract: Contract | None) -> list[Table]:
    """The ports of a contract that shall be stored."""
    return [table for table in contract.tables if table.stored] if contract else []


def keep(cursor: Cursor, tables: Iterable[Table], label: str) -> dict[str, str]:
    """Store exactly these ports, and make rows good that differ; what was done to those that were not right.

    Raises CommandError where a port cannot be stored.
    """
    there = set(stored(cursor))
    noted = _noted(cursor) if there else {}
    plans = [plan(cursor, table, label) for table in tables]
    right = {
        each.name
        for each in plans
        if each.name in there and noted.get(each.name) == each.fingerprint and _is_whole(cursor, each)
    }
    unstore(cursor, there - right)
    done = {name: "is a view again, worked out when it is asked" for name in there - {each.name for each in plans}}
    for each in plans:
        if each.name not in right:
            _store(cursor, each, label)
            done[each.name] = described(each)
        elif found := difference(cursor, each.name, each.key):
            _settle(cursor, each, label)
            done[each.name] = f"was not what its definition says: {found}. It is now"
    if plans and len(right) < len(plans):
        _settle_all(cursor)
    return done


def _settle(cursor: Cursor, kept: Kept, label: str) -> None:
    try:
        cursor.execute(SQL("SELECT {}(true)").format(names.settle(kept.name)))
    except (UniqueViolation, NotNullViolation) as error:
        raise CommandError(
            f"{label}: {error.diag.message_primary or ''}: its key is {', '.join(kept.key)}. Correct the rows of "
            f"{', '.join(name for _, name in kept.sources)} that lead to it, and type the same again"
        ) from None


def described(kept: Kept) -> str:
    """What storing a port means for those who write to its sources."""
    by = f"by {', '.join(kept.unit)}" if len(kept.whole) < len(kept.sources) else "as a whole"
    text = f"is stored, and kept {by} with every change of {', '.join(name for _, name in kept.sources)}"
    if kept.unit and kept.whole:
        text += f"; of {', '.join(kept.whole)} each change works out all of its rows"
    return text


def unstore(cursor: Cursor, ports: Collection[str] | None = None) -> None:
    """Make views of these ports again, or of all of them.

    Raises CommandError where somebody has something else in a port's place.
    """
    ports = stored(cursor) if ports is None else ports
    if ports:
        cursor.execute(shared.SHARED)
    for port in sorted(ports):
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgfoid = to_regproc(%s) ORDER BY 1, 2",
            (f"{names.LOADER}.{quoted(f'touch_{port}')}",),
        )
        for table, trigger in cursor.fetchall():
            cursor.execute(SQL("DROP TRIGGER {} ON {}").format(Identifier(trigger), SQL(table)))
        cursor.execute(SQL("SELECT FROM pg_class c WHERE relname = {} AND {}").format(Literal(port), names.STORED))
        if cursor.rowcount:
            rights.copy(cursor, _table(port), _definition(port))
            cursor.execute(SQL("DROP TABLE {}").format(Identifier("public", port)))
        try:
            cursor.execute(SQL("ALTER VIEW IF EXISTS {} SET SCHEMA public").format(names.definition(port)))
        except DuplicateTable:
            raise CommandError(
                f"{_table(port)} is in the place of a stored port, and not the loader's. Rename it or drop it."
            ) from None
        cursor.execute(
            SQL(
                "DROP FUNCTION IF EXISTS {}(), {}(boolean); DROP TABLE IF EXISTS {}; "
                "DELETE FROM {} WHERE port = {}; DELETE FROM {} WHERE port = {}"
            ).format(
                *(names.touch(port), names.settle(port), names.touched(port)),
                *(names.TURNS, Literal(port), names.PORTS, Literal(port)),
            )
        )


def _table(port: str) -> str:
    return f"public.{quoted(port)}"


def _definition(port: str) -> str:
    return f"{DEFINITIONS}.{quoted(port)}"


def difference(cursor: Cursor, port: str, key: Iterable[str]) -> str:
    """How a port differs from its definition: `2 rows are missing, 1 row is other`, or nothing."""
    types = {name: shape.base for name, shape in shapes(cursor, Place("public", port)).items()}
    by_value = [name for name, kind in types.items() if _BY_VALUE.fullmatch(kind)]
    exact = [name for name in types if name not in by_value]
    one = Identifier(next(iter(key)))
    same = SQL(" AND ").join(SQL("p.{0} = f.{0}").format(Identifier(each)) for each in key)
    cursor.execute(
        SQL(
            "SELECT count(*) FILTER (WHERE f.{one} IS NULL), count(*) FILTER (WHERE p.{one} IS NULL), "
            "count(*) FILTER (WHERE p.{one} = f.{one}) FROM {table} p FULL JOIN {definition} f ON {same} "
            "WHERE ROW(0{old})::record OPERATOR(pg_catalog.*<>) ROW(0{new})::record{unlike}"
        ).format(
            one=one,
            table=Identifier("public", port),
            definition=names.definition(port),
            same=same,
            **{
                side: SQL("").join(SQL(", {}").format(listed([each], prefix)) for each in exact)
                for side, prefix in (("old", "p."), ("new", "f."))
            },
            unlike=SQL("").join(SQL(" OR p.{0} IS DISTINCT FROM f.{0}").format(Identifier(each)) for each in by_value),
        )
    )
    more, missing, other = cursor.fetchone() or (0, 0, 0)
    counts = {"too many": more, "missing": missing, "not as they should be": other}
    said = [f"{rows:,} row{'' if rows == 1 else 's'} {what}" for what, rows in counts.items() if rows]
    return ", ".join(said)


def _is_whole(cursor: Cursor, kept: Kept) -> bool:
    """Whether the table and every trigger are there."""
    cursor.execute(
        "SELECT count(*) FILTER (WHERE tgenabled = 'O') = %s FROM pg_trigger "
        "WHERE tgfoid = to_regproc(%s) OR (tgrelid = to_regclass(%s) AND tgname = %s)",
        (
            functions.EVENTS * len(kept.sources) + 1,
            *(f"{names.LOADER}.{quoted(f'touch_{kept.name}')}", _table(kept.name), GUARD),
        ),
    )
    return cursor.fetchone() == (True,)


def _noted(cursor: Cursor) -> Mapping[str, str]:
    cursor.execute(shared.SHARED)  # somebody may have dropped what the loader made
    cursor.execute(SQL("SELECT port, fingerprint FROM {}").format(names.PORTS))
    return dict(cursor.fetchall())


def _store(cursor: Cursor, kept: Kept, label: str) -> None:
    cursor.execute(shared.SHARED)
    place, port = Identifier("public", kept.name), Literal(kept.name)
    # Nobody writes to a source from here on until the end: what the table has is what the triggers go on from.
    for source in kept.sources:
        cursor.execute(SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(Identifier(*source)))
    cursor.execute(
        SQL("ALTER VIEW {place} SET SCHEMA {schema}; CREATE TABLE {place} AS SELECT * FROM {definition}").format(
            place=place, schema=Identifier(DEFINITIONS), definition=names.definition(kept.name)
        )
    )
    try:
        cursor.execute(SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(place, listed(kept.key)))
    except (UniqueViolation, NotNullViolation) as error:
        raise CommandError(
            f"{label}: view {kept.name} cannot be stored: its rows are not told apart by {', '.join(kept.key)}: "
            f"{error.diag.message_detail or error.diag.message_primary}"
        ) from None
    for order in kept.orders:
        name, _, down = order.partition(" ")
        by = SQL("{} DESC NULLS LAST").format(Identifier(name)) if down else Identifier(name)
        rest = [SQL(", {}").format(Identifier(each)) for each in kept.key if each != name]
        cursor.execute(SQL("CREATE INDEX ON {} ({}{})").format(place, by, SQL("").join(rest)))
    cursor.execute("SELECT obj_description(to_regclass(%s))", (_definition(kept.name),))
    (comment,) = cursor.fetchone() or (None,)
    cursor.execute(SQL("COMMENT ON TABLE {} IS {}").format(place, Literal(comment)))
    rights.copy(cursor, _definition(kept.name), _table(kept.name))
    cursor.execute(shared.guard(kept.name))
    cursor.execute(SQL("ANALYZE {}").format(place))
    types = {each: SQL(noted_type(kept.columns[each])) for each in kept.unit}
    unit = SQL(", ").join(SQL("{} {} NOT NULL").format(Identifier(each), kind) for each, kind in types.items())
    if kept.unit:
        cursor.execute(
            SQL("CREATE UNLOGGED TABLE {} (xact xid8, {}, PRIMARY KEY (xact, {}))").format(
                names.touched(kept.name), unit, listed(kept.unit)
            )
        )
    cursor.execute(functions.settle(kept))
    cursor.execute(functions.touch(kept))
    for each in functions.triggers(kept):
        cursor.execute(each)
    cursor.execute(
        SQL("INSERT INTO {} SELECT {}, each, 0 FROM generate_series(0, {}) each").format(
            names.TURNS, port, Literal(functions.TURNS - 1)
        )
    )
    cursor.execute(SQL("INSERT INTO {} VALUES ({}, {})").format(names.PORTS, port, Literal(kept.fingerprint)))


def _settle_all(cursor: Cursor) -> None:
    cursor.execute(shared.settle_all(stored(cursor)))
    cursor.execute(
        "SELECT 1 FROM pg_trigger WHERE tgname = 'datamesh_settle' AND tgrelid = %s::regclass",
        (f"{names.LOADER}.unsettled",),
    )
    if cursor.fetchone() is None:
        cursor.execute(shared.SETTLE_AT_THE_END)
    cursor.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = %s::regnamespace AND prosecdef",
        (names.LOADER,),
    )
    for (function,) in cursor.fetchall():
        cursor.execute(SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(SQL(function)))
