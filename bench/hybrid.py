"""Times the mesh over the line of its architecture: Trino here, databases 90 ms away. Prints, and asserts nothing.

Starts two more Trinos from the local stack's own files, their catalogs led through proxies (`bench/distant.py`), one as
the stack has it and one without the cache of metadata, and asks both in turns. Commands of `make` that ask databases
run over the same line, and without it. The stack and its rows stay as they are.
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path

from bench.distant import Traffic, line
from bench.second_trino import second_trino
from client.command import run
from client.errors import CommandError
from client.stack import Stack, read_stack
from client.trino import ask
from commands.contracts import check
from commands.load import load
from commands.query import FEDERATED_QUERY
from local.paths import LocalError
from mesh.contracts.read import DOMAINS_FOLDER
from seed.__main__ import chosen, seed
from seed.rowfile import RowFile

Act = Callable[[Stack], object]
Round = tuple[float, int, int, int]
"""Seconds, round trips, opened connections and bytes of both ways."""

ONE_WAY = 0.045
"""Seconds from a laptop in Europe to us-east-1."""
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


def other_trino(
    stack: Stack, far: Stack, name: str, changes: Mapping[str, str | None]
) -> AbstractContextManager[Stack]:
    """`far` with a Trino of its own, whose catalogs have these `changes` (None takes a property out)."""

    def lead(etc: Path) -> None:
        for file in (etc / "catalog").iterdir():
            file.write_text(_changed(file.read_text(encoding="utf-8"), stack, far, changes), encoding="utf-8")

    return second_trino(far, name, lead)


def _changed(text: str, stack: Stack, far: Stack, changes: Mapping[str, str | None]) -> str:
    if "connector.name=postgresql" not in text:
        return text
    for name, domain in stack.domains.items():
        text = text.replace(f"//{domain.host}:{domain.port}/", f"//{domain.host}:{far.domains[name].port}/")
    lines = [each for each in text.splitlines() if not any(each.startswith(key) for key in changes)]
    return "\n".join([*lines, *(f"{key}={value}" for key, value in changes.items() if value is not None)]) + "\n"


def questions(stack: Stack) -> dict[str, Act]:
    """What Trino is asked."""
    catalog = next(iter(stack.domains.values())).catalog
    asked = {"federated query": FEDERATED_QUERY.read_text(encoding="utf-8")}
    asked |= {text: text for text in [f"SHOW TABLES FROM {catalog}.public"]}
    return {title: lambda far, text=text: ask(far, text) for title, text in asked.items()}


def commands(stack: Stack) -> dict[str, Act]:
    """Commands of `make` that ask databases; each leaves the mesh as it is."""
    found: dict[str, Act] = {
        "make seed, unchanged": lambda far: seed(far, chosen([])),
        "make contracts": lambda far: list(check(far)),
    }
    for domain in stack.domains:
        for file in sorted((DOMAINS_FOLDER / domain).glob("*.csv"))[:1]:
            title = f"make load of {domain}.{file.stem} DRY_RUN=1"
            found[title] = lambda far, domain=domain, file=file: load(
                far, domain, file.stem, RowFile(file, file.name), dry_run=True
            )
    return found


def measure(stack: Stack, rounds: int) -> None:
    """Asks each question of both in turns and prints the table of their medians."""
    traffic = Traffic()
    with far_away(stack, traffic) as far, ExitStack() as servers:
        ways = {"as it is": {}, "without the cache": {CACHE: None}}
        trinos = {
            way: servers.enter_context(other_trino(stack, far, f"bench-{number}", changes))
            for number, (way, changes) in enumerate(ways.items())
        }
        print(f"{'question':<34} {'way':<18} {'median s':>8} {'fastest':>8} {'trips':>6} {'opened':>7} {'KiB':>6}")
        for title, act in questions(stack).items():
            _print(title, _turns(act, trinos, traffic, rounds))
        for title, act in commands(stack).items():
            _print(title, _turns(act, {"as it is": trinos["as it is"], "no line": stack}, traffic, rounds))


def _turns(act: Act, ways: Mapping[str, Stack], traffic: Traffic, rounds: int) -> dict[str, list[Round]]:
    """What each round of each way took; the first two, in which everything is cold, are not among them."""
    found: dict[str, list[Round]] = {way: [] for way in ways}
    for _ in range(2 + rounds):
        for way, at in ways.items():
            traffic.reset()
            began = time.monotonic()
            with redirect_stdout(io.StringIO()):
                act(at)
            taken = time.monotonic() - began
            time.sleep(0.5)  # connections close after the answer
            found[way].append((taken, traffic.trips, traffic.connections, traffic.sent + traffic.received))
    return {way: every[2:] for way, every in found.items()}


def _print(title: str, found: Mapping[str, list[Round]]) -> None:
    for way, rounds in found.items():
        taken, trips, opened, size = (sorted(each) for each in zip(*rounds, strict=True))
        middle = statistics.median
        print(
            f"{title:<34} {way:<18} {middle(taken):>8.2f} {taken[0]:>8.2f} {middle(trips):>6.0f} "
            f"{middle(opened):>7.0f} {middle(size) / 1024:>6.1f}",
            flush=True,
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.hybrid", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="counted rounds (default 7)")
    options = parser.parse_args(arguments)
    return run("bench", lambda: _measure(options.rounds))


def _measure(rounds: int) -> None:
    try:
        measure(read_stack(), rounds)
    except LocalError as error:
        raise CommandError(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
