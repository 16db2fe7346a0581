"""Checks that stored ports have the rows of their definitions, which only the domain's administrator can read."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2

from client.errors import CommandError
from client.servers import SilentError
from client.stack import Stack
from commands.contract_result import Result, reason, unable
from mesh.contracts.model import Contract
from seed.ports import store

WHAT = "has the rows of its definition"


def in_definitions(stack: Stack, contract: Contract) -> Iterator[Result]:
    """A result for each port of the contract that is stored."""
    ports = store.wanted(contract)
    if not ports:
        return
    try:
        with closing(stack.connect(contract.domain, "admin")) as connection:
            connection.set_session(readonly=True, autocommit=True)
            with connection.cursor() as cursor:
                there = store.stored(cursor)
                for table in ports:
                    if table.name not in there:
                        yield unable(contract, table.name, WHAT, "PostgreSQL", "it is not stored: type `make seed`")
                        continue
                    found = store.difference(cursor, table.name, table.key)
                    failure = f"{found}: type `make seed`" if found else None
                    yield Result(contract.domain, table.name, WHAT, "PostgreSQL", failure)
    except SilentError:
        raise
    except (CommandError, psycopg2.Error) as error:
        yield unable(contract, "", WHAT, "PostgreSQL", reason(error))
