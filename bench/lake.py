"""Measures the lake: publications, the federated question, and the files of many publications. No threshold.

`publication` changes a tenth of a million rows and publishes them, against writing all of them anew. `question` fills
the domains of the selected stack and asks the federated question of PostgreSQL and of the lake through Trino, and of
DuckDB over the lake's own Parquet files. `files` commits as that many publications do: the merge and its row in the
table of publications, without the table of changes, which each publication drops again. Ratios are of one run.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from bench.federated import WHOLE
from client.errors import CommandError
from client.stack import Stack, read_stack
from client.trino import ask
from commands.query import FEDERATED_QUERY
from mesh.contracts.kept import Kept
from mesh.contracts.model import Column, Table
from mesh.names import LAKE, PUBLICATIONS, DomainName
from publish import ledger, upkeep
from publish.asked import find, named, over_lake
from publish.commands import declared_ports
from publish.lake import Lake, alone
from publish.ports import Port, in_lake
from publish.publication import publish
from seed.__main__ import main as seed

DOMAIN = DomainName("sales")
"""In whose database and lake the measured port is."""
NAME = "bench_port"
COLUMNS = (
    ("id", "bigint"),
    ("name", "varchar(100)"),
    ("email", "varchar(254)"),
    ("orders", "bigint"),
    ("revenue", "numeric(14, 2)"),
    ("changed", "timestamptz"),
)


def port(changed_at: str | None = None) -> Port:
    """The port that is measured; its contract is in no file."""
    columns = tuple(
        Column(name=name, logical_type="string", physical_type=kind, required=True, mask=None, description=name)
        for name, kind in COLUMNS
    )
    return Port(
        DOMAIN, Table(name=NAME, columns=columns, key=("id",), kept=Kept(changed_at=changed_at), description=NAME)
    )


@contextmanager
def source(stack: Stack, rows: int) -> Iterator[Callable[[str], None]]:
    """A table of so many rows in the database of sales, and who runs statements there; both are gone afterwards."""
    connection = stack.connect(DOMAIN, "admin")
    connection.autocommit = True

    def run(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    listed = ", ".join(f"{name} {kind} NOT NULL" for name, kind in COLUMNS)
    run(f"CREATE TABLE {NAME} ({listed}, PRIMARY KEY (id))")
    try:
        run(
            f"INSERT INTO {NAME} SELECT n, 'Customer ' || n, 'c' || n || '@example.com', n % 50, n * 1.01, "
            f"now() - interval '2 days' FROM generate_series(1, {rows}) n"
        )
        run(f"GRANT SELECT ON {NAME} TO {DOMAIN.trino_user}; ANALYZE {NAME}")
        yield run
    finally:
        run(f"DROP TABLE {NAME}")
        connection.close()


def timed(action: Callable[[], object]) -> float:
    """The seconds that it takes."""
    began = time.monotonic()
    action()
    return time.monotonic() - began


def publication(stack: Stack, rows: int) -> None:
    """Publishes a tenth of the rows again and again, with and without a column of changes."""
    lake = Lake(stack, DOMAIN)
    whole = in_lake(DOMAIN, "publisher_bench_whole")
    with source(stack, rows) as run, alone(stack, DOMAIN):
        print(f"{rows:,} rows published first: {timed(lambda: publish(lake, port())):.1f} s", flush=True)
        print(f"unchanged: {timed(lambda: publish(lake, port())):.1f} s", flush=True)
        seconds: dict[str, list[float]] = {"a tenth": [], "a tenth by changedAt": [], "all rows anew": []}
        for each in range(3):
            for title, by in (("a tenth", None), ("a tenth by changedAt", "changed")):
                run(f"UPDATE {NAME} SET orders = orders + 1, changed = now() WHERE id % 10 = {each}")
                seconds[title].append(timed(lambda by=by: publish(lake, port(by))))
            raw = f"TABLE({DOMAIN.identifier}.system.query(query => 'SELECT * FROM {NAME}'))"
            copied = f"CREATE TABLE {whole} AS SELECT * FROM {raw}"
            seconds["all rows anew"].append(timed(lambda copied=copied: lake.run(copied)))
            lake.run(f"DROP TABLE {whole}")
        best = statistics.median(seconds["all rows anew"])
        for title, taken in seconds.items():
            middle = statistics.median(taken)
            print(
                f"{title:<24} {middle:>7.1f} s ({min(taken):.1f})  {middle / best:>5.2f} of all rows anew", flush=True
            )
        _drop(lake)


def question(stack: Stack, scale: int, rounds: int) -> None:
    """Asks the federated question of three places in turns."""
    if seed(["--no-lake", "--no-trino", "--scale", str(scale)]):
        raise CommandError("the rows could not be loaded")
    query = FEDERATED_QUERY.read_text(encoding="utf-8")
    body = query.rpartition("ORDER BY")[0]
    ports = named(query, declared_ports())
    for each in ports:
        lake = Lake(stack, each.domain)
        with alone(stack, each.domain):
            publish(lake, each)
            lake.run(f"ALTER TABLE {each.lake} EXECUTE optimize")
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as files:
        text = body
        for each in ports:
            _fetched(stack, each, Path(folder, each.table.name))
            text = text.replace(
                f"{each.domain.identifier}.public.{each.table.name}",
                f"read_parquet('{folder}/{each.table.name}/*.parquet')",
            )
        shows = find(stack, ports, None)
        ways: dict[str, Callable[[], list[tuple[object, ...]]]] = {
            "Trino over PostgreSQL": lambda: ask(stack, WHOLE.format(body)).rows,
            "Trino over the lake": lambda: ask(stack, WHOLE.format(over_lake(body, shows))).rows,
            "DuckDB on the lake's files": lambda: files.execute(WHOLE.format(text)).fetchall(),
        }
        seconds: dict[str, list[float]] = {title: [] for title in ways}
        answers = set()
        for number in range(2 + rounds):
            for title, asked in ways.items():
                began = time.monotonic()
                answers.add(tuple(str(value) for value in asked()[0]))
                if number >= 2:
                    seconds[title].append(time.monotonic() - began)
    fastest = statistics.median(seconds["DuckDB on the lake's files"])
    for title, taken in seconds.items():
        middle = statistics.median(taken)
        print(f"{title:<28} {middle:>6.2f} s ({min(taken):.2f})  {middle / fastest:>6.2f} of DuckDB", flush=True)
    print("all gave the same answer" if len(answers) == 1 else f"THE ANSWERS DIFFER: {answers}", flush=True)


def _fetched(stack: Stack, port: Port, folder: Path) -> None:
    folder.mkdir()
    s3 = stack.s3()
    listed = ask(stack, f"SELECT content, file_path FROM {port.metadata('files')}").rows
    for number, (content, path) in enumerate(listed):
        if content:
            raise CommandError(f"{port.title} has files of deletions: its Parquet files alone are not its rows")
        s3.download_file(stack.lake.bucket, path.split("/", 3)[3], str(folder / f"{number}.parquet"))


def many(stack: Stack, rows: int, number: int) -> None:
    """Commits as `number` publications do, each with ten changed rows, and says what is in the bucket."""
    lake = Lake(stack, DOMAIN)
    with source(stack, rows), alone(stack, DOMAIN):
        publish(lake, port())
        print(f"{'publications':>12} {'files':>6} {'objects':>8} {'MB':>7} {'noted':>6} {'count(*) s':>10}", flush=True)
        _tell(lake, 1)
        for each in range(2, number + 1):
            _commit(lake, rows, each)
            if each % 10 == 0:
                upkeep.compact(lake, port())
                upkeep.compact_publications(lake)
            if each in (100, number // 2, number):
                _tell(lake, each)
        kept = f"SELECT committed_at FROM {port().metadata('snapshots')} ORDER BY 1 DESC LIMIT {upkeep.ALWAYS}"
        ((age,),) = lake.rows(f"SELECT date_diff('millisecond', min(committed_at), current_timestamp) FROM ({kept})")
        lake.run(f"ALTER TABLE {port().lake} EXECUTE expire_snapshots(retention_threshold => '{age}ms')")
        print("after all but the last ten have expired")
        _tell(lake, number)
        _drop(lake)


def _commit(lake: Lake, rows: int, number: int) -> None:
    """The row that is written of it has the number of the commit for the snapshot's, which nobody asks here."""
    changed = ", ".join(f"(BIGINT '{(number * 37 + each * 991) % rows + 1}')" for each in range(10))
    lake.run(
        f"MERGE INTO {port().lake} l USING (VALUES {changed}) s (id) ON l.id = s.id "
        f"WHEN MATCHED THEN UPDATE SET orders = {number}, changed = current_timestamp"
    )
    now = datetime.now(UTC)
    ledger.note(lake, port(), ledger.Publication(number, now, now, 0, 10, 0))


