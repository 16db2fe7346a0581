"""The drill on the stack `local`: PostgreSQL's own base backup, archive and recovery."""

from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime

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
        try:
            with closing(self.stack.connect(self.domain.name, "admin")) as connection:
                ready = backup.may_back_up(connection)
            if not ready:
                backup.let_back_up(self.domain.identifier, self.domain.database, self.domain.logins["admin"].user)
            self._open.enter_context(backup.archiving(self.domain.identifier))
            with closing(self.stack.connect(self.domain.name, "admin")) as connection:
                connection.autocommit = True
                backup.base_backup(self.domain.identifier, connection)
        except LocalError as error:
            raise CommandError(str(error)) from None
        again = "" if ready else ", after a restart for the rights to make one"
        return f"a base backup of the running server is made{again}; from here on its log is archived"

    def reach(self, moment: datetime) -> str:
        try:
            with closing(self.stack.connect(self.domain.name, "admin")) as connection:
                connection.autocommit = True
                backup.archive_now(connection)
        except LocalError as error:
            raise CommandError(str(error)) from None
        return "the archive has all of it (RPO 0 s); between drills `local` archives nothing and keeps no backups"

    def restore(self, moment: datetime) -> Domain:
        try:
            port = backup.restore(self.domain.identifier, self.domain.host, f"{moment:%Y-%m-%d %H:%M:%S+00}")
        except LocalError as error:
            raise CommandError(str(error)) from None
        return replace(self.domain, port=port)
