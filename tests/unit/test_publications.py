"""The statements of a publication, run by DuckDB in the places of PostgreSQL and of the lake."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import duckdb
import psycopg2.errors
import pytest

from client.trino import RefusedError
from publish import ledger, publication, statements
from publish.errors import NotPublishedError
from publish.lake import Lake
from publish.ports import Port
from publish.state import State
from tests.unit.test_publish import NOW, SALES, column, port

_ASKED = re.compile(r"TABLE\(\"sales\"\.system\.query\(query => '((?:[^']|'')*)'\)\)")


class Tables:
    """A place in the lake beside its source; it keeps what was run there."""

    domain = SALES

    def __init__(self) -> None:
        self.database = duckdb.connect()
        self.written: list[str] = []
        self.database.execute("SET TimeZone = 'UTC'; CREATE SCHEMA public; ATTACH ':memory:' AS iceberg")
        self.database.execute("CREATE SCHEMA iceberg.sales")
        self.database.execute("CREATE MACRO record_send(a) AS a::text; CREATE MACRO hash_record_extended(a, b) AS b")

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        asked = _ASKED.sub(lambda found: f"({found[1].replace(chr(39) * 2, chr(39))})", statement)
        asked = asked.replace("timestamp(6) with time zone", "timestamptz")
        return self.database.execute(asked.replace("transaction_timestamp()", "now()")).fetchall()

    def run(self, statement: str) -> None:
        self.written.append(statement)
        self.rows(statement)


@pytest.fixture
def tables() -> Iterator[Tables]:
    made = Tables()
    yield made
    made.database.close()


def lake(tables: Tables) -> Lake:
    return cast("Lake", tables)


def filled(tables: Tables, of: Port, source: str, kept: str) -> None:
    """The port's table in the source and in the lake with these rows, as VALUES."""
    listed = ", ".join(f'"{each.name}" {each.physical_type}' for each in of.table.columns)
    for name, rows in (('public."port"', source), (of.lake, kept)):
        tables.rows(f"CREATE TABLE {name} ({listed})")
        tables.rows(f"INSERT INTO {name} VALUES {rows}")


@pytest.mark.parametrize(
    ("source", "differs", "key"),
    [
        ("(7, 'a'), (8, 'b')", False, None),
        ("(7, 'a'), (7, 'x'), (8, 'b')", True, "7"),
        ("(7, 'a'), (7, 'a'), (8, 'b')", True, "7"),
        ("(7, 'a'), (8, 'b'), (9, 'c'), (9, 'c')", True, "9"),
        ("(7, 'a'), (8, 'b'), (NULL, 'c')", True, "none"),
        ("(7, 'x'), (9, 'c')", True, None),
    ],
)
@pytest.mark.parametrize("recent", [None, True, False])
def test_a_key_that_is_in_the_source_twice_is_found_whatever_the_lake_has(
    tables: Tables, source: str, differs: bool, key: str | None, recent: bool | None
):
    at = "2026-12-01 08:30:00+00"
    of = port(column("c"), column("at", "timestamptz"), changed_at=None if recent is None else "at")
    since = {None: None, True: NOW - timedelta(hours=2), False: NOW}[recent]
    filled(tables, of, source.replace(")", f", '{at}')"), f"(7, 'a', '{at}'), (8, 'b', '{at}')")
    difference = statements.Difference(of, since)
    assert bool(tables.rows(difference.any())) == differs
    if differs:
        tables.run(difference.stage(1))
        (found,) = {row[-1] for row in tables.rows(statements.staged(of, ("digest",)))}
        assert found == key


def rolled_back(tables: Tables, of: Port) -> None:
    """The publications 1 and 2, of which a rollback that was killed has made the first the present one."""
    tables.rows("CREATE TABLE iceberg.sales.publications (port text, snapshot_id bigint, as_of timestamptz)")
    tables.rows(f"INSERT INTO iceberg.sales.publications VALUES ('port', 1, '{NOW - timedelta(hours=3)}')")
    tables.rows(f"INSERT INTO iceberg.sales.publications VALUES ('port', 2, '{NOW}'), ('other', 3, '{NOW}')")
    tables.rows(f"CREATE TABLE {of.metadata('history')} (snapshot_id bigint, is_current_ancestor boolean)")
    tables.rows(f"INSERT INTO {of.metadata('history')} VALUES (1, true), (2, false)")


def test_after_a_killed_rollback_rows_are_compared_since_what_the_lake_shows(tables: Tables):
    rolled_back(tables, port())
    assert ledger.last(lake(tables), port()) == NOW - timedelta(hours=3)


def test_the_next_publication_strikes_out_what_a_killed_rollback_has_left(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
):
    of = port()
    rolled_back(tables, of)
    left: list[list[tuple[int]]] = []
    query = "SELECT snapshot_id FROM iceberg.sales.publications ORDER BY 1"
    monkeypatch.setattr(publication, "_changes", lambda *_, **__: left.append(tables.rows(query)))
    now = State(1, of.comment, {"id": "bigint"}, last=2)
    assert publication.publish(lake(tables), of, now) is None
    assert left == [[(1,), (3,)]], "before the rows are compared"


