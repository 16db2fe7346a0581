"""Times the stored port of sales and the plain view, side by side, and DuckDB over the base tables.

Fills the domains of the selected stack with generated rows (a million orders by default). In each round every way is
asked in turn, so that other load on the machine affects all of them alike: the top ten with their campaigns, and the
whole answer. Then single rows are inserted into `orders` and into a copy of it that no port reads, each in a
transaction of its own, and taken out again. Afterwards the sample is loaded again. It sets no threshold.
"""

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing

from bench.engines import Ask, Missing, duckdb, trino
from bench.federated import LOADING, PORTS, TABLES, WARM, WHOLE
from client.command import run
from client.stack import Stack, read_stack
from mesh.names import DomainName
from mesh.stored_ports import DEFINITIONS
from seed.__main__ import main as seed

TOP = 10
BENCH = "datamesh_bench"
BUYERS = 8
"""Customers of the many rows in one transaction."""
ORDER = "INSERT INTO {} (order_id, customer_id, total_amount) VALUES (%s, %s, 12.34)"


def questions(query: str) -> dict[str, str]:
    """The top ten and the whole answer of a federated query."""
    body, _, order = query.rpartition("ORDER BY")
    return {"top ten": f"{body} ORDER BY {order.strip()} LIMIT {TOP}", "whole answer": WHOLE.format(body)}


def views(query: str) -> str:
    """The same query over the views that the tables are kept by, as they were before."""
    return query.replace("sales.public.customer_revenue", f"sales.{BENCH}.customer_revenue")


def measure(stack: Stack, rounds: int) -> None:
    """Ask all ways in turns, and print the medians and what they are of DuckDB's."""
    with ExitStack() as engines:
        mesh = engines.enter_context(trino(stack))
        ways: dict[str, tuple[Ask, str]] = {
            "Trino, stored port": (mesh, PORTS),
            "Trino, plain view": (mesh, views(PORTS)),
        }
        try:
            ways["DuckDB, base tables"] = engines.enter_context(duckdb(stack)), TABLES
        except Missing as missing:
            print(f"left out: {missing}")
        seconds: dict[tuple[str, str], list[float]] = {}
        answers: dict[str, set[str]] = {}
        for number in range(WARM + rounds):
            for way, (ask, query) in ways.items():
                for which, text in questions(query).items():
                    started = time.perf_counter()
                    rows = ask(text)
                    taken = time.perf_counter() - started
                    answers.setdefault(which, set()).add(repr([tuple(map(str, row)) for row in rows]))
                    if number >= WARM:
                        seconds.setdefault((way, which), []).append(taken)
    print(f"\n{'median (best), seconds':<24} {'top ten':>16} {'whole answer':>16}   of DuckDB's")
    rival = {which: statistics.median(seconds[list(ways)[-1], which]) for which in answers}
    for way in ways:
        cells = [seconds[way, which] for which in answers]
        texts = [f"{statistics.median(cell):.3f} ({min(cell):.3f})" for cell in cells]
        ratios = [statistics.median(cell) / rival[which] for which, cell in zip(answers, cells, strict=True)]
        print(f"{way:<24} {texts[0]:>16} {texts[1]:>16}   {ratios[0]:.2f}, {ratios[1]:.2f}")
    same = all(len(distinct) == 1 for distinct in answers.values())
    print(f"{rounds} rounds; " + ("all ways gave the same answers" if same else "THE ANSWERS DIFFER"))


def inserts(stack: Stack, number: int) -> None:
    """Time single rows into `orders` and into a table like it that no port reads, in turns; all are taken out again."""
    with closing(stack.connect("sales", "admin")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(order_id), 0) FROM orders")
            (last,) = cursor.fetchone() or (0,)
            fresh = itertools.count(last + 1)
            cursor.execute("SELECT customer_id FROM customers ORDER BY random() LIMIT %s", (number,))
            chosen = [customer for (customer,) in cursor.fetchall()]

            def one(table: str, customer: int) -> float:
                started = time.perf_counter()
                cursor.execute(ORDER.format(table), (next(fresh), customer))
                return time.perf_counter() - started

            def many(table: str) -> float:
                started = time.perf_counter()
                cursor.execute("BEGIN")
                for each in range(number):
                    cursor.execute(ORDER.format(table), (next(fresh), chosen[each % BUYERS % len(chosen)]))
                cursor.execute("COMMIT")
                return (time.perf_counter() - started) / number

            tables = (f"{BENCH}.orders", "public.orders")
            alone: dict[str, list[float]] = {table: [] for table in tables}
            try:
                for customer in chosen:
                    for table in tables:
                        alone[table].append(one(table, customer))
                _print("a row in a transaction", *(statistics.median(alone[table]) for table in tables))
                _print(f"{number:,} rows in one", *(many(table) for table in tables))
            finally:
                cursor.execute("ROLLBACK")  # of what was interrupted
                cursor.execute("DELETE FROM public.orders WHERE order_id > %s", (last,))


def _print(what: str, before: float, after: float) -> None:
    print(f"{what:<24} {before * 1e3:7.3f} ms without, {after * 1e3:7.3f} ms with a stored port: {after / before:.2f}")


def prepare(stack: Stack) -> None:
    """The view as it was, and a copy of `orders`, in a schema of their own; and vacuumed tables, as after a while."""
    _each(
        stack,
        "sales",
        f"DROP SCHEMA IF EXISTS {BENCH} CASCADE",
        f"CREATE SCHEMA {BENCH}",
        " ".join((f"CREATE VIEW {BENCH}.customer_revenue AS SELECT * FROM", f"{DEFINITIONS}.customer_revenue")),
        f"CREATE TABLE {BENCH}.orders (LIKE public.orders INCLUDING ALL)",
        " ".join(("INSERT INTO", f"{BENCH}.orders", "SELECT * FROM public.orders")),
        f"ALTER TABLE {BENCH}.orders ADD FOREIGN KEY (customer_id) REFERENCES public.customers",
        f"GRANT USAGE ON SCHEMA {BENCH} TO {DomainName('sales').trino_user}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {BENCH} TO {DomainName('sales').trino_user}",
        "VACUUM (ANALYZE)",
    )
    _each(stack, "marketing", "VACUUM (ANALYZE)")


def _each(stack: Stack, domain: str, *statements: str) -> None:
    with closing(stack.connect(domain, "admin")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def main(arguments: Sequence[str] | None = None) -> int:
    """Load the rows, measure, and load the sample again; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.stored", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scale", type=int, default=100, metavar="N", help="thousand customers, ten orders each")
    parser.add_argument("--rounds", type=int, default=9, help="how often each way is measured")
    parser.add_argument("--inserts", type=int, default=500, help="how many single rows are inserted")
    options = parser.parse_args(arguments)
    return run("bench", lambda: _all(read_stack(), options))


def _all(stack: Stack, options: argparse.Namespace) -> int:
    try:
        if seed([*LOADING, "--scale", str(options.scale)]):
            return 1
        prepare(stack)
        measure(stack, options.rounds)
        inserts(stack, options.inserts)
    finally:
        _each(stack, "sales", f"DROP SCHEMA IF EXISTS {BENCH} CASCADE")
        left = seed(LOADING)
    return left


if __name__ == "__main__":
    sys.exit(main())
