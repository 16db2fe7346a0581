"""A database beside the domain's, empty and of the same server, in which files are tried before anything changes."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Identifier

from client.errors import CommandError
from client.stack import Stack

PREFIX = "datamesh_scratch_"
LOCK = 0x5C7A
"""Held while a scratch database is in use: whoever has it may drop those that a killed process left."""


@contextmanager
def scratch_database(stack: Stack, domain: str) -> Iterator[Connection]:
    """A connection to a new database as the domain's administrator; the database is gone afterwards.

    One at a time for each domain. Raises CommandError when another has been at work for a minute.
    """
    name = PREFIX + secrets.token_hex(6)
    target = stack.domains[domain]
    beside = replace(stack, domains={domain: replace(target, database=name)})
    with closing(stack.connect(domain, "admin")) as keeper:
        keeper.autocommit = True
        with keeper.cursor() as cursor:
            _take_turn(cursor, domain)
            _drop_all(cursor)
            cursor.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
            try:
                cursor.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(Identifier(name)))
                with closing(beside.connect(domain, "admin")) as connection:
                    yield connection
            finally:
                _drop_all(cursor)


def _take_turn(cursor: Cursor, domain: str) -> None:
    cursor.execute("SET lock_timeout = '60s'")
    try:
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    except psycopg2.errors.LockNotAvailable:
        raise CommandError(
            f"somebody else is seeding {domain} since a minute; nothing was changed. Type the same again later."
        ) from None


def _drop_all(cursor: Cursor) -> None:
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (PREFIX,))
    for (name,) in cursor.fetchall():
        # Not by FORCE, which fails where the server's own vacuum is at work; plain DROP waits for what ends.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user",
            (name,),
        )
        cursor.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
