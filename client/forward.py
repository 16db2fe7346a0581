"""Ports of a cluster's Services as ports of this machine: kubectl, started again whenever it ends."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass

HOST = "127.0.0.1"
_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a forward that ended is started again; doubled each time that it did not begin."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A Service of the platform, and its port on this machine."""

    title: str
    service: str
    remote: int
    port: int
    scheme: str
    login: tuple[str, ...] = ()
    """How to log in, in lines; `{stack}` stands for the stack's name."""

    @property
    def url(self) -> str:
        """Its address on this machine."""
        return f"{self.scheme}://{HOST}:{self.port}"


class Forward(threading.Thread):
    """One forwarded port: a kubectl that is started again whenever it ends, as it does when its pod goes."""

    def __init__(self, target: Target, kubectl: Sequence[str]) -> None:
        super().__init__()
        self._target = target
        self._command = [
            *kubectl, "port-forward", "--address", HOST, f"service/{target.service}", f"{target.port}:{target.remote}",
        ]  # fmt: skip
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def run(self) -> None:
        pause = _PAUSE
        while process := self._start():
            began, last = False, "no output"
            for line in process.stdout or ():
                if line.startswith("Forwarding from") and not began:
                    began = True
                    _print(f"{self._target.title} is at {self._target.url}")
                elif not line.startswith("Handling connection"):
                    last = line.strip() or last
            process.wait()
            pause = _PAUSE if began else min(2 * pause, _LONGEST_PAUSE)
            if not self._ending.is_set():
                _print(f"{self._target.title} is unreachable ({last}); next attempt in {pause:.0f} s")
            self._ending.wait(pause)

    def _start(self) -> subprocess.Popen[str] | None:
        with self._lock:
            if self._ending.is_set():
                return None
            # In a new session: Ctrl-C reaches this program alone, which then ends the forwards.
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
            return self._process

    def end(self) -> None:
        """Ends the forward for good; `join` waits until kubectl has ended."""
        with self._lock:
            self._ending.set()
            if self._process is not None:
                self._process.terminate()


def _print(line: str) -> None:
    """Prints a line in one write: with print(), another thread could write before the line's end."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def forward(targets: Sequence[Target], kubectl: Sequence[str]) -> None:
    """Forwards all ports until SIGINT, SIGTERM or SIGHUP, then ends every kubectl."""
    # Not a threading.Event: a handler that sets it could wait for the lock that the main thread holds in `wait`.
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: None)
    forwards = [Forward(target, kubectl) for target in targets]
    for each in forwards:
        each.start()
    os.read(reader, 1)
    for each in forwards:
        each.end()
    for each in forwards:
        each.join()
