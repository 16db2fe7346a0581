"""A port of the shared mesh that tests keep in the lake: a table of sales with a column of many types."""

import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg2.extensions import cursor as Cursor

from client.stack import Stack, parse_outputs
from mesh.contracts.kept import Kept
from mesh.contracts.model import Column, Table
from mesh.names import DomainName
from publish import ledger
from publish.lake import Lake, alone
from publish.ports import Port
from publish.publication import prepare, publish

SALES = DomainName("sales")
Row = tuple[Any, ...]
State = dict[int, Row]
"""Rows by key."""

COLUMNS = (
    ("id", "bigint"),
    ("name", "varchar(40)"),
    ("amount", "numeric(12, 2)"),
    ("at", "timestamptz"),
    ("tags", "text[]"),
    ("place", "jsonb"),
)


KINDS = (
    ("smallint", "3", 3), ("real", "1.5", 1.5), ("numeric", "12.3456789", Decimal("12.345678900000000000")),
    ("boolean", "t", True), ("char(5)", "ab", "ab"), ("jsonb", '{"b":1,"a":[1]}', '{"a": [1], "b": 1}'),
    ("inet", "10.0.0.1", "10.0.0.1"), ("interval", "1 day 2:03", "1 day 02:03:00"), ("bytea", "\\xdead", b"\xde\xad"),
    ("date", "2024-02-29", date(2024, 2, 29)), ("time", "12:34:56.789012", time_of_day(12, 34, 56, 789012)),
    ("timestamp(3)", "2024-01-01 12:00:00.123", datetime(2024, 1, 1, 12, 0, 0, 123000)), ("oid", "77", 77),
    ("timestamptz", "2024-01-01 12:00+02", datetime(2024, 1, 1, 10, tzinfo=UTC)),
    ("uuid", str(UUID(int=7)), UUID(int=7)),
    ("smallint[]", "{1,NULL}", [1, None]), ("text[]", '{"b,\\"c",""}', ['b,"c', ""]), ("date[]", "{}", []),
    ("numeric(12, 2)[]", "{1.10,99.99}", [Decimal("1.10"), Decimal("99.99")]), ("boolean[]", "{t,f}", [True, False]),
    ("uuid[]", f"{{{UUID(int=7)}}}", [UUID(int=7)]), ("double precision[]", "{1.5,Infinity}", [1.5, float("inf")]),
)  # fmt: skip
"""Types, a value of each as PostgreSQL reads it, and what the lake has of it."""


def columns(*wanted: tuple[str, str], **renamed: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(name=name, logical_type="string", physical_type=kind, required=name == "id", mask=None, description=name,
               renamed_from=renamed.get(name, ()))
        for name, kind in wanted
    )  # fmt: skip


def port(name: str, changed_at: str | None = None, wanted: tuple[Column, ...] = columns(*COLUMNS)) -> Port:
    kept = Kept(changed_at=changed_at)
    return Port(SALES, Table(name=name, columns=wanted, key=("id",), kept=kept, description=f"The port {name}"))


@contextmanager
def source(stack: Stack, name: str) -> Iterator[Cursor]:
    """A table for the port `name` in the database of sales, as its administrator; it is gone afterwards."""
    connection = stack.connect("sales", "admin")
    connection.autocommit = True
    with connection.cursor() as cursor:
        listed = ", ".join(f"{column} {kind}" for column, kind in COLUMNS)
        cursor.execute(f"CREATE TABLE public.{name} ({listed}, PRIMARY KEY (id))")
        cursor.execute(f"GRANT SELECT ON public.{name} TO {SALES.trino_user}")
        try:
            yield cursor
        finally:
            cursor.execute(f"DROP TABLE public.{name}")
            connection.close()


def write(cursor: Cursor, name: str, state: State) -> None:
    """Makes the table of the port hold these rows, by what is different."""
    there = {row[0]: row for row in rows(cursor, name)}
    for key in there.keys() - state.keys():
        cursor.execute(f"DELETE FROM public.{name} WHERE id = %s", [key])
    for key, row in state.items():
        if there.get(key) != row:
            cursor.execute(f"DELETE FROM public.{name} WHERE id = %s", [key])
            cursor.execute(f"INSERT INTO public.{name} VALUES (%s, %s, %s, %s, %s, %s::jsonb)", row)


def rows(cursor: Cursor, name: str) -> list[Row]:
    cursor.execute(f"SELECT id, name, amount, at, tags, place::text FROM public.{name}")
    return cursor.fetchall()


