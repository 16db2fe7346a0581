"""One domain's place in the lake, as the publisher speaks to it through Trino."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
import requests
from psycopg2.extensions import connection as Connection

from client.errors import CommandError
from client.servers import lost
from client.stack import Stack
from client.trino import ask, marked, unreachable
from client.waiting import waiting
from mesh.names import ICEBERG, PUBLISHER, DomainName
from mesh.sql import quoted

_LOCK = 0x1CEB
"""The first half of the number of PostgreSQL's advisory lock; the second is 0."""
_COMMANDS = ("publish", "forget")
_ENDED = ("FINISHED", "FAILED")
_PATIENCE = 120.0
"""Seconds for a query that was ended to be gone."""
_POLL = 0.2
"""Seconds."""


@dataclass(frozen=True)
class Lake:
    """The schema of `domain` in the lake."""

    stack: Stack
    domain: DomainName
    command: str = "publish"
    """Of make, as each statement says; the log of queries hides all values of `forget`."""

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a query of the publisher. Raises what `client.trino.ask` raises."""
        return ask(self.stack, self._marked(statement), PUBLISHER).rows

    def run(self, statement: str) -> None:
        """Runs a statement that writes, once: whether it was done is found out by the next run."""
        ask(self.stack, self._marked(statement), PUBLISHER, again=False)

    def tables(self) -> set[str]:
        """The names of its tables and views."""
        return {name for (name,) in self.rows(f"SHOW TABLES FROM {quoted(ICEBERG)}.{quoted(self.domain.identifier)}")}

    def _marked(self, statement: str) -> str:
        return marked(f"{self.command} {self.domain}", statement)

    def end_running(self) -> int:
        """Ends the queries of the publisher for this domain that still run, as those of one that was killed.

        Returns how many there were, when no task of any of them runs any more: none can commit afterwards.
        """
        ours = [each["queryId"] for each in self._get("/v1/query") if self._left_running(each)]
        for query in ours:
            self._answered("delete", f"/v1/query/{query}")
        deadline = time.monotonic() + _PATIENCE
        for query in ours:
            while not self._gone(query):
                if time.monotonic() > deadline:
                    raise CommandError(
                        f"Trino does not end the query {query} of an earlier publication: try again later"
                    )
                time.sleep(_POLL)
        return len(ours)

    def _left_running(self, query: dict[str, Any]) -> bool:
        marks = tuple(marked(f"{command} {self.domain}", "").rstrip() for command in _COMMANDS)
        own = query["session"]["user"] == PUBLISHER and query["query"].startswith(marks)
        return own and query["state"] not in _ENDED

    def _gone(self, query: str) -> bool:
        answer = self._answered("get", f"/v1/query/{query}")
        return answer.status_code in (404, 410) or bool(answer.json()["finalQueryInfo"])

    def _get(self, path: str) -> list[dict[str, Any]]:
        return self._answered("get", path).json()

    def _answered(self, method: str, path: str) -> requests.Response:
        trino = self.stack.trino
        if PUBLISHER not in trino.passwords:
            raise CommandError(f"the stack has no user {PUBLISHER}: type `make up`, or `pulumi up --stack NAME`")
        session = self.stack.trino_session()
        try:
            answer = session.request(
                method,
                f"{trino.url}{path}",
                auth=(PUBLISHER, trino.passwords[PUBLISHER]),
                headers={"X-Trino-User": PUBLISHER},
                timeout=30,
            )
        except requests.RequestException as error:
            raise unreachable(trino.url, trino.port_forward, type(error).__name__) from None
        if answer.status_code >= 400 and answer.status_code not in (404, 410):
            raise CommandError(f"Trino answers {answer.status_code} to {method.upper()} {path}")
        return answer


@contextmanager
def alone(stack: Stack, domain: DomainName) -> Iterator[Connection]:
    """Within, no other publication of the domain is under way; one that is, is waited for.

    The lock is PostgreSQL's, of a session in the domain's own database: it is free as soon as its holder has ended,
    however that was. Its session is what is given: PostgreSQL ends what it does for one that is gone.
    """
    connection = stack.connect(domain, "trino")
    try:
        connection.autocommit = True
        with waiting(f"Waiting for another publication of {domain}"), connection.cursor() as cursor:
            cursor.execute("SET tcp_keepalives_idle = 60; SET client_connection_check_interval = 5000")
            cursor.execute("SELECT pg_advisory_lock(%s, 0)", [_LOCK])
        yield connection
    except psycopg2.Error as error:
        if not lost(error):
            raise
        raise CommandError(f"the database of {domain} has ended the connection: type the same again") from None
    finally:
        connection.close()
