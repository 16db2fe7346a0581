"""How the images of ours come into a local cluster."""

import re
from pathlib import Path

import pytest

from client.errors import CommandError
from commands import images as tool
from mesh import images

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("context", "program", "cluster"),
    [
        ("kind-datamesh", "kind", ["--name", "datamesh"]),
        ("k3d-datamesh", "k3d", ["--cluster", "datamesh"]),
        ("minikube", "minikube", ["--profile", "minikube"]),
    ],
)
def test_each_kind_of_cluster_gets_every_image_by_its_own_tool(context: str, program: str, cluster: list[str]):
    commands = tool.loads(context)
    assert {command[0] for command in commands} == {program}
    assert set(images.BUILT) <= {word for command in commands for word in command}
    for command in commands:
        assert " ".join(cluster) in " ".join(command), "another cluster of the same tool would get them"


def test_docker_desktop_needs_no_loading():
    assert tool.loads("docker-desktop") == []


@pytest.mark.parametrize("context", ["arn:aws:eks:us-east-1:1:cluster/x", "kind", "production", ""])
def test_another_cluster_is_refused_with_the_names_to_bring_in(context: str):
    with pytest.raises(CommandError, match=re.escape(images.NOTEBOOK)):
        tool.loads(context)


def test_every_image_of_ours_has_a_folder_and_pins_all_that_it_installs():
    assert set(images.BUILT) == {images.HUB, images.NOTEBOOK}
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

    hub, notebook, ours = (pins(f) for f in (
        "images/hub/requirements.txt", "images/notebook/requirements.txt", "requirements.txt"
    ))  # fmt: skip
    assert hub["jupyterhub"] == notebook["jupyterhub"]
    assert all(image.rpartition(":")[2].startswith(f"{hub['jupyterhub']}-") for image in images.BUILT)
    for package in ("boto3", "psycopg2-binary", "trino"):
        assert notebook[package] == ours[package], f"{package} behaves otherwise in a notebook"


def test_building_and_loading_runs_the_tools_and_their_failure_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    said = tmp_path / "said"
    for name, code in (("docker", 0), ("kind", 3)):
        file = tmp_path / name
        file.write_text(f'#!/bin/sh\necho {name} "$@" >>{said}\nexit {code}\n')
        file.chmod(0o755)
    (tmp_path / "pulumi").write_text("#!/bin/sh\necho kind-datamesh\n")
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert tool.main(["--stack", "dev"]) == 1
    lines = said.read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["docker", "docker", "kind"]
    assert "failed with exit code 3" in capsys.readouterr().err
    (tmp_path / "docker").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "pulumi").write_text("#!/bin/sh\necho docker-desktop\n")
    assert tool.main(["--stack", "dev"]) == 1
    assert "`docker` is not on PATH" in capsys.readouterr().err
    assert tool.main(["--stack", "local"]) == 1
