"""Measures the lake: publications, the federated question, and the files of many publications. No threshold.

`publication` changes a tenth of a million rows and publishes them, against writing all of them anew. `question` fills
the domains of the selected stack and asks the federated question of PostgreSQL and of the lake through Trino, and of
DuckDB over the lake's own Parquet files. `files` commits as that many publications do: the changed rows and a row in
the table of publications, without the table of changes, which each publication drops again. Ratios are of one run.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from bench.federated import WHOLE
from bench.lake_files import many
from bench.lake_port import DOMAIN, NAME, drop, port, published, source
from client.errors import CommandError
from client.stack import Stack, read_stack
from client.trino import ask
from commands.query import FEDERATED_QUERY
from publish.asked import find, named, over_lake
from publish.commands import declared_ports
from publish.lake import Lake, alone
from publish.ports import Port, in_lake
from seed.__main__ import main as seed


def timed(action: Callable[[], object]) -> float:
    """The seconds that it takes."""
    began = time.monotonic()
    action()
    return time.monotonic() - began


def publication(stack: Stack, rows: int) -> None:
    """Publishes a tenth of the rows again and again, with and without a column of changes."""
    lake = Lake(stack, DOMAIN)
    whole = in_lake(DOMAIN, "publisher_bench_whole")
    with source(stack, rows) as run, alone(stack, DOMAIN) as session:
        print(f"{rows:,} rows published first: {timed(lambda: published(lake, port(), session)):.1f} s", flush=True)
        print(f"unchanged: {timed(lambda: published(lake, port(), session)):.1f} s", flush=True)
        seconds: dict[str, list[float]] = {"a tenth": [], "a tenth by changedAt": [], "all rows anew": []}
        for each in range(3):
            for title, by in (("a tenth", None), ("a tenth by changedAt", "changed")):
                run(f"UPDATE {NAME} SET orders = orders + 1, changed = now() WHERE id % 10 = {each}")
                seconds[title].append(timed(lambda by=by: published(lake, port(by), session)))
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
        drop(lake)


def question(stack: Stack, scale: int, rounds: int) -> None:
    """Asks the federated question of three places in turns."""
    if seed(["--no-lake", "--no-trino", "--scale", str(scale)]):
        raise CommandError("the rows could not be loaded")
    ((there,),) = ask(stack, "SELECT count(*) FROM sales.public.customers").rows
    if there < scale * 1000:
        raise CommandError(
            f"sales has {there:,} customers: type `make seed RESET=sales`, `make seed RESET=marketing`, and the same"
        )
    query = FEDERATED_QUERY.read_text(encoding="utf-8")
    body = query.rpartition("ORDER BY")[0]
    ports = named(query, declared_ports())
    for each in ports:
        lake = Lake(stack, each.domain)
        with alone(stack, each.domain) as session:
            published(lake, each, session)
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
