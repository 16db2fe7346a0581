"""Read everything back the way its users will, and fail when it is not what is there."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from client.errors import CommandError
from client.stack import Stack
from client.trino import ask, forget_metadata, marked
from mesh.contracts.model import Contract
from mesh.sql import literal, quoted
from seed.compare import shared_query
from seed.content import Content
from seed.lake import events_key
from seed.sqlfile import reason
from seed.tables import Table, columns, tables

Shapes = dict[str, dict[str, str]]
"""Tables and views -> columns -> types."""

ATTEMPTS = 3
"""Somebody may write between one reading and the next."""


def verify_domains(stack: Stack, contracts: Mapping[str, Contract | None], *, trino: bool, changed: bool) -> None:
    """Compare what PostgreSQL's administrator, Trino's own user and Trino read from every domain.

    That is each table, and each view and column that a contract lists. `changed` says whether something in a database
    has changed just now, so that Trino has to look anew. Raises CommandError with every difference.
    """
    problems: list[str] = []
    for attempt in range(ATTEMPTS):
        if trino and (changed or attempt):
            forget_metadata(stack)
        problems = list(_problems(stack, contracts, trino))
        if not problems:
            return
    raise CommandError(
        "\n".join(problems) + "\nSomebody writes to it all the time, or it is read from another database: type the "
        "same again, then look at the catalog's connection-url."
    )


def _problems(stack: Stack, contracts: Mapping[str, Contract | None], trino: bool) -> Iterator[str]:
    wanted: dict[str, Shapes] = {}
    for domain, contract in contracts.items():
        with closing(stack.connect(domain, "admin")) as connection, connection.cursor() as cursor:
            wanted[domain] = _shapes(cursor, contract)
    shown = _shown_by_trino(stack, wanted) if trino else wanted
    held: dict[str, Content] = {}
    queries: list[str] = []
    for domain, shapes in wanted.items():
        missing, asked = _asked(domain, shapes, shown[domain])
        yield from missing
        held |= yield from _in_postgresql(stack, domain, asked)
        catalog = quoted(stack.domains[domain].catalog)
        for table, types in asked.items():
            query = shared_query(f"{catalog}.public.{quoted(table)}", types, "trino")
            queries.append(" ".join(("SELECT", literal(f"{domain}.{table}"), ", t.* FROM (", query, ") t")))
    if trino:  # asked as one: each costs a fresh server half a second
        for table, rows, digest in ask(stack, marked("seed", " UNION ALL ".join(queries))).rows:
            yield from _differ(f"{table} through Trino", Content(int(rows), str(digest)), held.get(table))


def _in_postgresql(
    stack: Stack, domain: str, asked: Mapping[str, Mapping[str, tuple[str, str]]]
) -> Generator[str, None, dict[str, Content]]:
    """What differs between the administrator and Trino's own user; returns what the latter reads, by table."""
    found: dict[str, Content] = {}
    with closing(stack.connect(domain, "admin")) as one, closing(stack.connect(domain, "trino")) as other:
        for table, types in asked.items():
            query = shared_query(f"public.{quoted(table)}", dict(types), "postgresql")
            try:
                held, found[f"{domain}.{table}"] = _content(one, query), _content(other, query)
            except psycopg2.Error as error:
                yield f"{domain}.{table} through PostgreSQL cannot be read: {reason(error)}"
            else:
                yield from _differ(f"{domain}.{table} through PostgreSQL", found[f"{domain}.{table}"], held)
    return found


def _content(connection: Connection, query: str) -> Content:
    with connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'UTC'")
        cursor.execute(query)
        rows, digest = cursor.fetchone() or (0, 0)
    return Content(int(rows), str(digest))


def _shapes(cursor: Cursor, contract: Contract | None) -> Shapes:
    """The types of all columns of the tables, and of those of views that the contract lists."""
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


def _asked(domain: str, wanted: Shapes, shown: Shapes) -> tuple[list[str], dict[str, dict[str, tuple[str, str]]]]:
    """What Trino does not show, and what can be compared: by table and column, the types of both servers."""
    missing: list[str] = []
    asked: dict[str, dict[str, tuple[str, str]]] = {}
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
    query = " ".join(("SELECT", ", ".join(names), "FROM", stack.lake.events_table, 'WHERE "$path" =', file))
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
