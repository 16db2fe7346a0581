"""A PostgreSQL database that holds what Trino shows: the tables of all domains and of the lake, in one place.

A query of Trino is translated and asked there. Columns have the types that Trino shows: an enum is text.
"""

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psycopg2
import sqlglot
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Identifier
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from guard.scratch import Server
from mesh.contracts.model import Contract
from mesh.contracts.types import GLUE, trino
from mesh.names import EVENTS, LAKE, DomainName
from mesh.sql import quoted
from seed.rowfile import RowFile
from seed.tables import Table, columns

Catalogs = dict[str, dict[str, dict[str, dict[str, str]]]]
"""By catalog, schema and table: the columns and their types in Trino."""

_RELATIONS = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') "
    "AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid "
    "AND deptype = 'e') ORDER BY 1"
)


def fill(
    server: Server, database: str, domains: Mapping[DomainName, str], lake: Contract | None, files: Path
) -> Catalogs:
    """Copies the tables of the domains' databases and the sample of the lake into an empty database; what it has."""
    catalogs: Catalogs = {}
    with server.transaction(database) as cursor:
        for domain, source in domains.items():
            with server.transaction(source) as reading:
                found = catalogs.setdefault(domain.identifier, {}).setdefault("public", {})
                cursor.execute(SQL("CREATE SCHEMA {}").format(Identifier(f"{domain.identifier}.public")))
                reading.execute(_RELATIONS)
                for (name,) in reading.fetchall():
                    shown = {each.name: trino(each.type) for each in columns(reading, Table("public", name))}
                    place = Table(f"{domain.identifier}.public", name)
                    _make(cursor, place, shown)
                    _copy(reading, cursor, name, place, shown)
                    found[name] = shown
        for table in lake.tables if lake else ():
            shown = {column.name: GLUE[column.physical_type] for column in table.columns}
            cursor.execute(SQL("CREATE SCHEMA {}").format(Identifier(f"{LAKE}.{EVENTS}")))
            place = Table(f"{LAKE}.{EVENTS}", table.name)
            _make(cursor, place, shown)
            _load(cursor, place, files / f"{table.name}.csv", shown)
            catalogs.setdefault(LAKE, {}).setdefault(EVENTS, {})[table.name] = shown
    return catalogs


def translated(text: str) -> str:
    """A query of Trino in PostgreSQL's words, over such a database. Raises SqlglotError."""
    tree = sqlglot.parse_one(text, read="trino")
    for node in tree.find_all(exp.Table, exp.Column):
        if node.args.get("catalog"):
            schema = f"{node.args['catalog'].name}.{node.args['db'].name}"
            node.set("db", exp.to_identifier(schema, quoted=True))
            node.set("catalog", None)
    return tree.sql("postgres")


def unknown(text: str, catalogs: Catalogs) -> str | None:
    """What of a query of Trino is not in the catalogs; None where every table and column of it is there."""
    try:
        tree = sqlglot.parse_one(text, read="trino")
        for table in tree.find_all(exp.Table):
            place = (table.catalog, table.db, table.name)
            if table.catalog and table.name not in catalogs.get(table.catalog, {}).get(table.db, {}):
                return f"there is no table {'.'.join(place)}"
        qualify(tree, dialect="trino", schema=dict[str, object](catalogs))
    except SqlglotError as error:
        return str(error).splitlines()[0]
    return None


def catalogs_read(text: str) -> set[str]:
    """The catalogs that a query of Trino reads; none where it is no SQL."""
    try:
        return {table.catalog for table in sqlglot.parse_one(text, read="trino").find_all(exp.Table) if table.catalog}
    except SqlglotError:
        return set()


def _make(cursor: Cursor, place: Table, shown: Mapping[str, str]) -> None:
    made = ", ".join(
        f"{quoted(name)} {exp.DataType.build(kind, dialect='trino').sql('postgres')}" for name, kind in shown.items()
    )
    cursor.execute(SQL("CREATE TABLE {} ({})").format(place.sql, SQL(made)))


def _copy(reading: Cursor, cursor: Cursor, name: str, place: Table, shown: Mapping[str, str]) -> None:
    listed = SQL(", ").join(map(Identifier, shown))
    with tempfile.TemporaryFile() as rows:
        reading.copy_expert(SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(listed, Identifier("public", name)), rows)
        rows.seek(0)
        cursor.copy_expert(SQL("COPY {} ({}) FROM STDIN").format(place.sql, listed), rows)


def _load(cursor: Cursor, place: Table, file: Path, shown: Mapping[str, str]) -> None:
    """The sample of the lake, where it fits; `make seed` says what is wrong with one that does not."""
    if not file.is_file():
        return
    listed = SQL(", ").join(map(Identifier, RowFile(file, file.name).header))
    cursor.execute("SAVEPOINT rows")
    try:
        content = io.BytesIO(file.read_bytes())
        cursor.copy_expert(SQL("COPY {} ({}) FROM STDIN (FORMAT csv, HEADER true)").format(place.sql, listed), content)
    except psycopg2.Error:
        cursor.execute("ROLLBACK TO rows")
