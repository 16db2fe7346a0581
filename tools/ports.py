"""Forwards the platform's ports to this machine, all at once, and prints the addresses; Ctrl-C ends it."""

import argparse
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local import process
from seed import SeedError
from seed.stack import read_outputs

PAUSE = 2.0
"""Seconds before a forward that ended begins again: `kubectl` gives up when the pod behind it goes."""


@dataclass(frozen=True)
class Forward:
    """One Service, and where it answers here."""

    service: str
    port: int
    """Of the Service."""
    here: int
    address: str
    login: str
    """What to type for a password."""


FORWARDS = (
    Forward("trino-coordinator", 8443, 8443, "https://127.0.0.1:8443", "make password USER=sales-analyst"),
    Forward("jupyterhub", 80, 8000, "http://127.0.0.1:8000", "make password USER=sales-analyst"),
    Forward("grafana", 80, 3000, "http://127.0.0.1:3000", "user admin; make password USER=grafana-admin"),
)


def command(forward: Forward, context: str, namespace: str) -> list[str]:
    """The command that forwards one port."""
    where = ["--context", context, "--namespace", namespace]
    return ["kubectl", *where, "port-forward", f"service/{forward.service}", f"{forward.here}:{forward.port}"]


def check(outputs: dict[str, Any]) -> tuple[str, str]:
    """The stack's context and namespace; SeedError where nothing can be forwarded."""
    context = outputs["trino"].get("kubeContext")
    if not context:
        raise SeedError(
            f"this stack has no cluster: Trino is at {outputs['trino']['url']} already, the notebook opens by "
            "`make notebook USER=…`, and Grafana needs a cluster"
        )
    if not shutil.which("kubectl"):
        raise SeedError("`kubectl` is not on PATH. Install it, then type the same again.")
    known = subprocess.run(
        ["/usr/bin/env", "kubectl", "config", "get-contexts", "--output", "name"],
        capture_output=True,
        text=True,
        check=False,
    )
    if context not in known.stdout.split():
        raise SeedError(
            f"kubectl knows no context {context}, which the stack's kubeContext names; it knows: "
            f"{', '.join(known.stdout.split()) or 'none'}. Is the cluster there, and KUBECONFIG right?"
        )
    for forward in FORWARDS:
        if not process.port_is_free("127.0.0.1", forward.here):
            raise SeedError(f"port {forward.here} is in use here, {forward.service} needs it: end that program first")
    return context, outputs["trino"]["namespace"]


def forward_all(context: str, namespace: str) -> None:
    """Keeps all ports forwarded, until it is interrupted."""
    running: dict[Forward, subprocess.Popen[bytes]] = {}
    try:
        while True:
            for forward in FORWARDS:
                if forward in running and running[forward].poll() is None:
                    continue
                if forward in running:
                    print(f"{forward.service} went away; forwarding again", flush=True)
                running[forward] = subprocess.Popen(
                    command(forward, context, namespace), stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
                )
            time.sleep(PAUSE)
    finally:
        for child in running.values():
            child.terminate()
        for child in running.values():
            child.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Forward until Ctrl-C; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", help="the Pulumi stack (default: the selected one)")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        context, namespace = check(read_outputs(options.stack))
        for forward in FORWARDS:
            print(f"{forward.service:<18} {forward.address:<24} {forward.login}", flush=True)
        print("Ctrl-C ends all three.", flush=True)
        forward_all(context, namespace)
    except SeedError as error:
        print(f"ports: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
