"""Builds the images of JupyterHub and brings them into the cluster that a stack's kubeContext names."""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from client import command
from client.arguments import Parser
from client.errors import CommandError
from client.outputs import PROJECT
from mesh.images import BUILT

ENGINES = ("docker", "podman", "nerdctl")
"""What can build images, the first that answers. All three take the same words for it."""
_DESKTOP = ("docker-desktop", "docker-for-desktop")
_REGISTRY = "docker.io"
"""Written out, because podman would call an image without it `localhost/…`, and Kubernetes looks for `docker.io/…`."""


def engine() -> str:
    """The first engine that is there and answers. Raises CommandError with what each of them says otherwise."""
    said: list[str] = []
    for name in ENGINES:
        if not shutil.which(name):
            said.append(f"{name} is not on PATH")
            continue
        done = subprocess.run([name, "info"], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return name
        said.append(f"`{name} info` says: {_last_line(done.stderr or done.stdout)}")
    told = "\n".join(f"  {line}" for line in said)
    raise CommandError(f"there is nothing to build images with:\n{told}\nInstall one of them, or start it.")


def full_name(image: str) -> str:
    """The name of an image with its registry."""
    return f"{_REGISTRY}/{image}"


def builds(engine: str) -> list[list[str]]:
    """The commands that build every image."""
    return [
        [engine, "build", "--tag", full_name(image), str(PROJECT / folder)] for image, folder in sorted(BUILT.items())
    ]


def loads(engine: str, context: str, folder: Path, here: Sequence[str] = ()) -> list[list[str]]:
    """The commands that bring the built images into the cluster of a kubeconfig's context, by files in `folder`.

    `here` are the words that import a file on a cluster that is this very machine. No command for Docker Desktop, whose
    cluster has Docker's images. Raises CommandError for what none of this fits.
    """
    if context in _DESKTOP:
        if engine == "docker":
            return []
        raise CommandError(f"the cluster {context} has Docker's images only, and Docker does not answer: start it.")
    files = {full_name(image): folder / f"{image.replace('/', '-').replace(':', '-')}.tar" for image in sorted(BUILT)}
    saved = [[engine, "save", "--output", str(file), image] for image, file in files.items()]
    return saved + [_load(context, str(file), here) for file in files.values()]


def _load(context: str, file: str, here: Sequence[str]) -> list[str]:
    kind, _, name = context.partition("-")
    if kind == "kind" and name:
        return ["kind", "load", "image-archive", "--name", name, file]
    if kind == "k3d" and name:
        return ["k3d", "image", "import", "--cluster", name, file]
    if context == "minikube":
        return ["minikube", "image", "load", "--profile", context, file]
    if here:
        return [*here, file]
    raise CommandError(
        f"{context} is not a context of kind, k3d, minikube or Docker Desktop, and no node of it is this machine: "
        f"`make images` cannot load into it.\nLoad them by hand: {', '.join(BUILT)}"
    )


def importer(node: str) -> list[str]:
    """The words before a file that import it into the node of this machine, from Kubernetes' list of nodes as JSON.

    Empty when the only node is elsewhere, there are several, or its images are not containerd's.
    """
    try:
        (status,) = (item["status"] for item in json.loads(node)["items"])
        runtime = str(status["nodeInfo"]["containerRuntimeVersion"])
        version = str(status["nodeInfo"]["kubeletVersion"])
        addresses = [each["address"] for each in status["addresses"] if each["type"] == "InternalIP"]
    except (ValueError, KeyError, TypeError):
        return []
    if not runtime.startswith("containerd://") or not any(map(_is_here, addresses)):
        return []
    return [*(["k3s"] if "+k3s" in version else []), "ctr", "--namespace", "k8s.io", "images", "import"]


def _is_here(address: str) -> bool:
    """Whether this machine has an address: only then a server could listen on it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as server:
        try:
            server.bind((address, 0))
        except OSError:
            return False
    return True


def nodes(context: str) -> str:
    """Kubernetes' list of nodes as JSON; empty when nobody answers."""
    if not shutil.which("kubectl"):
        return ""
    words = ["kubectl", "--context", context, "--request-timeout=20s", "get", "nodes", "--output", "json"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def run(words: Sequence[str]) -> None:
    """Runs a command and shows its output. Raises CommandError when it fails or is not on PATH."""
    if not shutil.which(words[0]):
        raise CommandError(f"`{words[0]}` is not on PATH. Install it, then repeat the command.")
    print(f"$ {' '.join(words)}", flush=True)
    if code := subprocess.run(words, check=False).returncode:
        raise CommandError(f"`{' '.join(words[:3])} …` failed with exit code {code}; its output is above.")


def context(stack: str) -> str:
    """The kubeconfig's context that the stack's configuration names. Raises CommandError when it names none."""
    words = ["pulumi", "config", "get", "kubeContext", "--stack", stack, "--non-interactive"]
    if not shutil.which(words[0]):
        raise CommandError("`pulumi` is not on PATH. Install it, then repeat the command.")
    done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        raise CommandError(
            f"the stack {stack} names no cluster: {' '.join(done.stderr.split()) or 'kubeContext is empty'}\n"
            f"Type: pulumi config set kubeContext kind-datamesh --stack {quote(stack)}"
        )
    return done.stdout.strip()


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "nothing")


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds and loads the images; the exit status."""
    parser = Parser(prog="python -m commands.images", description=__doc__)
    parser.add_argument("--stack", required=True)
    options = parser.parse_args(arguments)
    return command.run("images", lambda: _bring(options.stack))


def _bring(stack: str) -> None:
    cluster = context(stack)
    here = importer(nodes(cluster))
    chosen = engine()
    print(f"{chosen} builds the images.", flush=True)
    with tempfile.TemporaryDirectory(prefix="datamesh-images-") as folder:
        into_cluster = loads(chosen, cluster, Path(folder), here)
        for words in [*builds(chosen), *into_cluster]:
            run(words)
    print(f"In the cluster: {', '.join(BUILT)}")


if __name__ == "__main__":
    sys.exit(main())
