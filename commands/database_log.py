"""Logins and statements in the logs of the domains' databases."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from client.errors import CommandError
from client.outputs import local_folder
from client.stack import Stack
from mesh.names import MASTER_USER

# The prefixes of Amazon RDS and of the stack `local`, and LOG right behind them, as a statement may hold anything.
_ENTRY = re.compile(
    r"(?s)(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\S* UTC(?: \[\d+\] |:\S*?:)(?P<user>[\w\[\]]+)@(?P<database>\w+)"
    r"(?: |:\[\d+\]:)LOG:  (?P<text>.*)"
)
_STATEMENT = re.compile(r"(?s)duration: (?P<ms>[\d.]+) ms +(?:statement|execute [^:]*): (?P<sql>.*)")
# Trino writes it behind the whole statement; what stands further in front a person may have written.
_ASKED = re.compile(r"/\*trino user=(?P<person>\S*) query=(?P<query>\w+)\*/\s*$")
_TRINO = "_trino"
"""How Trino's own roles end: only they send what Trino marks, and what its driver asks by itself."""
DAYS = 14
"""How long Amazon CloudWatch keeps the log of a database; `components/database.py` sets it."""
_LOGIN = "connection authorized: "


@dataclass(frozen=True)
class Event:
    """A login to a database, or a statement that ended."""

    time: str
    """UTC, to the second."""
    domain: str
    who: str
    """The person for whom Trino asked, or the user of the database."""
    platform: bool
    """Whether a service of the platform or the loader did it; what people ask of Trino is in Trino's own log."""
    what: str


def events(domain: str, lines: Iterable[str]) -> Iterator[Event]:
    """The events in lines of a database's log; other entries are ignored."""
    for text in _entries(lines):
        entry = _ENTRY.match(text)
        if not entry:
            continue
        of_trino = entry["user"].endswith(_TRINO)
        if entry["text"].startswith(_LOGIN):
            # Trino logs in for every scan; its statements name the person
            if not of_trino:
                yield Event(entry["time"], domain, entry["user"], _is_platform(entry["user"]), "logged in")
        elif statement := _STATEMENT.match(entry["text"]):
            asked = _ASKED.search(statement["sql"]) if of_trino else None
            if of_trino and not asked and _is_housekeeping(statement["sql"]):
                continue
            who = f"{asked['person']} (Trino {asked['query']})" if asked else entry["user"]
            sql = (_ASKED.sub("", statement["sql"]) if asked else statement["sql"]).strip()
            yield Event(
                entry["time"], domain, who, _is_platform(entry["user"]), f"{sql} [{float(statement['ms']):.0f} ms]"
            )


def _entries(lines: Iterable[str]) -> Iterator[str]:
    """Whole entries: PostgreSQL begins each further line of one with a tab."""
    entry = ""
    for line in (each.rstrip("\n") for each in lines):
        if line.startswith("\t"):
            entry += f"\n{line[1:]}"
        else:
            yield entry
            entry = line
    yield entry


def _is_platform(user: str) -> bool:
    return user == MASTER_USER or user.endswith((_TRINO, "_grafana"))


def _is_housekeeping(sql: str) -> bool:
    """Whether it is a statement that Trino's driver sends by itself. Of people's statements none is left out."""
    return sql.lstrip().upper().startswith(("SET ", "SHOW ", "BEGIN", "COMMIT", "ROLLBACK")) or "pg_catalog." in sql


def collect(stack: Stack, since: float) -> list[Event]:
    """The events of all domains since this time, perhaps some earlier. Raises CommandError for an unreadable log."""
    collected: list[Event] = []
    for name, domain in stack.domains.items():
        lines = _file(domain.identifier) if stack.lake.endpoint else _cloudwatch(stack, domain.identifier, since)
        collected += events(name, lines)
    return collected


def _file(identifier: str) -> Iterator[str]:
    path = local_folder() / "logs" / f"{identifier}.log"
    if not path.exists():
        raise CommandError(f"{path} is missing: type `make up`")
    # only a line feed ends a line: a statement may hold a carriage return and then what looks like an entry
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        yield from file


def _cloudwatch(stack: Stack, identifier: str, since: float) -> Iterator[str]:
    group = f"/aws/rds/instance/{identifier}/postgresql"
    try:
        logs = boto3.client("logs", region_name=stack.lake.region)
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=int(since * 1000))
        for page in pages:
            for event in page["events"]:
                yield from event["message"].split("\n")
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"cannot read the log group {group}: {error}") from None
