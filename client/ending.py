"""A polite kill and a closed terminal end a command as Ctrl-C does: what it holds is given back first."""

import os
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

_POLITE = (signal.SIGTERM, signal.SIGHUP)


class Ended(KeyboardInterrupt):
    """Somebody asked the program to end; what minds Ctrl-C minds it too."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number
        """The exit status, as a shell gives it."""


@contextmanager
def politely() -> Iterator[None]:
    """Within, SIGTERM and SIGHUP raise Ended in the main thread; once, so that the ending itself is not ended.

    What ignores a signal, as nohup does, goes on ignoring it. In another thread nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    streams = terminals()

    def leave(number: int, frame: FrameType | None) -> None:
        for each in before:  # a shell that ends sends its own after the system's
            signal.signal(each, lambda *_: None)
        if number == signal.SIGHUP:
            silence(streams)
        raise Ended(number)

    before = {each: signal.getsignal(each) for each in _POLITE if signal.getsignal(each) != signal.SIG_IGN}
    for each in before:
        signal.signal(each, leave)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler or signal.SIG_DFL)


def terminals() -> list[int]:
    """Standard output and error as far as they are terminals; one that is gone is none, so this is asked before."""
    return [stream for stream in (1, 2) if os.isatty(stream)]


def silence(streams: Iterable[int]) -> None:
    """What is still said to them goes nowhere: writing to a terminal that is gone is an error."""
    for stream in streams:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
