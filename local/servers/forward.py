"""Trino's HTTPS port on the user's cluster as a port of this machine: kubectl, started again whenever it ends."""

import http.client
import os
import ssl
import sys
from pathlib import Path

from client.forward import Target, forward
from local import paths
from local.servers import descriptors, process
from local.servers.process import ServerError
from mesh.names import NAMESPACE
from mesh.ports import TRINO_HTTPS

NAME = "trino-port"
START_SECONDS = 180
"""Trino itself may be starting."""


def apply(context: str, port: int) -> None:
    """Forwards the `port` of this machine to Trino on the cluster of a kubeconfig's context."""
    variable = os.environ.get("KUBECONFIG", "")
    kubeconfig = os.pathsep.join(str(Path(each).absolute()) for each in variable.split(os.pathsep) if each)
    wanted = {"kind": "forward", "host": paths.HOST, "port": port, "context": context, "kubeconfig": kubeconfig}
    with descriptors.locked(NAME):
        if descriptors.every().get(NAME) != wanted:
            process.stop(NAME)
            descriptors.write(NAME, wanted)
    start()


def start() -> None:
    """Starts the forward that `apply` described, or starts it again where Trino does not answer through it."""
    with descriptors.locked(NAME):
        known = descriptors.required(NAME, "port of Trino")
        port, context = known["port"], known["context"]
        if process.alive(NAME) and not answers(port):
            process.stop(NAME)  # its pauses between attempts grow
        if process.alive(NAME) is None:
            process.end_strays(_folder())
            process.require_port(paths.HOST, port, "The port of Trino")
        try:
            process.start(
                NAME,
                [sys.executable, "-m", "local.servers.forward", context, str(port)],
                env={**os.environ, "PYTHONPATH": str(paths.checkout()), "KUBECONFIG": known["kubeconfig"]},
                cwd=paths.private(_folder()),
                ready=lambda: answers(port),
                timeout=START_SECONDS,
                why=f"Trino's port, forwarded from the cluster {context},",
            )
        except ServerError as error:
            look = f"kubectl --context {context} --namespace {NAMESPACE} get pods"
            raise ServerError(f"{error}\nWhat the cluster says: `{look}`. `make up` puts right what it can.") from None


def delete() -> None:
    """Ends the forward for good; nothing happens if there is none."""
    with descriptors.locked(NAME):
        process.stop(NAME)
        descriptors.forget(NAME, _folder())


def answers(port: int) -> bool:
    """Whether a Trino that has started answers there; who it is, its clients verify."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(paths.HOST, port, timeout=5, context=context)
    try:
        connection.request("GET", "/v1/info")
        return b'"starting":false' in connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def target(port: int) -> Target:
    """Trino's Service, at a port of this machine."""
    return Target(title="Trino", service="trino-coordinator", remote=TRINO_HTTPS, port=port, scheme="https")


def _folder() -> Path:
    return paths.stack().resolve() / NAME


if __name__ == "__main__":
    forward([target(int(sys.argv[2]))], ["kubectl", "--context", sys.argv[1], "--namespace", NAMESPACE])
