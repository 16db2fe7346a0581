"""A port of the shared mesh that tests keep in the lake: a table of sales with a column of many types."""

import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from psycopg2.extensions import cursor as Cursor

from client.stack import Stack, parse_outputs
from mesh.contracts.kept import Kept
from mesh.contracts.model import Column, Table
from mesh.names import DomainName
from publish.lake import Lake
from publish.ports import Port
from publish.publication import publish

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
    publish(Killed(stack, SALES), port(name))


if __name__ == "__main__":
    main(*sys.argv[1:])


def at_once() -> datetime:
    """This moment, as precise as PostgreSQL is."""
    return datetime.now(UTC)