class Session:
    """One of the database: what it tells, and what it was asked."""

    def __init__(self, *told: str | Exception) -> None:
        self.told, self.asked = list(told), list[str]()

    def cursor(self) -> "Session":
        return self

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, statement: str) -> None:
        self.asked.append(statement)

    def fetchone(self) -> tuple[str]:
        told = self.told.pop()
        if isinstance(told, Exception):
            raise told
        return (told,)


MARK = statements.Difference(port()).mark()
DENIED, LOST = psycopg2.errors.InsufficientPrivilege("permission denied"), psycopg2.OperationalError("gone")


@pytest.mark.parametrize(
    ("known", "told", "whole", "compared"),
    [
        (f"{MARK}2 3 4", "2 3 4", False, None),
        (f"{MARK}2 3 4", "2 3 5", False, {"sure": True}),
        (f"{MARK}2 3 4", "2 3 4", True, {"sure": False}),
        (f"{MARK}2 3 4", DENIED, False, {"sure": False}),
        ("0123456789abcdef 2 3 4", "2 3 4", False, {"sure": False}),
        (None, "2 3 4", False, {"sure": False}),
    ],
)
def test_rows_are_compared_unless_the_database_tells_that_they_are_those_of_the_present_snapshot(
    known: str | None,
    told: str | Exception,
    whole: bool,
    compared: dict[str, bool] | None,
    monkeypatch: pytest.MonkeyPatch,
):
    session, found = Session(told), list[dict[str, bool]]()
    monkeypatch.setattr(publication, "_changes", lambda *_, **how: found.append(how))
    now = State(1, port().comment, {"id": "bigint"}, last=1, digest=known)
    place = cast("Lake", Scripted())
    assert publication.publish(place, port(), now, cast("Any", session), whole=whole) is None
    assert found == ([compared] if compared else [])
    assert bool(session.asked) == (not whole and known is not None and known.startswith(MARK))


def test_a_database_that_ends_the_connection_is_not_taken_for_one_that_tells_nothing():
    now = State(1, port().comment, {"id": "bigint"}, last=1, digest=f"{MARK}2 3 4")
    with pytest.raises(psycopg2.OperationalError):
        publication.publish(cast("Lake", Scripted()), port(), now, cast("Any", Session(LOST)))


class Scripted:
    """A place in the lake that is only written to."""

    domain = SALES

    def __init__(self) -> None:
        self.written: list[str] = []

    def run(self, statement: str) -> None:
        self.written.append(statement)


@pytest.mark.parametrize("comment", ["d [key: area, number]", "It says [key: x] itself. [key: area, number]"])
def test_a_key_whose_columns_are_renamed_is_the_same_key(comment: str):
    of = port(column("nr", "bigint", renamed_from=("no", "number")), column("area"), key=("nr", "area"))
    place, was = Scripted(), State(7, comment, {"id": "bigint", "number": "bigint", "area": "varchar"})
    now, whole = publication._evolved(cast("Lake", place), of, was, False)
    assert whole and now.comment.endswith("[key: area, nr]")
    assert [each for each in place.written if "COLUMN" in each] == [
        'ALTER TABLE "iceberg"."sales"."port" RENAME COLUMN "number" TO "nr"'
    ]


@pytest.mark.parametrize("key", [("nr",), ("id", "area"), ("nr", "area", "id")])
def test_another_key_is_refused_before_anything_is_changed(key: tuple[str, ...]):
    of = port(column("nr", "bigint", renamed_from=("number",)), column("area"), key=key)
    place, was = Scripted(), State(7, "d [key: area, number]", {"id": "bigint", "number": "bigint", "area": "varchar"})
    with pytest.raises(NotPublishedError, match="has another key by its contract"):
        publication._evolved(cast("Lake", place), of, was, False)
    assert not place.written


def test_a_table_of_somebody_else_under_the_name_of_a_port_keeps_no_other_port_from_publishing(
    monkeypatch: pytest.MonkeyPatch,
):
    taken, free = port(), Port(SALES, replace(port().table, name="free"))
    there = {"publications": dict.fromkeys(("port", "digest", "snapshot_id"), "varchar"), "free": {"id": "bigint"}}

    def refused(statement: str) -> None:
        if statement.startswith("CREATE TABLE"):
            raise RefusedError("Trino refused a query of publisher: Table of unsupported type already exists")

    place = Scripted()
    monkeypatch.setattr(place, "run", refused)
    monkeypatch.setattr(publication, "tables", lambda *_: there)
    monkeypatch.setattr(publication, "states", lambda _, able, __: {each.table.name: State(1, "") for each in able})
    found = publication.prepare(cast("Lake", place), [taken, free])
    assert found["free"] == State(1, "")
    with pytest.raises(NotPublishedError, match=r"sales\.port was not published: .* already exists"):
        publication.publish(cast("Lake", place), taken, found["port"])


@pytest.mark.parametrize(
    ("made", "present", "found"),
    [([], 1, []), ([(2, "t", 1)], 2, [(2, "t", 1)]), ([(2, "later", 1), (3, "earlier", 1)], 3, [(3, "earlier", 1)])],
)
def test_of_several_snapshots_that_follow_one_the_present_is_meant_whatever_the_clock_said(
    made: list[tuple[Any, ...]], present: int, found: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
):
    place = Scripted()
    monkeypatch.setattr(place, "rows", lambda _: made, raising=False)
    monkeypatch.setattr(publication, "snapshot", lambda *_: present)
    assert publication._following(cast("Lake", place), port(), 1) == found
