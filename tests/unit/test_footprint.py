"""`make footprint`: what the manifests ask of a cluster, added up."""

import json
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from commands import cluster_objects
from commands.footprint import SERVER_SCRATCH, footprint, main, quota, table
from commands.quantities import quantity
from k8s.jupyterhub import mesh_hub
from tests.unit.recording import CONFIG, Recording, record

MIB, GIB = 1024**2, 1024**3


def manifests(recording: Recording) -> list[dict[str, Any]]:
    return [resource.inputs for resource in recording.resources if resource.type.startswith("kubernetes:")]


def test_each_workload_has_a_row_and_the_sums_are_of_all_of_them(dev: Recording):
    rows = footprint(manifests(dev))
    assert list(rows) == [
        "trino-coordinator", "jupyterhub", "grafana", "all that always runs", "one person's server",
        "all, with servers for 3 people",
    ]  # fmt: skip
    coordinator, hub, grafana, always, server, everything = rows.values()
    assert always == coordinator + hub + grafana
    assert everything == always + server + server + server
    assert (coordinator.memory, coordinator.most_memory) == ((2560 + 32) * MIB, (2560 + 96) * MIB), "Trino, and its log"
    assert hub.kept == GIB, "the hub's state is on a volume that stays"


def test_what_publishes_for_moments_does_not_always_run():
    schedule = {"datamesh:publish": json.dumps({"schedule": "0 6 * * *"})}
    rows = footprint(manifests(record(config=CONFIG | schedule)))
    publisher = next(need for title, need in rows.items() if title.endswith(", by its schedule"))
    assert rows["all that always runs"] == rows["trino-coordinator"] + rows["jupyterhub"] + rows["grafana"]
    assert rows["all, with servers for 3 people"] == (
        rows["all that always runs"] + publisher + rows["one person's server"] * 3
    )


def test_workers_count_as_often_as_there_are_of_them():
    one, three = (
        footprint(manifests(record(config=CONFIG | {"datamesh:trino": json.dumps({"memory": 2048, "workers": n})})))
        for n in (1, 3)
    )
    assert three["trino-worker, 3 pods"] == one["trino-worker"] * 3
    assert three["trino-worker, 3 pods"].memory == 3 * 2048 * MIB


def test_one_persons_server_is_what_the_hub_makes_of_its_variables(dev: Recording):
    pod = dev.one("kubernetes:apps/v1:Deployment", "jupyterhub-hub").inputs["spec"]["template"]["spec"]
    variables = {each["name"]: each.get("value", "") for each in pod["containers"][0]["env"]}
    config = Config()
    mesh_hub.configure(config, variables)
    spawner, server = config.KubeSpawner, footprint(manifests(dev))["one person's server"]
    assert spawner.cpu_guarantee == float(server.cpu)
    assert (spawner.mem_guarantee, spawner.mem_limit) == (
        f"{server.memory / MIB:.0f}M",
        f"{server.most_memory / MIB:.0f}M",
    )
    assert quantity(spawner.storage_capacity) == server.kept
    (scratch,) = [volume["emptyDir"]["sizeLimit"] for volume in spawner.volumes if "emptyDir" in volume]
    assert quantity(scratch) == quantity(SERVER_SCRATCH) == server.scratch


def test_the_quota_is_told_in_numbers(dev: Recording):
    hard = dev.one("kubernetes:core/v1:ResourceQuota").inputs["spec"]["hard"]
    said = quota(manifests(dev))
    assert f"{quantity(hard['requests.memory']) / MIB:.0f} MiB reserved" in said
    assert "Volumes have no limit" in said


def test_the_tables_columns_line_up_and_render(dev: Recording):
    lines = table(footprint(manifests(dev))).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert len({line.count("|") for line in lines}) == 1
    assert all(line.startswith("|") and line.endswith("|") for line in lines)


def exported(recording: Recording) -> str:
    """The state of a stack with these objects, as the engine exports it: its secrets are encrypted."""
    resources: list[dict[str, Any]] = [{"type": "pulumi:pulumi:Stack"}, {"type": "aws:s3/bucket:Bucket", "inputs": {}}]
    for each in recording.resources:
        if each.type.startswith("kubernetes:"):
            hidden = {key: {cluster_objects._SIGNATURE: "1b47", "ciphertext": "v1:x"} for key in each.secrets}
            resources.append({"type": each.type, "inputs": {"__defaults": [], **each.inputs, **hidden}})
    old = {"type": "kubernetes:core/v1:ConfigMap", "inputs": {"kind": "Old"}, "delete": True}
    return json.dumps({"deployment": {"resources": [*resources, old]}})


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `pulumi` that says what is in a file, and notes how it was asked."""
    (tmp_path / "pulumi").write_text(f'#!/bin/sh\necho "$*" >{tmp_path}/asked\ncat {tmp_path}/state\n')
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_the_command_reads_the_state_of_the_stack_and_no_secret(
    engine: Path, dev: Recording, capsys: pytest.CaptureFixture[str]
):
    (engine / "state").write_text(exported(dev))
    assert main(["--stack", "dev"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(table(footprint(manifests(dev)))) and quota(manifests(dev)) in said
    assert "only Trino runs" not in said
    assert (engine / "asked").read_text().split() == ["stack", "export", "--stack", "dev", "--non-interactive"]
    assert main(["--stack", "local"]) == 0
    assert "only Trino runs" in capsys.readouterr().out


def test_the_objects_of_a_state_are_without_pulumis_own_keys_secrets_and_what_is_on_its_way_out(dev: Recording):
    found = cluster_objects.objects(exported(dev))
    assert len(found) == len(manifests(dev)) and all(each["kind"] != "Old" for each in found)
    assert not [key for each in found for key in each if key.startswith("__")]
    assert "PASSWORD-" not in str(found), "a secret is in the open"
    assert {each["stringData"] for each in found if each["kind"] == "Secret"} == {"[secret]"}


@pytest.mark.parametrize(
    ("state", "reason"),
    [({"deployment": {}}, "is not deployed"), ({"deployment": {"resources": [
        {"type": "kubernetes:core/v1:Namespace", "inputs": {"kind": "Namespace"}}]}}, "NOTEBOOK_CPU_REQUEST")],
)  # fmt: skip
def test_a_stack_that_is_not_or_only_partly_deployed_is_told_so(
    engine: Path, state: dict[str, Any], reason: str, capsys: pytest.CaptureFixture[str]
):
    (engine / "state").write_text(json.dumps(state))
    assert main(["--stack", "dev"]) == 1
    said = capsys.readouterr().err
    assert reason in said and "pulumi up" in said


def test_without_pulumi_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--stack", "dev"]) == 1
    assert "`pulumi` is not on PATH" in capsys.readouterr().err
