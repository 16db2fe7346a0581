"""Load test of the local stack, as by a class of students: many clients run the federated query again and again.

Reports the number of answers and their times, the most connections to PostgreSQL, and whether Trino is still the same
process. Fails when a query failed, Trino was restarted, or PostgreSQL had too many connections.
"""

import argparse
import collections
import os
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from client.errors import CommandError
from client.stack import Stack, read_stack
from client.trino import ask
from commands.query import FEDERATED_QUERY
from local import paths
from local.servers import descriptors, process, trino
from seed.__main__ import main as seed

SERVER = "trino-coordinator"
BESIDE = "trino-bench-load"
"""A second server, with the same files except for the resource groups."""
QUERY = FEDERATED_QUERY.read_text(encoding="utf-8")
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


def press(stack: Stack, server: str, clients: int, duration: float) -> Load:
    """`clients` query `server` at the same time, each again as soon as it has its answer, for `duration` seconds.

    Raises CommandError when the connections of a database could not be counted.
    """
    load, over = Load(), threading.Event()
    begin = threading.Barrier(clients + 1)

    def client() -> None:
        connection = stack.trino_connection("admin")
        begin.wait()
        until = time.monotonic() + duration
        while time.monotonic() < until:
            started = time.monotonic()
            try:
                cursor = connection.cursor()
                cursor.execute(QUERY)
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
    askers = [threading.Thread(target=client, daemon=True) for _ in range(clients)]
    for thread in [*watchers, *askers]:
        thread.start()
    begin.wait()
    for thread in askers:
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


@contextmanager
def without_queue(stack: Stack) -> Iterator[tuple[Stack, str]]:
    """The stack with a temporary second Trino, in which no query waits for another, and that server's name."""
    descriptor = descriptors.read(SERVER)
    if descriptor is None:
        raise CommandError("Trino does not run on this machine: type `make up`")
    etc = paths.private(paths.stack() / BESIDE)
    shutil.copytree(descriptor["mounts"][trino.ETC], etc, dirs_exist_ok=True)
    (etc / "resource-groups.properties").unlink()
    ports = {trino.HTTP: process.free_port(descriptor["host"]), trino.HTTPS: process.free_port(descriptor["host"])}
    pod = trino.Pod(
        mounts={place: etc if place == trino.ETC else Path(source) for place, source in descriptor["mounts"].items()},
        env={
            key: Path(value["file"]) if isinstance(value, dict) else value for key, value in descriptor["env"].items()
        },
        ports=ports,
        host=descriptor["host"],
    )
    try:
        trino.apply(BESIDE, pod)
        yield replace(stack, trino=replace(stack.trino, url=f"https://127.0.0.1:{ports[trino.HTTPS]}")), BESIDE
    finally:
        trino.delete(BESIDE)
        shutil.rmtree(etc)


def run(stack: Stack, server: str, options: argparse.Namespace) -> bool:
    """Loads the server and reports; whether it passed."""
    ask(stack, QUERY)  # warms the server up
    before = process.alive(server)
    load = press(stack, server, options.clients, options.seconds)
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
            return 0 if run(stack, SERVER, options) else 1
        with without_queue(stack) as (other, server):
            return 0 if run(other, server, options) else 1
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
