"""Read everything back the way its users will, and fail when it is not what is there."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from client.at_once import at_once
from client.errors import CommandError
from client.stack import Stack
from client.trino import FailedError, RefusedError, ask, forget_metadata, marked
from mesh.contracts.model import Contract
from mesh.sql import literal, quoted
from seed.compare import shared_query
from seed.content import Content
from seed.lake import events_key
from seed.sqlfile import reason
from seed.tables import Table, columns, tables
from seed.unshown import Unshown, said, unshown

Shapes = dict[str, dict[str, str]]
"""Tables and views -> columns -> types."""
Asked = dict[str, dict[str, tuple[str, str]]]
"""Tables and views -> columns -> types in PostgreSQL's words and in Trino's."""

ATTEMPTS = 3
"""Somebody may write between one reading and the next."""


def verify_domains(stack: Stack, contracts: Mapping[str, Contract | None], *, trino: bool, changed: bool) -> list[str]:
    """Compare what PostgreSQL's administrator, Trino's own user and Trino read from every domain.

    That is each table, and each view and column that a contract lists. `changed` says whether something in a database
    has changed just now, so that Trino has to look anew. Returns which columns are left out, because of values that
    Trino cannot show. Raises CommandError with every difference.
    """
    problems: list[str] = []
    left_out: Unshown | None = None
    for attempt in range(ATTEMPTS):
        if trino and (changed or attempt):
            forget_metadata(stack)
        wanted = dict(zip(contracts, at_once(lambda each: _shapes(stack, *each), contracts.items()), strict=True))
        try:
            problems = list(_problems(stack, wanted, trino, left_out or {}))
        except (FailedError, RefusedError):  # of a value that it cannot read Trino does not say where it is
            if left_out is not None or not (left_out := unshown(stack, wanted)):
                raise
            continue
        if not problems:
            return said(left_out or {})
        if trino and left_out is None:
            left_out = unshown(stack, wanted)
    raise CommandError(
        "\n".join(problems) + "\nSomebody writes to it all the time, or it is read from another database: type the "
        "same again, then look at the catalog's connection-url."
    )


def _problems(stack: Stack, wanted: Mapping[str, Shapes], trino: bool, left_out: Unshown) -> Iterator[str]:
    shown = _shown_by_trino(stack, wanted) if trino else wanted
    asked: dict[str, Asked] = {}
    for domain, shapes in wanted.items():
        missing, asked[domain] = _asked(domain, shapes, shown[domain])
        asked[domain] = {
            table: {name: kinds for name, kinds in types.items() if (domain, table, name) not in left_out}
            for table, types in asked[domain].items()
        }
        yield from missing
    held: dict[str, Content] = {}
    for differing, there in at_once(lambda each: _in_postgresql(stack, *each), asked.items()):
        yield from differing
        held |= there
    queries = [
        " ".join(("SELECT", literal(f"{domain}.{table}"), ", t.* FROM (", _query(stack, domain, table, types), ") t"))
        for domain, tables_asked in asked.items()
        for table, types in tables_asked.items()
    ]
    if trino:  # asked as one: each costs a fresh server half a second
        for table, rows, digest in ask(stack, marked("seed", " UNION ALL ".join(queries))).rows:
            yield from _differ(f"{table} through Trino", Content(int(rows), str(digest)), held.get(table))


def _query(stack: Stack, domain: str, table: str, types: Mapping[str, tuple[str, str]]) -> str:
    place = f"{quoted(stack.domains[domain].catalog)}.public.{quoted(table)}"
    return shared_query(place, dict(types), "trino")


def _in_postgresql(stack: Stack, domain: str, asked: Asked) -> tuple[list[str], dict[str, Content]]:
    """What differs between the administrator and Trino's own user, and what the latter reads, by table."""
    differing: list[str] = []
    found: dict[str, Content] = {}
    with closing(stack.connect(domain, "admin")) as one, closing(stack.connect(domain, "trino")) as other:
        for table, types in asked.items():
            query = shared_query(f"public.{quoted(table)}", dict(types), "postgresql")
            try:
                held, found[f"{domain}.{table}"] = _content(one, query), _content(other, query)
            except psycopg2.Error as error:
                differing.append(f"{domain}.{table} through PostgreSQL cannot be read: {reason(error)}")
            else:
                differing += _differ(f"{domain}.{table} through PostgreSQL", found[f"{domain}.{table}"], held)
    return differing, found


