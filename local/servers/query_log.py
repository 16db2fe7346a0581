"""The log of queries beside Trino: what the second container of its pod runs, as a process."""

import sys
from pathlib import Path

from local import paths
from local.servers import descriptors, process, readiness

WHAT = "The log of Trino's queries"


def apply(name: str, program: Path, host: str, token: Path) -> str:
    """Runs `program` as the server `name`, with the token in a file, on a port that stays; returns its URL."""
    with descriptors.locked(name):
        known = descriptors.read(name)
        port = known["port"] if known else process.free_port(host)
        wanted = {"kind": "query-log", "host": host, "port": port, "program": str(program), "token": str(token)}
        if known != wanted:
            process.stop(name)
            descriptors.write(name, wanted)
        _start(name, wanted)
    return f"http://{host}:{port}/"


def start(name: str) -> None:
    """Starts the server that `apply` made, unless it runs."""
    with descriptors.locked(name):
        _start(name, descriptors.required(name, WHAT))


def delete(name: str) -> None:
    """Ends the server; what it kept stays until the stack goes."""
    with descriptors.locked(name):
        process.stop(name)
        process.end_strays(_work(name))
        descriptors.forget(name, _work(name))


def _folder() -> Path:
    return paths.stack().resolve() / "queries"


def _work(name: str) -> Path:
    """Where the server `name` works, and no other: what is left of one is found by that."""
    return _folder() / name


def _start(name: str, known: descriptors.Descriptor) -> None:
    url = f"http://{known['host']}:{known['port']}/"
    if process.alive(name) is None:
        process.end_strays(_work(name))
        process.require_port(known["host"], known["port"], WHAT)
    process.start(
        name,
        [sys.executable, "-I", known["program"]],
        env={
            "QUERY_LOG_FOLDER": str(paths.private(_folder())),
            "QUERY_LOG_PORT": str(known["port"]),
            "QUERY_LOG_TOKEN": Path(known["token"]).read_text(encoding="utf-8"),
        },
        cwd=paths.private(_work(name)),
        ready=lambda: readiness.ask("GET", url) is not None,
        timeout=30,
        why=WHAT,
    )
