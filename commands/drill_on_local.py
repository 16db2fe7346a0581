"""The drill on the stack `local`: PostgreSQL's own base backup, archive and recovery."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from psycopg2.extensions import connection as Connection

from client.errors import CommandError
from client.stack import Domain, Stack
from local.paths import LocalError
from local.servers import backup


@dataclass
class OnLocal:
    """The backups of one domain's local server: made for the drill, as nothing is archived otherwise."""

    stack: Stack
    domain: Domain
    _open: ExitStack = field(default_factory=ExitStack)

    def remove(self) -> bool:
        self._open.close()
        return backup.remove(self.domain.identifier)

    def prepare(self) -> str:
        name, database = self.domain.identifier, self.domain.database
        with _told():
            with self._connected() as connection:
                ready = backup.may_back_up(connection)
            if not ready:
                backup.let_back_up(name, database, self.domain.logins["admin"].user)
            self._open.enter_context(backup.archiving(name))
            with self._connected() as connection:
                backup.base_backup(name, connection)
        again = "" if ready else ", after a restart for the rights to make one"
        return f"a base backup of the running server is made{again}; from here on its log is archived"

    def reach(self, moment: datetime) -> str:
        with _told(), self._connected() as connection:
            backup.archive_now(connection)
        return "the archive has all of it (RPO 0 s); between drills `local` archives nothing and keeps no backups"

    def restore(self, moment: datetime) -> Domain:
        with _told():
            port = backup.restore(self.domain.identifier, self.domain.host, f"{moment:%Y-%m-%d %H:%M:%S+00}")
        return replace(self.domain, port=port)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection of the administrator, each statement of which is a transaction."""
        with closing(self.stack.connect(self.domain.name, "admin")) as connection:
            connection.autocommit = True
            yield connection


@contextmanager
def _told() -> Iterator[None]:
    """Makes a message of what a local server refuses."""
    try:
        yield
    except LocalError as error:
        raise CommandError(str(error)) from None
