"""Lists recent logins and statements from the logs of the domains' databases: `python -m commands.audit`."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from client.arguments import Parser, minutes
from client.command import run
from client.errors import CommandError
from client.outputs import PROJECT
from client.stack import Stack, read_stack

_LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\S* UTC.*?(?P<user>[\w\[\]]+)@(?P<database>\w+)\W.*?LOG:  (?P<text>.*)"
)
_STATEMENT = re.compile(r"duration: (?P<ms>[\d.]+) ms +(?:statement|execute [^:]*): (?P<sql>.*)")
_ASKED = re.compile(r"/\*trino user=(?P<person>\S*) query=(?P<query>\w+)\*/")
_LOGIN = "connection authorized: "
_WIDTH = 100


@dataclass(frozen=True)
class Event:
    """A login to a database, or a statement that ended."""

    time: str
    """UTC, to the second."""
    domain: str
    who: str
    """The person for whom Trino asked, or the user of the database."""
    what: str


def events(domain: str, lines: Iterable[str]) -> Iterator[Event]:
    """The events in lines of a database's log; other lines are ignored."""
    for line in lines:
        entry = _LINE.match(line)
        if not entry:
            continue
        if entry["text"].startswith(_LOGIN):
            # Trino logs in for every scan; its statements name the person
            if not entry["user"].endswith("_trino"):
                yield Event(entry["time"], domain, entry["user"], "logged in")
        elif statement := _STATEMENT.match(entry["text"]):
            asked = _ASKED.search(statement["sql"])
            who = f"{asked['person']} (Trino {asked['query']})" if asked else entry["user"]
            sql = _ASKED.sub("", statement["sql"]).strip()
            if not _is_housekeeping(sql):
                yield Event(entry["time"], domain, who, f"{sql} [{float(statement['ms']):.0f} ms]")


def _is_housekeeping(sql: str) -> bool:
    """Whether it is a statement that drivers send by themselves."""
    return sql.upper().startswith(("SET ", "SHOW ", "BEGIN", "COMMIT", "ROLLBACK")) or "pg_catalog." in sql


def collect(stack: Stack, minutes: int) -> list[Event]:
    """The events of all domains in the last `minutes`, oldest first. Raises CommandError for an unreadable log."""
    since = time.time() - 60 * minutes
    collected: list[Event] = []
    for name, domain in stack.domains.items():
        lines = _file(domain.identifier) if stack.lake.endpoint else _cloudwatch(stack, domain.identifier, since)
        collected += events(name, lines)
    earliest = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(since))
    return sorted((event for event in collected if event.time >= earliest), key=lambda event: event.time)


def _file(identifier: str) -> Iterator[str]:
    path = Path(os.environ.get("DATAMESH_LOCAL") or PROJECT / ".local") / "logs" / f"{identifier}.log"
    if not path.exists():
        raise CommandError(f"{path} is missing: type `make up`")
    with path.open(encoding="utf-8", errors="replace") as file:
        yield from file


def _cloudwatch(stack: Stack, identifier: str, since: float) -> Iterator[str]:
    logs = boto3.client("logs", region_name=stack.lake.region)
    group = f"/aws/rds/instance/{identifier}/postgresql"
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=int(since * 1000))
        for page in pages:
            yield from (event["message"] for event in page["events"])
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"cannot read the log group {group}: {error}") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the events; the exit status."""
    parser = Parser(prog="python -m commands.audit", description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    parser.add_argument("--minutes", type=minutes, default=60, help="how far to look back (default: 60)")
    options = parser.parse_args(arguments)
    return run("audit", lambda: _print(collect(read_stack(options.stack), options.minutes), options.minutes))


def _print(recent: Sequence[Event], minutes: int) -> int:
    for event in recent:
        print(f"{event.time}  {event.domain:<12} {event.who:<48} {_short(event.what)}")
    print(f"{len(recent)} events in the last {minutes} minutes (UTC)")
    return 0


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it without a traceback
    sys.exit(main())