def _content(connection: Connection, query: str) -> Content:
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"SET TimeZone = 'UTC'; {query}")
        rows, digest = cursor.fetchone() or (0, 0)
    return Content(int(rows), str(digest))


def _shapes(stack: Stack, domain: str, contract: Contract | None) -> Shapes:
    """The types of all columns of the tables, and of those of views that the contract lists."""
    with closing(stack.connect(domain, "admin")) as connection, connection.cursor() as cursor:
        return _shapes_here(cursor, contract)


def _shapes_here(cursor: Cursor, contract: Contract | None) -> Shapes:
    listed = {table.name: [column.name for column in table.columns] for table in contract.tables} if contract else {}
    names = [table.name for table in tables(cursor) if table.schema == "public"]
    cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    there = {name for (name,) in cursor.fetchall()}
    shapes = {}
    for name in dict.fromkeys([*names, *(name for name in listed if name in there)]):
        types = {column.name: column.type for column in columns(cursor, Table("public", name))}
        shapes[name] = {each: kind for each, kind in types.items() if name in names or each in listed[name]}
    return shapes


def _shown_by_trino(stack: Stack, wanted: Mapping[str, Shapes]) -> dict[str, Shapes]:
    queries = [
        " ".join(
            (
                "SELECT", literal(domain), ", table_name, column_name, data_type FROM",
                f"{quoted(stack.domains[domain].catalog)}.information_schema.columns WHERE table_schema = 'public'",
            )
        )
        for domain in wanted
    ]  # fmt: skip
    shown: dict[str, Shapes] = {domain: {} for domain in wanted}
    for domain, table, column, kind in ask(stack, " UNION ALL ".join(queries)).rows:
        shown[domain].setdefault(table, {})[column] = kind
    return shown


def _asked(domain: str, wanted: Shapes, shown: Shapes) -> tuple[list[str], Asked]:
    """What Trino does not show, and what can be compared: by table and column, the types of both servers."""
    missing: list[str] = []
    asked: Asked = {}
    for table, types in wanted.items():
        if table not in shown:
            missing.append(f"{domain}.{table} is not there through Trino")
            continue
        there = {name.lower(): kind for name, kind in shown[table].items()}
        gone = [name for name in types if name.lower() not in there]
        missing += [f"{domain}.{table}, column {name} ({types[name]}) is not there through Trino" for name in gone]
        asked[table] = {name: (kind, there[name.lower()]) for name, kind in types.items() if name not in gone}
    return missing, asked


def verify_events(stack: Stack, names: Sequence[str], wanted: list[tuple[object, ...]]) -> None:
    """Compare what Trino reads from the seed's own file in the table of events with these rows of the columns."""
    # Others may add files of events; "$path" is Trino's name for the file that a row comes from.
    file = f"'s3://{stack.lake.bucket}/{events_key(stack)}'"
    asked = ", ".join(map(quoted, names))
    query = " ".join(("SELECT", asked, "FROM", stack.lake.events_table, 'WHERE "$path" =', file))
    found = ask(stack, query).rows
    if sorted(found, key=repr) != sorted(wanted, key=repr):
        raise CommandError(
            f"{stack.lake.events_table} through Trino is not what was loaded: {len(found)} rows of {len(wanted)}, "
            f"{len(set(found) & set(wanted))} of them the same"
        )


def _differ(what: str, found: Content, held: Content | None) -> Iterator[str]:
    if held is not None and found != held:
        differ = f"{found.rows} rows of {held.rows}" if found.rows != held.rows else "the rows differ"
        yield f"{what} is not what the database holds: {differ} ({found.digest}, not {held.digest})."
