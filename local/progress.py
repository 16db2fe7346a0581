"""What the user sees of a long step: a line that moves in a terminal, a few lines elsewhere."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

MEGABYTE = 1_000_000


def say(text: str, out: TextIO | None = None) -> None:
    """One line for the user, at once."""
    print(text, file=out or sys.stderr, flush=True)


def size(count: float) -> str:
    """Bytes for people: `821 MB`, `1.7 GB`."""
    return f"{count / 1000 / MEGABYTE:.1f} GB" if count >= 1000 * MEGABYTE else f"{count / MEGABYTE:.0f} MB"


def duration(seconds: float) -> str:
    """Seconds for people: `42 s`, `3 min 20 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Progress:
    """Counts towards `total` bytes; call `add` with each piece, `done` at the end."""

    def __init__(self, title: str, total: int, out: TextIO | None = None) -> None:
        self.title, self.total, self.count = title, total, 0
        self.out = out or sys.stderr
        self.moving = self.out.isatty()
        self.began = self.shown = time.monotonic()
        self.quarter = 0

    def add(self, count: int) -> None:
        """Takes note of `count` more bytes."""
        self.count += count
        now = time.monotonic()
        quarter = min(3, 4 * self.count // self.total)  # the last one is for done() to tell
        if (now - self.shown >= 0.2) if self.moving else (quarter > self.quarter):
            self.shown, self.quarter = now, quarter
            self._show(now)

    def done(self) -> None:
        """Ends the line with what it took."""
        took = duration(time.monotonic() - self.began)
        say(f"{self._start()}  {self.title}: {size(self.count)} in {took}", self.out)

    def _start(self) -> str:
        return "\r\033[K" if self.moving else ""

    def _show(self, now: float) -> None:
        speed = self.count / max(now - self.began, 0.001)
        left = duration(max(0, self.total - self.count) / max(speed, 1))
        share = f"{size(self.count)} of {size(self.total)} ({min(99, 100 * self.count // self.total)} %)"
        text = f"{self._start()}  {self.title}: {share}, {size(speed)}/s, {left} left"
        print(text, end="" if self.moving else "\n", file=self.out, flush=True)


@contextmanager
def ticking(title: str, every: float = 60, out: TextIO | None = None) -> Iterator[None]:
    """Shows the time that the block takes: each second in a terminal, each `every` seconds elsewhere."""
    shown = out or sys.stderr
    ended, began, moving = threading.Event(), time.monotonic(), shown.isatty()

    def tick() -> None:
        while not ended.wait(1 if moving else every):
            passed = duration(time.monotonic() - began)
            print(f"\r\033[K  {title}: {passed}" if moving else f"  {title}: {passed} so far", end="", file=shown)
            print("", end="" if moving else "\n", file=shown, flush=True)

    clock = threading.Thread(target=tick, daemon=True)
    clock.start()
    try:
        yield
    finally:
        ended.set()
        clock.join()
        if moving:
            print("\r\033[K", end="", file=shown, flush=True)
    say(f"  {title}: done in {duration(time.monotonic() - began)}", out)
