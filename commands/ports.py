"""Forwards the platform's ports to this machine, until Ctrl-C: `python -m commands.ports --stack dev`."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from shlex import quote
from typing import Any

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.outputs import needed, read_outputs
from client.ports import port_is_free
from commands.images import context
from mesh.ports import GRAFANA, JUPYTERHUB, TRINO_HTTPS

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
    login: tuple[str, ...]
    """How to log in, in lines; `{stack}` stands for the stack's name."""

    @property
    def url(self) -> str:
        """Its address on this machine."""
        return f"{self.scheme}://{HOST}:{self.port}"


_PEOPLE = "the password of sales-analyst: make password STACK={stack} USER=sales-analyst"
TARGETS = (
    Target(
        title="Trino",
        service="trino-coordinator",
        remote=TRINO_HTTPS,
        port=TRINO_HTTPS,
        scheme="https",
        login=(_PEOPLE, "the certificate to verify it with: make authority STACK={stack} > trino-ca.pem"),
    ),
    Target(title="JupyterHub", service="jupyterhub", remote=80, port=JUPYTERHUB, scheme="http", login=(_PEOPLE,)),
    Target(
        title="Grafana",
        service="grafana",
        remote=80,
        port=GRAFANA,
        scheme="http",
        login=("user admin, whose password is: make password STACK={stack} USER=grafana-admin",),
    ),
)


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


def check(targets: Sequence[Target], kubectl: Sequence[str], where: str, stack: str) -> None:
    """Raises CommandError when something cannot be forwarded to `where`, which names namespace and cluster."""
    if not shutil.which(kubectl[0]):
        raise CommandError("`kubectl` is not on PATH. Install it, then repeat the command.")
    for target in targets:
        if not port_is_free(HOST, target.port):
            raise CommandError(
                f"port {target.port} of this machine, for {target.title}, is in use. End the program that uses it, or "
                "choose another port:\n.venv/bin/python -m commands.ports "
                f"--stack {quote(stack)} --{target.title.lower()} {target.port + 1}"
            )
    services = [target.service for target in targets]
    seen = subprocess.run(
        [*kubectl, "get", "service", *services, "--output", "name", "--request-timeout", "15s"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if seen.returncode:
        reason = "; ".join(dict.fromkeys(seen.stderr.splitlines()))  # kubectl may repeat it for each Service
        raise CommandError(
            f"{where} does not have all of {', '.join(services)}: {reason}\n"
            f"Start the cluster if it does not run (`kubectl config get-contexts` lists all), then type "
            f"`pulumi up --stack {quote(stack)}`, which makes what is missing in it."
        )


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


def local_answer(outputs: dict[str, Any]) -> str:
    """The message for a stack that has no cluster."""
    return (
        f"Trino is at {outputs['trino']['url']} already: the stack local has no cluster.\n"
        "JupyterHub and Grafana need one. `make notebook USER=sales-analyst` opens the notebook without it."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Forwards until a signal; the exit status."""
    parser = Parser(prog="python -m commands.ports", description=__doc__)
    parser.add_argument("--stack", required=True, help="the Pulumi stack, deployed")
    for target in TARGETS:
        text = f"port of this machine for {target.title} (default: {target.port})"
        parser.add_argument(f"--{target.title.lower()}", metavar="PORT", type=int, default=target.port, help=text)
    options = parser.parse_args(arguments)
    targets = [replace(target, port=getattr(options, target.title.lower())) for target in TARGETS]
    return run("ports", lambda: _forward(targets, options.stack))


def _forward(targets: list[Target], stack: str) -> None:
    with needed(stack):
        outputs = read_outputs(stack)
        if outputs["trino"].get("portForward") is None:
            print(local_answer(outputs))
            return
        cluster, namespace = context(stack), outputs["trino"]["namespace"]
    kubectl = ["kubectl", "--context", cluster, "--namespace", namespace]
    check(targets, kubectl, f"the namespace {namespace} in the cluster {cluster}", stack)
    for target in targets:
        login = [line.format(stack=quote(stack)) for line in target.login]
        print("\n  ".join([f"{target.title}: {target.url}", *login]))
    print("Ctrl-C ends all forwards.", flush=True)
    forward(targets, kubectl)


if __name__ == "__main__":
    sys.exit(main())
