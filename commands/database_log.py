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

_LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\S* UTC.*?(?P<user>[\w\[\]]+)@(?P<database>\w+)\W.*?LOG:  (?P<text>.*)"
)
_STATEMENT = re.compile(r"duration: (?P<ms>[\d.]+) ms +(?:statement|execute [^:]*): (?P<sql>.*)")
_ASKED = re.compile(r"/\*trino user=(?P<person>\S*) query=(?P<query>\w+)\*/")
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
    """The events in lines of a database's log; other lines are ignored."""
    for line in lines:
        entry = _LINE.match(line)
        if not entry:
            continue
        if entry["text"].startswith(_LOGIN):
            # Trino logs in for every scan; its statements name the person
            if not entry["user"].endswith("_trino"):
                yield Event(entry["time"], domain, entry["user"], _is_platform(entry["user"]), "logged in")
        elif statement := _STATEMENT.match(entry["text"]):
            asked = _ASKED.search(statement["sql"])
            who = f"{asked['person']} (Trino {asked['query']})" if asked else entry["user"]
            sql = _ASKED.sub("", statement["sql"]).strip()
            if not _is_housekeeping(sql):
                platform = _is_platform(entry["user"])
                yield Event(entry["time"], domain, who, platform, f"{sql} [{float(statement['ms']):.0f} ms]")


def _is_platform(user: str) -> bool:
    return user == MASTER_USER or user.endswith(("_trino", "_grafana"))


def _is_housekeeping(sql: str) -> bool:
    """Whether it is a statement that drivers send by themselves."""
    return sql.upper().startswith(("SET ", "SHOW ", "BEGIN", "COMMIT", "ROLLBACK")) or "pg_catalog." in sql


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
