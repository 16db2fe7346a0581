"""Load test of the local stack, as by a class of students: many clients run the federated query again and again.

Reports as whom was asked, the number of answers and their times, the most connections to PostgreSQL, and whether Trino
is still the same process; then what one person's queries cost another (bench/neighbour.py). Fails when a query failed,
Trino was restarted, PostgreSQL had too many connections, or the neighbour waited too long.

It asks in turn as everybody who may ask the federated query, `admin` left out, who is kept one place. A class has more
people than a fresh stack: add them first, ten for instance, and run it again.

    . .local/env
    for n in 1 2 3 4 5 6 7 8 9 10; do for d in 0:sales 1:marketing; do
      pulumi config set --path "users.student-$n.domains[${d%:*}]" "${d#*:}"; done; done
    pulumi up --yes --skip-preview
"""

import argparse
import collections
import os
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import psutil

from bench import neighbour
from bench.second_trino import SERVER, second_trino
from client.errors import CommandError
from client.stack import Stack, read_stack
from client.trino import ask
from commands.query import federated_query
from local import paths
from local.servers import process
from mesh.names import ADMIN
from seed.__main__ import main as seed

BESIDE = "trino-bench-load"
"""A second server, with the same files except for the resource groups."""
CONNECTIONS = 80
"""The least that the smallest instance classes of Amazon RDS allow."""
MEBIBYTE = 2**20


@dataclass
class Load:
    """The measurements."""

    seconds: list[float] = field(default_factory=list)
    """The time of each answered query."""
    failures: collections.Counter[str] = field(default_factory=collections.Counter)
    """By message."""
    connections: dict[str, int] = field(default_factory=dict)
    """The most at any time, by domain."""


def askers(stack: Stack, chosen: str | None) -> list[str]:
    """The people to ask as: the `chosen` ones, with commas between, or all that may ask and are no administrators."""
    if chosen:
        return chosen.split(",")
    able = [
        person for person, own in sorted(stack.people.items())
        if person != ADMIN and "marketing" in own  # sales publishes to marketing, and not the reverse
    ]  # fmt: skip
    if not able:
        raise CommandError("nobody but admin may ask the federated query here: add people, or type --as admin")
    return able


def press(stack: Stack, server: str, people: Sequence[str], clients: int, duration: float) -> Load:
    """`clients` query `server` at the same time, each again as soon as it has its answer, for `duration` seconds.

    The first is the first of `people`, and so on, and the first again after the last.

    Raises CommandError when the connections of a database could not be counted.
    """
    load, over = Load(), threading.Event()
    begin = threading.Barrier(clients + 1)

    def client(person: str) -> None:
        connection, query = stack.trino_connection(person), federated_query(stack.people.get(person, ()))
        begin.wait()
        until = time.monotonic() + duration
        while time.monotonic() < until:
            started = time.monotonic()
            try:
                cursor = connection.cursor()
                cursor.execute(query)
                cursor.fetchall()
                load.seconds.append(time.monotonic() - started)
            except Exception as error:  # every error of a client is a failed query, and is counted
                load.failures[f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"] += 1
                if process.alive(server) is None:
                    return

    def watch(domain: str) -> None:
        connection = stack.connect(domain, "admin")
        connection.autocommit = True
        with connection.cursor() as cursor:
            while not over.wait(0.1):
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE usename IS NOT NULL AND pid <> pg_backend_pid()"
                )
                (count,) = cursor.fetchone() or (0,)
                load.connections[domain] = max(count, load.connections.get(domain, 0))
        connection.close()

    watchers = [threading.Thread(target=watch, args=(domain,), daemon=True) for domain in stack.domains]
    asking = [
        threading.Thread(target=client, args=(people[number % len(people)],), daemon=True) for number in range(clients)
    ]
    for thread in [*watchers, *asking]:
        thread.start()
    begin.wait()
    for thread in asking:
        thread.join()
    over.set()
    for thread in watchers:
        thread.join()
    if unseen := stack.domains.keys() - load.connections.keys():
        raise CommandError(f"the connections of {', '.join(sorted(unseen))} could not be counted")
    return load


def report(load: Load, clients: int, duration: float) -> None:
    """Prints the measurements."""
    print(f"{clients} clients for {duration:.0f} s: {len(load.seconds)} answers, {load.failures.total()} failures")
    for reason, count in load.failures.most_common(5):
        print(f"  {count} x {reason}")
    if len(load.seconds) > 1:
        cuts = statistics.quantiles(load.seconds, n=100, method="inclusive")
        percentiles = ", ".join(f"p{at} {cuts[at - 1]:.2f}" for at in (50, 95, 99))
        print(f"seconds an answer: {percentiles}, longest {max(load.seconds):.2f}")
    shown = ", ".join(f"{domain} {count}" for domain, count in sorted(load.connections.items()))
    print(f"most connections at a time: {shown}")


def without_queue(stack: Stack) -> AbstractContextManager[Stack]:
    """The stack with a temporary second Trino, BESIDE, in which no query waits for another."""
    return second_trino(stack, BESIDE, lambda etc: (etc / "resource-groups.properties").unlink())


def run(stack: Stack, server: str, options: argparse.Namespace) -> bool:
    """Loads the server and reports; whether it passed."""
    people = askers(stack, options.people)
    ask(stack, federated_query(stack.people.get(people[0], ())), people[0])  # warms the server up
    before = process.alive(server)
    print(f"asked as {len(people)} people: {', '.join(people)}; load average before {os.getloadavg()[0]:.1f}")
    load = press(stack, server, people, options.clients, options.seconds)
    report(load, options.clients, options.seconds)
    after = process.alive(server)
    if before is None or before != after:
        print("Trino has ended" if after is None else "Trino was restarted")
        return False
    print(f"Trino is the same process, with {psutil.Process(before).memory_info().rss / MEBIBYTE:.0f} MiB resident")
    crowded = {domain: count for domain, count in load.connections.items() if count > CONNECTIONS}
    if crowded:
        print(f"More than {CONNECTIONS} connections, which a small server on AWS does not allow: {crowded}")
    return not load.failures and not crowded


def main(arguments: Sequence[str] | None = None) -> int:
    """Loads the rows, runs the test, and loads the sample again; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--scale", type=int, default=0, metavar="N", help="with N thousand more customers meanwhile")
    parser.add_argument("--as", dest="people", metavar="NAMES", help="ask as these people, with commas between")
    parser.add_argument("--only-neighbour", action="store_true", help="only what one person costs another")
    parser.add_argument("--no-queue", action="store_true", help="on a Trino without resource groups, for comparison")
    options = parser.parse_args(arguments)
    if "DATAMESH_LOCAL" not in os.environ:
        print("bench: this is for the local stack: type `. .local/env`, then repeat the command", file=sys.stderr)
        return 1
    loading = ["--no-lake", "--no-trino"]
    try:
        stack = read_stack()
        if options.scale and seed([*loading, "--scale", str(options.scale)]):
            return 1
        if not options.no_queue:
            passed = options.only_neighbour or run(stack, SERVER, options)
            other = askers(stack, options.people)[0]
            return 0 if neighbour.measure(stack, "sales-analyst", other) and passed else 1
        with without_queue(stack) as other:
            return 0 if run(other, BESIDE, options) else 1
    except (CommandError, paths.LocalError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if options.scale:
            seed(loading)


if __name__ == "__main__":
    sys.exit(main())
