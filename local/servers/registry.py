"""All servers of the stack together: back after a reboot, gone at the end, and what runs now."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from local import paths
from local.servers import descriptors, emulator, forward, postgres, process, query_log, trino
from local.servers.descriptors import Descriptor
from local.servers.process import ServerError

FORWARD = "forward"
# Trino last: it asks the others. They go in the opposite order.
START: dict[str, Callable[[str, Descriptor], None]] = {
    "emulator": lambda name, known: emulator.start(f"http://{known['host']}:{known['port']}", known.get("pods", "")),
    "postgres": lambda name, known: postgres.start(name),
    "query-log": lambda name, known: query_log.start(name),
    "trino": lambda name, known: trino.start(name),
    FORWARD: lambda name, known: forward.start(),
}
# A copy that an interrupted drill left behind is only ended.
STOP = {
    FORWARD: process.stop,
    "trino": process.stop,
    "postgres": postgres.stop,
    "copy": postgres.stop,
    "query-log": process.stop,
    "emulator": process.stop,
}


@dataclass(frozen=True)
class Server:
    """A server that should run, and the process that does."""

    name: str
    kind: str
    address: str
    pid: int | None


def start_all(but: str = "") -> list[str]:
    """Starts every server that should run and does not, `but` those of a kind, with its data; returns their names."""
    started: list[str] = []
    for kind, start in START.items():
        if kind == but:
            continue
        started += [server.name for server in status() if server.kind == kind and server.pid is None]
        wanted = {name: known for name, known in descriptors.every().items() if known["kind"] == kind}
        # Also those that run: one may have been interrupted before it was ready.
        _together([partial(start, name, known) for name, known in wanted.items()])
    if lost := descriptors.damaged():
        raise ServerError(f"How {', '.join(lost)} runs is not known, its file is damaged: type `make up`.")
    return started


def stop_all() -> None:
    """Ends every server; their data stay, and `start_all` brings them back."""
    for kind, stop in STOP.items():
        _together([partial(stop, server.name) for server in status() if server.kind == kind])
    folder = paths.stack().resolve()
    process.end_strays(folder / "emulator", *folder.glob("trino/*/data"), *folder.glob("postgres/*"))


def status() -> list[Server]:
    """Every server that should run, by name."""
    return [
        Server(
            name, known["kind"], ", ".join(f"{each}:{known['port']}" for each in _listens(known)), process.alive(name)
        )
        for name, known in descriptors.every().items()
    ]


def _listens(known: Descriptor) -> list[str]:
    return known.get("listens") or [known["host"]]


def _together(tasks: list[Callable[[], None]]) -> None:
    """Runs the tasks at once, each to its end; ServerError with the messages of all that failed."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        futures = [pool.submit(task) for task in tasks]
    errors = [str(error) for future in futures if (error := future.exception())]
    if errors:
        raise ServerError("\n\n".join(errors))
