"""What `make up` refuses before it moves the platform to a cluster or from one, and the plugin that it needs there."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from local import paths
from local.paths import LocalError
from local.prepare import kubernetes_plugin
from local.prepare.engine import Engine
from local.stack import cluster, environment, stackfile
from mesh import images
from mesh.local_settings import NO_CLUSTER

POD_SIDE = "172.18.0.1"
ENGINE = Engine(Path("/opt/pulumi"), built=True)


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)
    monkeypatch.setenv("DATAMESH_LOCAL", str(tmp_path / ".local"))


def answers(said: dict[str, tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubectl that says for `get KIND` what `said` has of it; all else is well and empty."""
    monkeypatch.setattr(cluster, "kubectl", lambda *given: lambda words: said.get(words[1], (0, '{"items": []}', "")))
    monkeypatch.setattr(kubernetes_plugin, "ensure", lambda engine: None)


def deploy(context: str, **more: str) -> None:
    environment.checkpoint().parent.mkdir(parents=True)
    provider = {"urn": "urn", "type": "pulumi:providers:kubernetes", "inputs": {"context": context, **more}}
    environment.checkpoint().write_text(json.dumps({"checkpoint": {"latest": {"resources": [provider]}}}))


def test_a_cluster_that_does_not_tell_what_people_keep_loses_nothing(monkeypatch: pytest.MonkeyPatch):
    deploy("kind-datamesh")
    refused = (1, "", "persistentvolumeclaims is forbidden")
    answers({"pvc": refused}, monkeypatch)
    with pytest.raises(LocalError, match=r"(?s)answers, and does not say .* is forbidden.*Nothing was deleted"):
        cluster.choose(ENGINE, "", "", [])
    assert not stackfile.file().exists(), "nothing was to be changed"
    answers({"pvc": refused, "--raw": (1, "", "connection refused")}, monkeypatch)
    assert cluster.claims("kind-datamesh") == [], "it is gone, and there is nothing to keep"
    answers({"pvc": (0, "persistentvolumeclaim/home-ada\n", "")}, monkeypatch)
    assert cluster.claims("kind-datamesh") == ["home-ada"]


