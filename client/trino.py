"""Queries to Trino, with patience for a server that is still starting."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from trino.dbapi import Connection as TrinoConnection
from trino.exceptions import Error, HttpError, TrinoQueryError

from client.errors import CommandError
from client.stack import Stack
from client.waiting import say, waiting
from mesh.sql import quoted

PATIENCE = 90.0
"""Seconds."""
USUAL = 6.0
"""Seconds in which a server that has started sees that it is there itself; of them nothing is said."""
MARK = "/* make "
"""How a query begins that a command asks for its own sake, not a person's."""
_UNKNOWN = "error 401"
"""How the client's error begins when Trino does not take a password; it has no other sign of the status."""
_LONGEST = 300
"""Characters of a reason: a proxy may answer with a whole page."""
Made = TypeVar("Made")
# Messages of a server that answers, but cannot run a query yet.
_STARTING = ("nodes is empty", "no nodes available", "no worker nodes", "still initializing", "starting up")


class RefusedError(CommandError):
    """Trino understood the query and refused it."""


class FailedError(CommandError):
    """Trino does not answer, or a server that it asked failed."""


@dataclass(frozen=True)
class Answer:
    """A query's result: the names of its columns, and its rows."""

    names: list[str]
    rows: list[tuple[Any, ...]]


def ask(stack: Stack, query: str, user: str = "admin", *, again: bool = True) -> Answer:
    """Trino's answer to one query as `user`; a server that is still starting has PATIENCE seconds.

    Servers of a local stack that do not run are started, and the query is asked again, unless `again` is false: of a
    statement that failed on its way it is not known whether it was carried out.

    Raises RefusedError when Trino refuses the query, SilentError when a server that is needed does not answer,
    CommandError when Trino fails otherwise.
    """
    with waiting("Asking Trino"):
        try:
            return _ask(stack, query, user)
        except FailedError:
            if not again or not stack.revive():
                raise
        return _ask(stack, query, user)


def forget_metadata(stack: Stack, *catalogs: str) -> None:
    """Lets Trino ask databases anew which tables, columns and statistics they have, as only `admin` may.

    Otherwise it shows for up to `METADATA_SECONDS` (`k8s/trino/catalogs.py`) what was there.
    """
    for catalog in catalogs or [domain.catalog for domain in stack.domains.values()]:
        ask(stack, f"CALL {quoted(catalog)}.system.flush_metadata_cache()")


def marked(command: str, query: str) -> str:
    """The query with a comment before it, by which Trino's log tells which command of `make` asked it."""
    return f"{MARK}{command} */ {query}"


def _ask(stack: Stack, query: str, user: str) -> Answer:
    connection = stack.trino_connection(user)
    try:
        return when_started(lambda: _answer(connection, query), PATIENCE, _tell)
    except TrinoQueryError as error:
        raise _failure(error, user) from None
    except (Error, HttpError, requests.RequestException) as error:
        reason = str(error).partition("\n")[0][:_LONGEST] or type(error).__name__
        if isinstance(error, HttpError) and reason.startswith(_UNKNOWN):
            raise CommandError(_not_known(user)) from None
        raise unreachable(stack.trino.url, stack.trino.port_forward, reason) from None


def when_started(ask: Callable[[], Made], patience: float, tell: Callable[[], object] = lambda: None) -> Made:
    """What `ask` gives, asked again for `patience` seconds while the server has only just started.

    `tell` is called once where that takes longer than usual. Raises whatever else `ask` raises.
    """
    began, told = time.monotonic(), False
    while True:
        try:
            return ask()
        except TrinoQueryError as error:
            if not starting(error) or time.monotonic() > began + patience:
                raise
        if not told and time.monotonic() > began + USUAL:
            tell()
            told = True
        time.sleep(0.2)


def _tell() -> None:
    say(f"Trino is still starting: waiting up to {PATIENCE:.0f} s for its answer", sys.stderr)


def _answer(connection: TrinoConnection, query: str) -> Answer:
    cursor = connection.cursor()
    cursor.execute(query)
    rows = [tuple(row) for row in cursor.fetchall()]
    return Answer([column.name for column in cursor.description or []], rows)


def _failure(error: TrinoQueryError, user: str) -> CommandError:
    if error.error_type == "USER_ERROR":
        return RefusedError(f"Trino refused a query of {user}: {error.error_name}: {error.message}")
    kind = FailedError if error.error_type == "EXTERNAL" else CommandError
    return kind(f"Trino could not answer a query of {user}: {error.message}")


def _not_known(user: str) -> str:
    return (
        f"Trino does not take the password of {user}. It reads the file of passwords again: within seconds on "
        "this machine, two minutes on a cluster. Type the same again then.\n"
        "If it stays so, local stack: type `make up`. AWS: type `pulumi up --stack NAME`."
    )


def starting(error: TrinoQueryError) -> bool:
    """Whether a server said it that has just started: the same query is answered a few seconds later."""
    return error.error_name == "SERVER_STARTING_UP" or any(words in str(error.message).lower() for words in _STARTING)


def unreachable(url: str, port_forward: str | None, reason: str) -> FailedError:
    """The error for a Trino that does not answer at `url`; `port_forward` is the command that makes it reachable."""
    if port_forward:
        advice = f"Type `{port_forward}` in another terminal, then repeat the command."
    else:
        advice = "Type `make up`, which starts the local servers, then repeat the command."
    return FailedError(f"Trino does not answer at {url}: {reason}\n{advice}")
