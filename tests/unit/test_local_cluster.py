"""The stack `local` with its platform on a cluster: its settings, where servers listen, what the program then makes."""

import json
from pathlib import Path

import pytest
import yaml

from local import paths
from local.paths import LocalError
from local.prepare import kubernetes_plugin
from local.prepare.engine import Engine
from local.providers.kubernetes.package import PACKAGE
from local.providers.package import Resource
from local.servers import descriptors, listening
from local.stack import cluster, environment, output_filter, stackfile
from mesh.local_settings import NO_CLUSTER
from tests.unit.everything import LOCAL, local_with
from tests.unit.recording import Recording

POD_SIDE = "172.18.0.1"
ENGINE = Engine(Path("/opt/pulumi"), built=True)


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)
    monkeypatch.setenv("DATAMESH_LOCAL", str(tmp_path / ".local"))
    return tmp_path


@pytest.fixture(scope="module")
def there() -> Recording:
    group = json.loads(LOCAL["datamesh:local"]) | {"hostAddress": POD_SIDE}
    return local_with({"datamesh:kubeContext": "kind-datamesh", "datamesh:local": json.dumps(group)})


def objects(recording: Recording, kind: str) -> str:
    """All that the objects of a kind say."""
    return json.dumps([each.inputs for each in recording.of(f"kubernetes:core/v1:{kind}")])


def test_pods_get_this_machines_address_and_this_machines_clients_keep_theirs(there: Recording):
    endpoint = json.loads(LOCAL["datamesh:local"])["awsEndpoint"]
    port = endpoint.rpartition(":")[2]
    told = objects(there, "ConfigMap")
    assert f"http://{POD_SIDE}:{port}" in told and f"postgresql://{POD_SIDE}:" in told
    assert endpoint not in told, "a pod that asks 127.0.0.1 asks itself"
    assert there.exports["lake"]["endpoint"] == endpoint
    assert all(domain["host"] != POD_SIDE for domain in there.exports["domains"].values())
    assert there.exports["trino"]["cluster"] == "kind-datamesh" and there.exports["trino"].get("portForward") is None


def test_the_objects_go_to_the_named_cluster_and_without_one_to_none(there: Recording):
    contexts = [each.one("pulumi:providers:kubernetes").inputs["context"] for each in (there, local_with({}))]
    assert contexts == ["kind-datamesh", NO_CLUSTER], "with none, the plugin would take the current one"


def test_the_stand_in_plugin_refuses_a_cluster_and_takes_none():
    provider = Resource("urn:pulumi:local::datamesh::pulumi:providers:kubernetes::cluster")
    assert "make up" in (PACKAGE().unserved(provider, {"context": "kind-datamesh"}) or "")
    assert PACKAGE().unserved(provider, {"context": NO_CLUSTER}) is None
    dry_run = Resource("urn:pulumi:dev-check::datamesh::pulumi:providers:kubernetes::cluster")
    assert PACKAGE().unserved(dry_run, {"context": "kind-datamesh"}) is None


def test_the_file_of_the_stack_takes_the_cluster_and_gives_it_up_again():
    stackfile.file().write_text(
        yaml.safe_dump({"config": {"datamesh:owner": "local", "datamesh:local": {"trinoPort": 1}}})
    )
    before = stackfile.file().read_text()
    stackfile.put_cluster("kind-datamesh", POD_SIDE)
    assert (stackfile.kube_context(), stackfile.host_address()) == ("kind-datamesh", POD_SIDE)
    stackfile.put_cluster("", "")
    assert yaml.safe_load(stackfile.file().read_text()) == yaml.safe_load(before)


def test_only_a_cluster_has_pulumis_own_plugin_on_path():
    ours, own = str(paths.checkout() / "local/bin/kubernetes"), str(kubernetes_plugin.folder())
    assert ours in environment.folders(ENGINE) and own not in environment.folders(ENGINE)
    assert own in environment.folders(ENGINE, "kind-datamesh") and ours not in environment.folders(
        ENGINE, "kind-datamesh"
    )


@pytest.mark.parametrize(
    ("context", "place"),
    [("kind-datamesh", "kind-datamesh"), (NO_CLUSTER, ""), (None, ""), ("none at all", "none at all")],
)
def test_the_state_says_where_the_platform_is(context: str | None, place: str):
    assert cluster.deployed() is None, "nothing is deployed"
    environment.checkpoint().parent.mkdir(parents=True)
    provider = {"urn": "urn", "type": "pulumi:providers:kubernetes", "inputs": {"context": context} if context else {}}
    environment.checkpoint().write_text(json.dumps({"checkpoint": {"latest": {"resources": [provider]}}}))
    assert cluster.deployed() == place
    told = cluster.left_behind()
    assert told is None if not place else "delete namespace data-platform" in (told or "")


def test_servers_listen_on_loopback_and_where_pods_reach_this_machine_and_nowhere_else(monkeypatch: pytest.MonkeyPatch):
    class Address:
        address = POD_SIDE

    monkeypatch.setattr(listening.psutil, "net_if_addrs", lambda: {"br-1": [Address()]})
    assert listening.reach("127.0.0.1", POD_SIDE) == (["127.0.0.1", POD_SIDE], POD_SIDE)
    assert listening.reach("127.0.0.1", "host.docker.internal").listens == ["127.0.0.1"], "it leads to loopback"
    assert listening.reach("127.0.0.1", "172.19.0.1").listens == ["127.0.0.1"], "its network is not there"
    assert listening.reach("127.0.0.1", "host.docker.internal").names == ["127.0.0.1", "host.docker.internal"]
    descriptors.write("emulator", {"kind": "emulator", "host": "127.0.0.1", "port": 1, "pods": POD_SIDE})
    assert listening.reach("127.0.0.1").listens == ["127.0.0.1", POD_SIDE], "databases follow the emulator"
    old = {"kind": "postgres", "host": "127.0.0.1", "port": 2}
    assert not listening.current(old, listening.reach("127.0.0.1")), "it has to start again, to listen there"
    assert listening.current(old, listening.reach("127.0.0.1", ""))


def test_without_kubectl_or_a_name_no_cluster_is_chosen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cluster, "kubectl", lambda *given: None)
    with pytest.raises(LocalError, match="kubectl"):
        cluster.choose(ENGINE, "kind-datamesh", "", [])
    with pytest.raises(LocalError, match="KUBE_CONTEXT"):
        cluster.choose(ENGINE, "a\nb", "", [])
    assert not stackfile.file().exists(), "nothing was to be changed"


def test_what_a_refresh_says_of_unchanged_resources_and_what_repeats_with_time_is_left_out():
    lines = [
        "    aws:iam:Role datamesh-admin  \n",
        " +  kubernetes:apps/v1:Deployment hub creating (1s) warning: [Pod p]: ImagePullBackOff\n",
        " +  kubernetes:apps/v1:Deployment hub creating (11s) warning: [Pod p]: ImagePullBackOff\n",
        "    error: the server died\n",
    ]
    assert list(output_filter.filtered(lines)) == [lines[1], lines[3]]
