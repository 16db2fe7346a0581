"""Servers of the local stack as processes: started once, found again by id and birth, ended with their children."""

import errno
import fcntl
import itertools
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from client import private
from client.command import no_room
from client.ports import port_is_free
from local import paths, records

TAIL_LINES = 15
LOG_LIMIT = 16_000_000

# The shell waits for a line before it becomes the server. That line is written after the process was recorded: a run
# that is killed in between leaves a shell that ends by itself, never a server without a record.
GATE = 'read -r go && exec "$@" </dev/null'

_children: dict[int, subprocess.Popen[bytes]] = {}  # ours by birth: kept so that they can be reaped


class ServerError(paths.LocalError):
    """A server cannot do what was asked of it."""


def start(
    name: str,
    argv: Sequence[str | Path],
    *,
    ready: Callable[[], bool],
    timeout: float,
    why: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> int:
    """Starts the server `name` unless it runs, returns its process id once it was `ready()`, now or earlier.

    Raises ServerError with the end of its log if it dies or needs more than `timeout` seconds; it is stopped then.
    """
    with locked(name):
        process = _find(name)
        if process is None:
            process = _spawn(name, argv, env, cwd)
        elif _recorded(name).get("ready"):
            return process.pid
        deadline = time.monotonic() + timeout
        while not ready():
            if _runs(process) and time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            late = f"was not ready after {timeout:.0f} s"
            trouble = late if _runs(process) else f"ended before it was ready{_exit_code(process.pid)}"
            _stop(name, signal.SIGTERM, 10)
            said = tail(log(name))
            if os.strerror(errno.ENOSPC) in said:
                raise ServerError(
                    f"{why} {trouble}: {no_room(OSError(errno.ENOSPC, '', str(cwd or paths.stack())), ())}"
                )
            raise ServerError(f"{why} {trouble}. The last lines of its log, {log(name)}:\n{said}")
        _write_record(name, process, ready=True)
        return process.pid


def stop(name: str, sig: signal.Signals = signal.SIGTERM, timeout: float = 30) -> None:
    """Ends the server `name` and its children, by force after `timeout` seconds; nothing happens if it does not run."""
    with locked(name):
        _stop(name, sig, timeout)


def alive(name: str) -> int | None:
    """The process id of the server `name`, None if it does not run."""
    process = _find(name)
    return process.pid if process else None


def free_port(host: str) -> int:
    """A port that nothing uses on `host`, below the range from which systems take ports for outgoing connections."""
    for port in random.sample(range(20000, 32000), 200):
        if port_is_free(host, port):
            return port
    raise ServerError(f"No free port between 20000 and 32000 on {host}: end some servers there.")


def end_strays(*folders: Path) -> None:
    """Ends what works in `folders` or was told of them: servers without a record, the rest of one that was killed."""
    places, ours = set(map(str, folders)), str(paths.cache())

    def works(about: Mapping[str, Any]) -> bool:
        """Not a shell of the user that only stands in the folder."""
        apart = about["terminal"] is None or (about["exe"] or "").startswith(ours)
        return not places.isdisjoint(about["cmdline"] or []) or (about["cwd"] in places and apart)

    left = [each for each in psutil.process_iter(["cmdline", "cwd", "exe", "terminal"]) if works(each.info)]
    # For an interrupt alone PostgreSQL goes at once; what was started in the background may ignore it.
    for signs in ((signal.SIGINT, signal.SIGTERM), (signal.SIGKILL,)):
        for each, sign in itertools.product(left, signs):
            with suppress(psutil.NoSuchProcess):
                each.send_signal(sign)
        left = psutil.wait_procs(left, timeout=10)[1] if left else []


def require_port(host: str, port: int, why: str) -> None:
    """Raises ServerError, naming the culprit where the system shows it, if `port` is taken."""
    for _ in range(30):  # a server that was killed holds its port a moment longer, while its threads end
        if port_is_free(host, port):
            return
        time.sleep(0.1)
    raise ServerError(
        f"{why} needs port {port} on {host}, but {_listener(port)} uses it. End that program, then type `make up`."
    )


def tail(path: Path) -> str:
    """The last lines of a server's log, without the frames of Java's stack traces: they would push the reason out."""
    if not path.exists():
        return "  (no log)"
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 50_000))
        lines = file.read().decode(errors="replace").splitlines()
    telling = [line for line in lines if line.strip() and not line.startswith(("\tat ", "\t... "))]
    return "\n".join(f"  {line[:500]}" for line in telling[-TAIL_LINES:]) or "  (empty)"


