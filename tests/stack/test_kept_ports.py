"""Ports that are kept in the lake: every snapshot is what the source was, whatever happens to the publisher."""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pyiceberg.table import StaticTable

from client.errors import CommandError
from client.kept import kept_tables
from client.stack import Stack, parse_outputs
from publish import forget, ledger, upkeep
from publish.lake import Lake, alone
from tests.sample import ROOT
from tests.stack import kept_example as example
from tests.stack.checkout import Checkout
from tests.stack.kept_example import SALES, State, by_trino, files, gone, in_lake, plain, published

BATCHES = 15


@pytest.fixture(scope="module")
def stack(mesh: Checkout) -> Iterator[Stack]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAMESH_LOCAL", str(mesh.local))
        yield parse_outputs(mesh.found_anywhere())


@pytest.fixture(scope="module")
def lake(stack: Stack) -> Lake:
    return Lake(stack, SALES)


def by_pyiceberg(lake: Lake, port: Any) -> StaticTable:
    """The table as its newest file of metadata in the bucket has it, of which Trino is not asked."""
    found = [
        key for key in files(lake) if key.startswith(f"sales/{port.table.name}-") and key.endswith("metadata.json")
    ]
    return StaticTable.from_metadata(
        f"s3://{lake.stack.lake.bucket}/{max(found, key=lambda key: key.rpartition('/')[2])}",
        {
            "s3.endpoint": str(lake.stack.lake.endpoint),
            "s3.access-key-id": "local",
            "s3.secret-access-key": "local",
            "s3.region": lake.stack.lake.region,
            "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
        },
    )


def test_every_snapshot_of_many_batches_is_what_python_says_by_trino_and_by_the_files(lake: Lake):
    chance, state = random.Random(20), {}
    port = example.port("replayed", changed_at="at")
    truth: dict[int, State] = {}
    with example.source(lake.stack, "replayed") as cursor:
        for _ in range(BATCHES):
            before, state = state, example.batch(state, chance, datetime.now(UTC))
            example.write(cursor, "replayed", state)
            done = published(lake, port)
            assert (done is None) == (state == before)
            if done:
                truth[done.snapshot] = state
                changed = sum(before[key] != state[key] for key in before.keys() & state.keys())
                counts = len(state.keys() - before.keys()), changed, len(before.keys() - state.keys())
                assert (done.added, done.changed, done.removed) == counts
    assert len(truth) > BATCHES / 2
    assert [each.snapshot for each in ledger.publications(lake, port)] == list(truth)
    table, read = by_pyiceberg(lake, port), by_trino(lake, port, list(truth))
    for snapshot, expected in truth.items():
        assert read[snapshot] == expected
        found = table.scan(snapshot_id=snapshot).to_arrow().to_pylist()
        assert {row["id"]: plain(row.values()) for row in found} == expected and len(found) == len(expected)
    gone(lake, port)


MOMENTS = [(1, "within"), (2, "within"), (2, "after"), (3, "within")]
"""Of a first publication: the table, the changes, their merging."""
LATER = [(1, "within"), (1, "after"), (2, "within"), (2, "after"), (3, "within"), (3, "after")]
"""Of another: the changes, their merging, and what is written of it."""


def test_a_publisher_that_is_killed_at_any_moment_leaves_nothing_twice_and_nothing_out(lake: Lake, mesh: Checkout):
    outputs = json.dumps(mesh.found_anywhere())
    chance = random.Random(7)
    port = example.port("killed")
    with example.source(lake.stack, "killed") as cursor:
        for first, moments in ((True, MOMENTS), (False, LATER)):
            for moment, how in moments:
                if first and ledger.publications(lake, port):
                    lake.run(f"DROP TABLE {port.lake}")
                before = {} if first else {row[0]: plain(row) for row in example.rows(cursor, "killed")}
                snapshots = 0 if first else len(ledger.publications(lake, port))
                state = {**example.batch(before, chance, datetime.now(UTC)), 1: (1, f"{moment} {how}", *[None] * 4)}
                example.write(cursor, "killed", state)
                command = [sys.executable, "-m", "tests.stack.kept_example", "killed", str(moment), how]
                done = subprocess.run(command, cwd=ROOT, input=outputs, text=True, capture_output=True, check=False)
                assert done.returncode == -9, done.stderr
                published(lake, port)
                assert in_lake(lake, port) == state, (moment, how)
                every = ledger.publications(lake, port)
                assert len(every) == snapshots + 1, (moment, how)
                assert port.changes_name not in lake.tables()
                made = lake.rows(f"SELECT count(*) FROM {port.metadata('snapshots')}")[0][0]
                assert made == len(every) + 1, f"a snapshot that no publication knows: {moment, how}"
                assert every[-1].added + every[-1].changed + every[-1].removed == different(before, state)
                assert published(lake, port) is None
    gone(lake, port)


def different(before: State, state: State) -> int:
    return sum(before.get(key) != state.get(key) for key in before.keys() | state.keys())


