"""What Pulumi does to the cluster: the first update, unchanged ones, changes, failures; in the order of this file."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.cluster.conftest import WORKERS, Platform
from tests.cluster.kubernetes import NAMESPACE
from tests.federated_truth import sample_answer
from tests.stack.checkout import Door

WARNINGS = re.compile(
    r"^.*(?i:warning|violate)(?!.*(?:MinimumReplicasUnavailable|unready status|scaled to 0)).*$", re.MULTILINE
)
"""Lines with a warning, but for those of pods that are still starting or were left out."""
UPDATE = ("pulumi", "up", "--yes", "--skip-preview", "--suppress-outputs")


def answer(platform: Platform) -> list[str]:
    """The rows of `make query FORMAT=csv`, which asks Trino through the port that `make up` forwards."""
    return platform.checkout.must(".venv/bin/python", "-m", "commands.query", "--format=csv").splitlines()[1:]


def replace_in(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text, f"{file} does not say {old}"
    file.write_text(text.replace(old, new))


def state(platform: Platform) -> dict[str, Any]:
    """What Pulumi knows of the stack at this moment."""
    file = platform.checkout.local / "state/.pulumi/stacks/datamesh/local.json"
    return json.loads(file.read_text())["checkpoint"]["latest"]


def test_the_first_up_brings_every_object_to_a_restricted_namespace_without_a_warning(platform: Platform):
    assert not WARNINGS.findall(platform.first), WARNINGS.findall(platform.first)
    labels = platform.cluster.get("namespace", NAMESPACE)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == labels["pod-security.kubernetes.io/warn"] == "restricted"
    deployments = {each["metadata"]["name"]: each for each in platform.cluster.get("deployments")["items"]}
    assert {"trino-coordinator", "trino-worker", "jupyterhub", "grafana"} == set(deployments)
    for name in deployments.keys() - platform.left_out:
        assert deployments[name]["status"]["readyReplicas"] == deployments[name]["spec"]["replicas"], name
    assert "trino-coordinator" not in platform.checkout.running(), "Trino runs on this machine too"


def test_commands_reach_trino_on_the_cluster(platform: Platform):
    assert len(answer(platform)) == len(sample_answer())
    platform.checkout.must(".venv/bin/python", "-m", "commands.contracts")


def test_nothing_changes_by_itself(platform: Platform):
    # a second look at all that the API server filled in, and at how it spells quantities
    platform.checkout.must("pulumi", "refresh", "--yes", "--skip-preview", "--expect-no-changes")
    platform.checkout.must("pulumi", "preview", "--expect-no-changes", "--diff")


def test_a_changed_configuration_rolls_trino_and_another_worker_joins(platform: Platform, door: Door):
    before, maps = set(platform.cluster.pods("coordinator")), platform.cluster.names("configmaps")
    platform.checkout.configure(trino={"workers": WORKERS, "memory": 2304})
    platform.checkout.must(*UPDATE)
    assert not before & set(platform.cluster.pods("coordinator")), "the pod has the old configuration"
    gone = maps - platform.cluster.names("configmaps")
    assert gone and all(name.startswith("trino-") for name in gone), f"maps that are no longer there: {gone}"
    assert len(platform.cluster.pods("worker")) == WORKERS
    assert len(answer(platform)) == len(sample_answer())


def test_a_changed_password_of_a_database_rolls_trino_and_the_query_works_again(platform: Platform):
    urns = [each["urn"] for each in state(platform)["resources"]]
    (urn,) = [each for each in urns if each.endswith("RandomPassword::sales-trino-password")]
    before, secrets = platform.cluster.pods("coordinator"), platform.cluster.names("secrets")

    platform.checkout.must(*UPDATE, "--replace", urn)
    platform.checkout.must(".venv/bin/python", "-m", "seed")

    assert platform.cluster.names("secrets") != secrets
    assert platform.cluster.pods("coordinator") != before, "the pod that knows the old password is still there"
    assert len(answer(platform)) == len(sample_answer())


def test_a_pod_that_cannot_start_fails_the_update_in_its_time_with_the_pods_own_words(platform: Platform):
    """A worker's: of a Deployment that is recreated, Pulumi may see the old pod's end as the new one's start."""
    pod, component = (platform.checkout.folder / "k8s/trino" / name for name in ("pod.py", "component.py"))
    kept = pod.read_text(), component.read_text()
    login = 'container["env_from"] = [{"secret_ref"'
    try:
        replace_in(pod, login, f'container["image"] = "registry.invalid/no-such-image:1"\n    {login}')
        replace_in(component, "_PATIENCE = 30 * 60", "_PATIENCE = 60")
        done = platform.checkout.command(*UPDATE)
    finally:
        pod.write_text(kept[0])
        component.write_text(kept[1])
    assert done.returncode, f"{done.stdout}\n{done.stderr}"
    assert re.search(r"no-such-image|ImagePullBackOff|ErrImagePull", done.stdout + done.stderr), done.stdout
    platform.checkout.must(*UPDATE)
    platform.cluster.settled()


def test_an_update_that_was_killed_goes_on(platform: Platform):
    platform.checkout.configure(trino={"workers": WORKERS, "memory": 2560})
    line = ". ./.local/env; exec pulumi up --yes --skip-preview"
    with subprocess.Popen(
        ["sh", "-c", line],
        cwd=platform.checkout.folder,
        env={key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "DATAMESH_"))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    ) as update:
        deadline = time.monotonic() + 300
        while not state(platform).get("pending_operations") and time.monotonic() < deadline:
            assert update.poll() is None, "the update ended before it was seen at work"
            time.sleep(0.02)
        os.killpg(update.pid, signal.SIGKILL)
    assert "killed" in platform.up(), "the next one does not say what happened"
    assert not state(platform).get("pending_operations")
    platform.checkout.must("pulumi", "preview", "--expect-no-changes", "--refresh", "--diff")
