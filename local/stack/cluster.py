"""The user's own cluster on the stack `local`: whether it answers, and the platform's way to it and back."""

import ipaddress
import json
import socket
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from shlex import quote
from typing import Any

import psutil

from local.paths import LocalError
from local.prepare import kubernetes_plugin
from local.prepare.engine import Engine
from local.progress import say
from local.records import DamagedError
from local.servers import forward
from local.stack import children, environment, output_filter, pods_address, stackfile
from mesh.checks import kube_context as context_problem
from mesh.images import built
from mesh.local_settings import NO_CLUSTER, host_address_problem
from mesh.names import NAMESPACE
from preflight.cluster import kubeconfig_problem, kubectl, unlisted, volume_claims

HOMES = "homes"
"""The word by which REMOVE gives up what people keep in JupyterHub."""
_PROVIDER, _NAMESPACE = "pulumi:providers:kubernetes", "kubernetes:core/v1:Namespace"
_ELSEWHERE = ("203.0.113.1", 9)
"""An address of the documentation's network, which only the default route leads to; nothing is sent there."""
_HERE = "Or type `make up KUBE_CONTEXT=`: the platform is on this machine then."


def deployed() -> str | None:
    """The context of the cluster that has the platform; "" for this machine, None where nothing is deployed."""
    provider = _provider()
    if provider is None:
        return None
    context = (provider.get("inputs") or {}).get("context") or NO_CLUSTER
    return "" if context == NO_CLUSTER else context


def _provider() -> Mapping[str, Any] | None:
    """Pulumi's provider for the cluster as the last update left it; None where nothing is deployed."""
    for each in environment.latest().get("resources") or []:
        if each.get("type") == _PROVIDER and not each.get("delete"):
            return each
    return None


def choose(engine: Engine, context: str, address: str, accepted: Collection[str]) -> None:
    """Makes the platform's place the cluster of `context`, this machine where it is empty; nothing is moved yet.

    `address` is where pods reach this machine, "" to find it. LocalError, and nothing changed, where the cluster cannot
    be used, where people's files would go that are not `accepted` by name, and where a word would have no effect.
    """
    if address and not context:
        raise LocalError(
            "HOST_ADDRESS says where pods of a cluster reach this machine, and no cluster is chosen. Leave it out, or "
            f"name\nthe cluster: make up KUBE_CONTEXT=kind-datamesh HOST_ADDRESS={quote(address)}"
        )
    place = deployed()
    moves = bool(place) and place != context
    if HOMES in accepted and not moves:
        raise LocalError(
            f"REMOVE={HOMES} gives up people's files on a cluster that the platform leaves, and it leaves none now. "
            "Nothing was\nchanged. Type the same without it."
        )
    nodes = _nodes(context) if context else []
    address = _address(context, address, nodes) if context else ""
    if place and moves and HOMES not in accepted and (kept := claims(place)):
        raise LocalError(
            f"With the platform go the files that people keep in {place}: {', '.join(kept)}.\nNothing was changed. To "
            f"give them up, type the same with REMOVE={HOMES}. To stay, type: make up KUBE_CONTEXT={quote(place)}"
        )
    if context:
        kubernetes_plugin.ensure(engine)
    stackfile.put_cluster(context, address)
    if missing := unlisted(nodes, built(publishes=stackfile.publishes())) if nodes else []:
        say(f"No node of {context} lists {', '.join(missing)}. Pods wait for it: `make images` in another terminal.")


def _address(context: str, address: str, nodes: Sequence[pods_address.Node]) -> str:
    """Where pods of a cluster that can be used reach this machine; `address` is what the user says. LocalError."""
    _refuse_others(context)
    kept = stackfile.host_address() if context == stackfile.kube_context() else ""
    outside = _outside()
    address = address or kept or pods_address.found(context, nodes, _interfaces(), outside) or ""
    if not address:
        raise LocalError(
            f"At which address do pods of {context} reach this machine? It is no cluster of kind, k3d, minikube or "
            "Docker\nDesktop, and its node is not this machine with a bridge of its own. The databases will listen "
            "there, so take one that\nonly the cluster reaches, and type: "
            f"make up KUBE_CONTEXT={quote(context)} HOST_ADDRESS=172.18.0.1"
        )
    if problem := host_address_problem(address):
        raise LocalError(f"HOST_ADDRESS: {problem}")
    if address in outside:
        raise LocalError(
            f"HOST_ADDRESS: {address} is this machine's address in the network outside. The emulator, which asks for "
            "no key, and\nthe databases would be open to everyone there. Nothing was changed. Take an address that "
            "only the cluster reaches, like\nthat of its bridge: "
            f"make up KUBE_CONTEXT={quote(context)} HOST_ADDRESS=172.18.0.1"
        )
    return address


def way_out(engine: Engine) -> dict[str, str] | None:
    """The environment in which Pulumi deletes where the platform is; None where that is where the settings want it."""
    place = deployed()
    if place is None or place == stackfile.kube_context():
        return None
    if place:
        kubernetes_plugin.ensure(engine)
    return environment.variables(engine, place) | (unreachable(place) if place else {})


