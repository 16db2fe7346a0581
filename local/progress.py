"""What the user sees of a long step: a line that moves in a terminal, a line now and then elsewhere."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.paths import LocalError

MEGABYTE = 1_000_000
LAST_LINES = 15
WATCHED = "DATAMESH_WATCHED"
"""Set where another process shows what this one says: it gets a line each second that begins with MOVING."""
MOVING = "\t"


def say(text: str) -> None:
    """One line for the user, at once."""
    print(f"{text}\n", end="", file=sys.stderr, flush=True)  # one piece, so that lines of threads stay lines


def size(count: float) -> str:
    """Bytes in words: `821 MB`, `1.7 GB`."""
    return f"{count / 1000 / MEGABYTE:.1f} GB" if count >= 1000 * MEGABYTE else f"{count / MEGABYTE:.0f} MB"


def duration(seconds: float) -> str:
    """Seconds in words: `42 s`, `3 min 20 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextmanager
def ticking(
    title: str, every: float = 60, shown: Callable[[float], str] = lambda seconds: f"{duration(seconds)} so far"
) -> Iterator[None]:
    """Shows how far the block is: each second in a terminal, each `every` seconds elsewhere.

    `shown` says it, given the seconds since the beginning.
    """
    out = sys.stderr
    watched = WATCHED in os.environ
    ended, began, moving = threading.Event(), time.monotonic(), out.isatty() or watched
    start, end = ("\r\033[K", "") if out.isatty() else (MOVING if watched else "", "\n")

    def tick() -> None:
        while not ended.wait(1 if moving else every):
            print(f"{start}  {title}: {shown(time.monotonic() - began)}{end}", end="", file=out, flush=True)

    clock = threading.Thread(target=tick, daemon=True)
    clock.start()
    try:
        yield
    finally:
        ended.set()
        clock.join()
        print("" if watched else start, end="", file=out, flush=True)
    say(f"  {title}: done in {duration(time.monotonic() - began)}")


@contextmanager
def counting(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Shows how far a download of `total` bytes is; the block calls what it gets with the size of each piece."""
    count = 0

    def add(more: int) -> None:
        nonlocal count
        count += more

    def shown(seconds: float) -> str:
        speed = count / seconds
        left = duration(max(0, total - count) / max(speed, 1))
        return f"{size(count)} of {size(total)} ({100 * count // total} %), {size(speed)}/s, {left} left"

    with ticking(title, 10, shown):
        yield add


def run_quietly(
    command: Sequence[str | Path], failed: str, advice: str = "", error: type[LocalError] = LocalError, **options: Any
) -> str:
    """Runs `command` with the `options` of `subprocess.run`; its output is returned, and shows only if it fails.

    Raises an `error` with `failed`, the last lines of the output and `advice` if it fails.
    """
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    done = subprocess.run(command, check=False, **output, **options)
    if done.returncode:
        last = "\n".join(f"  {line}" for line in done.stdout.splitlines()[-LAST_LINES:])
        raise error(f"{failed} (exit code {done.returncode}). The last lines of the output:\n{last}\n{advice}".rstrip())
    return done.stdout
