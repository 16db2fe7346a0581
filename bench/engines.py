"""The engines that bench/federated.py compares; each answers SQL over `sales.public` and `marketing.public`."""

import importlib.util
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.sql import SQL, Identifier

from client.stack import Stack
from local.servers import postgres

Ask = Callable[[str], list[tuple[Any, ...]]]
DOMAINS = ("sales", "marketing")
HUB = "datamesh-bench-hub"
HOST = "127.0.0.1"


class Missing(Exception):
    """The reason why an engine cannot take part."""


@contextmanager
def trino(stack: Stack) -> Iterator[Ask]:
    """The mesh's own Trino."""
    connection = stack.trino_connection("admin")

    def ask(query: str) -> list[tuple[Any, ...]]:
        cursor = connection.cursor()
        cursor.execute(query)
        return [tuple(row) for row in cursor.fetchall()]

    yield ask
    connection.close()


@contextmanager
def postgres_fdw(stack: Stack) -> Iterator[Ask]:
    """A temporary PostgreSQL server in which both domains' tables and views are foreign ones."""
    if "DATAMESH_LOCAL" not in os.environ:
        raise Missing("postgres_fdw is compared on the local stack only: it needs a server of its own")
    password = secrets.token_hex(16)
    try:
        port = postgres.create(HUB, host=HOST, database="hub", user="dm_admin", password=password)
        postgres.stop(HUB)
        # Only a superuser may make the extension. Every new database is a copy of template1.
        postgres.single_user(HUB, postgres.data(HUB), *_links(stack))
        postgres.start(HUB)
        first = psycopg2.connect(host=HOST, port=port, dbname="hub", user="dm_admin", password=password)
        first.autocommit = True
        with first.cursor() as cursor:
            cursor.execute("CREATE DATABASE linked")
        first.close()
        connection = psycopg2.connect(host=HOST, port=port, dbname="linked", user="dm_admin", password=password)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for domain in DOMAINS:
                cursor.execute(SQL("CREATE SCHEMA {0}").format(Identifier(domain)))
                cursor.execute(SQL("IMPORT FOREIGN SCHEMA public FROM SERVER {0} INTO {0}").format(Identifier(domain)))

        def ask(query: str) -> list[tuple[Any, ...]]:
            with connection.cursor() as cursor:
                cursor.execute(query.replace(".public.", "."))
                return cursor.fetchall()

        yield ask
        connection.close()
    finally:
        postgres.delete(HUB)


@contextmanager
def duckdb(stack: Stack) -> Iterator[Ask]:
    """DuckDB in this process, with its PostgreSQL scanner."""
    if importlib.util.find_spec("duckdb") is None:
        raise Missing("DuckDB is not installed: `make check` installs it")
    import duckdb  # only this benchmark needs it

    connection = duckdb.connect()
    try:
        try:
            connection.execute(f"LOAD '{scanner}'" if (scanner := _scanner()) else "INSTALL postgres; LOAD postgres")
        except duckdb.Error as error:
            raise Missing(f"DuckDB's PostgreSQL scanner is not available: {str(error).splitlines()[0]}") from None
        for name in DOMAINS:
            domain = stack.domains[name]
            login = domain.logins["trino"]
            secret = (
                f"CREATE SECRET {name} (TYPE postgres, HOST '{domain.host}', PORT {domain.port}, "
                f"DATABASE '{domain.database}', USER '{login.user}', PASSWORD '{login.password}')"
            )
            try:
                connection.execute(secret)
                connection.execute(f"ATTACH 'sslmode=require' AS {name} (TYPE postgres, SECRET {name}, READ_ONLY)")
            except duckdb.Error as error:  # its message may repeat the password
                raise Missing(f"DuckDB cannot attach the database of {name} ({type(error).__name__})") from None
        yield lambda query: connection.execute(query).fetchall()
    finally:
        connection.close()


def _links(stack: Stack) -> Iterator[str]:
    """The statements, a line each, that let the hub reach the domains as Trino's user does."""
    yield "CREATE EXTENSION postgres_fdw"
    for name in DOMAINS:
        domain, login = stack.domains[name], stack.domains[name].logins["trino"]
        yield (
            f"CREATE SERVER {name} FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{domain.host}', "
            f"port '{domain.port}', dbname '{domain.database}', sslmode 'require', "
            "use_remote_estimate 'true', fetch_size '10000')"
        )
        yield f"GRANT USAGE ON FOREIGN SERVER {name} TO dm_admin"
        credentials = f"user '{login.user}', password '{login.password}'"
        yield f"CREATE USER MAPPING FOR dm_admin SERVER {name} OPTIONS ({credentials})"


def _scanner() -> Path | None:
    """The scanner from an installed package, if there is one; DuckDB checks its signature and version."""
    spec = importlib.util.find_spec("duckdb_extension_postgres_scanner")
    folders = (spec and spec.submodule_search_locations) or ()
    return next((file for folder in folders for file in Path(folder).rglob("*.duckdb_extension")), None)
