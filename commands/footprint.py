"""What the platform asks of its cluster, from what its pods declare: `python -m commands.footprint --stack dev`."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from client.errors import CommandError
from commands import quantities
from commands.cluster_objects import of_stack
from commands.quantities import Need, quantity, total

SERVER_SCRATCH = "1Gi"
"""The empty volume of one person's server, as in k8s/jupyterhub/mesh_hub.py; the hub's variables have the rest."""
_MIB, _GIB = Decimal(1024) ** 2, Decimal(1024) ** 3
_HEADS = ("", "CPU", "memory, MiB", "at most, MiB", "kept, GiB", "scratch, GiB")
_MEANING = """\
CPU and memory are promised to the pods; a container that wants more than its `at most` is ended. `kept` is on volumes
that stay when pods go, `scratch` is the most that passing files may grow to on the nodes. Images come on top: how
large they are shows when they are pulled."""

Object = Mapping[str, Any]


def footprint(objects: Sequence[Object]) -> dict[str, Need]:
    """What each workload of these manifests needs, by a title; then all together, one person's server, and everybody's.

    Raises ValueError for a pod that does not declare what it needs, KeyError for an object that is not there.
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
    rows = {title: rows[title] for title in sorted(rows, key=lambda title: -rows[title].memory)}
    always, server, people = total(rows.values()), _server(objects), _people(objects)
    return rows | {
        "all that always runs": always,
        "one person's server": server,
        f"all, with servers for {people} people": always + server * people,
    }


def _server(objects: Iterable[Object]) -> Need:
    """One person's server: the hub starts it by what its own variables say."""
    said = {
        variable["name"]: variable.get("value", "")
        for each in _of(objects, "Deployment")
        for container in each["spec"]["template"]["spec"]["containers"]
        for variable in container.get("env", [])
    }
    return Need(
        cpu=quantity(said["NOTEBOOK_CPU_REQUEST"]),
        memory=quantity(f"{said['NOTEBOOK_MEMORY_REQUEST']}i"),  # KubeSpawner counts in 1024 and writes no i
        most_memory=quantity(f"{said['NOTEBOOK_MEMORY']}i"),
        kept=quantity(said["NOTEBOOK_DISK"]),
        scratch=quantity(SERVER_SCRATCH),
    )


def _people(objects: Iterable[Object]) -> int:
    """Of how many people the hub knows: the list that it reads at every login."""
    known = {each["metadata"].get("name"): each["data"] for each in _of(objects, "ConfigMap")}
    return len(known["jupyterhub-people"]["names"].split())


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
    """What the namespace allows, in a sentence."""
    hard = {each["metadata"]["name"]: each["spec"]["hard"] for each in _of(objects, "ResourceQuota")}["platform"]
    memory, most = (quantity(hard[f"{kind}.memory"]) / _MIB for kind in ("requests", "limits"))
    return (
        f"The namespace allows {quantity(hard['requests.cpu']):.2f} CPU and {memory:.0f} MiB promised, {most:.0f} MiB "
        f"at most, and {quantity(hard['requests.storage']) / _GIB:.0f} GiB kept."
    )


def _of(objects: Iterable[Object], kind: str) -> list[Object]:
    return [each for each in objects if each["kind"] == kind]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print it; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m commands.footprint", description=__doc__)
    parser.add_argument("--stack", required=True, help="the Pulumi stack, deployed")
    options = parser.parse_args(arguments)
    try:
        found = of_stack(options.stack)
        print(f"{table(footprint(found))}\n\n{_MEANING}\n{quota(found)}")
    except (CommandError, ValueError) as error:
        print(f"footprint: {error}", file=sys.stderr)
        return 1
    except KeyError as error:
        print(
            f"footprint: the stack {options.stack} has no {error}. An older version made it: type `pulumi up`.",
            file=sys.stderr,
        )
        return 1
    if options.stack == "local":
        print("That is on a cluster. The stack local has none: of all this only Trino runs, as a process.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
