"""The result of one check of a contract on the running mesh, and how a question becomes one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg2

from client.errors import CommandError
from client.servers import SilentError, lost
from mesh.contracts.model import Contract, Table
from mesh.contracts.questions import Question

Rows = list[tuple[Any, ...]]
Answer = Callable[[str], Rows]
"""Answers a query with all its rows."""
_UNABLE = "could not be checked"


@dataclass(frozen=True)
class Result:
    """The result of one check through one server; `failure` is None when it passed."""

    contract: str
    table: str
    what: str
    server: str
    failure: str | None

    @property
    def ran(self) -> bool:
        """Whether the check could be made."""
        return not (self.failure or "").startswith(_UNABLE)


def asked(contract: Contract, table: Table, question: Question, server: str, answer: Answer) -> Result:
    """The result of a question about rows; one that the server does not answer with one number has failed.

    Raises SilentError, or the error of psycopg2, for a server that is not there any more.
    """
    try:
        rows = answer(question.query)
    except SilentError:
        raise
    except (psycopg2.Error, CommandError) as error:
        if isinstance(error, psycopg2.Error) and lost(error):
            raise
        return unable(contract, table.name, question.what, server, reason(error))
    if len(rows) != 1 or len(rows[0]) != 1:
        return unable(contract, table.name, question.what, server, "the query must return one number")
    try:
        actual = float(rows[0][0])
    except (TypeError, ValueError):
        return unable(contract, table.name, question.what, server, f"the answer is {rows[0][0]!r}, not a number")
    return Result(contract.domain, table.name, question.what, server, question.failure(actual))


def unable(contract: Contract, table: str, what: str, server: str, why: str) -> Result:
    """The result of a check that could not be made, and why."""
    return Result(contract.domain, table, what, server, f"{_UNABLE}: {why}")


def reason(error: psycopg2.Error | CommandError) -> str:
    """What a server or a client said."""
    if isinstance(error, CommandError):
        return str(error)
    return error.diag.message_primary or str(error).strip()
