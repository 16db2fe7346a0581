"""Proposes the next migration of a domain, and tries it in a scratch database: the domain's own is only read."""

from contextlib import closing
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import cursor as Cursor

from client.errors import CommandError
from client.stack import Stack
from seed.check import Checked
from seed.describe import Description, describe, differences, views_read
from seed.draft import CHOICE, Draft, Reads
from seed.notes import applied_migrations, has_notes
from seed.scratch import scratch_database
from seed.sources import Source
from seed.sqlfile import reason, run_sql


@dataclass(frozen=True)
class Proposal:
    """The text of a migration, how many choices it leaves open, and what is wrong when it runs as it is."""

    text: str
    choices: int
    problems: tuple[str, ...]


def propose(stack: Stack, checked: Checked) -> Proposal | None:
    """The way from what the domain's database has to `schema.sql`; None where there is nothing to change.

    Migrations that are written and not yet applied are taken as applied.
    """
    source = checked.source
    with closing(stack.connect(source.domain, "admin")) as connection, connection, connection.cursor() as cursor:
        applied = applied_migrations(cursor) if has_notes(cursor) else {}
        old, reads = describe(cursor), views_read(cursor)
    if not old:
        raise CommandError(
            f"the database of {source.domain} has no tables yet: type `make seed`, it needs no migration"
        )
    with scratch_database(stack, source.domain) as connection, connection.cursor() as cursor:
        rebuilt = _rebuild(cursor, old, reads)
        pending = [name for name in source.digests() if name not in applied]
        if pending and old != checked.wanted:
            if rebuilt:
                raise CommandError(f"{', '.join(pending)} cannot be tried beside the database: {rebuilt}")
            old, reads = _after(cursor, source, pending)
        if old == checked.wanted:
            return None
        text = Draft(old, checked.wanted, (reads, checked.reads)).text()
        problems = [f"it could not be tried: {rebuilt}"] if rebuilt else _tried(cursor, text, checked.wanted)
    choices = sum(line.startswith(CHOICE) for line in text.splitlines())
    return Proposal(text, choices, tuple(problems))


def _rebuild(cursor: Cursor, old: Description, reads: Reads) -> str | None:
    """Make in the scratch database what the domain's has; why that cannot be, or None."""
    cursor.execute("SAVEPOINT datamesh_rebuild")
    try:
        _run(cursor, Draft({}, old, ({}, reads)).text())
    except psycopg2.Error as error:
        cursor.execute("ROLLBACK TO datamesh_rebuild")
        return reason(error)
    left = differences(describe(cursor), old)
    return left[0] if left else None


def _after(cursor: Cursor, source: Source, pending: list[str]) -> tuple[Description, Reads]:
    for name in pending:
        run_sql(cursor, source.migrations[name], source.label(source.migrations[name]))
    return describe(cursor), views_read(cursor)


def _tried(cursor: Cursor, text: str, wanted: Description) -> list[str]:
    try:
        _run(cursor, text)
    except psycopg2.Error as error:
        return [reason(error)]
    return differences(describe(cursor), wanted)


def _run(cursor: Cursor, text: str) -> None:
    cursor.execute("SET LOCAL search_path = public")
    if any(line and not line.startswith("--") for line in text.splitlines()):
        cursor.execute(text)
