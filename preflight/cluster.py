"""The cluster of the settings answers, lets its user make the platform, and has the images that no registry has."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from client.state import Resource, platform
from mesh.brief import brief
from mesh.names import NAMESPACE
from preflight.findings import Finding, green, red, yellow

Answer = tuple[int, str, str]
"""Exit status, standard output, standard error."""
Kubectl = Callable[[Sequence[str]], Answer]

_SECONDS = 15
_LEVELS = 25
"""The minor version of Kubernetes that enforces the namespace's security level for good."""
_FIND = ("get", "namespace", NAMESPACE, "--ignore-not-found", "--output", "name")
_NAMESPACE_TYPE = "kubernetes:core/v1:Namespace"


def kubectl(context: str, kubeconfig: str = "") -> Kubectl | None:
    """Asks the cluster of a kubeconfig's context, of the user's own kubeconfig by default; None without kubectl."""
    program = shutil.which("kubectl")
    if program is None:
        return None

    file = ["--kubeconfig", kubeconfig] if kubeconfig else []

    def ask(words: Sequence[str]) -> Answer:
        command = [program, *file, "--context", context, "--request-timeout", f"{_SECONDS}s", *words]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=2 * _SECONDS
            )
        except subprocess.TimeoutExpired:
            return 1, "", f"no answer in {2 * _SECONDS} s"
        return done.returncode, done.stdout, done.stderr

    return ask


def kubeconfig_problem() -> str | None:
    """The problem with the variable KUBECONFIG, or None: kubectl reads several files, Pulumi's plugin takes one."""
    variable = os.environ.get("KUBECONFIG", "")
    if os.pathsep not in variable:
        return None
    return (
        f"the variable KUBECONFIG lists files, {brief(variable)}, and Pulumi's plugin takes one. Make one of them:\n"
        "(umask 077; kubectl config view --flatten > ~/.kube/datamesh); export KUBECONFIG=~/.kube/datamesh"
    )


def is_empty(ask: Kubectl) -> bool:
    """Whether the cluster answers that it does not have the platform's namespace."""
    status, out, _ = ask(_FIND)
    return status == 0 and not out.strip()


def volume_claims(ask: Kubectl) -> tuple[list[str], str]:
    """The volume claims in the platform's namespace, which hold homes and the hub's database; none, and why, else."""
    status, out, error = ask(["get", "pvc", "--namespace", NAMESPACE, "--output", "name"])
    if status:
        return [], " ".join(error.split())[-300:] or f"exit status {status}"
    return [each.rpartition("/")[2] for each in out.split()], ""


def check_cluster(
    ask: Kubectl | None, context: str, resources: Sequence[Resource] | None, stack: str, images: Sequence[str]
) -> Iterator[Finding]:
    """What the cluster says, in up to five lines; one where it does not answer. `images` are ours that pods need."""
    if ask is None:
        yield red("cluster", "kubectl is not on PATH", "https://kubernetes.io/docs/tasks/tools/")
        return
    status, out, error = ask(["version", "--output", "json"])
    version = _version(out) if status == 0 else None
    if version is None:
        reason = " ".join(error.split()) or "no answer that can be read"
        fix = (
            "kubectl config get-contexts --output name shows yours; start that cluster, or name another:\n"
            f"pulumi config set kubeContext kind-datamesh --stack {stack}"
        )
        yield red("cluster", f"{context} does not answer: {reason}", fix)
        return
    yield _age(context, version)
    if problem := kubeconfig_problem():
        yield red("kubeconfig", *problem.split("\n"))
    yield _rights(ask, context)
    yield _namespace(ask, context, resources, stack)
    yield _built(ask, context, stack, images)


def _version(out: str) -> tuple[int, int] | None:
    try:
        server = json.loads(out)["serverVersion"]
        return int(server["major"]), int(server["minor"].rstrip("+"))
    except (ValueError, KeyError, TypeError):
        return None


def _age(context: str, version: tuple[int, int]) -> Finding:
    text = f"{context} answers, Kubernetes {version[0]}.{version[1]}"
    if version < (1, _LEVELS):
        return yellow("cluster", f"{text}, which does not hold pods to a security level", "a cluster of 1.25 or newer")
    return green("cluster", text)


def _rights(ask: Kubectl, context: str) -> Finding:
    status, out, error = ask(["auth", "can-i", "create", "namespaces"])
    if status == 0 and out.strip().startswith("yes"):
        return green("cluster rights", "you may make namespaces")
    reason = " ".join((error or out).split())
    return red("cluster rights", f"you may not make a namespace in {context}: {reason}", "ask the cluster's owner")


def _namespace(ask: Kubectl, context: str, resources: Sequence[Resource] | None, stack: str) -> Finding:
    status, out, error = ask(_FIND)
    if status:
        return yellow("namespace", f"{NAMESPACE} cannot be looked for: {' '.join(error.split())}", "the same again")
    provider = platform(resources or ())
    place = ((provider or {}).get("inputs") or {}).get("context") or context
    if place != context:
        text = f"the stack's platform is in {place}, and Pulumi does not move it"
        return red("namespace", text, f"make up STACK={stack}      # changes nothing, and says what to type")
    ours = any(each["type"] == _NAMESPACE_TYPE for each in resources or ())
    if not out.strip() and ours:
        text = f"the stack made {NAMESPACE}, and {context} does not have it: a cluster of that name made anew?"
        return yellow("namespace", text, f"pulumi up --refresh --stack {stack}      # makes what is missing there")
    if not out.strip():
        return green("namespace", f"{NAMESPACE} is free")
    if ours:
        return green("namespace", f"{NAMESPACE}: made by this stack")
    text = f"{NAMESPACE} is in {context} already"
    if resources is None:
        return yellow(
            "namespace", f"{text}, and the stack's state cannot be read", f"pulumi stack export --stack {stack}"
        )
    fix = f"another cluster, or another stack's `pulumi destroy`:\npulumi config set kubeContext NAME --stack {stack}"
    return red("namespace", f"{text}, and this stack did not make it", fix)


def _built(ask: Kubectl, context: str, stack: str, images: Sequence[str]) -> Finding:
    """Whether nodes list the images of `make images`; they list the fifty largest at most."""
    status, out, error = ask(["get", "nodes", "--output", "json"])
    make = f"make images STACK={stack}"
    if status:
        return yellow("built images", f"the nodes of {context} cannot be asked: {' '.join(error.split())}", make)
    try:
        missing = unlisted(json.loads(out)["items"], images)
    except (ValueError, KeyError, TypeError):
        return yellow("built images", f"the nodes of {context} cannot be read", make)
    if not missing:
        return green("built images", f"{' and '.join(images)} are in the cluster")
    return yellow("built images", f"no node lists {', '.join(missing)}: pods of theirs would not start", make)


def unlisted(nodes: Sequence[Mapping[str, Any]], images: Sequence[str]) -> list[str]:
    """Those of the images that none of these nodes lists."""
    names = {name for node in nodes for each in node["status"].get("images", []) for name in each.get("names") or []}
    return [image for image in images if not any(_same(name, image) for name in names)]


def _same(name: str, image: str) -> bool:
    """Whether a node's name of an image, with its registry (`docker.io/datamesh/hub:1`), is that image."""
    return name == image or name.endswith(f"/{image}")
