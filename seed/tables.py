"""The tables of a database: columns, keys, and what ties them together."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Composed, Identifier, Literal

from client.errors import CommandError
from seed.content import HASHED, Column, Content, content_query, fingerprint_query
from seed.describe import USERS_SCHEMA
from seed.ports.names import STORED

_TABLES = SQL(
    "SELECT c.oid, nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
    "WHERE {} AND relkind IN ('r', 'p') AND NOT relispartition "
    "AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e') "
    "AND NOT {}"
)


_SHAPES = """
SELECT attname, format_type(atttypid, atttypmod), format_type(base.oid, NULL) || many,
       (attnotnull OR required) AND NOT atthasdef AND attidentity = '' AND NOT preset, attgenerated <> '',
       attnotnull OR required, attidentity = 'a'
FROM pg_attribute CROSS JOIN LATERAL (
    WITH RECURSIVE below (oid, many, required, preset, next) AS (
        SELECT oid, '', typnotnull, typdefault IS NOT NULL, CASE WHEN typtype = 'd' THEN typbasetype
            WHEN typcategory = 'A' THEN typelem ELSE 0 END FROM pg_type WHERE oid = atttypid
        UNION ALL
        SELECT t.oid, many || CASE WHEN d.typtype = 'd' THEN '' ELSE '[]' END,
            required OR (many = '' AND d.typtype = 'd' AND t.typnotnull),
            preset OR (many = '' AND d.typtype = 'd' AND t.typdefault IS NOT NULL),
            CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typcategory = 'A' THEN t.typelem ELSE 0 END
        FROM below JOIN pg_type d ON d.oid = below.oid JOIN pg_type t ON t.oid = next
    )
    SELECT * FROM below WHERE next = 0
) base
WHERE attrelid = format('%%I.%%I', %s::text, %s::text)::regclass AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
"""
_NUMBERED = ("smallint", "integer", "bigint")


@dataclass(frozen=True, order=True)
class Table:
    """A table by schema and name; printed without the schema `public`."""

    schema: str
    name: str

    def __str__(self) -> str:
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @property
    def sql(self) -> Identifier:
        """The table as a statement names it."""
        return Identifier(self.schema, self.name)


@dataclass(frozen=True)
class Shape:
    """A column as a file of rows meets it."""

    type: str
    base: str
    """The type below all domains, in arrays too, and without length or precision."""
    required: bool
    """There must be a value, and nothing makes one."""
    computed: bool
    not_null: bool
    always: bool = False
    """Its numbers are the database's alone: no row that is there can be given another."""


def tables(cursor: Cursor) -> list[Table]:
    """The tables that people made, each after those that it refers to; partitions belong to their tables.

    Those of stored ports are not among them.
    """
    known = oids(cursor)
    graph: dict[Table, set[Table]] = {table: set() for table in sorted(known.values())}
    for one, other in _ties(cursor, known):
        if one != other:
            graph[one].add(other)
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise CommandError(
            f"tables refer to each other in a circle, nothing can be loaded first: {', '.join(map(str, error.args[1]))}"
        ) from None


def tied(cursor: Cursor, names: Collection[Table]) -> list[list[Table]]:
    """The tables in groups, in their order: those of one group are tied to each other by foreign keys."""
    group = {table: {table} for table in names}
    for one, other in _ties(cursor, oids(cursor)):
        if one in group and other in group and group[one] is not group[other]:
            group[one] |= group[other]
            for table in group[other]:
                group[table] = group[one]
    seen: dict[int, list[Table]] = {}
    for table in names:
        seen.setdefault(id(group[table]), []).append(table)
    return list(seen.values())


def columns(cursor: Cursor, table: Table) -> list[Column]:
    """The columns of a table or view, in order."""
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = format('%%I.%%I', %s::text, %s::text)::regclass AND attnum > 0 AND NOT attisdropped "
        "ORDER BY attnum",
        (table.schema, table.name),
    )
    return [Column(name, type_) for name, type_ in cursor.fetchall()]


def shapes(cursor: Cursor, table: Table) -> dict[str, Shape]:
    """What a row from a file must be, by column."""
    cursor.execute(_SHAPES, (table.schema, table.name))
    return {name: Shape(*rest) for name, *rest in cursor.fetchall()}


def key(cursor: Cursor, table: Table) -> list[str]:
    """The columns of the primary key; none where there is none."""
    cursor.execute(
        "SELECT attname FROM pg_index CROSS JOIN unnest(indkey) WITH ORDINALITY AS k (attnum, position) "
        "JOIN pg_attribute a ON attrelid = indrelid AND a.attnum = k.attnum "
        "WHERE indrelid = format('%%I.%%I', %s::text, %s::text)::regclass AND indisprimary ORDER BY position",
        (table.schema, table.name),
    )
    return [name for (name,) in cursor.fetchall()]


