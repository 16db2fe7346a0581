"""The Kubernetes objects of a stack as its state has them, ready for the API server."""

import json
from typing import Any

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""By this key the engine marks secrets and the like in an exported state."""

Object = dict[str, Any]


def objects(export: str) -> list[Object]:
    """The manifests in the text that `pulumi stack export` printed, in the order in which they were made.

    Secrets are in clear where it was told to show them, and have the value `[secret]` otherwise.
    """
    resources = json.loads(export)["deployment"].get("resources", [])
    return [
        _plain(each["inputs"])
        for each in resources
        if each["type"].startswith("kubernetes:") and not each.get("delete")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if _SIGNATURE in value:
            return _plain(json.loads(value["plaintext"])) if "plaintext" in value else "[secret]"
        return {key: _plain(item) for key, item in value.items() if not key.startswith("__")}
    return [_plain(item) for item in value] if isinstance(value, list) else value
