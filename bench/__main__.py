"""One table of how long people wait, before and now: `python -m bench`, which is `make bench`.

Two checkouts are made beside each other in a temporary folder: the commit that BEFORE names, and what is committed
here. Each brings up a stack of its own with its own commands, one after the other, so that both have the whole machine;
downloads are there already. Then come the measurements that only this version has, each a ratio of two things in one
run. Prints, and asserts nothing: where a measurement of this version fails, it says so in its place.
The stacks and folders are gone afterwards.
"""

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from local import paths

BEFORE = "c846312"
FOREIGN = ("ARG_", "DATAMESH_", "MAKE", "MFLAGS", "PULUMI_")
"""How the variables of another stack, and of the `make` around, begin."""
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


class Checkout:
    """A commit in a folder of its own, used by its commands."""

    def __init__(self, folder: Path, commit: str) -> None:
        self.folder = folder
        _git("clone", "--quiet", "--no-checkout", str(paths.checkout()), str(folder))
        _git("-C", str(folder), "checkout", "--quiet", commit)

    def run(self, *words: str) -> tuple[float, str]:
        """Seconds that a command takes, and what it prints; SystemExit with that when it fails."""
        taken, done = self.tried(*words)
        if done.returncode:
            raise SystemExit(f"bench: {' '.join(words)} failed in {self.folder}:\n{done.stdout}{done.stderr}")
        return taken, done.stdout

    def tried(self, *words: str) -> tuple[float, "subprocess.CompletedProcess[str]"]:
        """Seconds that a command takes, and how it ends."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        line = 'if [ -f .local/env ]; then . ./.local/env; fi; exec "$@"'
        began = time.monotonic()
        done = subprocess.run(
            ["sh", "-c", line, "sh", *words],
            cwd=self.folder,
            env=inherited,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return time.monotonic() - began, done


@contextmanager
def running(folder: Path, commit: str) -> Iterator[tuple[Checkout, float]]:
    """A checkout with a running stack, and the seconds that its first `make up` took."""
    say(f"Making {commit} ready in {folder} …")
    checkout = Checkout(folder, commit)
    checkout.run("make", "venv")
    checkout.run(".venv/bin/python", "-m", "local", "prepare")
    try:
        yield checkout, checkout.run("make", "up")[0]
    finally:
        checkout.run("make", "down")


def waits(checkout: Checkout, first: float) -> dict[str, float]:
    """What a person waits for, in seconds, and how many of fifty clients' queries are answered."""

    def middle(times: int, *words: str) -> float:
        say(f"{' '.join(words)} …")
        return statistics.median(checkout.run(*words)[0] for _ in range(times))

    found = {"make up, in a fresh clone with the downloads there": first}
    found["make up, unchanged"] = middle(3, "make", "up")
    found["make query"] = middle(5, "make", "query")
    found["make contracts"] = middle(2, "make", "contracts")
    say("fifty clients …")
    printed = checkout.tried(".venv/bin/python", "-m", "bench.load", "--seconds", str(SECONDS))[1].stdout
    answers, failures = _found(_ANSWERS, printed)
    found[f"50 clients for {SECONDS} s: answers"] = answers
    found["50 clients: failures"] = failures
    found["50 clients: seconds for half of the answers"] = _found(_MIDDLE, printed)[0]
    found["make seed SCALE=100, 1.1 million rows"] = middle(1, "make", "seed", "SCALE=100")
    return found


def _found(pattern: re.Pattern[str], text: str) -> tuple[float, ...]:
    match = pattern.search(text)
    if match is None:
        raise SystemExit(f"bench: no {pattern.pattern!r} in\n{text}")
    return tuple(float(each) for each in match.groups())


def table(before: Mapping[str, float], now: Mapping[str, float]) -> str:
    """A line for each row of both."""
    lines = [f"{'':<52} {'before':>8} {'now':>8} {'now/before':>11}"]
    for title, value in now.items():
        earlier = before.get(title)
        ratio = f"{value / earlier:>11.2f}" if earlier else f"{'':>11}"
        lines.append(f"{title:<52} {'' if earlier is None else f'{earlier:.1f}':>8} {value:>8.1f} {ratio}")
    return "\n".join(lines)


def say(text: str) -> None:
    """Tells, beside the tables, what is being done."""
    print(text, file=sys.stderr, flush=True)


def _git(*words: str) -> None:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bench: git {' '.join(words)} failed: {done.stderr.strip()}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--before", default=BEFORE, metavar="COMMIT", help=f"what to compare with (default {BEFORE})")
    parser.add_argument("--no-before", action="store_true", help="only measure what is committed here")
    options = parser.parse_args(arguments)
    size = psutil.virtual_memory().total / 2**30
    print(
        f"{os.cpu_count()} processors, {size:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"load average before {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="datamesh-bench-") as name:
        before: dict[str, float] = {}
        if not options.no_before:
            with running(Path(name) / "before", options.before) as (checkout, first):
                before = waits(checkout, first)
        with running(Path(name) / "now", "HEAD") as (checkout, first):
            print(table(before, waits(checkout, first)), flush=True)
            checkout.run("make", "seed")
            checkout.run(".venv/bin/python", "-m", "local.prepare.venv", "--dev")  # DuckDB, to compare with
            for title, words in SECTIONS.items():
                say(f"{title} …")
                done = checkout.tried(".venv/bin/python", "-m", *words)[1]
                failed = f"It failed:\n{done.stderr}" if done.returncode else ""
                print(f"\n{title}: python -m {' '.join(words)}\n{done.stdout}{failed}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
