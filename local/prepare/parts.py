"""What this machine lacks comes into the user's cache at once: each part by a process of its own, shown together."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, NamedTuple

from local import paths
from local.paths import LocalError
from local.prepare import engine, fetch, java
from local.progress import MOVING, WATCHED, say, ticking
from local.servers import emulator


class Part(NamedTuple):
    """One thing to have: whether it is there, and what gets it (safe to interrupt, and to run twice at once)."""

    there: Callable[[], object]
    get: Callable[[], object]


PARTS = {
    "engine": Part(engine.found, engine.ensure),
    "trino": Part(lambda: paths.trino().is_dir(), fetch.trino),
    "postgres": Part(lambda: paths.postgres().is_dir(), fetch.postgres),
    "emulator": Part(emulator.is_there, emulator.prepare),
}
LATER = {"classes": Part(java.is_there, java.prepare)}
"""What makes starts quicker and no answer needs."""


def get_all() -> None:
    """Everything that is missing; LocalError if something could not be had, after the rest has come."""
    missing = [name for name, part in PARTS.items() if not part.there()]
    if len(missing) == 1:
        PARTS[missing[0]].get()
    elif missing:
        at_once({name: [sys.executable, "-m", "local.prepare", name] for name in missing})


def get_later() -> None:
    """Starts what makes later starts quicker, in the background; its words go into a file of the cache."""
    for name, part in LATER.items():
        if not part.there():
            log = paths.cache() / f"{name}.log"
            say(f"In the background, for later starts: {name} of Trino, about a minute ({log})")
            with log.open("wb") as output:
                command = [sys.executable, "-m", "local.prepare", name]
                streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
                subprocess.Popen(command, cwd=paths.checkout(), start_new_session=True, **streams)


def at_once(commands: Mapping[str, Sequence[str]]) -> None:
    """Runs the commands side by side and shows what they say; LocalError at the end with the names of those that fail.

    An interruption ends all of them.
    """
    watched = {**os.environ, WATCHED: "1"}
    getting = {
        name: subprocess.Popen(
            command,
            cwd=paths.checkout(),
            env=watched,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            process_group=0,
        )
        for name, command in commands.items()
    }
    try:
        _show({name: child.stderr for name, child in getting.items() if child.stderr})
        failed = [name for name, child in getting.items() if child.wait()]
    except BaseException:  # the user's interruption
        for child in getting.values():
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGINT)
        for child in getting.values():
            child.wait()
        raise
    if failed:
        raise LocalError(f"Not to be had: {', '.join(failed)}. The messages above say why; the rest stays.")


def _show(streams: dict[str, IO[str]]) -> None:
    """Shows the lines of all until they end; of those that move, each one's latest in a common line."""
    latest = dict.fromkeys(streams, "")
    clear = "\r\033[K" if sys.stderr.isatty() else ""

    def read(name: str, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                moves = line.startswith(MOVING)
                latest[name] = line.strip() if moves else ""
                if not moves:
                    say(f"{clear}{line.rstrip()}")
        latest[name] = ""

    def shown(_seconds: float) -> str:
        line = "; ".join(text for text in latest.values() if text) or "almost there"
        return line[: shutil.get_terminal_size().columns - 12] if clear else line

    readers = [threading.Thread(target=read, args=each, daemon=True) for each in streams.items()]
    with ticking("all of these", shown=shown):
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
