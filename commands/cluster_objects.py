"""The Kubernetes objects in a stack's state, as manifests."""

import json
from typing import Any

from client.errors import CommandError
from client.state import export

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which the engine marks secrets, assets and the like in an exported state."""

_NOTHING = '{"deployment": {}}'

Object = dict[str, Any]


def objects(export: str) -> list[Object]:
    """The manifests in the text that `pulumi stack export` printed, in the order in which they were made.

    Secrets are in clear if the export was made with --show-secrets; otherwise their value is `[secret]`.
    """
    resources = json.loads(export)["deployment"].get("resources", [])
    return [
        _plain(each["inputs"])
        for each in resources
        if each["type"].startswith("kubernetes:") and not each.get("delete")
    ]


def of_stack(name: str) -> list[Object]:
    """The manifests of the stack called `name`, without its secrets. Raises CommandError when there are none."""
    manifests = objects(export(name) or _NOTHING)
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
