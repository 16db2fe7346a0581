"""Builds the images of JupyterHub and brings them into the local cluster that a stack's kubeContext names."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from shlex import quote

from client.arguments import Parser
from client.errors import CommandError
from client.outputs import PROJECT
from mesh.images import BUILT


def builds() -> list[list[str]]:
    """The commands that build every image."""
    return [["docker", "build", "--tag", image, str(PROJECT / folder)] for image, folder in BUILT.items()]


def loads(context: str) -> list[list[str]]:
    """The commands that load the images into the cluster of a kubeconfig's context.

    No command for Docker Desktop, whose cluster uses Docker's images. Raises CommandError for other kinds of cluster.
    """
    kind, _, name = context.partition("-")
    images = list(BUILT)
    if context in ("docker-desktop", "docker-for-desktop"):
        return []
    if kind == "kind" and name:
        return [["kind", "load", "docker-image", "--name", name, *images]]
    if kind == "k3d" and name:
        return [["k3d", "image", "import", "--cluster", name, *images]]
    if context == "minikube":
        return [["minikube", "image", "load", "--profile", context, image] for image in images]
    raise CommandError(
        f"{context} is not a context of kind, k3d, minikube or Docker Desktop: `make images` cannot load into it.\n"
        f"Load them by hand: {', '.join(images)}"
    )


def run(command: Sequence[str]) -> None:
    """Runs a command and shows its output. Raises CommandError when it fails or is not on PATH."""
    if not shutil.which(command[0]):
        raise CommandError(f"`{command[0]}` is not on PATH. Install it, then repeat the command.")
    print(f"$ {' '.join(command)}", flush=True)
    if code := subprocess.run(command, check=False).returncode:
        raise CommandError(f"`{' '.join(command[:3])} …` failed with exit code {code}; its output is above.")


def context(stack: str) -> str:
    """The kubeconfig's context that the stack's configuration names. Raises CommandError when it names none."""
    command = ["pulumi", "config", "get", "kubeContext", "--stack", stack, "--non-interactive"]
    if not shutil.which(command[0]):
        raise CommandError("`pulumi` is not on PATH. Install it, then repeat the command.")
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        raise CommandError(
            f"the stack {stack} names no cluster: {' '.join(done.stderr.split()) or 'kubeContext is empty'}\n"
            f"Type: pulumi config set kubeContext kind-datamesh --stack {quote(stack)}"
        )
    return done.stdout.strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds and loads the images; the exit status."""
    parser = Parser(description=__doc__)
    parser.add_argument("--stack", required=True)
    options = parser.parse_args(arguments)
    try:
        if options.stack == "local":
            raise CommandError("the stack local has no cluster and needs no images. Type: make images STACK=dev")
        into_cluster = loads(context(options.stack))
        for command in [*builds(), *into_cluster]:
            run(command)
    except CommandError as error:
        print(f"images: {error}", file=sys.stderr)
        return 1
    print(f"In the cluster: {', '.join(BUILT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
