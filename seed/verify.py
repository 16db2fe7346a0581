"""Read everything back the way its users will, and fail when it is not what was loaded."""

from collections.abc import Mapping, Sequence

from client.errors import CommandError
from client.stack import Stack
from client.trino import ask
from mesh.sql import quoted
from seed.content import Column, Content, comparable, content_query
from seed.lake import events_key
from seed.load import columns, content

Expected = dict[str, tuple[list[Column], Content]]


def verify_postgresql(stack: Stack, domain: str, loaded: Mapping[str, Content]) -> Expected:
    """Compare a domain's tables, read as Trino's own user, with what was loaded.

    Returns what Trino must find: per table the columns that can be compared there, and their content.
    """
    connection = stack.connect(domain, "trino")
    expected: Expected = {}
    try:
        with connection, connection.cursor() as cursor:
            for table, wanted in loaded.items():
                _same(f"{domain}.{table} through PostgreSQL", content(cursor, table), wanted)
                every = columns(cursor, table)
                shared = [column for column in every if comparable(column)]
                expected[table] = shared, wanted if shared == every else content(cursor, table, shared)
    finally:
        connection.close()
    return expected


def verify_trino(stack: Stack, expected: Mapping[str, Expected]) -> None:
    """Compare what Trino reads from every domain's catalog with what PostgreSQL holds."""
    wanted: dict[str, Content] = {}
    queries: list[str] = []  # asked as one: each costs a fresh server half a second
    for domain, tables in expected.items():
        for table, (shared, held) in tables.items():
            name = f"{quoted(stack.domains[domain].catalog)}.public.{quoted(table)}"
            wanted[f"{domain}.{table}"] = held
            label = f"'{domain}.{table}'"
            queries.append(" ".join(("SELECT", label, ", t.* FROM (", content_query(name, shared, "trino"), ") t")))
    for table, rows, digest in ask(stack, " UNION ALL ".join(queries)).rows:
        _same(f"{table} through Trino", Content(int(rows), str(digest)), wanted.pop(table))
    if wanted:
        raise CommandError(f"Trino said nothing of {', '.join(wanted)}")


def verify_events(stack: Stack, columns: Sequence[str], wanted: list[tuple[object, ...]]) -> None:
    """Compare what Trino reads from the seed's own file in the table of events with these rows of `columns`."""
    # Others may add files of events; "$path" is Trino's name for the file that a row comes from.
    file = f"'s3://{stack.lake.bucket}/{events_key(stack)}'"
    query = " ".join(("SELECT", ", ".join(columns), "FROM", stack.lake.events_table, 'WHERE "$path" =', file))
    found = ask(stack, query).rows
    if sorted(found) != sorted(wanted):
        raise CommandError(
            f"{stack.lake.events_table} through Trino is not what was loaded: {len(found)} rows of {len(wanted)}, "
            f"{len(set(found) & set(wanted))} of them the same"
        )


def _same(what: str, found: Content, wanted: Content) -> None:
    if found != wanted:
        differ = f"{found.rows} rows of {wanted.rows}" if found.rows != wanted.rows else "the rows differ"
        raise CommandError(
            f"{what} is not what was loaded: {differ} ({found.digest}, not {wanted.digest}).\n"
            "Somebody wrote to it meanwhile, or it is read from another database: type the same again, "
            "then look at the catalog's connection-url."
        )
