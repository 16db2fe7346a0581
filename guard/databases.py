"""The databases of one domain on both sides, with the same rows: made from `schema.sql`, led on by the migrations."""

import tempfile
from dataclasses import dataclass, field

import psycopg2
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Identifier

from client.errors import CommandError
from guard.findings import CouldNotRunError, Finding
from guard.scratch import Server
from mesh.names import DomainName
from seed.check import broken_promises
from seed.copyrows import copy_rows
from seed.describe import Description, Thing, changed, describe
from seed.migrate import refuse_changed
from seed.rowfile import FaultyFileError
from seed.sources import Source
from seed.sqlfile import reason, run_sql
from seed.tables import Table, columns, refresh_views, shapes, tables

CHECK = "schema.sql"
_MOST = 6
"""Differences of two schemas that are told."""
_LONGEST = 100
"""Characters of a definition that is told."""


@dataclass
class Pair:
    """The databases of a domain: the one that is there already, and the one that the change makes of it."""

    before: str | None = None
    after: str | None = None
    same_rows: bool = True
    """Whether what is in `after` is what became of the rows of `before`."""
    findings: list[Finding] = field(default_factory=list)
    broken: bool = False
    """Whether the change makes no tables, so that nothing can be asked of them."""
    made: list[str] = field(default_factory=list)
    """Every database that was made for it."""

    def missing(self, text: str) -> None:
        """Note what the change lacks."""
        self.findings.append(Finding("missing", CHECK, text))


def pair(server: Server, old: Source | None, new: Source | None, base: str) -> Pair:
    """Makes the databases of a domain; one stands for both sides where nothing differs. Raises CouldNotRunError."""
    found = Pair()
    source = new or old
    if source is None:
        return found
    server.ensure_roles(DomainName(source.domain))
    had = _made_before(server, found, old, base) if old else None
    if new is not None:
        if old is not None and alike(old, new) and old.contract == new.contract:
            found.after = found.before
        else:
            _make_after(server, found, old, new, had)
    return found


def alike(old: Source, new: Source) -> bool:
    """Whether both sides have the same files of tables; their contracts may differ."""
    return old.schema.read_bytes() == new.schema.read_bytes() and old.digests() == new.digests()


def _made_before(server: Server, found: Pair, old: Source, base: str) -> Description:
    found.before = _new(server, found, "before")
    try:
        with server.transaction(found.before) as cursor:
            run_sql(cursor, old.schema, old.label(old.schema))
            had = describe(cursor)
            _load(cursor, found, old)
            refresh_views(cursor, all_of_them=True)
    except (CommandError, psycopg2.Error) as error:
        raise CouldNotRunError(
            f"as of {base}, nothing can be compared with {old.label(old.schema)}: {_why(error)}"
        ) from None
    return had


def _load(cursor: Cursor, found: Pair, source: Source) -> None:
    """The sample rows; a file that does not fit leaves its table empty."""
    for table in tables(cursor):
        if table.schema != "public" or table.name not in source.samples:
            continue
        cursor.execute("SAVEPOINT rows")
        try:
            copy_rows(cursor, table, source.samples[table.name])
        except (psycopg2.Error, FaultyFileError) as error:
            cursor.execute("ROLLBACK TO rows")
            found.findings.append(Finding("note", CHECK, f"{table}: is empty here, its rows do not fit: {_why(error)}"))


def _make_after(server: Server, found: Pair, old: Source | None, new: Source, had: Description | None) -> None:
    made = _new(server, found, "made")
    try:
        with server.transaction(made) as cursor:
            run_sql(cursor, new.schema, new.label(new.schema))
            wanted = describe(cursor)
    except (CommandError, psycopg2.Error) as error:
        found.missing(_why(error))
        found.broken = True
        return
    for problem in broken_promises(new.contract, wanted):
        found.missing(problem.partition(": ")[2])
    if old is None or had is None or found.before is None:
        found.after, found.same_rows = made, False
        return
    try:
        refuse_changed(new, old.digests())
    except CommandError as error:
        found.missing(str(error).partition("\n")[0])
    if wanted == had:
        found.after = found.before
        return
    pending = [name for name in new.migrations if name not in old.migrations]
    if not pending:
        found.missing(_no_migration(new, had, wanted))
    elif led := _migrated(server, found, new, pending, wanted):
        found.after = led
        return
    found.after = made
    found.same_rows = _carry(server, found.before, made)


def _no_migration(new: Source, had: Description, wanted: Description) -> str:
    return "\n".join(
        (
            f"a database with rows has no way to {new.label(new.schema)}:",
            *_shown(had, wanted),
            f"On a mesh that has the old tables, type: make migration DOMAIN={new.domain} NAME=what_changes",
        )
    )


def _migrated(server: Server, found: Pair, new: Source, pending: list[str], wanted: Description) -> str | None:
    """A copy of `before` that the new migrations have led on; None where they do not lead to `wanted`."""
    led = _new(server, found, "led", found.before)
    try:
        with server.transaction(led) as cursor:
            for name in pending:
                run_sql(cursor, new.migrations[name], new.label(new.migrations[name]))
            got = describe(cursor)
            refresh_views(cursor, all_of_them=True)
    except (CommandError, psycopg2.Error) as error:
        found.missing(_why(error))
        return None
    if got == wanted:
        return led
    found.missing("\n".join((f"{', '.join(pending)}: does not lead to {new.label(new.schema)}:", *_shown(got, wanted))))
    return None


def _carry(server: Server, before: str, after: str) -> bool:
    """Copies rows into the tables of `after` as far as they have the same columns; False where they do not fit."""
    with server.transaction(before) as old:
        had = {table: [column.name for column in columns(old, table)] for table in tables(old)}
        try:
            with server.transaction(after) as new:
                for table in tables(new):
                    shared = [name for name, shape in shapes(new, table).items() if not shape.computed]
                    shared = [name for name in shared if name in had.get(table, [])]
                    if shared:
                        _copy(old, new, table, shared)
                refresh_views(new, all_of_them=True)
        except psycopg2.Error:
            return False
    return True


def _copy(old: Cursor, new: Cursor, table: Table, names: list[str]) -> None:
    what = SQL("{} ({})").format(table.sql, SQL(", ").join(map(Identifier, names)))
    with tempfile.TemporaryFile() as rows:
        old.copy_expert(SQL("COPY {} TO STDOUT").format(what), rows)
        rows.seek(0)
        new.copy_expert(SQL("COPY {} FROM STDIN").format(what), rows)


def _new(server: Server, found: Pair, purpose: str, template: str | None = None) -> str:
    found.made.append(server.make(purpose, template))
    return found.made[-1]


def _shown(old: Description, new: Description) -> list[str]:
    found = [_difference(thing, old.get(thing), new.get(thing)) for thing in changed(old, new)]
    lines = [f"  {each}" for each in found[:_MOST]]
    return [*lines, *([f"  and {len(found) - _MOST} more"] if len(found) > _MOST else [])]


def _difference(thing: Thing, was: str | None, now: str | None) -> str:
    if was is None or now is None:
        return f"{thing}: is {'new' if was is None else 'gone'}"
    short = max(len(was), len(now)) <= _LONGEST and "\n" not in was + now
    return f"{thing}: is {now}, and was {was}" if short else f"{thing}: is made otherwise"


def _why(error: Exception) -> str:
    return reason(error) if isinstance(error, psycopg2.Error) else str(error)