def test_people_are_asked_for_where_pulumi_deletes_whatever_kubeconfig_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    program = tmp_path / "kubectl"
    program.write_text(
        '#!/bin/sh\n[ "$1 $2" = "--kubeconfig /of/the/last/update" ] || exit 1\n'
        '[ "$8" = deployments ] && echo \'{"items": []}\' || echo persistentvolumeclaim/home-ada\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("KUBECONFIG", "/another")
    deploy("kind-datamesh", kubeconfig="/of/the/last/update")
    assert cluster.silence("kind-datamesh") is None
    assert not list(cluster.lines("kind-datamesh")), "it is asked by another kubeconfig"
    with pytest.raises(LocalError, match="home-ada"):
        cluster.choose(ENGINE, "", "", [])


def test_what_leaves_a_cluster_without_kubectl_is_told_what_gets_through(monkeypatch: pytest.MonkeyPatch):
    deploy("kind-datamesh")
    monkeypatch.setattr(cluster, "kubectl", lambda *given: None)
    with pytest.raises(LocalError, match="make down FORCE=1") as caught:
        cluster.unreachable("kind-datamesh")
    assert "KUBE_CONTEXT=" not in str(caught.value), "that needs kubectl too"


@pytest.mark.parametrize(
    ("answer", "told", "untold"),
    [
        ((1, "", "namespaces is forbidden"), "does not say whether .* namespaces is forbidden", "delete namespace"),
        ((0, "namespace/data-platform\n", ""), "which this stack did not make.*delete namespace", "does not say"),
    ],
)
def test_a_namespace_of_others_is_refused_and_an_answer_that_failed_is_not_taken_for_one(
    answer: tuple[int, str, str], told: str, untold: str, monkeypatch: pytest.MonkeyPatch
):
    answers({"namespace": answer}, monkeypatch)
    with pytest.raises(LocalError, match=f"(?s){told}") as caught:
        cluster.choose(ENGINE, "kind-datamesh", POD_SIDE, [])
    assert untold not in str(caught.value)
    assert not stackfile.file().exists(), "nothing was to be changed"


def test_several_kubeconfigs_are_refused_where_a_cluster_is_chosen(monkeypatch: pytest.MonkeyPatch):
    answers({}, monkeypatch)
    monkeypatch.setenv("KUBECONFIG", "/one:/two")
    with pytest.raises(LocalError, match=r"(?s)KUBECONFIG lists files, '/one:/two'.*--flatten"):
        cluster.choose(ENGINE, "kind-datamesh", POD_SIDE, [])
    assert not stackfile.file().exists(), "nothing was to be changed"


@pytest.mark.parametrize(("place", "context"), [("kind-datamesh", "kind-datamesh"), (NO_CLUSTER, ""), (None, "")])
def test_homes_are_given_up_only_where_the_platform_leaves_a_cluster(
    place: str | None, context: str, monkeypatch: pytest.MonkeyPatch
):
    answers({}, monkeypatch)
    if place:
        deploy(place)
    with pytest.raises(LocalError, match="REMOVE=homes"):
        cluster.choose(ENGINE, context, "", [cluster.HOMES])
    assert not stackfile.file().exists(), "nothing was to be changed"


def test_an_address_for_pods_without_a_cluster_is_refused_by_name():
    with pytest.raises(LocalError, match=r"(?s)^HOST_ADDRESS .*no cluster"):
        cluster.choose(ENGINE, "", POD_SIDE, [])
    assert not stackfile.file().exists(), "nothing was to be changed"


class Probe:
    """A socket whose way out is by the address `own`."""

    own = "192.168.1.20"

    def __init__(self, *kind: object) -> None:
        pass

    def __enter__(self) -> "Probe":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def connect(self, address: tuple[str, int]) -> None:
        pass

    def getsockname(self) -> tuple[str, int]:
        return self.own, 1


@pytest.mark.parametrize("address", ["192.168.1.20", "192.168.1.21"])
def test_no_server_is_opened_to_the_network_outside(address: str, monkeypatch: pytest.MonkeyPatch):
    class Address(NamedTuple):
        address: str
        netmask: str = "255.255.255.0"

    machine = {"lan": [Address("192.168.1.20"), Address("192.168.1.21")], "br-1": [Address(POD_SIDE)]}
    monkeypatch.setattr(cluster.psutil, "net_if_addrs", lambda: machine)
    monkeypatch.setattr(cluster.socket, "socket", Probe)
    answers({"namespace": (0, "", "")}, monkeypatch)
    with pytest.raises(LocalError, match=f"(?s)HOST_ADDRESS: {address} .*network outside"):
        cluster.choose(ENGINE, "kind-datamesh", address, [])
    assert not stackfile.file().exists(), "nothing was to be changed"
    stackfile.file().write_text("config: {}\n")
    cluster.choose(ENGINE, "kind-datamesh", POD_SIDE, [])
    assert stackfile.host_address() == POD_SIDE


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_pulumis_plugin_is_downloaded_through_the_users_proxy(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def build(*given: object) -> None:
        raise AssertionError("it was downloaded without the proxy")

    monkeypatch.setattr(paths, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(kubernetes_plugin, "SPACE", 0)
    monkeypatch.setattr(kubernetes_plugin, "_build", build)
    monkeypatch.setenv(name, "http://proxy.example:3128")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "not for the download")
    program = tmp_path / "pulumi"
    program.write_text(
        f'#!/bin/sh\n[ "${name}" = http://proxy.example:3128 ] && [ -z "$PULUMI_ACCESS_TOKEN" ] || exit 1\n'
        f'mkdir -p "$PULUMI_HOME/plugins/one" && echo it > "$PULUMI_HOME/plugins/one/{kubernetes_plugin.BINARY}"\n'
    )
    program.chmod(0o755)
    folder = kubernetes_plugin.ensure(Engine(tmp_path, built=False))
    assert (folder / kubernetes_plugin.BINARY).read_text() == "it\n"


@pytest.mark.parametrize("schedule", [None, {"schedule": "0 * * * *"}])
def test_images_are_asked_for_that_pods_need_and_no_other(
    schedule: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    answers({"nodes": (0, '{"items": [{"status": {}}]}', ""), "namespace": (0, "", "")}, monkeypatch)
    stackfile.file().write_text(yaml.safe_dump({"config": {"datamesh:publish": schedule} if schedule else {}}))
    cluster.choose(ENGINE, "kind-datamesh", POD_SIDE, [])
    said = capsys.readouterr()
    asked = said.out + said.err
    assert images.HUB in asked and images.NOTEBOOK in asked and (images.PUBLISHER in asked) == bool(schedule)
