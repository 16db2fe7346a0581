"""Times the mesh over the line of its architecture: Trino here, databases 90 ms away. Prints, and asserts nothing.

Starts two more Trinos from the local stack's own files, their catalogs led through proxies (`bench/distant.py`), one as
the stack has it and one without the cache of metadata, and asks both in turns. The stack and its rows stay as they are.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from bench.distant import Traffic, line
from client.stack import Stack, read_stack
from client.trino import ask
from commands.query import FEDERATED_QUERY
from local.servers import descriptors, process, trino

ONE_WAY = 0.045
"""Seconds from a laptop in Europe to us-east-1."""
SERVER = "trino-coordinator"
CACHE = "metadata."
"""How the cache's properties begin."""


@contextmanager
def far_away(stack: Stack, traffic: Traffic) -> Iterator[Stack]:
    """The same stack, with its databases at the far end of a line."""
    with ExitStack() as lines:
        domains = {
            name: replace(domain, port=lines.enter_context(line(domain.host, domain.port, ONE_WAY, traffic)))
            for name, domain in stack.domains.items()
        }
        yield replace(stack, domains=domains)


@contextmanager
def other_trino(stack: Stack, far: Stack, name: str, changes: Mapping[str, str | None]) -> Iterator[Stack]:
    """`far` with a Trino of its own, whose catalogs have these `changes` (None takes a property out)."""
    known = descriptors.required(SERVER, "Trino server")
    with tempfile.TemporaryDirectory() as folder:
        mounts = {place: Path(source) for place, source in known["mounts"].items()} | {trino.ETC: Path(folder, "etc")}
        shutil.copytree(known["mounts"][trino.ETC], mounts[trino.ETC])
        for file in (mounts[trino.ETC] / "catalog").iterdir():
            file.write_text(_changed(file.read_text(encoding="utf-8"), stack, far, changes), encoding="utf-8")
        env = {key: Path(value["file"]) if isinstance(value, dict) else value for key, value in known["env"].items()}
        ports = {port: process.free_port(known["host"]) for port in (trino.HTTP, trino.HTTPS)}
        try:
            trino.apply(name, trino.Pod(mounts, env, ports, known["host"]))
            url = urlsplit(stack.trino.url)._replace(netloc=f"{known['host']}:{ports[trino.HTTPS]}").geturl()
            yield replace(far, trino=replace(stack.trino, url=url))
        finally:
            trino.delete(name)


def _changed(text: str, stack: Stack, far: Stack, changes: Mapping[str, str | None]) -> str:
    if "connector.name=postgresql" not in text:
        return text
    for name, domain in stack.domains.items():
        text = text.replace(f"//{domain.host}:{domain.port}/", f"//{domain.host}:{far.domains[name].port}/")
    lines = [each for each in text.splitlines() if not any(each.startswith(key) for key in changes)]
    return "\n".join([*lines, *(f"{key}={value}" for key, value in changes.items() if value is not None)]) + "\n"


def measure(stack: Stack, rounds: int) -> None:
    """Asks each question of both in turns and prints the table of their medians."""
    questions = {"federated query": FEDERATED_QUERY.read_text(encoding="utf-8")}
    questions |= {f"SHOW TABLES FROM {each.catalog}.public": "" for each in list(stack.domains.values())[:1]}
    traffic = Traffic()
    with far_away(stack, traffic) as far, ExitStack() as servers:
        ways = {"as it is": {}, "without the cache": {CACHE: None}}
        trinos = {
            way: servers.enter_context(other_trino(stack, far, f"bench-{number}", changes))
            for number, (way, changes) in enumerate(ways.items())
        }
        print(f"{'question':<34} {'catalogs':<18} {'median s':>8} {'fastest':>8} {'trips':>6} {'opened':>7} {'KiB':>6}")
        for title, query in questions.items():
            found: dict[str, list[tuple[float, int, int, int]]] = {way: [] for way in trinos}
            for _ in range(2 + rounds):
                for way, at in trinos.items():
                    traffic.reset()
                    began = time.monotonic()
                    ask(at, query or title)
                    taken = time.monotonic() - began
                    time.sleep(0.5)  # connections close after the answer
                    found[way].append((taken, traffic.trips, traffic.connections, traffic.sent + traffic.received))
            for way, all_rounds in found.items():
                taken, trips, opened, size = zip(*all_rounds[2:], strict=True)
                middle = statistics.median
                print(
                    f"{title:<34} {way:<18} {middle(taken):>8.2f} {min(taken):>8.2f} {middle(trips):>6.0f} "
                    f"{middle(opened):>7.0f} {middle(size) / 1024:>6.1f}"
                )


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.hybrid", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="counted rounds (default 7)")
    options = parser.parse_args(arguments)
    measure(read_stack(), options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
