"""Lists who asked what lately, what was refused included: `python -m commands.audit`.

What was asked of Trino, the lake included, comes from Trino's own events. What people did in a database directly comes
from its log, which has logins, and statements that took a second or longer: quicker ones are in no log.
"""

import argparse
import re
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields

from client.arguments import Parser, minutes
from client.command import run
from client.stack import read_stack
from client.tables import csv_line, flat, terminal_width
from client.waiting import waiting
from commands import database_log, queries
from commands.database_log import Event
from commands.queries import Query, parts, spelled
from mesh.names import DomainName

_WIDTH, _BEFORE = 100, 75
_TABLE = re.compile(r"\w[\w-]*(\.\w[\w-]*){0,2}")


@dataclass(frozen=True)
class Line:
    """One thing that somebody did."""

    time: str
    """UTC."""
    user: str
    where: str
    """`trino`, or the domain whose database it was."""
    state: str
    rows: int | None
    tables: str
    """With the columns that were read."""
    what: str
    """The statement, or why it was refused."""


def of_trino(asked: Iterable[Query], *, platform: bool, user: str | None, table: str | None) -> list[Line]:
    """The lines of Trino's queries that are asked for."""
    return [
        Line(
            query.time,
            query.user,
            "trino",
            query.state,
            query.rows if query.state == "FINISHED" else None,
            "; ".join(f"{name}({', '.join(columns)})" for name, columns in query.tables.items()),
            f"{query.message} -- {query.sql}" if query.message else query.sql,
        )
        for query in asked
        if (platform or user == query.user or not query.platform)
        and user in (None, query.user)
        and (table is None or query.about(table))
    ]


def of_databases(events: Iterable[Event], *, platform: bool, user: str | None, table: str | None) -> list[Line]:
    """The lines of what was done in databases directly."""
    return [
        Line(event.time, event.who, event.domain, "FINISHED", None, "", event.what)
        for event in events
        if (platform or not event.platform) and _of(event, user) and (table is None or _names(event, table))
    ]


def _of(event: Event, user: str | None) -> bool:
    """Whether it may be this person's: by the role, the login of those who share it, or the one who asked Trino."""
    domain = DomainName(event.domain)
    roles = {domain.analyst_user: domain.analyst}
    return user in (None, event.who, roles.get(event.who), event.who.partition(" (Trino ")[0])


def _names(event: Event, table: str) -> bool:
    """Whether a statement names the table; of its place only the database is known."""
    *place, name = parts(table)
    there = not place or [place[0]] == parts(event.domain)
    return there and re.search(rf"(?<!\w){spelled(name)}(?!\w)", event.what, re.IGNORECASE) is not None


def reach(asked: Iterable[Query], *, local: bool) -> str:
    """From when the logs are, and what is in none."""
    first = min((query.time for query in asked), default=None)
    trino = f"Trino's log begins at {first}" if first else "Trino's log is empty"
    kept = "as long as their servers" if local else f"{database_log.DAYS} days"
    return (
        f"{trino}; those of the databases are kept {kept}, and have logins and statements of a second or longer: "
        "quicker ones that were not asked through Trino are in no log."
    )


def shown(line: Line, width: int | None = None) -> str:
    """A line for people, cut to what fits into `width` columns, or into a file."""
    what = flat(" ".join(line.what.split()))
    rows = "" if line.rows is None else f"{line.rows} rows"
    most = max(20, (width or _WIDTH + _BEFORE) - _BEFORE)
    text = what if len(what) <= most else f"{what[: most - 1]}…"
    return f"{line.time}  {line.where:<10} {flat(line.user):<20} {line.state:<8} {rows:>9}  {text}"


def table_name(text: str) -> str:
    """A table as `orders`, `sales.orders` or `sales.public.orders`; ArgumentTypeError for anything else."""
    if not _TABLE.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no table: write it as sales.orders or lake.events.customer_events"
        )
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what was done, newest last; the exit status."""
    parser = Parser(prog="python -m commands.audit", description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--minutes", type=minutes, default=60, help="how far to look back (default: 60)")
    parser.add_argument("--user", help="only what this user did")
    parser.add_argument("--table", type=table_name, help="only what was asked of this table, such as sales.orders")
    parser.add_argument("--format", choices=("table", "csv"), default="table")
    parser.add_argument("--platform", action="store_true", help="what Grafana, Trino and the loader did, too")
    options = parser.parse_args(arguments)
    return run("audit", lambda: _print(*_read(options), options))


def _read(options: argparse.Namespace) -> tuple[list[Line], str]:
    """The lines that are asked for, and what the logs can tell at all."""
    wanted = {"platform": options.platform, "user": options.user, "table": options.table}
    since = time.time() - 60 * options.minutes
    earliest = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(since))
    stack = read_stack(options.stack)
    with waiting("Reading the logs of Trino and of the databases"):
        asked = queries.read(stack)
        lines = of_trino(asked, **wanted)
        lines += of_databases(database_log.collect(stack, since), **wanted)
    found = sorted((line for line in lines if line.time >= earliest), key=lambda line: line.time)
    return found, reach(asked, local=stack.lake.endpoint is not None)


def _print(lines: Sequence[Line], reached: str, options: argparse.Namespace) -> int:
    if options.format == "csv":
        names = [field.name for field in fields(Line)]
        sys.stdout.writelines(csv_line(row) for row in (names, *[astuple(line) for line in lines]))
        return 0
    for line in lines:
        print(shown(line, terminal_width()))
    print(f"{len(lines)} events in the last {options.minutes} minutes (UTC)")
    print(reached)
    return 0


if __name__ == "__main__":
    sys.exit(main())
