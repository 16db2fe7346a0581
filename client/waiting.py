"""Says what a command waits for, once it takes more than a moment: a line that moves in a terminal, one elsewhere."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

MOMENT = 2.0
"""Seconds of which nothing is said."""
_BLANK = "\r\033[K"
_lock = threading.Lock()
"""Held by who waits: what is waited for within it is a part of it, and not told."""
_drawn = threading.Event()
"""Set while there is a line that moves."""


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Within, `what` is waited for, e.g. "Asking Trino"; the outermost is told."""
    if not _lock.acquire(blocking=False):
        yield
        return
    ended, out = threading.Event(), sys.stderr
    clock = threading.Thread(target=_tell, args=(what, out, ended), daemon=True)
    clock.start()
    try:
        yield
    finally:
        ended.set()
        clock.join()
        _clear(out)
        _lock.release()


def say(text: str, out: IO[str] | None = None) -> None:
    """Prints a line, to standard output or `out`, in the place of the one that moves."""
    _clear(sys.stderr)
    print(text, file=out or sys.stdout, flush=True)


def _clear(out: IO[str]) -> None:
    if _drawn.is_set():
        print(_BLANK, end="", file=out, flush=True)
        _drawn.clear()


def _tell(what: str, out: IO[str], ended: threading.Event) -> None:
    began, moving = time.monotonic(), out.isatty() and os.environ.get("TERM") != "dumb"
    if ended.wait(MOMENT):
        return
    if not moving:
        print(f"{what} …", file=out, flush=True)
        return
    while True:
        _drawn.set()
        print(f"{_BLANK}{what}: {time.monotonic() - began:.0f} s", end="", file=out, flush=True)
        if ended.wait(1):
            return