def log(name: str) -> Path:
    """Where the server `name` writes its log."""
    return paths.stack() / "logs" / f"{name}.log"


def forget(name: str) -> None:
    """Removes what is left of a server that was stopped for good: its log and its record."""
    for file in (log(name), _file(name, "json")):
        file.unlink(missing_ok=True)


def write_private(file: Path, content: str | bytes) -> None:
    """As `client.private` does, in a folder that is made where it is missing, and private too."""
    paths.private(file.parent)
    private.write_private(file, content)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Holds the lock `name` of this stack: one at a time, across processes and threads."""
    paths.private(_file(name, "lock").parent)
    with _file(name, "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _spawn(name: str, argv: Sequence[str | Path], env: Mapping[str, str] | None, cwd: Path | None) -> psutil.Process:
    paths.private(log(name).parent)
    too_long = log(name).exists() and log(name).stat().st_size > LOG_LIMIT
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if too_long else os.O_APPEND)
    with os.fdopen(os.open(log(name), flags, 0o600), "wb") as output:
        child = subprocess.Popen(
            ["/bin/sh", "-c", GATE, name, *map(str, argv)],
            env=env,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process = psutil.Process(child.pid)
    _write_record(name, process, ready=False)
    _children[child.pid] = child
    if child.stdin:
        with suppress(BrokenPipeError), child.stdin as gate:  # killed already: start() says so
            gate.write(b"go\n")
    return process


def _stop(name: str, sig: signal.Signals, timeout: float) -> None:
    process = _find(name)
    if process is not None:
        with suppress(psutil.NoSuchProcess):
            family = [*process.children(recursive=True), process]
            process.send_signal(sig)
            deadline = time.monotonic() + timeout
            while _runs(process) and time.monotonic() < deadline:
                time.sleep(0.02)
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            psutil.wait_procs(family, timeout=5)
    _file(name, "json").unlink(missing_ok=True)


def _find(name: str) -> psutil.Process | None:
    record = _recorded(name)
    with suppress(psutil.NoSuchProcess, KeyError, ValueError, OverflowError):
        process = psutil.Process(record["pid"])
        return process if abs(_born(process) - record["born"]) < 0.05 and _runs(process) else None
    return None


def _write_record(name: str, process: psutil.Process, *, ready: bool) -> None:
    write_private(_file(name, "json"), json.dumps({"pid": process.pid, "born": _born(process), "ready": ready}))


def _recorded(name: str) -> dict[str, Any]:
    with suppress(records.DamagedError):  # what it was about is found by its folder
        return records.read(_file(name, "json"), pid=int, born=float) or {}
    return {}


def _born(process: psutil.Process) -> float:
    """When a process began. Linux counts from boot: a clock that is set later changes both terms and not this."""
    return process.create_time() - (psutil.boot_time() if psutil.LINUX else 0)


def _runs(process: psutil.Process) -> bool:
    if process.pid in _children:
        _children[process.pid].poll()
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _exit_code(pid: int) -> str:
    with suppress(KeyError, subprocess.TimeoutExpired):
        return f" (exit code {_children[pid].wait(timeout=5)})"
    return ""


def _listener(port: int) -> str:
    # Without special rights some systems show nothing of other users' programs.
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr[1] == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return "another program"


def _file(name: str, kind: str) -> Path:
    return paths.stack() / "run" / f"{name}.{kind}"
