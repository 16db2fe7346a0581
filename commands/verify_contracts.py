"""Checks that the servers have what a contract describes: a result for each check; one that cannot run has failed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import psycopg2

from client.errors import CommandError
from client.servers import SilentError
from client.stack import Stack
from client.trino import ask, forget_metadata
from commands import verify_structure
from commands.contract_result import Answer, Result, Rows, asked, reason, unable
from mesh.contracts.model import Contract
from mesh.contracts.questions import questions, readable
from mesh.sql import quoted


def in_postgresql(stack: Stack, contract: Contract) -> Iterator[Result]:
    """The checks of structure and rows, with the login that Trino uses."""
    try:
        connection = stack.connect(contract.domain, "trino")
    except SilentError:
        raise
    except CommandError as error:
        yield unable(contract, "", "its database", "PostgreSQL", str(error))
        return
    try:
        connection.autocommit = True  # a query that fails does not end the others
        with connection.cursor() as cursor:

            def answer(query: str) -> Rows:
                cursor.execute(query)  # without parameters: a % in a contract's query stays a %
                return cursor.fetchall()

            yield from verify_structure.in_postgresql(contract, answer)
            for table in contract.tables:
                found = list(questions(table, "postgresql", lambda name: f"public.{quoted(name)}"))
                known = together([question.query for question in found], answer)
                for question in found:
                    yield asked(contract, table, question, "PostgreSQL", known)
    except psycopg2.Error as error:  # the connection is lost: whatever else is asked would fail too
        yield unable(contract, "", "its database", "PostgreSQL", reason(error))
    finally:
        connection.close()


def together(queries: Sequence[str], answer: Answer) -> Answer:
    """Answers each of these queries for a number; all are asked in one statement, as each takes a round trip.

    Where the server refuses that, or one has no number, they are asked one by one: each check fails for itself.
    """
    known: dict[str, Rows] = {}
    if not queries:
        return answer
    with suppress(psycopg2.Error):
        (numbers,) = answer("SELECT " + ", ".join(f"({query}\n)" for query in queries))  # it may end in a comment
        known = {query: [(number,)] for query, number in zip(queries, numbers, strict=True) if number is not None}
    return lambda query: known.get(query) or answer(query)


def in_trino(
    stack: Stack, contract: Contract, catalog: str, schema: str, type_of: Callable[[str], str | None], rows: bool
) -> Iterator[Result]:
    """The checks of columns as Trino shows them, and that it can read them; with `rows`, the checks of rows too."""

    def answer(query: str) -> Rows:
        return ask(stack, query).rows

    def place(name: str) -> str:
        return f"{catalog}.{quoted(schema)}.{quoted(name)}"

    try:
        if not rows:  # somebody may have changed the database's tables a moment ago
            forget_metadata(stack, stack.domains[contract.domain].catalog)
        yield from verify_structure.in_trino(contract, answer, catalog, schema, type_of, nullability=not rows)
    except SilentError:
        raise
    except CommandError as error:
        yield unable(contract, "", "its catalog", "Trino", str(error))
        return
    for table in contract.tables:
        for question in questions(table, "trino", place) if rows else [readable(table, place(table.name))]:
            yield asked(contract, table, question, "Trino", answer)
