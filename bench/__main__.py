"""One table of how long people wait, before and now: `python -m bench`, which is `make bench`.

Two checkouts are made beside each other in a temporary folder: the commit that BEFORE names, and what is committed
here. Each brings up a stack of its own with its own commands, one after the other, so that both have the whole machine;
downloads are there already. Then come the measurements that only this version has, each a ratio of two things in one
run. What cannot be measured says so in its place, the rest goes on, and the exit status is 1. The stacks and folders
are gone afterwards.
"""

import argparse
import os
import platform
import re
import resource
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.checkout import Checkout, FailedError

BEFORE = "c846312"
FIRST = "make up, in a fresh clone with the downloads there"
ANSWER = "the same, until its answer"
SHOWN = "Frank Miller"
"""A customer of the sample: where this is printed, the answer is there."""
SECONDS = 20
"""For how long fifty clients ask."""
_ANSWERS = re.compile(r"(\d+) answers, (\d+) failures")
_MIDDLE = re.compile(r"p50 ([\d.]+)")
SECTIONS = {
    "The line to AWS, 90 ms there and back": ["bench.hybrid", "--rounds", "3"],
    "A stored port, against the view and DuckDB": ["bench.stored", "--rounds", "5"],
    "Loading, against COPY": ["bench.load_rows", "--rows", "300000", "--rounds", "3"],
    "The lake, against PostgreSQL and DuckDB": ["bench.lake", "publication", "question", "--rounds", "5"],
    "The program, against a bare one": ["bench.program", "2", "20"],
}
"""What only this version can measure: title -> module and arguments."""


@contextmanager
def running(folder: Path, commit: str) -> Iterator[tuple[Checkout, dict[str, float | None]]]:
    """A checkout with a running stack, and what its first `make up` took, in seconds. Raises FailedError."""
    say(f"Making {commit} ready in {folder} …")
    checkout = Checkout(folder, commit)
    checkout.run("make", "venv")
    checkout.run(".venv/bin/python", "-m", "local", "prepare")
    try:
        answer, whole = checkout.until(SHOWN, "make", "up")
        yield checkout, {FIRST: whole, ANSWER: answer}
    finally:
        _down(checkout)


def _down(checkout: Checkout) -> None:
    done = checkout.tried("make", "down")[1]
    if done.returncode:
        say(f"make down failed in {checkout.folder}, whose servers may still run:\n{done.stdout}{done.stderr}")


def waits(checkout: Checkout, first: Mapping[str, float | None]) -> dict[str, float | None]:
    """What a person waits for, in seconds, and how many of fifty clients' queries are answered; None: it failed."""
    found = dict(first)

    def row(title: str, measure: Callable[[], float]) -> None:
        try:
            found[title] = measure()
        except FailedError as error:
            say(f"{title}: {error}")
            found[title] = None

    def middle(times: int, *words: str) -> Callable[[], float]:
        say(f"{' '.join(words)} …")
        return lambda: statistics.median(checkout.run(*words)[0] for _ in range(times))

    row("make up, unchanged", middle(3, "make", "up"))
    row("make query", middle(5, "make", "query"))
    row("make contracts", middle(2, "make", "contracts"))
    say("fifty clients …")
    pressed = checkout.tried(".venv/bin/python", "-m", "bench.load", "--seconds", str(SECONDS))[1]
    said = pressed.stdout + pressed.stderr
    row(f"50 clients for {SECONDS} s: answers", lambda: _found(_ANSWERS, said)[0])
    row("50 clients: failures", lambda: _found(_ANSWERS, said)[1])
    row("50 clients: seconds for half of the answers", lambda: _found(_MIDDLE, said)[0])
    row("make seed SCALE=100, 1.1 million rows", middle(1, "make", "seed", "SCALE=100"))
    return found


def _found(pattern: re.Pattern[str], text: str) -> tuple[float, ...]:
    match = pattern.search(text)
    if match is None:
        raise FailedError(f"no {pattern.pattern!r} in\n{text}")
    return tuple(float(each) for each in match.groups())


def table(before: Mapping[str, float | None], now: Mapping[str, float | None]) -> str:
    """A line for each row of both."""
    lines = [f"{'':<52} {'before':>8} {'now':>8} {'now/before':>11}"]
    for title, value in now.items():
        earlier = before.get(title)
        ratio = f"{value / earlier:.2f}" if value is not None and earlier else ""
        cells = [_cell(before[title]) if title in before else "", _cell(value)]
        lines.append(f"{title:<52} {cells[0]:>8} {cells[1]:>8} {ratio:>11}".rstrip())
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    return "failed" if value is None else f"{value:.1f}"


def sections(checkout: Checkout) -> bool:
    """Measures what only this version can and prints it; whether all of it could be measured."""
    checkout.run("make", "seed")
    checkout.run(".venv/bin/python", "-m", "local.prepare.venv", "--dev")  # DuckDB, to compare with
    whole = True
    for title, words in SECTIONS.items():
        say(f"{title} …")
        done = checkout.tried(".venv/bin/python", "-m", *words)[1]
        failed = f"It failed with exit status {done.returncode}:\n{done.stderr}" if done.returncode else ""
        print(f"\n{title}: python -m {' '.join(words)}\n{done.stdout}{failed}", flush=True)
        whole = whole and not failed
    return whole


def first_start(folder: Path) -> None:
    """Prints how long `make up` takes where nothing was ever downloaded. Raises FailedError."""
    say("make up, with an empty cache …")
    checkout = Checkout(folder / "first", "HEAD", {"XDG_CACHE_HOME": str(folder / "cache")})
    try:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken = checkout.run("make", "up")[0]
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"make up, in a fresh clone with an empty cache: {taken:.0f} s; processor {used:.0f} s without servers")
        checkout.run(".venv/bin/python", "-m", "local.prepare", "classes")  # it makes them in the background
    finally:
        _down(checkout)


def say(text: str) -> None:
    """Tells, beside the tables, what is being done."""
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables; the exit status, which is 1 where something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--before", default=BEFORE, metavar="COMMIT", help=f"what to compare with (default {BEFORE})")
    parser.add_argument("--no-before", action="store_true", help="only measure what is committed here")
    parser.add_argument("--first-start", action="store_true", help="only the first `make up`, with an empty cache")
    options = parser.parse_args(arguments)
    size = psutil.virtual_memory().total / 2**30
    print(
        f"{os.cpu_count()} processors, {size:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"load average before {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="datamesh-bench-") as name:
        try:
            if options.first_start:
                first_start(Path(name))
                return 0
            before = {} if options.no_before else _before(Path(name) / "before", options.before)
            with running(Path(name) / "now", "HEAD") as (checkout, first):
                now = waits(checkout, first)
                print(table(before, now), flush=True)
                return 0 if sections(checkout) and None not in (*before.values(), *now.values()) else 1
        except FailedError as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1


def _before(folder: Path, commit: str) -> dict[str, float | None]:
    """What people waited for then; where it does not start, the rest is measured all the same."""
    try:
        with running(folder, commit) as (checkout, first):
            return waits(checkout, first)
    except FailedError as error:
        say(f"{commit}: {error}")
        return {FIRST: None, ANSWER: None}


if __name__ == "__main__":
    sys.exit(main())
