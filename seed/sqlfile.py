"""Runs a file of SQL as part of a transaction, and says where in it something is wrong."""

from pathlib import Path

import psycopg2
from psycopg2.extensions import cursor as Cursor

from client.errors import CommandError
from seed.sqltext import refusals, statements

NEW_VALUE = (
    "PostgreSQL lets nobody use a new value of an enum before the transaction that adds it has ended: let schema.sql "
    "and a migration only add the value, type `make seed`, and let the next migration use it."
)

SESSION = (
    "SET LOCAL search_path = public; SET LOCAL lock_timeout = '30s'; SET LOCAL TimeZone = 'UTC'; "
    "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL row_security = off"
)
"""How the loader's transactions are set. Rows that FORCE ROW LEVEL SECURITY hides from it are an error, not no rows."""


def read_sql(path: Path, label: str) -> str:
    """The text of a file of SQL. Raises CommandError with every statement that may not be in it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{label} is not UTF-8 (at byte {error.start}): save it as UTF-8") from None
    except OSError as error:
        raise CommandError(f"{label} cannot be read: {error.strerror}") from None
    if (at := text.find("\0")) >= 0:
        raise CommandError(
            f"{label}, line {text.count(chr(10), 0, at) + 1}: has a NUL byte, which ends all SQL: take it out"
        )
    if problems := list(refusals(text)):
        raise CommandError("\n".join(f"{label}, {problem}" for problem in problems))
    return text


def run_sql(cursor: Cursor, path: Path, label: str) -> None:
    """Run a file in schema public, in the caller's transaction. Raises CommandError that names the line."""
    text = read_sql(path, label)
    cursor.execute("SET LOCAL search_path = public")
    if next(statements(text), None):
        try:
            cursor.execute(text)
        except psycopg2.Error as error:
            raise CommandError(f"{label}{_line(text, error)}: {reason(error)}") from None
    cursor.execute(SESSION)  # a file made by pg_dump empties the path and lifts the limit for the rest of the session


def reason(error: psycopg2.Error) -> str:
    """What the server says of an error, without the statement that met it."""
    hint = error.diag.message_hint if isinstance(error, psycopg2.errors.InsufficientPrivilege) else None
    if isinstance(error, psycopg2.errors.UnsafeNewEnumValueUsage):
        hint = NEW_VALUE
    said = (error.diag.message_primary, error.diag.message_detail, error.diag.context, hint)
    return "\n".join(text for text in said if text) or str(error).strip()


def _line(text: str, error: psycopg2.Error) -> str:
    position = error.diag.statement_position
    return f", line {text.count(chr(10), 0, int(position) - 1) + 1}" if position else ""
