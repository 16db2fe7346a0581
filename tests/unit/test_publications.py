"""The statements of a publication, run by DuckDB in the places of PostgreSQL and of the lake."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import duckdb
import pytest

from publish import ledger, publication, statements
from publish.errors import NotPublishedError
from publish.lake import Lake
from publish.ports import Port
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
        (found,) = {row[-1] for row in tables.rows(statements.staged(of))}
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
    monkeypatch.setattr(Tables, "tables", lambda _: {"publications", "port", "port_as_of"}, raising=False)
    monkeypatch.setattr(publication, "_evolved", lambda *_: (publication.State(1, of.comment), False))
    left: list[list[tuple[int]]] = []
    query = "SELECT snapshot_id FROM iceberg.sales.publications ORDER BY 1"
    monkeypatch.setattr(publication, "_changes", lambda *_: left.append(tables.rows(query)))
    assert publication.publish(lake(tables), of) is None
    assert left == [[(1,), (3,)]], "before the rows are compared"


class Scripted:
    """A place in the lake whose table has these columns and says this of itself."""

    domain = SALES

    def __init__(self, comment: str, columns: dict[str, str]) -> None:
        self.comment, self.columns = comment, columns
        self.written: list[str] = []

    def rows(self, statement: str) -> list[tuple[str, str]]:
        if "$properties" in statement:
            return [("current-snapshot-id", "7"), ("comment", self.comment)]
        assert statement.startswith("SHOW COLUMNS"), statement
        return list(self.columns.items())

    def run(self, statement: str) -> None:
        self.written.append(statement)


@pytest.mark.parametrize("comment", ["d [key: area, number]", "It says [key: x] itself. [key: area, number]"])
def test_a_key_whose_columns_are_renamed_is_the_same_key(comment: str):
    of = port(column("nr", "bigint", renamed_from=("no", "number")), column("area"), key=("nr", "area"))
    place = Scripted(comment, {"id": "bigint", "number": "bigint", "area": "varchar"})
    now, whole = publication._evolved(cast("Lake", place), of, False)
    assert whole and now.comment.endswith("[key: area, nr]")
    assert [each for each in place.written if "COLUMN" in each] == [
        'ALTER TABLE "iceberg"."sales"."port" RENAME COLUMN "number" TO "nr"'
    ]


@pytest.mark.parametrize("key", [("nr",), ("id", "area"), ("nr", "area", "id")])
def test_another_key_is_refused_before_anything_is_changed(key: tuple[str, ...]):
    of = port(column("nr", "bigint", renamed_from=("number",)), column("area"), key=key)
    place = Scripted("d [key: area, number]", {"id": "bigint", "number": "bigint", "area": "varchar"})
    with pytest.raises(NotPublishedError, match="has another key by its contract"):
        publication._evolved(cast("Lake", place), of, False)
    assert not place.written
