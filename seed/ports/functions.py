"""The SQL of the functions and triggers that keep a port, as PostgreSQL runs them in everybody's transactions.

A statement on a source notes the keys that its rows lead to, as the rows were and as they are. At the end of the
transaction each port takes the turns of its keys, in order, and then works their rows out anew: whoever waits for a
turn sees what the other has committed, since PostgreSQL takes a new snapshot for each statement. A turn is a row that
is written, so that a transaction of a higher isolation level, whose snapshot is older, fails with a serialization
error in the place of keeping what is no longer so.
"""

from collections.abc import Iterator

from psycopg2.sql import SQL, Composable, Composed, Identifier, Literal

from mesh.sql import quoted
from seed.ports import names
from seed.ports.keys import noted_type
from seed.ports.plan import Kept, listed
from seed.ports.shared import MINE, SETTLES, function, undefined

TURNS = 256
"""Turns of a port: two transactions wait for each other's end where keys of both have the same."""
FEW = 64
"""Turns that are taken one by one; for more keys all of them are taken."""
LONGEST = 2_000
"""Bytes of a key's texts that are noted; an index of PostgreSQL takes 2,704 of a row."""
EVENTS = 4
"""Triggers on each source."""
MANY = 1_000
"""Keys that are worked out one by one in any case; beyond that, only while they are less than a quarter of the rows."""


def touch(kept: Kept) -> Composed:
    """The function of the triggers on a port's sources; the argument of each is which source it is of."""
    parts = []
    for number, (source, ways) in enumerate(kept.sources.items()):
        inner = _noting(kept, ways) if ways else _whole_where_changed(kept.used[source])
        parts.append(SQL("WHEN {} THEN\n{}").format(Literal(str(number)), inner))
    body = SQL(
        "DECLARE datamesh_whole boolean := TG_OP = 'TRUNCATE' OR {undefined}; datamesh_rows bigint := 0;\nBEGIN\n"
        "IF NOT datamesh_whole THEN\nCASE TG_ARGV[0]\n{parts}END CASE;\nEND IF;\n"
        "IF datamesh_whole THEN\nINSERT INTO {unsettled} VALUES (pg_current_xact_id(), {port}, true) "
        "ON CONFLICT (xact, port) DO UPDATE SET whole = true;\n"
        "ELSIF datamesh_rows > 0 THEN\nINSERT INTO {unsettled} VALUES (pg_current_xact_id(), {port}, false) "
        "ON CONFLICT (xact, port) DO NOTHING;\nEND IF;\nRETURN NULL;\nEND"
    ).format(
        parts=SQL("").join(parts), undefined=undefined(kept.name), unsettled=names.UNSETTLED, port=Literal(kept.name)
    )
    return function(SQL("{}()").format(names.touch(kept.name)), "trigger", body)


def triggers(kept: Kept) -> Iterator[Composed]:
    """The triggers on a port's sources."""
    for number, source in enumerate(kept.sources):
        for event, shown in (
            ("insert", "REFERENCING NEW TABLE AS datamesh_new"),
            ("delete", "REFERENCING OLD TABLE AS datamesh_old"),
            ("update", "REFERENCING OLD TABLE AS datamesh_old NEW TABLE AS datamesh_new"),
            ("truncate", ""),
        ):
            yield SQL("CREATE TRIGGER {} AFTER {} ON {} {} FOR EACH STATEMENT EXECUTE FUNCTION {}({})").format(
                names.trigger(kept.name, event),
                SQL(event.upper()),
                Identifier(*source),
                SQL(shown),
                names.touch(kept.name),
                Literal(str(number)),
            )


def _noting(kept: Kept, ways: tuple[tuple[str, ...], ...]) -> Composed:
    """Notes the keys that a statement's rows lead to."""
    by_event = []
    for event, tables in (("INSERT", ("new",)), ("DELETE", ("old",)), ("UPDATE", ("old", "new"))):
        selects = SQL(" UNION ").join(
            SQL("SELECT {} FROM {} WHERE ({}) IS NOT NULL{}").format(
                *(SQL(", ").join(map(_raw, way)), Identifier(f"datamesh_{table}"), SQL(", ").join(map(_raw, way))),
                SQL("").join(SQL(" AND NOT {}").format(each) for each in _too_long(kept, way)),
            )
            for table in tables
            for way in ways
        )
        by_event.append(
            SQL(
                "{}IF TG_OP = {} THEN\nINSERT INTO {} SELECT DISTINCT pg_current_xact_id(), r.* FROM ({}) r "
                "ON CONFLICT DO NOTHING;\nGET DIAGNOSTICS datamesh_rows = ROW_COUNT;\n{}"
            ).format(
                *(SQL("ELS" if by_event else ""), Literal(event), names.touched(kept.name), selects),
                _unnoted(kept, ways, tables),
            )
        )
    return SQL("{}END IF;\n").format(SQL("").join(by_event))