def _tell(lake: Lake, number: int) -> None:
    ((files,),) = lake.rows(f"SELECT count(*) FROM {port().metadata('files')}")
    taken = statistics.median(timed(lambda: lake.rows(f"SELECT count(orders) FROM {port().lake}")) for _ in range(3))
    pages = (
        lake.stack.s3()
        .get_paginator("list_objects_v2")
        .paginate(Bucket=lake.stack.lake.bucket, Prefix=DOMAIN.lake_prefix)
    )
    found = [each for page in pages for each in page.get("Contents", [])]
    own = [each["Size"] for each in found if each["Key"].startswith(f"{DOMAIN.lake_prefix}{NAME}-")]
    noted = sum(each["Key"].startswith(f"{DOMAIN.lake_prefix}{PUBLICATIONS}-") for each in found)
    print(f"{number:>12} {files:>6} {len(own):>8} {sum(own) / 1e6:>7.1f} {noted:>6} {taken:>10.2f}", flush=True)


def _drop(lake: Lake) -> None:
    lake.run(f"DROP TABLE {port().lake}")
    lake.run(f"DROP VIEW {in_lake(DOMAIN, port().dated_name, LAKE)}")
    lake.run(f"DELETE FROM {in_lake(DOMAIN, PUBLICATIONS)} WHERE port = '{NAME}'")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.lake", description=__doc__)
    parser.add_argument("what", nargs="*", choices=("publication", "question", "files"), help="(default: all three)")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the port that is published (default 1,000,000)")
    parser.add_argument("--scale", type=int, default=100, metavar="N", help="thousand customers of the question")
    parser.add_argument("--rounds", type=int, default=7, help="counted rounds of the question (default 7)")
    parser.add_argument("--publications", type=int, default=50, help="of `files` (default 50)")
    options = parser.parse_args(arguments)
    what = options.what or ("publication", "question", "files")
    try:
        stack = read_stack()
        if "publication" in what:
            publication(stack, options.rows)
        if "files" in what:
            many(stack, min(options.rows, 10_000), options.publications)
        if "question" in what:
            try:
                question(stack, options.scale, options.rounds)
            finally:
                seed(["--no-lake", "--no-trino"])
    except CommandError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
