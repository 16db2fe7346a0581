"""Forwards the platform's ports to this machine, until Ctrl-C: `python -m commands.ports --stack dev`."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from shlex import quote
from typing import Any

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from client.forward import HOST, Target, forward
from client.outputs import needed, read_outputs
from client.ports import port_is_free
from commands.images import context
from mesh.local_settings import STACK
from mesh.ports import GRAFANA, JUPYTERHUB, TRINO_HTTPS

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
        make = "make up" if stack == STACK else f"pulumi up --refresh --stack {quote(stack)}"
        reason = "; ".join(dict.fromkeys(seen.stderr.splitlines()))  # kubectl may repeat it for each Service
        raise CommandError(
            f"{where} does not have all of {', '.join(services)}: {reason}\n"
            f"Start the cluster if it does not run (`kubectl config get-contexts` lists all), then type "
            f"`{make}`, which makes what is missing in it."
        )


def local_answer(outputs: dict[str, Any]) -> str:
    """The message for a stack that has no cluster."""
    return (
        f"Trino is at {outputs['trino']['url']} already: the stack local has no cluster.\n"
        "JupyterHub and Grafana need one: `make up KUBE_CONTEXT=kind-datamesh` brings them to yours. "
        "`make notebook USER=sales-analyst` opens the notebook without it."
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
            if not outputs["trino"].get("cluster"):
                print(local_answer(outputs))
                return
            print(f"Trino: {outputs['trino']['url']}, which `make up` forwards")
            targets = [target for target in targets if target.service != TARGETS[0].service]
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