def leave(variables: Mapping[str, str]) -> None:
    """Takes the platform from where it is, in the environment of `way_out`. Databases and lake stay."""
    say(f"Taking the platform from {deployed() or 'this machine'}; databases and lake stay")
    forward.delete()
    urn = (_provider() or {})["urn"]
    words = ["pulumi", "destroy", "--target", urn, "--target-dependents", *environment.QUIET]
    again = "Type the same again: it goes on from where it stopped."
    children.run(words, variables, "The platform is still there", again, show=output_filter.filtered)


def unreachable(context: str) -> dict[str, str]:
    """What lets Pulumi forget the objects of a cluster that does not answer, after the user was told; else nothing."""
    if (reason := silence(context)) is None:
        return {}
    say(
        f"The cluster {context} does not answer ({reason}): its objects are to be forgotten, not deleted.\n"
        f"When it is back, type: {_delete(context)}"
    )
    return {"PULUMI_K8S_DELETE_UNREACHABLE": "true"}


def left_behind() -> str | None:
    """What stays on a cluster when the stack goes without asking Pulumi, and how to delete it; None if nothing does."""
    try:
        place = deployed()
    except DamagedError:
        return None  # nobody knows
    return f"The platform stays on the cluster {place}. To delete it, type: {_delete(place)}" if place else None


def silence(context: str) -> str | None:
    """Why the cluster that has the platform does not answer; None for one that does."""
    ask = _as_pulumi(context)
    status, _, error = ask(["get", "--raw", "/readyz"])
    return _reason(status, error) if status else None


def claims(context: str) -> list[str]:
    """The volume claims in the platform's namespace, which hold homes and the hub's database; none if it is silent.

    LocalError where it answers and does not tell them: nobody knows then what would go.
    """
    found, reason = volume_claims(_as_pulumi(context))
    if reason and silence(context) is None:
        raise LocalError(
            f"The cluster {context} answers, and does not say which files people keep there: {reason}\n"
            "Nothing was deleted. Mend that, then type the same again."
        )
    return found


def lines(context: str) -> Iterator[str]:
    """What runs there, a line a Deployment; or why the cluster does not say."""
    words = ["get", "deployments", "--namespace", NAMESPACE, "--output", "json"]
    status, out, error = _as_pulumi(context)(words)
    if status:
        yield f"The cluster {context} does not answer: {_reason(status, error)}"
        return
    for each in json.loads(out)["items"]:
        ready, wanted = each["status"].get("readyReplicas", 0), each["spec"]["replicas"]
        yield f"{context}: {each['metadata']['name']} has {ready} of {wanted} pods ready"


def _nodes(context: str) -> list[Any]:
    if problem := context_problem(context) or kubeconfig_problem():
        raise LocalError(f"KUBE_CONTEXT: {problem}")
    status, out, error = _kubectl(context)(["get", "nodes", "--output", "json"])
    if status:
        raise LocalError(
            f"The cluster {context} does not answer: {_reason(status, error)}\nNothing was changed. Start it, then "
            f"type the same again; `kubectl config get-contexts` lists all clusters. {_HERE}"
        )
    return json.loads(out)["items"]


def _refuse_others(context: str) -> None:
    """LocalError where the platform's namespace in the cluster is not this stack's: its objects would be taken over."""
    latest = environment.latest()
    begun = [each["resource"] for each in latest.get("pending_operations") or []]
    if deployed() == context and any(each["type"] == _NAMESPACE for each in [*(latest.get("resources") or []), *begun]):
        return
    words = ["get", "namespace", NAMESPACE, "--ignore-not-found", "--output", "name"]
    status, out, error = _kubectl(context)(words)
    if status:
        raise LocalError(
            f"The cluster {context} does not say whether it has a namespace {NAMESPACE}: {_reason(status, error)}\n"
            f"Nothing was changed. Mend that, then type the same again. {_HERE}"
        )
    if out.strip():
        raise LocalError(
            f"The cluster {context} has a namespace {NAMESPACE} already, which this stack did not make. Nothing was "
            f"changed.\nRemove the stack that has it, or, if nobody needs it, type: {_delete(context)}"
        )


def _delete(context: str) -> str:
    return f"kubectl --context {quote(context)} delete namespace {NAMESPACE}"


def _reason(status: int, error: str) -> str:
    return " ".join(error.split())[-300:] or f"exit status {status}"


def _as_pulumi(context: str):
    """Asks by the kubeconfig of the last update: Pulumi deletes by that one, whatever KUBECONFIG is now."""
    file = str(((_provider() or {}).get("inputs") or {}).get("kubeconfig") or "")
    return _kubectl(context, file, "Or type `make down FORCE=1`, which asks nobody.")


def _kubectl(context: str, kubeconfig: str = "", otherwise: str = _HERE):
    ask = kubectl(context, kubeconfig)
    if ask is None:
        raise LocalError(f"`kubectl` is not on PATH, and {context} is reached by it: install it. {otherwise}")
    return ask


def _interfaces() -> Iterator[ipaddress.IPv4Interface]:
    for interface in psutil.net_if_addrs().values():
        for each in interface:
            with suppress(ValueError):  # no address of IPv4
                yield ipaddress.IPv4Interface(f"{each.address}/{each.netmask}")


def _outside() -> set[str]:
    """This machine's addresses on the interface of its default route; none without such a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return set()
        own = probe.getsockname()[0]
    interfaces = ({each.address for each in addresses} for addresses in psutil.net_if_addrs().values())
    return next((addresses for addresses in interfaces if own in addresses), {own})
