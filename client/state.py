"""The resources in a stack's state, read with Pulumi and without secrets."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from client.outputs import NoStackError, called, pulumi

Resource = Mapping[str, Any]
_CLUSTER = "pulumi:providers:kubernetes"


def export(stack: str | None) -> str | None:
    """What `pulumi stack export` prints of the selected stack, or of the one called `stack`.

    None for a stack that was never made. Raises CommandError when the state cannot be read.
    """
    named = ("--stack", stack) if stack else ()
    try:
        return pulumi(stack, f"cannot read the state of {called(stack)}", "stack", "export", *named)
    except NoStackError:
        return None


def resources_in(exported: str | None) -> list[Resource]:
    """The resources in what `export` returned, without those that a replacement has still to delete."""
    deployment = json.loads(exported).get("deployment") if exported else None
    resources = (deployment or {}).get("resources") or []  # null before the first `up`
    return [each for each in resources if not each.get("delete")]


def platform(resources: Iterable[Resource]) -> Resource | None:
    """Pulumi's provider for the cluster that has objects of the stack, as the last update left it; None without any.

    Its `inputs` have the `context`, and the `kubeconfig` that KUBECONFIG named then.
    """
    there = [each for each in resources if not each.get("delete")]
    if not any(each["type"].startswith("kubernetes:") for each in there):
        return None
    return next((each for each in there if each["type"] == _CLUSTER), None)


def read_resources(stack: str | None = None) -> list[Resource]:
    """The resources of a stack, as `export` finds it, each with `type`, `id` and `inputs`; none before the first `up`.

    Raises CommandError when the state cannot be read.
    """
    return resources_in(export(stack))
