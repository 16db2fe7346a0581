"""A port that has not changed is told by its database, and one that has changed is not, however little it has."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from client.stack import parse_outputs
from publish.lake import Lake
from tests.stack import kept_example as example
from tests.stack.checkout import Checkout
from tests.stack.kept_example import SALES, files, gone, in_lake, plain, published


@pytest.fixture(scope="module")
def lake(mesh: Checkout) -> Iterator[Lake]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAMESH_LOCAL", str(mesh.local))
        yield Lake(parse_outputs(mesh.found_anywhere()), SALES)


class Counted(Lake):
    """A place in the lake that notes what it is asked."""

    asked: ClassVar[list[str]] = []

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        self.asked.append(statement)
        return super().rows(statement)


def test_an_unchanged_port_writes_nothing_and_its_rows_are_not_asked_for(lake: Lake):
    port = example.port("unchanged")
    with example.source(lake.stack, "unchanged") as cursor:
        example.write(cursor, "unchanged", {1: (1, *[None] * 5)})
        assert published(lake, port)
        before = files(lake)
        Counted.asked.clear()
        assert published(Counted(lake.stack, SALES), port) is None
        assert len(Counted.asked) == 2 and "system.query" not in "".join(Counted.asked)
        assert published(Counted(lake.stack, SALES), port, whole=True) is None
        assert "system.query" in Counted.asked[-1], "WHOLE=1 compares"
        assert files(lake) == before
    gone(lake, port)


CHANGES = (
    "UPDATE digested SET name = CASE id WHEN 1 THEN 'b' ELSE 'a' END",  # two rows exchange a value
    "UPDATE digested SET name = '' WHERE id = 1; UPDATE digested SET tags = '{NULL}'",
    "UPDATE digested SET name = NULL WHERE id = 1",
    "UPDATE digested SET tags = '{}'",
    "UPDATE digested SET at = '1969-12-31 23:59:59.999999+00' WHERE id = 1",
    "UPDATE digested SET at = '1969-12-31 23:59:59.999998+00' WHERE id = 1",
    "UPDATE digested SET id = id + 1",
    "DELETE FROM digested WHERE id = 3",
)


def test_the_database_tells_of_every_change_however_small(lake: Lake):
    port = example.port("digested")
    with example.source(lake.stack, "digested") as cursor:
        cursor.execute("ALTER TABLE digested DROP CONSTRAINT digested_pkey")
        cursor.execute("INSERT INTO digested (id, name) VALUES (1, 'a'), (2, 'b')")
        assert published(lake, port)
        for change in CHANGES:
            cursor.execute(change)
            assert published(lake, port), change
            assert in_lake(lake, port) == {row[0]: plain(row) for row in example.rows(cursor, "digested")}
        cursor.execute("UPDATE digested SET name = name")
        Counted.asked.clear()
        assert published(Counted(lake.stack, SALES), port) is None
        assert "system.query" not in "".join(Counted.asked)
    gone(lake, port)


def test_a_changed_row_that_says_that_it_is_old_is_published_where_the_database_tells_of_nothing_else(lake: Lake):
    port = example.port("quiet", changed_at="at")
    with example.source(lake.stack, "quiet") as cursor:
        example.write(cursor, "quiet", {1: (1, "a", None, datetime(2020, 1, 1, tzinfo=UTC), None, None)})
        assert published(lake, port)
        cursor.execute("UPDATE quiet SET name = 'b'")
        found = published(lake, port)
        assert found and found.changed == 1 and in_lake(lake, port)[1][1] == "b"
    gone(lake, port)


def test_a_value_of_every_type_is_in_the_lake_as_it_is_in_the_port_and_is_the_same_the_next_time(lake: Lake):
    names = [(f"k{number}", kind) for number, (kind, _, _) in enumerate(example.KINDS)]
    port = example.port("kinds", wanted=example.columns(("id", "bigint"), *names))
    with example.source(lake.stack, "kinds") as cursor:
        cursor.execute("ALTER TABLE kinds " + ", ".join(f"ADD {name} {kind}" for name, kind in names))
        listed = ", ".join(name for name, _ in names)
        values = [value for _, value, _ in example.KINDS]
        cursor.execute(f"INSERT INTO kinds (id, {listed}) VALUES (1{', %s' * len(example.KINDS)})", values)
        cursor.execute("INSERT INTO kinds (id) VALUES (2)")
        assert published(lake, port)
        Counted.asked.clear()
        assert published(Counted(lake.stack, SALES), port) is None
        assert "system.query" not in "".join(Counted.asked), "the database told it"
        assert published(lake, port, whole=True) is None
    first, second = sorted(lake.rows(f"SELECT id, {listed} FROM lake.sales.kinds"))
    assert plain(first) == (1, *(expected for _, _, expected in example.KINDS))
    assert second == (2, *[None] * len(example.KINDS))
    gone(lake, port)