def batch(before: State, chance: random.Random, now: datetime) -> State:
    """Rows after some were added, changed and removed; some come late, and say that they are of long ago."""
    state = dict(before)
    for key in chance.sample(sorted(state), min(len(state), chance.randrange(4))):
        del state[key]
    for key in chance.sample(sorted(state), min(len(state), chance.randrange(4))):
        state[key] = _row(key, chance, now)
    for _ in range(chance.randrange(5)):
        late = timedelta(days=chance.choice((0, 0, 400)))
        key = chance.randrange(10_000)
        if key not in state:
            state[key] = _row(key, chance, now - late)
    return state


def _row(key: int, chance: random.Random, at: datetime) -> Row:
    name = chance.choice((None, "", "Zoë", "it's", 'quo"te', "tab\there", "x" * 40))
    amount = chance.choice((None, Decimal("0.00"), Decimal(chance.randrange(10**9)).scaleb(-2)))
    tags = chance.choice((None, [], ["a", None, "b,c", '"']))
    return (key, name, amount, at, tags, chance.choice((None, "{}", '{"a": [1, null]}')))


def published(lake: Lake, port: Any, **how: Any) -> ledger.Publication | None:
    with alone(lake.stack, SALES) as session:
        lake.end_running()
        return publish(lake, port, prepare(lake, [port])[port.table.name], session, **how)


def gone(lake: Lake, *ports: Any) -> None:
    for port in ports:
        lake.run(f"DROP TABLE {port.lake}")
        lake.run(f"DROP VIEW IF EXISTS lake.sales.{port.dated_name}")
    listed = ", ".join(f"'{port.table.name}'" for port in ports)
    lake.run(f"DELETE FROM iceberg.sales.publications WHERE port IN ({listed})")


def in_lake(lake: Lake, port: Any, snapshot: int | None = None) -> State:
    at = f" FOR VERSION AS OF {snapshot}" if snapshot else ""
    found = lake.rows(f"SELECT id, name, amount, at, tags, place FROM lake.sales.{port.table.name}{at}")
    assert len({row[0] for row in found}) == len(found), "a key is there twice"
    return {row[0]: plain(row) for row in found}


def by_trino(lake: Lake, port: Any, snapshots: list[int]) -> dict[int, State]:
    """The rows of all these snapshots, by one query."""
    one = "SELECT BIGINT '{0}', id, name, amount, at, tags, place FROM lake.sales.{1} FOR VERSION AS OF {0}"
    found = lake.rows(" UNION ALL ".join(one.format(each, port.table.name) for each in snapshots))
    assert len({row[:2] for row in found}) == len(found), "a key is there twice"
    states: dict[int, State] = {each: {} for each in snapshots}
    for snapshot, *row in found:
        states[snapshot][row[0]] = plain(row)
    return states


def plain(row: Any) -> tuple[Any, ...]:
    return tuple(each.astimezone(UTC) if isinstance(each, datetime) and each.tzinfo else each for each in row)


def files(lake: Lake) -> dict[str, str]:
    """Every object of the bucket, with what it is of."""
    pages = lake.stack.s3().get_paginator("list_objects_v2").paginate(Bucket=lake.stack.lake.bucket)
    return {each["Key"]: each["ETag"] for page in pages for each in page.get("Contents", [])}


class Killed(Lake):
    """A place in the lake whose publisher is killed at one of the statements that it writes: `moment` of the first,
    the second and so on, `before` it, as soon as Trino runs it (`within`), or `after` it."""

    moment = 0
    how = ""

    def run(self, statement: str) -> None:
        type(self).moment -= 1
        if self.moment == 0 and self.how == "before":
            _die()
        if self.moment == 0 and self.how == "within":
            self._begin(statement)
            _die()
        super().run(statement)
        if self.moment == 0:
            _die()

    def _begin(self, statement: str) -> None:
        session, trino = self.stack.trino_session(), self.stack.trino
        login = ("publisher", trino.passwords["publisher"])
        headers = {"X-Trino-User": "publisher"}
        body = session.post(
            f"{trino.url}/v1/statement", self._marked(statement).encode(), auth=login, headers=headers
        ).json()
        while body["stats"]["state"] == "QUEUED":  # a query begins when its client asks for the first time
            body = session.get(body["nextUri"], auth=login, headers=headers).json()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(name: str, moment: str, how: str) -> None:
    """Publishes the port `name` of the stack whose outputs are on standard input, and is killed."""
    import json

    Killed.moment, Killed.how = int(moment), how
    stack = parse_outputs(json.load(sys.stdin))
    lake, killed = Killed(stack, SALES), port(name)
    publish(lake, killed, prepare(lake, [killed])[name])


if __name__ == "__main__":
    main(*sys.argv[1:])
