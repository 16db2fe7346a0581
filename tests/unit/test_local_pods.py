"""A Deployment's pod as the process here finds it: files, variables and ports."""

from pathlib import Path

import pytest

from local.providers.kubernetes import files as kubernetes_files
from local.providers.kubernetes.pods import pod
from local.providers.package import RefusedError


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATAMESH_LOCAL", str(tmp_path))
    kubernetes_files.write("ns", "ConfigMap", "config", {"a.properties": b"a", "b.properties": b"b"})
    kubernetes_files.write("ns", "Secret", "passwords", {"SALES": b"s", "LAKE": b"l"})
    return tmp_path / "kubernetes" / "ns"


def test_volumes_are_the_folders_of_their_objects_or_of_links_to_them(stack: Path) -> None:
    spec = {
        "containers": [
            {
                "volumeMounts": [
                    {"name": "whole", "mountPath": "/whole"},
                    {"name": "some", "mountPath": "/some"},
                    {"name": "secret", "mountPath": "/secret"},
                    {"name": "empty", "mountPath": "/tmp"},
                ]
            }
        ],
        "volumes": [
            {"name": "whole", "configMap": {"name": "config"}},
            {"name": "some", "configMap": {"name": "config", "items": [{"key": "a.properties", "path": "x/a"}]}},
            {"name": "secret", "secret": {"secretName": "passwords"}},
            {"name": "empty", "emptyDir": {}},
        ],
    }
    mounts = pod("ns", "server-1", spec, stack / "pod", {}).mounts
    assert mounts["/whole"] == stack / "configmap" / "config", "the object itself, so that its changes show"
    assert [file.relative_to(mounts["/some"]).as_posix() for file in mounts["/some"].rglob("*")] == ["x", "x/a"]
    assert (mounts["/some"] / "x/a").read_text() == "a"
    assert mounts["/secret"] == stack / "secret" / "passwords"
    assert "/tmp" not in mounts


def test_variables_come_from_values_objects_and_the_pod(stack: Path) -> None:
    container = {"env": [{"name": "PLAIN", "value": "p"}], "envFrom": [{"secretRef": {"name": "passwords"}}]}
    found = pod("ns", "server-1", {"containers": [container]}, stack / "pod", {8080: 20000})
    secret = stack / "secret" / "passwords"
    assert found.env == {
        "HOSTNAME": "server-1",
        "PLAIN": "p",
        "SALES": secret / "SALES",
        "LAKE": secret / "LAKE",
    }
    assert (found.ports, found.host) == ({8080: 20000}, "127.0.0.1")


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ({"envFrom": [{"secretRef": {"name": "nobody"}}]}, 'secret "nobody" not found'),
        ({"envFrom": [{"secretRef": {"name": "passwords"}, "prefix": "DB_"}]}, "no variables from"),
        ({"env": [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "passwords", "key": "Y"}}}]}, "variable X"),
        ({"volumeMounts": [{"name": "some", "mountPath": "/x"}]}, "no key 'Y'"),
        ({"volumeMounts": [{"name": "host", "mountPath": "/x"}]}, "ConfigMaps and Secrets only"),
        ({"volumeMounts": [{"name": "some", "mountPath": "/x", "subPath": "Y"}]}, "no part of a volume"),
        ({"volumeMounts": [{"name": "gone", "mountPath": "/x"}]}, 'Not found: "gone"'),
    ],
)
def test_what_a_pod_could_not_have_is_refused(stack: Path, container: dict, message: str) -> None:
    missing = {"name": "config", "items": [{"key": "Y", "path": "y"}]}
    volumes = [{"name": "some", "configMap": missing}, {"name": "host", "hostPath": {"path": "/etc"}}]
    with pytest.raises(RefusedError, match=message):
        pod("ns", "server-1", {"containers": [container], "volumes": volumes}, stack / "pod", {8080: 20000})


def test_an_object_is_rewritten_without_a_trace_of_its_old_keys(stack: Path) -> None:
    kubernetes_files.write("ns", "Secret", "passwords", {"SALES": b"new"})
    folder = stack / "secret" / "passwords"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {"SALES": b"new"}
    kubernetes_files.remove("ns", "Secret", "passwords")
    assert not folder.exists() and (stack / "configmap").exists(), "only what is empty goes with it"


def test_a_secret_is_its_data_and_its_string_data() -> None:
    known = {"data": {"A": "YQ=="}, "stringData": {"B": "b"}}
    assert kubernetes_files.contents("Secret", known) == {"A": b"a", "B": b"b"}
    with pytest.raises(RefusedError, match="illegal base64"):
        kubernetes_files.contents("Secret", {"data": {"A": "not base64"}})
