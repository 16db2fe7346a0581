"""The roles that read a domain's database, put back to what they should be at every run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extensions import encrypt_password
from psycopg2.sql import SQL, Composable, Identifier, Literal

from client.errors import CommandError
from client.stack import Domain

_IAM = "rds_iam"
_EVERYTHING = (
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {user}",
)


@dataclass(frozen=True)
class Reader:
    """A role that may read its own database and nothing else."""

    login: str  # which of the domain's logins it is
    user: str
    connections: int  # a micro instance has about 80 in all
    statement_timeout: str
    person: bool = False  # logs in by IAM where the server knows that
    all_columns: bool = True  # else only those that are not personal
    logged: bool = False  # every statement in the server's log, where the server lets us


def readers(domain: Domain) -> tuple[Reader, ...]:
    """The readers of a domain: the service users of Trino and Grafana, and the analysts."""
    return (
        Reader("trino", domain.name.trino_user, 40, "30min", logged=True),
        Reader("analyst", domain.name.analyst_user, 10, "10min", person=True),
        Reader("grafana", domain.name.grafana_user, 10, "1min", all_columns=False),
    )


def reset_roles(connection: Connection, domain: Domain) -> None:
    """Make the domain's readers, or put back their passwords, limits and attributes, and take from PUBLIC what it had.

    Part of the caller's transaction. Passwords reach the server as SCRAM verifiers only: PostgreSQL writes failed
    statements into its log.
    """
    with connection.cursor() as cursor:
        statements = [*_closed_databases(cursor), SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC")]
        cursor.execute("SELECT rolname FROM pg_roles")
        known = {name for (name,) in cursor.fetchall()}
        for reader in readers(domain):
            user = Identifier(reader.user)
            if reader.user not in known:
                statements.append(SQL("CREATE ROLE {}").format(user))
            attributes = SQL("ALTER ROLE {} LOGIN NOCREATEDB NOCREATEROLE CONNECTION LIMIT {} VALID UNTIL 'infinity'")
            statements.append(attributes.format(user, Literal(reader.connections)))
            statements += _password(connection, domain, reader, iam=_IAM in known)
            for setting, value in (
                ("default_transaction_read_only", "on"),
                ("statement_timeout", reader.statement_timeout),
            ):
                statements.append(SQL("ALTER ROLE {} SET {} = {}").format(user, Identifier(setting), Literal(value)))
        _together(cursor, statements)
        for reader in readers(domain):
            if reader.logged:
                _log_statements(cursor, Identifier(reader.user))


def _together(cursor: Cursor, statements: Sequence[Composable]) -> None:
    """Runs them in one trip to a server that may be far away."""
    cursor.execute(SQL("; ").join(statements))


def _log_statements(cursor: Cursor, user: Composable) -> None:
    """Trino says in each statement who asked; of everybody else only slow ones are logged: they may hold secrets."""
    cursor.execute("SAVEPOINT logging")
    try:
        cursor.execute(SQL("ALTER ROLE {} SET log_min_duration_statement = 0").format(user))
    except InsufficientPrivilege:
        cursor.execute("ROLLBACK TO logging")


def grant_reading(connection: Connection, domain: Domain, open_columns: Mapping[str, Sequence[str]]) -> None:
    """Let the domain's readers read, and nothing more: every table there is and to come, or only `open_columns`.

    `open_columns` are the columns, by table, that are not personal.
    """
    statements: list[Composable] = []
    for reader in readers(domain):
        names = {"user": Identifier(reader.user), "database": Identifier(domain.database)}
        for statement in (
            "REVOKE ALL ON DATABASE {database} FROM {user}",
            "REVOKE ALL ON SCHEMA public FROM {user}",
            "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {user}",
            "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {user}",
            "GRANT CONNECT ON DATABASE {database} TO {user}",
            "GRANT USAGE ON SCHEMA public TO {user}",
            *(_EVERYTHING if reader.all_columns else ()),
        ):
            statements.append(SQL(statement).format(**names))
        if not reader.all_columns:
            statements += _columns_granted(reader, open_columns)
    with connection.cursor() as cursor:
        _together(cursor, statements)


def _columns_granted(reader: Reader, open_columns: Mapping[str, Sequence[str]]) -> list[Composable]:
    """Exactly these columns: what an earlier contract opened, REVOKE on the table has taken back."""
    grant = SQL("GRANT SELECT ({}) ON {} TO {}")
    return [
        grant.format(SQL(", ").join(map(Identifier, columns)), Identifier("public", table), Identifier(reader.user))
        for table, columns in open_columns.items()
        if columns
    ]


def _closed_databases(cursor: Cursor) -> list[Composable]:
    """PUBLIC may connect to any database by default, `postgres` included; close those that are ours to close."""
    cursor.execute(
        "SELECT datname FROM pg_database WHERE NOT datistemplate AND pg_has_role(datdba, 'USAGE') ORDER BY datname"
    )
    return [
        SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(Identifier(database)) for (database,) in cursor.fetchall()
    ]


def _password(connection: Connection, domain: Domain, reader: Reader, *, iam: bool) -> list[Composable]:
    """What sets the reader's password, as a verifier; none for people where they log in by IAM."""
    user, change = Identifier(reader.user), SQL("ALTER ROLE {} PASSWORD {}")
    if reader.person and iam:
        # A member of rds_iam cannot log in by password any more.
        return [SQL("GRANT rds_iam TO {}").format(user), change.format(user, SQL("NULL"))]
    login = domain.logins.get(reader.login)
    if login is None:
        raise CommandError(
            f"the stack has no password for {reader.user}, and {domain.database} does not know IAM authentication.\n"
            "Type `pulumi up`: it makes the password."
        )
    if login.user != reader.user:
        raise CommandError(f"the stack calls the {reader.login} of {domain.name} {login.user}, not {reader.user}")
    return [change.format(user, Literal(encrypt_password(login.password, reader.user, connection, "scram-sha-256")))]
