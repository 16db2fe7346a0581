"""Brings a database to what `schema.sql` says: made from it, or led there by the domain's migrations."""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Identifier

from client.errors import CommandError
from seed.content import Content
from seed.describe import USERS_SCHEMA, Description, describe, differences
from seed.notes import Load, applied_migrations, note_loads, note_migrations, noted_loads
from seed.ports import store
from seed.sources import Source
from seed.sqlfile import run_sql
from seed.tables import Table, content, oids, tables

NOTHING = Content(0, "0")
MADE_EMPTY = "made without rows"
"""The source of a load that only made the table."""


@dataclass(frozen=True)
class Brought:
    """What was done to the schema: `made` from `schema.sql`, or led by `migrations`, the names of files."""

    made: bool
    migrations: tuple[str, ...] = ()
    contained: tuple[str, ...] = ()
    """Migrations that were noted without being run: the tables were those of `schema.sql` already."""


def refuse_changed(source: Source, applied: dict[str, str]) -> None:
    """Raise CommandError when a migration that the database contains has changed or is gone."""
    now = source.digests()
    folder = source.label(source.folder / "migrations")
    found = [
        f"{folder}/{name} {'is missing' if name not in now else 'has changed'}, and the database of {source.domain} "
        "contains it already"
        for name, digest in applied.items()
        if now.get(name) != digest
    ]
    if found:
        raise CommandError(
            "\n".join(found) + "\nPut it back as it was (`git log -- domains`), and write another for what is new: "
            f"make migration DOMAIN={source.domain} NAME=…"
        )


def bring_schema(cursor: Cursor, source: Source, wanted: Description) -> Brought:
    """Make the database what `wanted` describes, as part of the caller's transaction.

    An empty one is made from `schema.sql`, and contains all migrations then. Any other gets the migrations that it does
    not contain, and must be as described afterwards; rows that were as the loader left them stay the loader's. Raises
    CommandError that names every difference, old and new.
    """
    applied, files = applied_migrations(cursor), source.digests()
    refuse_changed(source, applied)
    old = describe(cursor)
    if not old:
        run_sql(cursor, source.schema, source.label(source.schema))
        note_loads(cursor, {table: Load(MADE_EMPTY, content(cursor, table)) for table in tables(cursor)})
        note_migrations(cursor, files)
        return Brought(made=True)
    pending = tuple(name for name in files if name not in applied)
    if old == wanted:
        note_migrations(cursor, files)
        return Brought(made=False, contained=pending)
    if pending:
        store.unstore(cursor)  # migrations are written for the views that people know
        _migrate(cursor, source, pending)
        new = describe(cursor)
        if new != wanted:
            raise CommandError(_not_there(source, pending, differences(new, wanted)))
        note_migrations(cursor, files)
        return Brought(made=False, migrations=pending)
    raise CommandError(_differs(source, differences(old, wanted)))


def drop_everything(cursor: Cursor) -> None:
    """Drop all that people and the loader made, rows and all; part of the caller's transaction."""
    store.unstore(cursor)
    mine = SQL("SELECT nspname FROM pg_namespace WHERE {} AND pg_has_role(nspowner, 'USAGE')")
    cursor.execute(mine.format(USERS_SCHEMA))
    for (name,) in cursor.fetchall():
        cursor.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(name)))
    cursor.execute("CREATE SCHEMA IF NOT EXISTS public")
    cursor.execute("DELETE FROM datamesh.loads; DELETE FROM datamesh.migrations")


def left_by_loader(cursor: Cursor, among: Iterable[Table]) -> dict[Table, Load]:
    """Those of the tables that hold what the loader left in them, or nothing at all."""
    noted = noted_loads(cursor)
    found = {}
    for table in among:
        load = noted.get(table, Load(MADE_EMPTY, NOTHING))
        held = content(cursor, table, like=load.content)
        if load.content == held:
            found[table] = load
        elif held.rows == 0 and table not in noted:
            found[table] = Load(MADE_EMPTY, held)
    return found


def _migrate(cursor: Cursor, source: Source, names: tuple[str, ...]) -> None:
    before, numbers = tables(cursor), oids(cursor)
    # Nobody writes from here on: a row that came in between would be taken for the loader's. Everybody may read.
    for table in before:
        cursor.execute(SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(table.sql))
    mine = left_by_loader(cursor, before)
    for name in names:
        run_sql(cursor, source.migrations[name], source.label(source.migrations[name]))
    for number, table in oids(cursor).items():
        old = numbers.get(number)
        if old is not None and old not in mine:
            continue  # people's rows, whatever the table is called now
        left, now = mine[old] if old else Load(MADE_EMPTY, NOTHING), content(cursor, table)
        # Where people have rows, those that a migration adds to a table may be theirs.
        if len(mine) == len(before) or now.rows <= left.content.rows:
            note_loads(cursor, {table: Load(left.source, now)})


def _not_there(source: Source, pending: tuple[str, ...], left: list[str]) -> str:
    return (
        f"the migrations of {source.domain} ({', '.join(pending)}) do not lead to {source.label(source.schema)}. "
        "Nothing was changed.\n" + "\n".join(f"  {change}" for change in left) + "\n"
        "Finish the last of them, or write the rest of the way with\n"
        f"  make migration DOMAIN={source.domain} NAME=…"
    )


def _differs(source: Source, found: list[str]) -> str:
    return (
        f"{source.label(source.schema)} is not what the database of {source.domain} was made from. Nothing was "
        "changed.\n" + "\n".join(f"  {change}" for change in found) + "\n"
        f"Write the way there, which keeps the rows, with\n  make migration DOMAIN={source.domain} NAME=what_changes\n"
        f"or drop its tables with all their rows and make them anew, with\n  make seed RECREATE={source.domain}"
    )
