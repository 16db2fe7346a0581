"""Bring one domain's database to what its folder says: roles, tables, rows; all of it or nothing."""

from contextlib import suppress
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Composed, Identifier, Literal

from client.errors import CommandError
from client.stack import Domain, Stack
from mesh.sql import quoted
from seed.content import Column, Content, content_query
from seed.roles import grant_reading, reset_roles
from seed.schema import drop_schema, ensure_schema, tables
from seed.sources import Source, copy_file, header

LOCK = 0x5EED  # one seed of a database at a time
ATTEMPTS = 5


@dataclass(frozen=True)
class Loaded:
    """What a domain's tables hold now; `changed` is False when they held it before."""

    contents: dict[str, Content]
    changed: bool


def load_domain(stack: Stack, source: Source, recreate: bool = False) -> Loaded:
    """Make a domain's roles and tables and put exactly the source's rows into them, in one transaction.

    Rows that are there already are not touched, so that nobody who reads them waits. Raises SeedError with nothing
    changed when the tables are not those of `schema.sql` or a row does not fit.
    """
    domain = stack.domains[source.domain]
    connection = stack.connect(source.domain, "admin")
    try:
        loaded = _committed(connection, domain, source, recreate)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # without statistics neither server plans a join well
    except (psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected):
        raise CommandError(
            f"somebody has kept a table of {source.domain} in use for 30 seconds; nothing was changed. "
            "Type the same again later."
        ) from None
    except psycopg2.Error as error:
        raise CommandError(f"{source.domain}: {_reason(error)}\nNothing was changed.") from None
    finally:
        connection.close()
    return loaded


def columns(cursor: Cursor, table: str) -> list[Column]:
    """The columns of a table in schema public, in order."""
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (f"public.{quoted(table)}",),
    )
    return [Column(name, type_) for name, type_ in cursor.fetchall()]


def content(cursor: Cursor, table: str, of: list[Column] | None = None) -> Content:
    """What a table in schema public holds, in all columns or these, as the connected role sees it."""
    cursor.execute(content_query(f"public.{quoted(table)}", of or columns(cursor, table), "postgresql"))
    rows, digest = cursor.fetchone() or (0, 0)
    return Content(int(rows), str(digest))


def _committed(connection: Connection, domain: Domain, source: Source, recreate: bool) -> Loaded:
    """The transaction, begun anew where it and a reader of several tables waited for each other."""
    for _ in range(ATTEMPTS - 1):
        with suppress(psycopg2.errors.DeadlockDetected), connection:
            return _transaction(connection, domain, source, recreate)
    with connection:
        return _transaction(connection, domain, source, recreate)


def _transaction(connection: Connection, domain: Domain, source: Source, recreate: bool) -> Loaded:
    with connection.cursor() as cursor:
        # When this process is gone the server gives up too, even in the middle of a long statement.
        cursor.execute("SET LOCAL client_connection_check_interval = '2s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        cursor.execute("SET LOCAL lock_timeout = '30s'")
        reset_roles(connection, domain)
        if recreate:
            drop_schema(cursor)
        ensure_schema(cursor, source.domain, source.schema)
        names = tables(cursor)
        if not names:
            raise CommandError(f"{source.schema} makes no table")
        if unknown := source.samples.keys() - set(names):
            raise CommandError(f"{source.domain}: rows for tables that schema.sql does not make: {sorted(unknown)}")
        before = {name: content(cursor, name) for name in names}
        if _note(cursor) == _expected_note(source, before):
            loaded = Loaded(before, changed=False)
        else:
            _replace_rows(cursor, source, names)
            loaded = Loaded({name: content(cursor, name) for name in names}, changed=True)
            cursor.execute("COMMENT ON SCHEMA public IS %s", (_expected_note(source, loaded.contents),))
        # Not before TRUNCATE: with a table's entry changed and its lock still wanted, the seed and a VACUUM or ANALYZE
        # that the server runs by itself would wait for each other.
        grant_reading(connection, domain, source.open_columns())
        return loaded


def _replace_rows(cursor: Cursor, source: Source, names: list[str]) -> None:
    cursor.execute(SQL("TRUNCATE {}").format(SQL(", ").join(Identifier("public", name) for name in names)))
    generated = source.generated()
    for name in names:
        if (sample := source.samples.get(name)) is not None:
            with sample.open("rb") as file:
                cursor.copy_expert(_copy(name, header(sample), "FORMAT csv, HEADER true"), file)
        if (rows := generated.get(name)) is not None:
            cursor.copy_expert(_copy(name, [], "FORMAT text"), copy_file(rows))
        _restart_numbering(cursor, name)


def _copy(table: str, names: list[str], options: str) -> Composed:
    listed = SQL("({})").format(SQL(", ").join(Identifier(name) for name in names)) if names else SQL("")
    return SQL("COPY {} {} FROM STDIN ({})").format(Identifier("public", table), listed, SQL(options))


def _restart_numbering(cursor: Cursor, table: str) -> None:
    """Let numbers that PostgreSQL gives go on after the highest one loaded; rolls back with the rest, unlike setval."""
    for column in columns(cursor, table):
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", (f"public.{quoted(table)}", column.name))
        (sequence,) = cursor.fetchone() or (None,)
        if sequence is None:
            continue
        highest = SQL("SELECT coalesce(max({}), 0) + 1 FROM {}")
        cursor.execute(highest.format(Identifier(column.name), Identifier("public", table)))
        (following,) = cursor.fetchone() or (1,)
        # `sequence` is PostgreSQL's own text, quoted where needed.
        cursor.execute(SQL("ALTER SEQUENCE {} RESTART WITH {}").format(SQL(sequence), Literal(following)))


def _note(cursor: Cursor) -> str | None:
    """What the last seed wrote down about the rows it loaded."""
    cursor.execute("SELECT obj_description('public'::regnamespace, 'pg_namespace')")
    (note,) = cursor.fetchone() or (None,)
    return note


def _expected_note(source: Source, contents: dict[str, Content]) -> str:
    held = "; ".join(f"{name} {content.rows} {content.digest}" for name, content in contents.items())
    return f"Sample data. Source {source.fingerprint()}; rows: {held}"


def _reason(error: psycopg2.Error) -> str:
    """What the server says of an error, without the statement that met it."""
    said = (error.diag.message_primary, error.diag.message_detail, error.diag.context)
    return "\n".join(text for text in said if text) or str(error).strip()
