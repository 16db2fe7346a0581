"""The tables of a PostgreSQL database for a new domain: from its catalog, in one transaction that only reads."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

import psycopg2
from psycopg2.extensions import cursor as Cursor

from client.errors import CommandError
from mesh.contracts.types import array_of, family, unreadable
from mesh.pseudonyms import DIGITS
from mesh.sql import literal, quoted
from scaffold.build import tied_to
from scaffold.catalog import COLUMNS, KEY, OTHERS, REFERENCES, TABLES
from scaffold.model import Column, Personal, Reference, Table
from scaffold.naming import column_names
from scaffold.personal import personal
from scaffold.profile import Profile, profile
from scaffold.sources import NamedFile
from scaffold.types import few_values
from seed.sqlfile import reason

_PASSWORD = re.compile(r"//[^@]*:.*@|password=", re.IGNORECASE | re.DOTALL)
_SHORT = {
    "character varying": "varchar",
    "time without time zone": "time",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
}
_OF_EXTENSIONS = ("citext",)
HOW = """\
a password does not belong into an address: the list of processes and the shell's history would show it. Type
    read -rs PGPASSWORD && export PGPASSWORD
and the same address without the password (postgresql://USER@HOST/DATABASE), or put it into ~/.pgpass. If it was real,
change it: it was in an argument list just now."""

_AS_THEY_ARE = {
    "row_security": "off", "extra_float_digits": "3", "intervalstyle": "postgres", "datestyle": "ISO,YMD",
    "timezone": "UTC", "bytea_output": "hex",
}  # fmt: skip
"""Settings of a session that reads every row, and each value in full: rows that are hidden from it are an error."""
OPTIONS = " ".join(f"-c {name}={value}" for name, value in _AS_THEY_ARE.items())


@dataclass(frozen=True)
class Source:
    """A database: its address without a password, and the schema of it."""

    address: str
    schema: str

    def copy_command(self, table: Table) -> str:
        """What writes the rows of a table to a file that `make load` takes."""
        listed = ", ".join(f"{quoted(each.original)} AS {each.name}" for each in table.columns)
        copy = f"\\copy (SELECT {listed} FROM {quoted(self.schema)}.{quoted(table.origin)}) "
        copy += f"TO {literal(f'{table.name}.csv')} WITH (FORMAT csv, HEADER)"
        return f"PGOPTIONS={quote(OPTIONS)} psql {quote(self.address)} -c {quote(copy)}"


def is_address(text: str) -> bool:
    """Whether `FROM` names a database."""
    return text.startswith(("postgresql:", "postgres:"))


def read(source: Source, folder: Path, most: int) -> tuple[list[Table], list[str]]:
    """The tables of a database, whose rows are put into `folder` where they have at most `most` bytes; and notes.

    Raises CommandError for an address with a password, before anything is connected.
    """
    if _PASSWORD.search(source.address):
        raise CommandError(HOW)
    try:
        connection = psycopg2.connect(source.address, connect_timeout=10, application_name="datamesh-domain")
    except psycopg2.Error as error:
        raise CommandError(_not_connected(error)) from None
    with closing(connection):
        try:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection.cursor() as cursor:
                return _read(cursor, source, folder, most)
        except psycopg2.Error as error:
            raise CommandError(f"the database refuses to be read: {reason(error)}; nothing was written") from None


def _not_connected(error: psycopg2.Error) -> str:
    said = " ".join(str(error).split())
    advice = ""
    if "password" in said:
        advice = (
            "\nThe password is taken from PGPASSWORD or ~/.pgpass: type `read -rs PGPASSWORD && export PGPASSWORD`."
        )
    return f"cannot connect to the database: {said}{advice}"


def _read(cursor: Cursor, source: Source, folder: Path, most: int) -> tuple[list[Table], list[str]]:
    cursor.execute("; ".join(f"SET LOCAL {name} = {value}" for name, value in _AS_THEY_ARE.items()))
    place = quoted(source.schema)
    cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", (place,))
    if cursor.fetchone() != (True,):
        raise CommandError(f"the database has no schema {source.schema}: type the same with SCHEMA=…")
    cursor.execute(TABLES, (place,))
    rows = cursor.fetchall()
    if not rows:
        raise CommandError(f"the schema {source.schema} has no tables. Another one: SCHEMA=…")
    names = column_names([original for _, original, *_ in rows])
    places = {oid: _Place(cursor, oid, name) for (oid, *_), name in zip(rows, names, strict=True)}
    tables = [_table(cursor, source, places, row, folder, most) for row in rows]
    tables = [_with_keys(each, {table.name: table for table in tables}) for each in tables]
    alone = tied_to(tables, [table.name for table in tables if table.file is None])
    tables = [replace(each, file=None, sample=False) if each.name in alone else each for each in tables]
    cursor.execute(OTHERS, (place,))
    others = [name for (name,) in cursor.fetchall()]
    notes = [f"left out, because only tables are taken: {', '.join(others)}"] if others else []
    return tables, [*notes, "defaults, checks, triggers and indexes stay behind: `pg_dump --schema-only` shows them"]


class _Place:
    """A table of the source: what the catalog says of its columns, and their names in the domain."""

    def __init__(self, cursor: Cursor, oid: int, name: str) -> None:
        cursor.execute(COLUMNS, (oid,))
        self.oid, self.name = oid, name
        self.columns = [Found(*each) for each in cursor.fetchall()]
        self.names = column_names([column.name for column in self.columns])
        self.renamed = {column.name: mine for column, mine in zip(self.columns, self.names, strict=True)}


def _table(
    cursor: Cursor, source: Source, places: Mapping[int, _Place], row: Sequence, folder: Path, most: int
) -> Table:
    oid, original, size, estimate = row
    place = places[oid]
    file = NamedFile(folder / f"{place.name}.rows", original, tuple(place.names)) if size <= 4 * most else None
    profiles, bytes_ = [Profile(column.name) for column in place.columns], 0
    if file:
        _copy(cursor, source.schema, original, list(place.renamed), file)
        profiles, bytes_ = profile(file)
    columns = [
        _column(found, mine, place.names, seen)
        for found, mine, seen in zip(place.columns, place.names, profiles, strict=True)
    ]
    cursor.execute(KEY, (oid,))
    key = tuple(place.renamed[each] for (each,) in cursor.fetchall())
    cursor.execute(REFERENCES, (oid,))
    rows = profiles[0].rows if file and profiles else None
    notes = () if file else (f"rows stay where they are: about {estimate:,}, {size:,} bytes",)
    return Table(
        name=place.name,
        origin=original,
        columns=tuple(columns),
        rows=rows,
        file=file if bytes_ <= most else None,
        size=bytes_,
        key=key,
        references=tuple(_references(cursor.fetchall(), places, place)),
        notes=notes,
    )


def _references(found: Sequence[Sequence], places: Mapping[int, _Place], place: _Place) -> Iterator[Reference]:
    for oid, ours, theirs in found:
        if parent := places.get(oid):
            to = tuple(parent.renamed[each] for each in theirs)
            yield Reference(columns=tuple(place.renamed[each] for each in ours), table=parent.name, to=to)


def _with_keys(table: Table, tables: Mapping[str, Table]) -> Table:
    """The table without references to other columns than a key: no other uniqueness is taken over."""
    kept = tuple(each for each in table.references if set(each.to) == set(tables[each.table].key))
    lost = [f"{', '.join(each.columns)} refers to {each.table} otherwise than by its key: left out"
            for each in table.references if each not in kept]  # fmt: skip
    return replace(table, references=kept, notes=(*table.notes, *lost))


@dataclass(frozen=True)
class Found:
    """A column as the catalog has it."""

    name: str
    type: str
    required: bool
    labels: list[str] | None


def _column(found: Found, name: str, beside: Sequence[str], seen: Profile) -> Column:
    type_, why = _type(found)
    textual = family(type_) == "text"
    seen.original = found.name
    who = personal(seen, name, "text" if textual else type_, beside)
    width = re.fullmatch(r"(?:var)?char(?:acter)?\((\d+)\)", type_)
    if who and who.mask == "email" and width and int(width[1]) < DIGITS:
        who = Personal(why=who.why, mask="hide")
    allowed = tuple(found.labels or ()) or (few_values(seen) if textual and not who else ())
    return Column(
        name=name, original=found.name, type=type_, why=why, missing=seen.missing, required=found.required,
        personal=who, allowed=allowed, seen=f"One of {', '.join(allowed)}." if allowed else "",
    )  # fmt: skip


def _type(found: Found) -> tuple[str, str]:
    """The type that the mesh serves, and why it is that."""
    short = _SHORT.get(found.type) or re.sub(r"^character varying(?=\()", "varchar", found.type)
    if found.labels is not None:
        return "text", "an enum in the database"
    if (item := array_of(found.type)) and (item in _OF_EXTENSIONS or family(item) is None):
        return "text[]", f"{found.type} in the database"
    if found.type in _OF_EXTENSIONS or family(found.type) is None or unreadable(found.type):
        return "text", f"{found.type} in the database"
    return short, "as in the database"


def _copy(cursor: Cursor, schema: str, table: str, columns: Sequence[str], file: NamedFile) -> None:
    """The rows as CSV, under the names that the domain's table has."""
    listed = ", ".join(f"{quoted(each)}::text" for each in columns) or "1"
    with file.path.open("wb") as out:
        out.write(",".join(file.names).encode() + b"\n")
        query = f"COPY (SELECT {listed} FROM {quoted(schema)}.{quoted(table)}) TO STDOUT (FORMAT csv)"
        cursor.copy_expert(query, out)
