"""Shows what the platform requests of its cluster, by its manifests: `python -m commands.footprint --stack dev`."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from shlex import quote
from typing import Any

from client.arguments import Parser
from client.command import run
from client.errors import CommandError
from commands import quantities
from commands.cluster_objects import of_stack
from commands.quantities import Need, quantity, total

SERVER_SCRATCH = "1Gi"
"""The empty volume of one person's server, as in k8s/jupyterhub/mesh_hub.py; the rest is in the hub's variables."""
_MIB, _GIB = Decimal(1024) ** 2, Decimal(1024) ** 3
_HEADS = ("", "CPU", "memory, MiB", "at most, MiB", "kept, GiB", "scratch, GiB")
_MEANING = """\
CPU and memory are reserved for the pods; a container that needs more memory than `at most` is ended. `kept` is disk on
volumes that stay when pods go, `scratch` the most disk that temporary files may take on the nodes. Images take disk on
the nodes in addition."""

Object = Mapping[str, Any]


def footprint(objects: Sequence[Object]) -> dict[str, Need]:
    """The needs of each workload in these manifests, by title; then the totals and one person's server.

    Raises ValueError for a pod that does not declare what it needs, KeyError for an object that is missing.
    """
    claims = {
        each["metadata"]["name"]: quantity(each["spec"]["resources"]["requests"]["storage"])
        for each in _of(objects, "PersistentVolumeClaim")
    }
    rows = {}
    for each in _of(objects, "Deployment"):
        pod, replicas = each["spec"]["template"]["spec"], int(each["spec"]["replicas"])
        title = each["metadata"]["name"] + (f", {replicas} pods" if replicas != 1 else "")
        volumes = [volume["persistentVolumeClaim"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume]
        kept = sum((claims[volume["claimName"]] for volume in volumes), Decimal(0))
        rows[title] = quantities.pod(pod) * replicas + Need(kept=kept)
    always = total(rows.values())
    for each in _of(objects, "CronJob"):
        pod = each["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        rows[f"{each['metadata']['name']}, by its schedule"] = quantities.pod(pod)
    most, server, people = total(rows.values()), _server(objects), _people(objects)
    rows = {title: rows[title] for title in sorted(rows, key=lambda title: -rows[title].memory)}
    return rows | {
        "all that always runs": always,
        "one person's server": server,
        f"all, with servers for {people} people": most + server * people,
    }


def _server(objects: Iterable[Object]) -> Need:
    """One person's server, as the hub's variables describe it."""
    variables = {
        variable["name"]: variable.get("value", "")
        for each in _of(objects, "Deployment")
        for container in each["spec"]["template"]["spec"]["containers"]
        for variable in container.get("env", [])
    }
    return Need(
        cpu=quantity(variables["NOTEBOOK_CPU_REQUEST"]),
        memory=quantity(f"{variables['NOTEBOOK_MEMORY_REQUEST']}i"),  # KubeSpawner counts in 1024 and writes no i
        most_memory=quantity(f"{variables['NOTEBOOK_MEMORY']}i"),
        kept=quantity(variables["NOTEBOOK_DISK"]),
        scratch=quantity(SERVER_SCRATCH),
    )


def _people(objects: Iterable[Object]) -> int:
    """The number of people in the list that the hub reads at every login."""
    config_maps = {each["metadata"].get("name"): each["data"] for each in _of(objects, "ConfigMap")}
    return len(config_maps["jupyterhub-people"]["names"].split())


def table(rows: Mapping[str, Need]) -> str:
    """The rows as a table in Markdown, in columns that line up."""
    texts = [_HEADS, *((title, *_figures(need)) for title, need in rows.items())]
    widths = [max(len(row[column]) for row in texts) for column in range(len(_HEADS))]

    def line(row: Sequence[str]) -> str:
        figures = [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
        return f"| {' | '.join([row[0].ljust(widths[0]), *figures])} |"

    rule = "|".join(["", "-" * (widths[0] + 2), *(f"{'-' * (width + 1)}:" for width in widths[1:]), ""])
    return "\n".join([line(texts[0]), rule, *(line(row) for row in texts[1:])])


def _figures(need: Need) -> tuple[str, ...]:
    return (
        f"{need.cpu:.2f}",
        f"{need.memory / _MIB:.0f}",
        f"{need.most_memory / _MIB:.0f}",
        f"{need.kept / _GIB:.2f}",
        f"{need.scratch / _GIB:.2f}",
    )


def quota(objects: Iterable[Object]) -> str:
    """The namespace's quota, in a sentence."""
    hard = {each["metadata"]["name"]: each["spec"]["hard"] for each in _of(objects, "ResourceQuota")}["platform"]
    memory, most = (quantity(hard[f"{kind}.memory"]) / _MIB for kind in ("requests", "limits"))
    return (
        f"The namespace allows {quantity(hard['requests.cpu']):.2f} CPU and {memory:.0f} MiB reserved, and {most:.0f} "
        "MiB at most. Volumes have no limit: homes stay when people leave."
    )


def _of(objects: Iterable[Object], kind: str) -> list[Object]:
    return [each for each in objects if each["kind"] == kind]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table and the quota; the exit status."""
    parser = Parser(prog="python -m commands.footprint", description=__doc__)
    parser.add_argument("--stack", required=True, help="the Pulumi stack, deployed")
    options = parser.parse_args(arguments)
    return run("footprint", lambda: _print(options.stack))


def _print(stack: str) -> None:
    try:
        manifests = of_stack(stack)
        print(f"{table(footprint(manifests))}\n\n{_MEANING}\n{quota(manifests)}")
    except ValueError as error:
        raise CommandError(str(error)) from None
    except KeyError as error:
        raise CommandError(
            f"the stack {stack} has no {error}. An older version made it: type `pulumi up --stack {quote(stack)}`."
        ) from None
    if stack == "local":
        print("These are the figures for a cluster. The stack local has none: only Trino runs, as a process.")


if __name__ == "__main__":
    sys.exit(main())
