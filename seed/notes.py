"""What the loader knows about its own work: a schema `datamesh` in each database, which no reader's role may use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

from seed.content import Content
from seed.tables import Table, tables

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS datamesh;
CREATE TABLE IF NOT EXISTS datamesh.loads (
    table_schema text NOT NULL,
    table_name   text NOT NULL,
    source       text NOT NULL,
    rows         bigint NOT NULL,
    digest       text NOT NULL,
    loaded_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (table_schema, table_name)
);
CREATE TABLE IF NOT EXISTS datamesh.migrations (
    file_name  text PRIMARY KEY,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON SCHEMA datamesh IS 'What the loader of sample rows and migrations has done. Not for readers.';
"""
# What older versions wrote as the comment of the schema public.
_OLD_NOTE = re.compile(r"Sample data\. Source (\w+); rows: (.*)")
_OLD_TABLE = re.compile(r"(.+) (\d+) (\d+)")


@dataclass(frozen=True)
class Load:
    """What the loader left in a table, and the fingerprint of what it took it from."""

    source: str
    content: Content


def has_notes(cursor: Cursor) -> bool:
    """Whether the loader has worked on this database."""
    cursor.execute("SELECT to_regclass('datamesh.migrations') IS NOT NULL")
    return cursor.fetchone() == (True,)


def ensure_notes(cursor: Cursor) -> None:
    """Make the loader's own schema; take over what an older version noted elsewhere."""
    if not has_notes(cursor):
        cursor.execute(_SCHEMA)
    cursor.execute("SELECT obj_description('public'::regnamespace, 'pg_namespace')")
    (note,) = cursor.fetchone() or (None,)
    if match := _OLD_NOTE.fullmatch(note or ""):
        _take_over(cursor, match[2])
        cursor.execute("COMMENT ON SCHEMA public IS NULL")


def noted_loads(cursor: Cursor) -> dict[Table, Load]:
    """What the loader left in each table."""
    cursor.execute("SELECT table_schema, table_name, source, rows, digest FROM datamesh.loads")
    return {
        Table(schema, name): Load(source, Content(int(rows), digest))
        for schema, name, source, rows, digest in cursor.fetchall()
    }


def note_loads(cursor: Cursor, loads: Mapping[Table, Load]) -> None:
    """Note what the loader leaves in these tables."""
    for table, load in loads.items():
        cursor.execute(
            "INSERT INTO datamesh.loads (table_schema, table_name, source, rows, digest) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (table_schema, table_name) DO UPDATE "
            "SET source = EXCLUDED.source, rows = EXCLUDED.rows, digest = EXCLUDED.digest, loaded_at = now()",
            (table.schema, table.name, load.source, load.content.rows, load.content.digest),
        )


def applied_migrations(cursor: Cursor) -> dict[str, str]:
    """The migrations that the database contains: name of the file -> SHA-256 of its bytes."""
    cursor.execute("SELECT file_name, sha256 FROM datamesh.migrations ORDER BY file_name")
    return dict(cursor.fetchall())


def note_migrations(cursor: Cursor, files: Mapping[str, str]) -> None:
    """Note that the database contains these migrations."""
    for name, digest in files.items():
        cursor.execute(
            "INSERT INTO datamesh.migrations (file_name, sha256) VALUES (%s, %s) ON CONFLICT DO NOTHING", (name, digest)
        )


def _take_over(cursor: Cursor, noted: str) -> None:
    known = {table.name: table for table in tables(cursor) if table.schema == "public"}
    for entry in noted.split("; "):
        match = _OLD_TABLE.fullmatch(entry)
        if match and (table := known.get(match[1])):
            note_loads(cursor, {table: Load("an older version's", Content(int(match[2]), match[3]))})
