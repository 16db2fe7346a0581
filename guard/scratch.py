"""A PostgreSQL server of the guard's own, empty, gone afterwards: no running mesh is needed, and none is touched."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Composable, Identifier

from guard.findings import CouldNotRunError
from local import paths
from local.prepare import fetch
from local.servers import postgres
from mesh.names import MASTER_USER, DomainName

NAME = "guard"
_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
"""Nothing of it needs to outlive the process."""
_ANOTHER = "another `make guard` works on this checkout: wait until it has ended."
_OPTIONS = "-c timezone=UTC -c datestyle=ISO,YMD -c statement_timeout=60000"


@contextmanager
def place(repository: Path) -> Iterator[None]:
    """Lets the servers of this process live in a folder of the user's cache, for one run of a checkout at a time.

    Raises CouldNotRunError while another run works there. What a killed run left is removed.
    """
    folder = paths.cache() / NAME / hashlib.sha256(os.fsencode(repository.resolve())).hexdigest()[:12]
    paths.private(folder.parent)
    before = os.environ.get("DATAMESH_LOCAL")
    lock = folder.with_suffix(".lock")
    with lock.open("a") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise CouldNotRunError(_ANOTHER) from None
        if not lock.exists() or lock.stat().st_ino != os.fstat(file.fileno()).st_ino:
            raise CouldNotRunError(_ANOTHER)  # whoever had it has ended in this moment, and took the file along
        os.environ["DATAMESH_LOCAL"] = str(folder)
        try:
            _clear(folder)
            yield
        finally:
            _clear(folder)
            lock.unlink()
            if before is None:
                del os.environ["DATAMESH_LOCAL"]
            else:
                os.environ["DATAMESH_LOCAL"] = before


def _clear(folder: Path) -> None:
    if folder.exists():
        postgres.delete(NAME)
        shutil.rmtree(folder)


class Server:
    """A running server; `start` it within `place`."""

    def __init__(self, port: int, password: str) -> None:
        self._login = {"host": paths.HOST, "port": port, "user": MASTER_USER, "password": password}
        self._roles: set[str] = set()
        self._readers: dict[str, Connection] = {}
        self._made = 0

    @classmethod
    def start(cls) -> "Server":
        """Starts the server, downloading its programs first where they are not there."""
        fetch.postgres()
        password = secrets.token_hex(16)
        port = postgres.create(NAME, host=paths.HOST, database="postgres", user=MASTER_USER, password=password)
        postgres.stop(NAME)
        descriptor = {"kind": "postgres", "host": paths.HOST, "port": port}
        postgres.start_as(NAME, descriptor, **_SETTINGS)
        return cls(port, password)

    def make(self, purpose: str, template: str | None = None) -> str:
        """A new database, empty or a copy of `template`; its name."""
        self._made += 1
        name = f"{purpose}_{self._made}"
        copy = SQL(" TEMPLATE {}").format(Identifier(template)) if template else SQL("")
        self._administer(SQL("CREATE DATABASE {}").format(Identifier(name)) + copy)
        return name

    def drop(self, names: Iterable[str]) -> None:
        """Removes databases."""
        for name in names:
            if reader := self._readers.pop(name, None):
                reader.close()
            # without FORCE, which may not end the server's own vacuum; plain DROP waits for it
            self._administer(SQL("DROP DATABASE {}").format(Identifier(name)))

    def ensure_roles(self, domain: DomainName) -> None:
        """The readers of a domain, of whom its files may speak."""
        for role in {domain.trino_user, domain.analyst_user, domain.grafana_user} - self._roles:
            with suppress(psycopg2.errors.DuplicateObject):
                self._administer(SQL("CREATE ROLE {}").format(Identifier(role)))
            self._roles.add(role)

    def connect(self, database: str) -> Connection:
        """A connection as the owner of the database."""
        return psycopg2.connect(dbname=database, options=_OPTIONS, **self._login)

    def reader(self, database: str) -> Connection:
        """A connection that is kept until the database is dropped; whoever uses it rolls back."""
        if database not in self._readers:
            self._readers[database] = self.connect(database)
        return self._readers[database]

    @contextmanager
    def transaction(self, database: str) -> Iterator[Cursor]:
        """A cursor of a transaction, which is committed where the block ends without an error."""
        with closing(self.connect(database)) as connection, connection, connection.cursor() as cursor:
            yield cursor

    def _administer(self, statement: Composable) -> None:
        with closing(self.connect("postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
