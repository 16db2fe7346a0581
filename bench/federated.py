"""Times the federated query over output ports and over base tables, in Trino and in other engines.

Fills the domains of the selected stack with generated rows (a million orders by default), runs all combinations in
turns, so that other load on the machine affects all of them alike, and loads the sample again. It sets no threshold.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from bench.engines import Ask, Missing, duckdb, postgres_fdw, trino
from client.command import run
from client.errors import CommandError
from client.stack import Stack, read_stack
from commands.query import FEDERATED_QUERY
from seed.__main__ import main as seed

PORTS = FEDERATED_QUERY.read_text(encoding="utf-8")
TABLES = Path(__file__).with_name("federated_base.sql").read_text(encoding="utf-8")
WARM = 2  # warm-up rounds, not counted
LOADING = ("--no-lake", "--no-trino")
"""How rows are loaded for a measurement and put back after it."""

WHOLE = """
SELECT count(*), sum(total_orders), sum(revenue), count(campaign_name), max(customer_name), sum(customer_id)
FROM ({}) AS answer
"""
"""The server computes every value and returns one row, so that the client's speed is not measured."""


def questions() -> dict[str, tuple[str, str]]:
    """By source, output ports or base tables: the query for a sum of the whole answer, and for its first 50 rows."""
    queries = {}
    for name, query in (("output ports", PORTS), ("base tables", TABLES)):
        body, order, _ = query.rpartition("ORDER BY")
        queries[name] = WHOLE.format(body), f"{query.rstrip()} LIMIT 50"
        if not order:
            raise CommandError(f"the query over {name} has no ORDER BY, which bench/federated.py needs")
    return queries


def measure(stack: Stack, rounds: int) -> None:
    """Runs all combinations in turns, then prints the table of their medians."""
    with ExitStack() as open_engines:
        engines: dict[str, Ask] = {}
        for name, engine in (("Trino", trino), ("postgres_fdw", postgres_fdw), ("DuckDB", duckdb)):
            try:
                engines[name] = open_engines.enter_context(engine(stack))
            except Missing as missing:
                print(f"left out: {missing}")
        ways = [(name, over) for over in questions() for name in engines]
        seconds: dict[tuple[str, str, int], list[float]] = {}
        answers: dict[int, set[tuple[object, ...]]] = {0: set(), 1: set()}
        for number in range(WARM + rounds):
            for name, over in ways:
                for which, query in enumerate(questions()[over]):
                    started = time.monotonic()
                    rows = engines[name](query)
                    taken = time.monotonic() - started
                    answers[which].add(tuple(map(_plain, rows)))
                    if number >= WARM:
                        seconds.setdefault((name, over, which), []).append(taken)
    print(f"\n{'median (best), seconds':<30} {'whole answer':>16} {'first 50 rows':>16}")
    for name, over in ways:
        cells = [seconds[name, over, which] for which in (0, 1)]
        texts = [f"{statistics.median(cell):.2f} ({min(cell):.2f})" for cell in cells]
        print(f"{f'{name}, {over}':<30} {texts[0]:>16} {texts[1]:>16}")
    same = all(len(distinct) == 1 for distinct in answers.values())
    print(f"{rounds} rounds; " + ("all ways gave the same answers" if same else "THE ANSWERS DIFFER"))


def _plain(row: Sequence[object]) -> tuple[str, ...]:
    """A row as text, which is the same for every client."""
    return tuple("" if value is None else str(value) for value in row)


def main(arguments: Sequence[str] | None = None) -> int:
    """Loads the rows, measures, and loads the sample again; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, default=100, metavar="N", help="thousand customers, ten orders each")
    parser.add_argument("--rounds", type=int, default=9, help="how often each way is measured")
    options = parser.parse_args(arguments)
    return run("bench", lambda: _all(read_stack(), options))


def _all(stack: Stack, options: argparse.Namespace) -> int:
    try:
        if seed([*LOADING, "--scale", str(options.scale)]):
            return 1
        for domain in ("sales", "marketing"):  # as autovacuum does soon after a load
            with closing(stack.connect(domain, "admin")) as connection:
                connection.autocommit = True
                with connection.cursor() as cursor:
                    cursor.execute("VACUUM (ANALYZE)")
        measure(stack, options.rounds)
    finally:
        left = seed(LOADING)
    return left


if __name__ == "__main__":
    sys.exit(main())