def _unnoted(kept: Kept, ways: tuple[tuple[str, ...], ...], tables: tuple[str, ...]) -> Composed:
    """Has all rows worked out where a statement's rows lead to what cannot be noted: too long a text, or no key.

    The latter only where the view has such a row, which is refused then: most views pass over them.
    """
    found = []
    for table in tables:
        rows = SQL("EXISTS (SELECT FROM {} WHERE {})")
        place = Identifier(f"datamesh_{table}")
        if long := [each for way in ways for each in _too_long(kept, way)]:
            found.append(rows.format(place, SQL(" OR ").join(long)))
        if kept.bare:
            none = [SQL("({}) IS NULL").format(_raw(each)) for way in ways for each in way]
            keyless = [SQL("{} IS NULL").format(Identifier(each)) for each in kept.unit]
            there = rows.format(names.definition(kept.name), SQL(" OR ").join(keyless))
            found.append(SQL("{} AND {}").format(rows.format(place, SQL(" OR ").join(none)), there))
    return SQL("datamesh_whole := {};\n").format(SQL(" OR ").join(found)) if found else Composed([])


def _too_long(kept: Kept, way: tuple[str, ...]) -> list[Composed]:
    """That a way leads to a text that no index takes."""
    texts = [each for name, each in zip(kept.unit, way, strict=True) if noted_type(kept.columns[name]) == "text"]
    return [SQL("(octet_length({}) > {})").format(_raw(each), Literal(LONGEST // len(texts))) for each in texts]


def _whole_where_changed(used: tuple[str, ...]) -> Composed:
    """Has all rows worked out where a statement has changed what is read of the source."""
    old, new = (
        SQL("SELECT ROW({})::text FROM {}").format(listed(used), Identifier(f"datamesh_{each}"))
        for each in ("old", "new")
    )
    return SQL(
        "IF TG_OP = 'INSERT' THEN\ndatamesh_whole := EXISTS (SELECT FROM datamesh_new);\n"
        "ELSIF TG_OP = 'DELETE' THEN\ndatamesh_whole := EXISTS (SELECT FROM datamesh_old);\n"
        "ELSE\ndatamesh_whole := EXISTS ({old} EXCEPT ALL {new}) OR EXISTS ({new} EXCEPT ALL {old});\nEND IF;\n"
    ).format(old=old, new=new)


def settle(kept: Kept) -> Composed:
    """The function that works the touched keys of a port out anew, or all of them."""
    parts = {
        "touched": names.touched(kept.name), "turns": names.TURNS, "port": Literal(kept.name), "mine": MINE,
        "unit": listed(kept.unit), "same_turn": _turn(kept), "few": Literal(FEW), "many": Literal(MANY),
        "table": Identifier("public", kept.name),
        "regclass": Literal(f"public.{quoted(kept.name)}"), 
        "begin": SETTLES.format(Literal("on")), "end": SETTLES.format(Literal("")),
        "all": refresh(kept), "some": _recompute(kept),
        "twice": Literal(f"{kept.name}, which is stored, would have two rows of one key"),
        "bare": Literal(f"{kept.name}, which is stored, would have a row without {' or '.join(kept.key)}"),
        "fails": Literal(f"{kept.name}, which is stored, cannot be worked out: "),
    }  # fmt: skip
    text = (_SETTLE if kept.unit else _SETTLE_ALL) + _NAMED
    return function(
        SQL("{}(datamesh_whole boolean)").format(names.settle(kept.name)), "void", SQL(text).format(**parts)
    )


_SETTLE_ALL = """
BEGIN
    PERFORM FROM {turns} WHERE port = {port} ORDER BY turn FOR UPDATE;
    UPDATE {turns} SET taken = taken + 1 WHERE port = {port};
    PERFORM {begin};
    {all};
    PERFORM {end};
"""
_SETTLE = """
DECLARE datamesh_keys bigint;
BEGIN
    SELECT count(*) INTO datamesh_keys FROM {touched} WHERE {mine};
    IF datamesh_keys > {many} AND NOT datamesh_whole THEN
        datamesh_whole := datamesh_keys > (SELECT reltuples / 4 FROM pg_class WHERE oid = {regclass}::regclass);
    END IF;
    IF datamesh_whole OR datamesh_keys > {few} THEN
        PERFORM FROM {turns} WHERE port = {port} ORDER BY turn FOR UPDATE;
        UPDATE {turns} SET taken = taken + 1 WHERE port = {port};
    ELSE
        IF datamesh_keys > 1 THEN
            PERFORM FROM {turns} WHERE port = {port} AND turn IN (SELECT {same_turn} FROM {touched} WHERE {mine})
            ORDER BY turn FOR UPDATE;
        END IF;
        UPDATE {turns} SET taken = taken + 1
        WHERE port = {port} AND turn = ANY (ARRAY(SELECT {same_turn} FROM {touched} WHERE {mine}));
    END IF;
    PERFORM {begin};
    IF datamesh_whole THEN
        DELETE FROM {touched} WHERE {mine};
        {all};
    ELSE
        {some};
    END IF;
    PERFORM {end};
"""
_NAMED = """
EXCEPTION
    WHEN cardinality_violation THEN RAISE unique_violation USING MESSAGE = {twice};
    WHEN not_null_violation THEN RAISE not_null_violation USING MESSAGE = {bare};
    WHEN data_exception THEN RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = {fails} || SQLERRM;
END
"""


def _turn(kept: Kept) -> Composed:
    return SQL("(hash_record_extended(ROW({}), 0) & {})::integer").format(listed(kept.unit), Literal(TURNS - 1))


def refresh(kept: Kept) -> Composed:
    """A statement that makes the table what its definition says, by the rows that differ."""
    return SQL(
        "MERGE INTO {table} p USING {definition} f ON {same}\n"
        "WHEN MATCHED AND ROW({old})::record OPERATOR(pg_catalog.*<>) ROW({new})::record THEN UPDATE SET {set}\n"
        "WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({new})\n"
        "WHEN NOT MATCHED BY SOURCE THEN DELETE"
    ).format(**_words(kept, "f"))


def _recompute(kept: Kept) -> Composed:
    """A statement that works the rows of the touched keys out anew."""
    on = SQL(" AND ").join(SQL("{0}.{2} = {1}.{2}").format(SQL("d"), SQL("t"), Identifier(each)) for each in kept.unit)
    gone = SQL(" AND ").join(
        SQL("{0}.{2} = {1}.{2}").format(SQL("p"), SQL("t"), Identifier(each)) for each in kept.unit
    )
    # OFFSET keeps the two apart: joined, the definition would be worked out for all keys.
    return SQL(
        "WITH t AS MATERIALIZED (DELETE FROM {touched} WHERE {mine} RETURNING {unit}),\n"
        "f AS MATERIALIZED (SELECT f.* FROM t CROSS JOIN LATERAL "
        "(SELECT * FROM {definition} d WHERE {on} OFFSET 0) f),\n"
        "gone AS (DELETE FROM {table} p USING t WHERE {gone} AND NOT EXISTS (SELECT FROM f WHERE {same}))\n"
        "INSERT INTO {table} AS p ({names}) SELECT {names} FROM f ORDER BY {key}\n"
        "ON CONFLICT ({key}) DO UPDATE SET {set_excluded}\n"
        "WHERE ROW({old})::record OPERATOR(pg_catalog.*<>) ROW({excluded})::record"
    ).format(on=on, gone=gone, unit=listed(kept.unit), touched=names.touched(kept.name), mine=MINE, **_words(kept, "f"))


def _words(kept: Kept, new: str) -> dict[str, Composable]:
    return {
        "table": Identifier("public", kept.name),
        "definition": names.definition(kept.name),
        "same": SQL(" AND ").join(SQL("p.{0} = {1}.{0}").format(Identifier(each), SQL(new)) for each in kept.key),
        "names": listed(kept.columns),
        "key": listed(kept.key),
        "old": listed(kept.columns, "p."),
        "new": listed(kept.columns, f"{new}."),
        "excluded": listed(kept.columns, "excluded."),
        "set": _set(kept, new),
        "set_excluded": _set(kept, "excluded"),
    }


def _set(kept: Kept, new: str) -> Composed:
    return SQL(", ").join(SQL("{0} = {1}.{0}").format(Identifier(each), SQL(new)) for each in kept.columns)


def _raw(expression: str) -> SQL:
    return SQL(expression.replace("{", "{{").replace("}", "}}"))