def refers_to_itself(cursor: Cursor, table: Table) -> bool:
    """Whether rows of a table refer to others of it."""
    return (table, table) in _ties(cursor, oids(cursor))


def content(cursor: Cursor, table: Table, like: Content | None = None) -> Content:
    """What a table holds; its digest is of the kind of `like`, which an older version may have noted."""
    name = table.sql.as_string(cursor)
    if like is None or like.digest.startswith(HASHED):
        cursor.execute(fingerprint_query(name))
    else:
        cursor.execute(content_query(name, columns(cursor, table), "postgresql"))
    rows, digest = cursor.fetchone() or (0, 0)
    return Content(int(rows), str(digest))


def any_row(cursor: Cursor, table: Table) -> bool:
    """Whether a table holds anything."""
    cursor.execute(SQL("SELECT EXISTS (SELECT FROM {})").format(table.sql))
    return cursor.fetchone() == (True,)


def copy_statement(table: Table, names: Iterable[str], options: str) -> Composed:
    """COPY of these columns, or of all where none is named."""
    listed = SQL(", ").join(map(Identifier, names))
    return SQL("COPY {} {} FROM STDIN ({})").format(
        table.sql, SQL("({})").format(listed) if listed.seq else SQL(""), SQL(options)
    )


def continue_numbering(cursor: Cursor, table: Table, *, down: bool) -> None:
    """Let numbers that PostgreSQL gives go on after the highest one; rolls back with the rest, unlike setval.

    `down`: also where they are higher already.
    """
    for name, shape in shapes(cursor, table).items():
        if shape.base not in _NUMBERED:
            continue  # its numbers are not those of the sequence
        cursor.execute(
            "SELECT pg_get_serial_sequence(format('%%I.%%I', %s::text, %s::text), %s)",
            (table.schema, table.name, name),
        )
        (sequence,) = cursor.fetchone() or (None,)
        if sequence is None:
            continue
        # `sequence` is PostgreSQL's own text, quoted where needed.
        given = SQL("CASE WHEN is_called THEN last_value::numeric + seqincrement ELSE last_value END")
        cursor.execute(
            SQL(
                "SELECT greatest((SELECT max({})::numeric + 1 FROM {}), {}), {}, seqmax, seqincrement FROM {} "
                "JOIN pg_sequence ON seqrelid = {}::regclass"
            ).format(
                Identifier(name), table.sql, SQL("seqstart") if down else given, given, SQL(sequence),
                Literal(sequence),
            )
        )  # fmt: skip
        following, now, most, step = cursor.fetchone() or (1, 1, 1, 1)
        # One that counts down, or has no number left, is the person's own matter. `numeric`: no number is beyond it.
        if step > 0 and now != following <= most:
            cursor.execute(SQL("ALTER SEQUENCE {} RESTART WITH {}").format(SQL(sequence), Literal(following)))


def refresh_views(cursor: Cursor, *, all_of_them: bool) -> None:
    """Refresh the materialized views, each after those that it reads; or only those that were never filled."""
    cursor.execute(
        SQL(
            "SELECT c.oid, nspname, relname, relkind, relispopulated FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = relnamespace WHERE {} AND relkind IN ('v', 'm')"
        ).format(USERS_SCHEMA)
    )
    views = {oid: rest for oid, *rest in cursor.fetchall()}
    cursor.execute(
        "SELECT ev_class, refobjid FROM pg_rewrite JOIN pg_depend ON classid = 'pg_rewrite'::regclass "
        "AND objid = pg_rewrite.oid AND refclassid = 'pg_class'::regclass AND refobjid <> ev_class"
    )
    graph: dict[int, set[int]] = {oid: set() for oid in views}
    for view, read in cursor.fetchall():
        if view in views and read in views:
            graph[view].add(read)
    for oid in TopologicalSorter(graph).static_order():
        schema, name, kind, filled = views[oid]
        if kind == "m" and (all_of_them or not filled):
            cursor.execute(SQL("REFRESH MATERIALIZED VIEW {}").format(Identifier(schema, name)))


def oids(cursor: Cursor) -> dict[int, Table]:
    """The tables by PostgreSQL's own number, which stays the same when a table is renamed."""
    cursor.execute(_TABLES.format(USERS_SCHEMA, STORED))
    return {oid: Table(schema, name) for oid, schema, name in cursor.fetchall()}


def _ties(cursor: Cursor, known: dict[int, Table]) -> list[tuple[Table, Table]]:
    cursor.execute("SELECT conrelid, confrelid FROM pg_constraint WHERE contype = 'f'")
    return [(known[one], known[other]) for one, other in cursor.fetchall() if one in known and other in known]
