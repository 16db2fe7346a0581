"""Rows of files and of tables, read apart and spelled alike."""

import csv
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psycopg2

from mesh.names import MASTER_USER
from scaffold.naming import column_names
from seed.copyrows import try_rows
from seed.rowfile import RowFile
from seed.sqlfile import run_sql
from seed.tables import Table, tables


class Loaded:
    """What a domain's folder puts into a database: each table's rows, and the types of columns by their names."""

    def __init__(self) -> None:
        self.rows: list[list[tuple[str, ...]]] = []
        self.types: dict[tuple[str, ...], list[str]] = {}


def rows_after_loading(server: Path, folder: Path) -> Loaded:
    found = Loaded()
    with closing(psycopg2.connect(host=str(server), user=MASTER_USER, dbname="postgres")) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL TimeZone = 'UTC'")
            run_sql(cursor, folder / "schema.sql", "schema.sql")
            for table in [each for each in tables(cursor) if each.schema == "public"]:
                path = folder / f"{table.name}.csv"
                assert try_rows(cursor, Table("public", table.name), RowFile(path, path.name)) == []
                cursor.execute(f'SELECT * FROM public."{table.name}"')
                rows = [tuple(map(spelled, row)) for row in cursor.fetchall()]
                names = tuple(each[0] for each in cursor.description or ())
                cursor.execute(
                    "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0",
                    (f'public."{table.name}"',),
                )
                found.types[names] = [kind for (kind,) in cursor.fetchall()]
                found.rows.append(rows)
        connection.rollback()
    return found


def rows_of(path: Path, types: dict[tuple[str, ...], list[str]]) -> list[tuple[str, ...]]:
    """The rows of a file, read without PostgreSQL and spelled alike."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    kinds = types[tuple(column_names(header))]
    return [tuple(spelled(value(*each)) for each in zip(row or [""], kinds, strict=True)) for row in rows]


def value(text: str, kind: str) -> object:
    if text == "":
        return None
    if kind == "boolean":
        return text.lower()[0] in "ty1"
    if kind == "timestamp with time zone":
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    readers: dict[str, Callable[[str], object]] = {
        **dict.fromkeys(("integer", "bigint", "numeric"), Decimal),
        "double precision": float,
        "date": date.fromisoformat,
        "time without time zone": clock.fromisoformat,
        "timestamp without time zone": datetime.fromisoformat,
        "uuid": lambda each: str(UUID(each)),
    }
    return readers.get(kind, str)(text)


def spelled(given: object) -> str:
    """One spelling of equal values; a missing value and an empty text are alike here."""
    if isinstance(given, datetime) and given.tzinfo:
        return given.astimezone(UTC).isoformat()
    if isinstance(given, int | Decimal) and not isinstance(given, bool):
        return str(Decimal(given).normalize())
    return "" if given is None else str(given)
