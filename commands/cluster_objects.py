"""The Kubernetes objects in a stack's state, as manifests."""

import json
from typing import Any

from client.errors import CommandError
from client.state import export, resources_in

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which the engine marks secrets, assets and the like in an exported state."""

Object = dict[str, Any]


def objects(exported: str | None) -> list[Object]:
    """The manifests in the text that `pulumi stack export` printed, in the order in which they were made.

    Secrets are in clear if the export was made with --show-secrets; otherwise their value is `[secret]`.
    """
    return [_plain(each["inputs"]) for each in resources_in(exported) if each["type"].startswith("kubernetes:")]


def of_stack(name: str) -> list[Object]:
    """The manifests of the stack called `name`, without its secrets. Raises CommandError when there are none."""
    manifests = objects(export(name))
    if not manifests:
        raise CommandError(
            f"the stack {name} is not deployed: it has no Kubernetes objects.\n"
            "Type `make up` for the local stack, `pulumi up --stack NAME` for another."
        )
    return manifests


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if _SIGNATURE in value:
            return _plain(json.loads(value["plaintext"])) if "plaintext" in value else "[secret]"
        return {key: _plain(item) for key, item in value.items() if not key.startswith("__")}
    return [_plain(item) for item in value] if isinstance(value, list) else value