def test_two_publications_at_once_wait_for_each_other_and_the_second_has_nothing_to_do(lake: Lake):
    port, done = example.port("at_once"), []
    with example.source(lake.stack, "at_once") as cursor:
        example.write(cursor, "at_once", {1: (1, *[None] * 5)})
        both = [threading.Thread(target=lambda: done.append(published(lake, port))) for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join()
    assert sorted(each is None for each in done) == [False, True]
    assert len(ledger.publications(lake, port)) == 1
    gone(lake, port)


def test_what_a_killed_publisher_left_running_is_ended_and_others_are_not(lake: Lake):
    forever = "SELECT count(*) FROM (SELECT 1 FROM UNNEST(sequence(1, 9999)) a, UNNEST(sequence(1, 9999)) b, "
    forever += "UNNEST(sequence(1, 9999)) c)"
    ended = threading.Thread(target=_ended_soon, args=(lake,))
    ended.start()
    with pytest.raises(CommandError):
        lake.rows(forever)
    ended.join()
    assert lake.end_running() == 0


def _ended_soon(lake: Lake) -> None:
    while not lake.end_running():
        time.sleep(0.2)


def test_a_row_without_a_key_of_its_own_is_refused_and_nothing_is_published(lake: Lake):
    port = example.port("unchanged")
    with example.source(lake.stack, "unchanged") as cursor:
        cursor.execute("ALTER TABLE unchanged DROP CONSTRAINT unchanged_pkey; INSERT INTO unchanged VALUES (7), (7)")
        with pytest.raises(CommandError, match=r"rows without a key of their own \(id: 7\).*nothing was published"):
            published(lake, port)
        cursor.execute("TRUNCATE unchanged; INSERT INTO unchanged (id) VALUES (7)")
        assert published(lake, port)
        cursor.execute("INSERT INTO unchanged (id) VALUES (7)")
        with pytest.raises(CommandError, match=r"\(id: 7\).*nothing was published"):
            published(lake, port)
    gone(lake, port)


def test_a_changed_contract_changes_the_table_and_old_snapshots_stay_as_they_were(lake: Lake):
    old = example.port("evolved")
    wanted = example.columns(
        ("id", "bigint"), ("title", "text"), ("amount", "numeric(14, 2)"), ("tags", "text[]"), ("more", "date"),
        title=("name",),
    )  # fmt: skip
    new = example.port("evolved", wanted=wanted)
    with example.source(lake.stack, "evolved") as cursor:
        state = {1: (1, "a", None, None, ["x"], "{}"), 2: (2, "b", None, None, None, None)}
        example.write(cursor, "evolved", state)
        first = published(lake, old)
        cursor.execute(
            "ALTER TABLE evolved RENAME name TO title; ALTER TABLE evolved ALTER amount TYPE numeric(14, 2), "
            "DROP at, DROP place, ADD more date DEFAULT '2024-02-29'"
        )
        second = published(lake, new)
        assert first and second and second.changed == 2
        assert in_lake(lake, old, first.snapshot) == state
        assert sorted(lake.rows("SELECT title, more FROM lake.sales.evolved"))[0][0] == "a"
        kinds = {name: kind for name, kind, *_ in lake.rows("SHOW COLUMNS FROM lake.sales.evolved")}
        assert kinds["amount"] == "decimal(14,2)" and kinds.keys() == {"id", "title", "amount", "tags", "more"}
        assert published(lake, new) is None
        with pytest.raises(CommandError, match=r"evolved\.more is date in the lake and bigint"):
            published(lake, example.port("evolved", wanted=example.columns(("id", "bigint"), ("more", "bigint"))))
        with pytest.raises(CommandError, match=r"another key by its contract, \[key: title\]"):
            published(lake, replace(new, table=replace(new.table, key=("title",))))
    gone(lake, new)


def test_what_has_expired_is_gone_from_the_files_and_many_files_become_few(lake: Lake):
    port = example.port("expired")
    with example.source(lake.stack, "expired") as cursor:
        for number in range(4):
            example.write(cursor, "expired", {1: (1, str(number), *[None] * 4)})
            published(lake, port)
        every = ledger.publications(lake, port)
        going = every[:2]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(upkeep, "MOST_FILES", 3)
            assert upkeep.compact(lake, port, 4) and not upkeep.compact(lake, port, 3)
        ((now,),) = lake.rows("SELECT current_timestamp(3)")
        upkeep.expire(lake, port, going, now)
    left = ledger.publications(lake, port)
    assert left == every[2:]
    assert [in_lake(lake, port, each.snapshot)[1][1] for each in left] == ["2", "3"]
    with pytest.raises(CommandError):
        in_lake(lake, port, going[0].snapshot)
    gone(lake, port)


def test_a_person_in_an_array_of_texts_is_forgotten_with_the_row(lake: Lake):
    port = example.port("tagged")
    state = {
        1: (1, "a", None, None, ["x", "Zoe@Example.org"], None),
        2: (2, "b", None, None, ["x", None], None),
        3: (3, "c", None, None, None, None),
    }
    with example.source(lake.stack, "tagged") as cursor:
        example.write(cursor, "tagged", state)
        assert published(lake, port)
        with alone(lake.stack, SALES):
            forget._rewrite(lake, "tagged", port, "zoe@example.org")
    assert in_lake(lake, port) == {key: row for key, row in state.items() if key != 1}
    there = [each for each in kept_tables(lake.stack, SALES) if each.name == "tagged"]
    assert "tagged" not in forget.find(lake.stack, SALES, there, "zoe@example.org").tables
    gone(lake, port)
