"""The publisher's pod as files and variables of this machine, of what the program registers for the cluster."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.unit.recording import Recording

CRON_JOB = "kubernetes:batch/v1:CronJob"
Fill = Callable[[dict[str, Any]], dict[str, Any]]


def specification(recording: Recording) -> dict[str, Any]:
    """Of the pod."""
    return recording.one(CRON_JOB).inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def secret(recording: Recording) -> dict[str, Any]:
    """The outputs that the pod's Secret holds."""
    held = recording.one("kubernetes:core/v1:Secret", "publisher-outputs").inputs["stringData"]
    return json.loads(held["outputs.json"])


def lay_out(recording: Recording, folder: Path, fill: Fill) -> tuple[list[str], dict[str, str], Path]:
    """Writes the pod's volumes as the kubelet does, behind a link to a folder with two dots, in `folder`.

    `fill` puts what is real into the Secret's outputs. Returns the pod's command, its variables and its folder.
    """
    pod = specification(recording)
    (container,) = pod["containers"]
    maps = {each.inputs["metadata"].get("name", f"{each.name}-0a1b2c3d"): each.inputs["data"]
            for each in recording.of("kubernetes:core/v1:ConfigMap")}  # fmt: skip
    (volume,) = [each["projected"] for each in pod["volumes"] if "projected" in each]
    real, seen = folder / "srv/datamesh/..2026_12_01", folder / "srv/datamesh"
    for source in volume["sources"]:
        for item in source["configMap"]["items"]:
            file = real / item["path"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(maps[source["configMap"]["name"]][item["key"]], encoding="utf-8")
    for entry in real.iterdir():
        (seen / entry.name).symlink_to(f"{real.name}/{entry.name}")
    outputs = folder / "etc/datamesh/outputs.json"
    outputs.parent.mkdir(parents=True)
    outputs.write_text(json.dumps(fill(secret(recording))))
    variables = {each["name"]: each["value"] for each in container["env"]}
    moved = {name: f"{folder}{value}" if value.startswith("/") else value for name, value in variables.items()}
    return container["command"], moved, seen
