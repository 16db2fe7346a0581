"""How the images of ours come into a local cluster."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from client.errors import CommandError
from commands import images as tool
from mesh import images

ROOT = Path(__file__).parents[2]


HERE = ["ctr", "--namespace", "k8s.io", "images", "import"]


@pytest.mark.parametrize(
    ("context", "start"),
    [
        ("kind-datamesh", "kind load image-archive --name datamesh"),
        ("k3d-datamesh", "k3d image import --cluster datamesh"),
        ("minikube", "minikube image load --profile minikube"),
        ("kubernetes-admin@kubernetes", "ctr --namespace k8s.io images import"),
    ],
)
@pytest.mark.parametrize("engine", tool.ENGINES)
def test_each_kind_of_cluster_gets_every_image_by_its_own_tool(engine: str, context: str, start: str, tmp_path: Path):
    commands = tool.loads(engine, context, tmp_path, HERE)
    saved, loaded = commands[: len(images.BUILT)], commands[len(images.BUILT) :]
    files = {words[-1]: words[3] for words in saved}
    assert set(files) == {f"docker.io/{image}" for image in images.BUILT}, "Kubernetes would look for another name"
    assert [words[:3] for words in saved] == [[engine, "save", "--output"]] * len(saved)
    assert [" ".join(words) for words in loaded] == [f"{start} {file}" for file in files.values()]
    assert len(set(files.values())) == len(files)


def test_docker_desktop_has_the_images_of_docker_and_of_nothing_else(tmp_path: Path):
    assert tool.loads("docker", "docker-desktop", tmp_path) == []
    with pytest.raises(CommandError, match="has Docker's images only"):
        tool.loads("podman", "docker-desktop", tmp_path)


@pytest.mark.parametrize("context", ["arn:aws:eks:us-east-1:1:cluster/x", "kind", "production", ""])
def test_another_cluster_is_refused_with_the_names_to_bring_in(context: str, tmp_path: Path):
    with pytest.raises(CommandError, match=re.escape(images.NOTEBOOK)):
        tool.loads("docker", context, tmp_path)


def node(address: str = "127.0.0.1", runtime: str = "containerd://1.6.20", version: str = "v1.34.4") -> dict[str, Any]:
    info = {"containerRuntimeVersion": runtime, "kubeletVersion": version}
    return {"status": {"addresses": [{"type": "InternalIP", "address": address}], "nodeInfo": info}}


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([node()], HERE),
        ([node(version="v1.34.1+k3s1")], ["k3s", *HERE]),
        ([node(address="203.0.113.7")], []),
        ([node(runtime="cri-o://1.34.0")], []),
        ([node(), node()], []),
        ([], []),
        ([{}], []),
    ],
)
def test_a_node_that_is_this_machine_imports_files_itself(nodes: list[dict[str, Any]], words: list[str]):
    assert tool.importer(json.dumps({"items": nodes})) == words


def test_a_cluster_that_does_not_answer_has_no_node_here():
    assert tool.importer("") == []


def test_every_image_of_ours_has_a_folder_and_pins_all_that_it_installs():
    assert set(images.BUILT) == {images.HUB, images.NOTEBOOK, images.PUBLISHER}
    for folder in images.BUILT.values():
        lines = (ROOT / folder / "requirements.txt").read_text().splitlines()
        packages = [line for line in lines if not line.startswith("#")]
        assert len(packages) > 20 and all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][^ ]*", line) for line in packages)
        (base,) = re.findall(r"^FROM (\S+)$", (ROOT / folder / "Dockerfile").read_text(), re.MULTILINE)
        assert re.search(r":\d+\.\d+\.\d+", base), f"{base} changes under its name"


def test_hub_and_server_have_one_version_of_jupyterhub_and_the_clients_are_the_projects():
    def pins(file: str) -> dict[str, str]:
        lines = (ROOT / file).read_text().splitlines()
        return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))

    hub, notebook, publisher, ours = (pins(f) for f in (
        "images/hub/requirements.txt", "images/notebook/requirements.txt", "images/publisher/requirements.txt",
        "requirements.txt",
    ))  # fmt: skip
    assert hub["jupyterhub"] == notebook["jupyterhub"]
    assert all(image.rpartition(":")[2].startswith(f"{hub['jupyterhub']}-") for image in (images.HUB, images.NOTEBOOK))
    for package in ("boto3", "psycopg2-binary", "trino"):
        assert notebook[package] == ours[package], f"{package} behaves otherwise in a notebook"
    for package in ("open-data-contract-standard", "psycopg2-binary", "PyYAML", "sqlglot", "trino", "tzdata"):
        assert publisher[package] == ours[package], f"{package} behaves otherwise on the cluster"


def stand_in(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of what stand-ins for the tools were told; nothing else is on PATH."""
    file, folder = tmp_path / "said", tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    stand_in(folder, "pulumi", "echo kind-datamesh")
    stand_in(folder, "kind", f'echo kind "$@" >>{file}')
    return file


def engine(said: Path, name: str, info: str = "exit 0") -> None:
    stand_in(said.parent / "bin", name, f'if [ "$1" = info ]; then {info}; fi\necho {name} "$@" >>{said}')


def test_the_first_engine_that_answers_builds_and_says_so(said: Path, capsys: pytest.CaptureFixture[str]):
    engine(said, "docker", "echo Cannot connect to the Docker daemon >&2; exit 1")
    engine(said, "podman")
    engine(said, "nerdctl")
    assert tool.main(["--stack", "dev"]) == 0
    words = [line.split()[:2] for line in said.read_text().splitlines()]
    assert words == [["podman", "build"]] * 3 + [["podman", "save"]] * 3 + [["kind", "load"]] * 3
    assert "podman builds the images." in capsys.readouterr().out


def test_without_an_engine_each_says_what_it_lacks(said: Path, capsys: pytest.CaptureFixture[str]):
    engine(said, "docker", "echo >&2; echo Cannot connect to the Docker daemon >&2; exit 1")
    assert tool.main(["--stack", "dev"]) == 1
    error = capsys.readouterr().err
    assert "`docker info` says: Cannot connect to the Docker daemon" in error
    assert "podman is not on PATH" in error and "nerdctl is not on PATH" in error
    assert not said.exists(), "something was built"


def test_a_cluster_that_cannot_be_loaded_is_refused_before_anything_is_built(
    said: Path, capsys: pytest.CaptureFixture[str]
):
    engine(said, "docker")
    stand_in(said.parent / "bin", "pulumi", "echo production")
    assert tool.main(["--stack", "dev"]) == 1
    assert "production is not a context of kind" in capsys.readouterr().err and not said.exists()


def test_the_failure_of_a_tool_is_told(said: Path, capsys: pytest.CaptureFixture[str]):
    engine(said, "docker")
    stand_in(said.parent / "bin", "kind", "exit 3")
    assert tool.main(["--stack", "dev"]) == 1
    assert "`kind load image-archive …` failed with exit code 3" in capsys.readouterr().err
    (said.parent / "bin" / "kind").unlink()
    assert tool.main(["--stack", "dev"]) == 1
    assert "`kind` is not on PATH" in capsys.readouterr().err


def test_a_stack_without_a_cluster_is_told_how_to_name_one(said: Path, capsys: pytest.CaptureFixture[str]):
    stand_in(said.parent / "bin", "pulumi", "exit 255")
    assert tool.main(["--stack", "local"]) == 1
    assert "pulumi config set kubeContext kind-datamesh --stack local" in capsys.readouterr().err
