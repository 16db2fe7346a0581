"""Bring one domain's database to what its folder says: roles, tables, rows; all of it or nothing."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace

import psycopg2
from psycopg2.extensions import connection as Connection

from client.errors import CommandError
from client.outputs import local_folder
from client.servers import lost
from client.stack import Domain, Stack
from seed.check import Checked
from seed.migrate import Brought, bring_schema, drop_everything
from seed.notes import ensure_notes
from seed.ports import store
from seed.roles import grant_reading, reset_roles
from seed.rows import Held, bring_rows, give_up
from seed.sqlfile import SESSION, reason
from seed.tables import Table, refresh_views

LOCK = 0x5EED  # one loader of a database at a time
ATTEMPTS = 5


@dataclass(frozen=True)
class Loaded:
    """What was done to a domain's schema, and what its tables hold now."""

    schema: Brought
    tables: dict[Table, Held]
    ports: dict[str, str] = field(default_factory=dict)
    """What was done to stored ports that were not right already, by name."""

    @property
    def changed(self) -> bool:
        """Whether there are other rows than before."""
        return any(held.state == "loaded" for held in self.tables.values())


@dataclass(frozen=True)
class Orders:
    """What the person asked for: `reset` gives up rows that are not the sample's, `recreate` makes tables anew."""

    reset: bool = False
    recreate: bool = False


def load_domain(
    stack: Stack, checked: Checked, orders: Orders | None = None, say: Callable[[str], None] = print
) -> Loaded:
    """Make a domain's roles and tables and put the sample into them, in one transaction; `say` prints what is lost.

    Rows that are there already are not touched, so that nobody who reads them waits, and neither are tables that
    anybody else has written to. Raises CommandError with nothing changed when the tables are not those of `schema.sql`
    or a row does not fit.
    """
    domain = checked.source.domain
    with closing(stack.connect(domain, "admin")) as connection, transaction_errors(domain):
        loaded = _committed(connection, stack.domains[domain], checked, orders or Orders(), say)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # without statistics neither server plans a join well
    return loaded


@contextmanager
def transaction_errors(domain: str) -> Iterator[None]:
    """Makes of the server's errors what a person needs to know."""
    try:
        yield
    except (psycopg2.errors.LockNotAvailable, psycopg2.errors.DeadlockDetected):
        raise CommandError(
            f"somebody has kept a table of {domain} in use for 30 seconds; nothing was changed. "
            "Type the same again later."
        ) from None
    except psycopg2.Error as error:
        if full := _disk_full(error):
            raise CommandError(
                f"the disk of the database of {domain} is full{_place()}: {' '.join(reason(full).split())}\n"
                "No table of it is half changed. Make room, then type the same again."
            ) from None
        if lost(error):
            raise CommandError(
                f"the database of {domain} ended in the middle of it: {' '.join(reason(error).split())}\n"
                "No table of it is half changed. Type the same again: local servers that have ended are started first."
            ) from None
        raise CommandError(f"{domain}: {reason(error)}\nNothing was changed.") from None


def _disk_full(error: BaseException | None) -> psycopg2.Error | None:
    """The server's own words for a full disk, which the end of the connection may have come after."""
    while error is not None and not isinstance(error, psycopg2.errors.DiskFull):
        error = error.__cause__ or error.__context__
    return error


def _place() -> str:
    """Where the databases of a local stack lie."""
    return f" ({local_folder() / 'postgres'})" if "DATAMESH_LOCAL" in os.environ else ""


def begin(connection: Connection) -> None:
    """Begin a transaction of the loader: the only one in this database."""
    with connection.cursor() as cursor:
        # When this process is gone the server gives up too, even in the middle of a long statement.
        cursor.execute("SET LOCAL client_connection_check_interval = '2s'")
        # A warning that comes with an error, as of a server that ends, hides that error from psycopg2.
        cursor.execute("SET LOCAL client_min_messages = error")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        cursor.execute(SESSION)


def _committed(
    connection: Connection, domain: Domain, checked: Checked, orders: Orders, say: Callable[[str], None]
) -> Loaded:
    """The transaction, begun anew where it and a reader of several tables waited for each other."""
    said: set[str] = set()

    def once(text: str) -> None:
        if text not in said:
            say(text)
        said.add(text)

    try:
        for _ in range(ATTEMPTS - 1):
            with suppress(psycopg2.errors.DeadlockDetected), connection:
                return _transaction(connection, domain, checked, orders, once)
        with connection:
            return _transaction(connection, domain, checked, orders, once)
    except psycopg2.errors.UnsafeNewEnumValueUsage:
        # PostgreSQL lets nobody use a new value of an enum before the transaction that adds it has ended.
        with connection:
            schema = _transaction(connection, domain, checked, orders, once, rows=False).schema
        with connection:
            loaded = _transaction(connection, domain, checked, replace(orders, recreate=False), once)
        return replace(loaded, schema=schema)


def _transaction(
    connection: Connection,
    domain: Domain,
    checked: Checked,
    orders: Orders,
    say: Callable[[str], None],
    *,
    rows: bool = True,
) -> Loaded:
    begin(connection)
    with connection.cursor() as cursor:
        ensure_notes(cursor)
        reset_roles(connection, domain)
        if orders.recreate:
            give_up(cursor, checked.source.domain, reset=orders.reset, say=say)
            drop_everything(cursor)
        schema = bring_schema(cursor, checked.source, checked.wanted)
        held = bring_rows(cursor, checked, reset=orders.reset and not orders.recreate, say=say) if rows else {}
        ports = store.keep(cursor, store.wanted(checked.source.contract), checked.source.domain) if rows else {}
        loaded = Loaded(schema, held, ports)
        refresh_views(cursor, all_of_them=loaded.changed)
        # Not before TRUNCATE: with a table's entry changed and its lock still wanted, the seed and a VACUUM or ANALYZE
        # that the server runs by itself would wait for each other.
        grant_reading(connection, domain, checked.source.open_columns())
        return loaded
