"""A pod's files and variables, from the objects of a stack: what its container would find."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.grafana.server import Pod

Object = dict[str, Any]
MOST = 1_048_576
"""Bytes in a ConfigMap."""


def lay_out(objects: Sequence[Object], deployment: str, folder: Path) -> Pod:
    """The first container of a Deployment, with its `/` in `folder`."""
    (found,) = [each for each in objects if (each["kind"], each["metadata"]["name"]) == ("Deployment", deployment)]
    pod = found["spec"]["template"]["spec"]
    container, volumes = pod["containers"][0], {volume["name"]: volume for volume in pod["volumes"]}
    for mount in container["volumeMounts"]:
        place = folder / mount["mountPath"].lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        volume = volumes[mount["name"]]
        for source in volume.get("projected", {}).get("sources") or [volume]:
            if "configMap" not in source:
                continue
            data = _data(objects, "ConfigMap", source["configMap"]["name"])
            assert sum(map(len, data.values())) < MOST, "Kubernetes takes no larger ConfigMap"
            items = source["configMap"].get("items") or [{"key": key, "path": key} for key in data]
            for item in items:
                (place / item["path"]).parent.mkdir(parents=True, exist_ok=True)
                (place / item["path"]).write_text(data[item["key"]], encoding="utf-8")
    environment = {each["name"]: each["value"] for each in container["env"]}
    for source in container["envFrom"]:
        environment |= _data(objects, "Secret", source["secretRef"]["name"])
    return Pod(folder, environment)


def _data(objects: Sequence[Object], kind: str, name: str) -> dict[str, str]:
    (found,) = [each for each in objects if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found["stringData" if kind == "Secret" else "data"]
