"""Restores a domain's database beside the running one and compares: `python -m commands.drill --domain sales`.

A backup that nobody has restored is a hope. The drill writes a marker, remembers the moment, writes another one, has
the database restored to the moment, compares every table, and removes what it made.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from psycopg2.extensions import connection as Connection
from psycopg2.sql import SQL

from client import waiting as waited
from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.stack import Domain, Stack, read_stack
from commands.drill_on_aws import OnAws
from commands.drill_on_local import OnLocal
from seed.content import Content
from seed.load import begin, transaction_errors
from seed.notes import ensure_notes
from seed.tables import Table, content, tables

USAGE = "make drill DOMAIN=sales"
_MARKERS = "CREATE TABLE datamesh.drill (marker text PRIMARY KEY, written_at timestamptz NOT NULL DEFAULT now())"


class Backups(Protocol):
    """Who keeps the backups of a database, and restores one beside it."""

    def remove(self) -> bool:
        """Removes what a drill made; whether there was anything."""
        ...

    def prepare(self) -> str:
        """Sees to a base backup before anything is written; says which one it is."""
        ...

    def reach(self, moment: datetime) -> str:
        """Waits until the backups reach `moment`; says what a database lost right now would have cost."""
        ...

    def restore(self, moment: datetime) -> Domain:
        """The database as it was at `moment`, ready to be asked."""
        ...


@dataclass(frozen=True)
class Marked:
    """What the database held at a moment on which nobody wrote."""

    moment: datetime
    held: dict[Table, Content]


def mark(connection: Connection) -> Marked:
    """Writes one marker, fingerprints every table, and writes another marker after the moment.

    Nobody can write meanwhile, as the fingerprints must be those of the moment; everybody can read. The moment is a
    full second, which is what Amazon RDS can restore to.
    """
    with connection, connection.cursor() as cursor:
        begin(connection)
        ensure_notes(cursor)
        cursor.execute("DROP TABLE IF EXISTS datamesh.drill")
        cursor.execute(_MARKERS)
        cursor.execute("INSERT INTO datamesh.drill VALUES ('before')")
    with connection, connection.cursor() as cursor:
        begin(connection)
        names = tables(cursor)
        for table in names:
            cursor.execute(SQL("LOCK TABLE {} IN SHARE MODE").format(table.sql))
        held = {table: content(cursor, table) for table in names}
        cursor.execute("SELECT date_trunc('second', clock_timestamp()) + interval '1 second'")
        (moment,) = cursor.fetchone() or (datetime.min,)
        cursor.execute("SELECT pg_sleep_until(%s)", (moment + timedelta(milliseconds=100),))
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO datamesh.drill VALUES ('after')")
    return Marked(moment, held)


def differences(marked: Marked, restored: Connection) -> list[str]:
    """What in a restored database is not as it was at the moment; empty when all is."""
    with restored, restored.cursor() as cursor:
        begin(restored)  # fingerprints of times depend on what it sets
        there = {table: content(cursor, table) for table in tables(cursor)}
        cursor.execute("SELECT to_regclass('datamesh.drill') IS NOT NULL")
        markers: list[str] = []
        if cursor.fetchone() == (True,):
            cursor.execute("SELECT marker FROM datamesh.drill")
            markers = [marker for (marker,) in cursor.fetchall()]
    found = [f"{table} is missing" for table in marked.held if table not in there]
    found += [f"{table} was not there at the moment" for table in there if table not in marked.held]
    found += [
        f"{table} has {there[table].rows:,} rows, and had {held.rows:,}"
        + (" others" if there[table].rows == held.rows else "")
        for table, held in marked.held.items()
        if table in there and there[table] != held
    ]
    if markers != ["before"]:
        found.append(f"of the markers before and after the moment there are {' and '.join(markers) or 'none'}")
    return found


def drill(stack: Stack, domain: str, backups: Backups) -> bool:
    """Hold the drill and say what came of it; whether the restored database is as the running one was."""

    def say(text: str) -> None:
        waited.say(f"{domain:<10} {text}")

    if backups.remove():
        say("what an interrupted drill had left is gone")
    written = False
    try:
        say(backups.prepare())
        written = True
        with closing(stack.connect(domain, "admin")) as connection, transaction_errors(domain):
            marked = mark(connection)
        say(f"a marker is written, {marked.moment:%Y-%m-%d %H:%M:%S} UTC is the moment, and another marker after it")
        say(backups.reach(marked.moment))
        started = time.monotonic()
        copy = backups.restore(marked.moment)
        beside = replace(stack, domains={domain: copy})
        with closing(beside.connect(domain, "admin")) as restored:
            found = differences(marked, restored)
        say(f"restored beside the running database and read in {time.monotonic() - started:.1f} s (RTO)")
    finally:
        backups.remove()
        if written:
            with closing(stack.connect(domain, "admin")) as connection, connection, connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS datamesh.drill")
    for each in found:
        say(f"DIFFERS: {each}")
    if not found:
        rows = ", ".join(f"{table} {held.rows:,}" for table, held in marked.held.items())
        say(f"every table is as it was ({rows}), and what was written after the moment is not there")
    say("the copy and the markers are removed")
    return not found


def main(arguments: Sequence[str] | None = None) -> int:
    """Hold the drill; the exit status: 0 when every table came back as it was."""
    parser = Parser(prog="python -m commands.drill", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--domain", default="", help="whose database, e.g. sales")
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--accept-cost", action="store_true", help="the copy on AWS may cost what was told")
    options = parser.parse_args(arguments)
    return run("drill", lambda: _hold(options), "interrupted; the same again removes what is left and begins anew")


def _hold(options: argparse.Namespace) -> int:
    if not options.domain.strip():
        raise CommandError(f"DOMAIN is missing. Type: {USAGE}")
    stack = read_stack(options.stack)
    if options.domain not in stack.domains:
        raise CommandError(f"the stack has no domain {options.domain!r}: it has {', '.join(stack.domains)}")
    domain = stack.domains[options.domain]
    on_aws = stack.lake.endpoint is None
    backups = OnAws(stack, domain, accepted=options.accept_cost) if on_aws else OnLocal(stack, domain)
    with waited.waiting(f"Restoring {options.domain} beside its running database"):
        return 0 if drill(stack, options.domain, backups) else 1


if __name__ == "__main__":
    sys.exit(main())
