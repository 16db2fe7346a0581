"""A database in which a new domain is tried before it is written: rows, keys, schema, contract, promises."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Identifier

from client.errors import CommandError
from client.stack import Domain, Lake, Stack, Trino
from mesh.contracts.model import Contract
from mesh.contracts.questions import questions
from mesh.names import MASTER_USER, DomainName
from mesh.sql import quoted
from scaffold.keys import SEEN, place
from scaffold.model import Draft, Table
from seed.check import check
from seed.copyrows import try_rows
from seed.load import begin
from seed.sources import Source
from seed.sqlfile import reason, run_sql
from seed.tables import Table as Place


@dataclass(frozen=True)
class TrialStack(Stack):
    """A stack of one domain, whose database is reached through the socket in `folder`, with all rights."""

    folder: Path = Path()

    def connect(self, domain: str, role: str) -> Connection:
        """A connection to the domain's database, whatever the role."""
        database = self.domains[domain].database
        return psycopg2.connect(host=str(self.folder), user=MASTER_USER, dbname=database, client_encoding="UTF8")


def trial_stack(folder: Path, name: DomainName) -> TrialStack:
    """The stack of a server whose socket is in `folder`."""
    domain = Domain(name, str(folder), 0, name, "postgres", name.identifier, name.lake_prefix, "", {})
    return TrialStack({name: domain}, Lake("", "", "", "", None), Trino("", None, "", {}), {}, Path(), folder)


@contextmanager
def transaction(stack: TrialStack) -> Iterator[Cursor]:
    """The transaction in which rows and schema are tried; nothing of it stays."""
    (name,) = stack.domains
    with closing(stack.connect(name, "admin")) as connection:
        begin(connection)
        with connection.cursor() as cursor:
            cursor.execute(SQL("CREATE SCHEMA {}").format(Identifier(SEEN)))
            yield cursor


def words_to_quote(cursor: Cursor) -> set[str]:
    """The words of SQL that PostgreSQL quotes where they are names."""
    cursor.execute("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'")
    return {word for (word,) in cursor.fetchall()}


def bring(cursor: Cursor, table: Table) -> None:
    """The rows of a table, of its types and without its keys. Raises CommandError with the lines that do not fit."""
    listed = SQL(", ").join(SQL("{} {}").format(Identifier(column.name), SQL(column.type)) for column in table.columns)
    cursor.execute(SQL("CREATE TABLE {} ({})").format(place(table.name), listed))
    if table.file and (problems := try_rows(cursor, Place(SEEN, table.name), table.file)):
        raise CommandError("\n".join([*problems, "Nothing was written."]))
    cursor.execute(SQL("ANALYZE {}").format(place(table.name)))


def keep_promises(cursor: Cursor, draft: Draft, schema: Path, contract: Contract) -> None:
    """Make the tables of schema.sql, put all rows in, and ask every rule of the contract. Raises CommandError."""
    run_sql(cursor, schema, schema.name)
    try:
        for table in filter(lambda each: each.file, draft.tables):
            names = SQL(", ").join(Identifier(column.name) for column in table.columns)
            cursor.execute(
                SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
                    Identifier("public", table.name), names, names, place(table.name)
                )
            )
    except psycopg2.Error as error:
        raise CommandError(f"the rows do not fit the tables: {reason(error)}") from None
    if broken := list(_broken(cursor, contract)):
        raise CommandError("\n".join(["what the contract says does not hold for these rows:", *broken]))


def _broken(cursor: Cursor, contract: Contract) -> Iterator[str]:
    for table in contract.tables:
        for question in questions(table, "postgresql", lambda name: f"public.{quoted(name)}"):
            cursor.execute(question.query)
            (actual,) = cursor.fetchone() or (0,)
            if failure := question.failure(float(actual)):
                yield f"  {table.name}: {question.what}: {failure}"


def check_as_the_seed_does(stack: TrialStack, name: str, folder: Path) -> None:
    """Everything that `make seed` checks of a domain's folder before it loads it. Raises CommandError."""
    check(stack, Source(name, folder))
