"""`python -m bench.lake files`: what many publications leave in the bucket."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from bench.lake_port import DOMAIN, NAME, drop, port, published, source
from client.stack import Stack
from mesh.names import PUBLICATIONS
from publish import ledger, upkeep
from publish.lake import Lake, alone

TOGETHER = 10
"""After so many commits the files are counted, and written together when they are many."""


def many(stack: Stack, rows: int, number: int) -> None:
    """Commits as `number` publications do, each with ten changed rows, and says what is in the bucket.

    A row of the table of publications is written while the next rows are merged, which halves the time; it has the
    number of the commit for the snapshot's, which nobody asks here.
    """
    lake = Lake(stack, DOMAIN)
    with source(stack, rows), alone(stack, DOMAIN) as session, ThreadPoolExecutor(1) as notes:
        published(lake, port(), session)
        print(f"{'publications':>12} {'files':>6} {'objects':>8} {'MB':>7} {'noted':>6} {'count(*) s':>10}", flush=True)
        _tell(lake, 1)
        for first in range(2, number + 1, TOGETHER):
            numbers = range(first, min(first + TOGETHER, number + 1))
            noted = notes.submit(lambda numbers=numbers: [_note(lake, each) for each in numbers])
            for each in numbers:
                _commit(lake, rows, each)
            noted.result()
            upkeep.compact(lake, port(), _files(lake))
            upkeep.compact_publications(lake)
            for each in {100, number // 2, number} & set(numbers):
                _tell(lake, each)
        kept = f"SELECT committed_at FROM {port().metadata('snapshots')} ORDER BY 1 DESC LIMIT {upkeep.ALWAYS}"
        ((age,),) = lake.rows(f"SELECT date_diff('millisecond', min(committed_at), current_timestamp) FROM ({kept})")
        lake.run(f"ALTER TABLE {port().lake} EXECUTE expire_snapshots(retention_threshold => '{age}ms')")
        print("after all but the last ten have expired")
        _tell(lake, number)
        drop(lake)


def _commit(lake: Lake, rows: int, number: int) -> None:
    changed = ", ".join(str((number * 37 + each * 991) % rows + 1) for each in range(10))
    lake.run(f"UPDATE {port().lake} SET orders = {number}, changed = current_timestamp WHERE id IN ({changed})")


def _note(lake: Lake, number: int) -> None:
    now = datetime.now(UTC)
    ledger.note(lake, port(), ledger.Publication(number, now, now, 0, 10, 0))


def _files(lake: Lake) -> int:
    ((files,),) = lake.rows(f"SELECT count(*) FROM {port().metadata('files')}")
    return files


def _tell(lake: Lake, number: int) -> None:
    taken = statistics.median(_seconds(lake) for _ in range(3))
    found = list(_objects(lake))
    own = [size for key, size in found if key.startswith(f"{DOMAIN.lake_prefix}{NAME}-")]
    noted = sum(key.startswith(f"{DOMAIN.lake_prefix}{PUBLICATIONS}-") for key, _ in found)
    print(f"{number:>12} {_files(lake):>6} {len(own):>8} {sum(own) / 1e6:>7.1f} {noted:>6} {taken:>10.2f}", flush=True)


def _seconds(lake: Lake) -> float:
    began = time.monotonic()
    lake.rows(f"SELECT count(orders) FROM {port().lake}")
    return time.monotonic() - began


def _objects(lake: Lake) -> Iterator[tuple[str, int]]:
    pages = lake.stack.s3().get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=lake.stack.lake.bucket, Prefix=DOMAIN.lake_prefix):
        for each in page.get("Contents", []):
            yield each["Key"], each["Size"]
